# SPDX-License-Identifier: BSD-3-Clause
"""Prepares guests: fetches what they are made of once, and builds what is missing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from . import images, initramfs
from .packages import Apt
from .sources import (BUSYBOX, CACHE, EARLY_MODULES, FIRMWARE, LINUXES, MODULES, Files, GuestError,
                      Linux)

GUEST = Path(__file__).resolve().parent / "guest"
STAMP = "made-of.json"


def guest_names() -> list[str]:
    """All that can be prepared."""
    return [*(one.name for one in LINUXES), "seabios", *(one.name for one in FIRMWARE)]


class Store:
    """The folder with the prepared guests. What is complete has a stamp."""

    def __init__(self, folder: Path = CACHE) -> None:
        self.folder = folder
        self._apt: Apt | None = None

    def apt(self) -> Apt:
        if not self._apt:
            self._apt = Apt(self.folder / "apt")
        return self._apt

    def path(self, name: str, file: str = "") -> Path:
        """A file of a prepared guest; GuestError when it is not prepared."""
        if not (self.folder / name / STAMP).exists():
            raise GuestError(f"{name} is not prepared; run harness/guests/prepare {name}")
        return self.folder / name / file

    def made_of(self, name: str) -> dict[str, str]:
        """The package and version that it comes from."""
        return json.loads(self.path(name, STAMP).read_text(encoding="utf-8"))

    def _finish(self, name: str, partial: Path, made_of: dict[str, str]) -> None:
        (partial / STAMP).write_text(json.dumps(made_of), encoding="utf-8")
        shutil.rmtree(self.folder / name, ignore_errors=True)
        partial.chmod(0o755)
        partial.rename(self.folder / name)

    def _partial(self, name: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{name}.partial-*"):
            shutil.rmtree(left)
        return Path(tempfile.mkdtemp(dir=self.folder, prefix=f"{name}.partial-"))

    def files(self, source: Files) -> None:
        if (self.folder / source.name / STAMP).exists():
            return
        with self.apt().unpacked([source.package], source.suite) as (root, version):
            found = {name: next(iter(sorted(root.glob(pattern))), None)
                     for name, pattern in source.files.items()}
            partial = self._partial(source.name)
            for name, path in found.items():
                if not path:
                    raise GuestError(f"{source.package} has no {source.files[name]}")
                shutil.copy(path, partial / name)
            self._finish(source.name, partial, {
                "package": source.package, "suite": source.suite,
                "version": version})

    def kernel(self, source: Linux) -> None:
        if (self.folder / source.name / STAMP).exists():
            return
        parts = self.apt().kernel_parts(source.package, source.suite)
        with self.apt().unpacked(parts, source.suite) as (root, version):
            partial = self._partial(source.name)
            images_found = sorted(root.rglob("vmlinuz*"))
            if not images_found:
                raise GuestError(f"there is no kernel in {' '.join(parts)}")
            shutil.copy(images_found[0], partial / "vmlinuz")
            for kind, wanted in (("early", EARLY_MODULES), ("drivers", MODULES)):
                modules = initramfs.choose_modules(root, wanted)
                (partial / kind).mkdir()
                for name, content in modules:
                    (partial / kind / f"{name}.ko").write_bytes(content)
                (partial / f"{kind}.txt").write_text(
                    "".join(f"{name}\n" for name, _ in modules), encoding="ascii")
            self._finish(source.name, partial, {
                "package": " ".join(parts), "suite": source.suite,
                "version": version})

    def _modules(self, name: str, kind: str) -> list[tuple[str, bytes]]:
        names = self.path(name, f"{kind}.txt").read_text(encoding="ascii").split()
        return [(module, self.path(name, f"{kind}/{module}.ko").read_bytes()) for module in names]

    def linux(self, name: str) -> tuple[Path, Path]:
        """The kernel and an initial file system with our init as it is in the tree."""
        kernel = self.path(name, "vmlinuz")
        sources = [(GUEST / file).read_bytes() for file in ("init", "frames.c")]
        sources += [Path(initramfs.__file__).read_bytes()]
        digest = hashlib.sha256(b"".join(sources)).hexdigest()[:16]
        path = self.path(name, f"initramfs-{digest}")
        if not path.exists():
            content = initramfs.build(
                self.path("busybox", "busybox").read_bytes(), sources[0],
                {"frames": compiled(GUEST / "frames.c")},
                self._modules(name, "early"), self._modules(name, "drivers"))
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
                partial.write(content)  # others may be at the same work
            os.chmod(partial.name, 0o644)
            os.rename(partial.name, path)
        return kernel, path

    def disk(self, name: str) -> Path:
        """The disk that a guest is given: "ext4", "boot-sector" or "efi"."""
        makers = sorted(GUEST.parent.glob("*.py"))
        digest = hashlib.sha256(b"".join(maker.read_bytes() for maker in makers if maker.stem in
                                         ("images", "fat", "efi"))).hexdigest()[:16]
        folder = self.folder / "disks"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{digest}.img"
        if not path.exists():
            partial = Path(tempfile.mkdtemp(dir=folder)) / "image"
            match name:
                case "ext4":
                    images.ext4(partial)
                case "boot-sector":
                    images.boot_sector(partial)
                case "efi":
                    images.efi(partial)
                case _:
                    raise GuestError(f"there is no disk {name}")
            partial.rename(path)
            partial.parent.rmdir()
        return path


def compiled(source: Path) -> bytes:
    """A program for the guest, without shared libraries."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise GuestError("a C compiler is missing; install gcc and libc6-dev")
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "program"
        done = subprocess.run([compiler, "-std=gnu11", "-O2", "-static", "-o", str(output),
                               str(source)], capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode:
            raise GuestError(f"{source.name} cannot be compiled: {done.stderr.strip()}")
        return output.read_bytes()


def prepare(store: Store, names: Iterable[str]) -> None:
    """Makes these guests ready to be started; nothing happens for those that are."""
    linuxes = {one.name: one for one in LINUXES}
    firmware = {one.name: one for one in FIRMWARE}
    for name in names:
        if name in linuxes:
            store.files(BUSYBOX)
            store.kernel(linuxes[name])
            store.linux(name)
            store.disk("ext4")
        elif name == "seabios":
            store.disk("boot-sector")
        elif name in firmware:
            store.files(firmware[name])
            if name.startswith("ovmf"):
                store.disk("efi")
        else:
            raise GuestError(f"there is no guest {name}; there are {', '.join(guest_names())}")
