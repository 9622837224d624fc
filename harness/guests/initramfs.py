# SPDX-License-Identifier: BSD-3-Clause
"""The initial file system of a Linux guest: busybox, the drivers' modules, our init.

Written without root and without cpio. Nothing is compressed: the guest's processor is emulated.
"""

from __future__ import annotations

import lzma
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from .sources import GuestError

ALIGN = 4


class Archive:
    """A cpio archive in the "newc" format, which Linux unpacks at boot."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._count = 0

    def _add(self, name: str, mode: int, content: bytes = b"") -> None:
        self._count += 1
        encoded = name.encode() + b"\0"
        fields = (self._count, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        for part in (head, content):
            self._parts.append(part + bytes(-len(part) % ALIGN))

    def folder(self, name: str) -> None:
        self._add(name, stat.S_IFDIR | 0o755)

    def file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        self._add(name, stat.S_IFREG | mode, content)

    def link(self, name: str, to: str) -> None:
        self._add(name, stat.S_IFLNK | 0o777, to.encode())

    def finish(self) -> bytes:
        self._add("TRAILER!!!", 0)
        return b"".join(self._parts)


def _name(path: Path) -> str:
    """A module's name: dashes and underscores are the same."""
    return path.name.split(".ko")[0].replace("-", "_")


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    return lzma.decompress(content) if path.suffix == ".xz" else content


def choose_modules(tree: Path, wanted: Iterable[str]) -> list[tuple[str, bytes]]:
    """The modules, uncompressed, each behind those that it depends on.

    tree is the unpacked package. What is not there as a module is taken to be built in.
    """
    files = {_name(path): path for path in tree.rglob("*.ko*") if "virtspec" not in path.name}
    if not files:
        raise GuestError(f"there are no kernel modules in {tree}")
    chosen: dict[str, bytes] = {}

    def take(name: str) -> None:
        name = name.replace("-", "_")
        if name in chosen or name not in files:
            return
        content = _read(files[name])
        found = re.search(rb"\0depends=([^\0]*)\0", content)
        for other in found[1].decode("ascii").split(",") if found else []:
            take(other)
        chosen[name] = content

    for name in wanted:
        take(name)
    return list(chosen.items())


def build(busybox: bytes, init: bytes, programs: dict[str, bytes],
          early: list[tuple[str, bytes]], drivers: list[tuple[str, bytes]]) -> bytes:
    """The archive. /modules/early is loaded by init, /modules/drivers on the host's command."""
    archive = Archive()
    for name in ("bin", "dev", "proc", "sys", "tmp", "mnt", "modules"):
        archive.folder(name)
    archive.file("bin/busybox", busybox, 0o755)
    archive.link("bin/sh", "busybox")
    archive.file("init", init, 0o755)
    for name, content in programs.items():
        archive.file(f"bin/{name}", content, 0o755)
    for name, modules in (("early", early), ("drivers", drivers)):
        for module, content in modules:
            archive.file(f"modules/{module}.ko", content)
        archive.file(f"modules/{name}", "".join(f"{module}\n" for module, _ in modules).encode())
    return archive.finish()
