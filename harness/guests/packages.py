# SPDX-License-Identifier: BSD-3-Clause
"""Debian packages of any suite, fetched and unpacked without being installed.

apt works on lists and settings of its own in the cache, signatures checked as ever; the system's
are only asked for the mirror. No root is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .sources import SUITES, GuestError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TOOLS = ("apt-get", "apt-cache", "dpkg-deb")
FETCH_SECONDS = 600.0

# Packages that hold parts of a kernel.
KERNEL_PART = re.compile(r"linux-(?:image|modules|binary)-\d\S*")


def mirror() -> str:
    """The Debian mirror that apt uses here; $MIRROR goes first."""
    if given := os.environ.get("MIRROR"):
        return given.rstrip("/")
    done = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)"],
                          capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"^Debian (http\S*/debian)/*$", done.stdout, re.MULTILINE)
    if not found:
        raise GuestError("apt knows no Debian mirror here; name one with MIRROR=")
    return found[1]


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if not shutil.which(tool)]


class Apt:
    """apt with its own lists of the suites that guests come from."""

    def __init__(self, folder: Path) -> None:
        if missing := missing_tools():
            raise GuestError(f"guests are made from Debian's packages; {missing[0]} is missing")
        if not KEYRING.exists():
            raise GuestError(f"{KEYRING} is missing; install debian-archive-keyring")
        self.folder = folder
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        base = mirror()
        (folder / "sources.list").write_text("".join(
            f"deb [signed-by={KEYRING}] {base} {suite} main\n" for suite in SUITES),
            encoding="utf-8")
        settings = {
            "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": folder / "state", "Dir::State::status": "/dev/null",
            "Dir::Cache": folder / "cache", "APT::Architecture": "amd64",
            "Acquire::Languages": "none",
        }
        if os.geteuid() == 0:  # the cache need not be readable for apt's own user
            settings["APT::Sandbox::User"] = "root"
        (folder / "apt.conf").write_text("".join(
            f'{key} "{value}";\n' for key, value in settings.items()), encoding="utf-8")
        self.updated = False

    def _run(self, *command: str, cwd: Path | None = None) -> str:
        if not self.updated:
            self.updated = True
            self._run("apt-get", "-q", "update")
        environment = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C"}
        try:
            done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False,
                                  env=environment, timeout=FETCH_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise GuestError(f"{' '.join(command)}: no end after {late.timeout:.0f} s") from late
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no message"]
            raise GuestError(f"{' '.join(command)}: {said[-1]}")
        return done.stdout

    def kernel_parts(self, package: str, suite: str) -> list[str]:
        """The packages with the files of the kernel that this one stands for."""
        parts: list[str] = []
        wanted = [package]
        while wanted and len(parts) < 8:
            text = self._run("apt-cache", "show", f"{wanted.pop()}/{suite}")
            depends = re.search(r"^Depends: (.*)$", text, re.MULTILINE)
            fresh = [name for name in KERNEL_PART.findall(depends[1] if depends else "")
                     if name not in parts]
            parts += fresh
            wanted += fresh
        if not parts:
            raise GuestError(f"{package} of {suite} leads to no kernel")
        return parts

    @contextmanager
    def unpacked(self, packages: list[str], suite: str) -> Iterator[tuple[Path, str]]:
        """A folder with the files of these packages, and the version of the first."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="unpack-") as name:
            folder = Path(name)
            self._run("apt-get", "-q", "download", *(f"{one}/{suite}" for one in packages),
                      cwd=folder)
            version = ""
            for archive in folder.glob("*.deb"):
                self._run("dpkg-deb", "-x", str(archive), str(folder / "root"))
                if archive.name.startswith(f"{packages[0]}_"):
                    version = self._run("dpkg-deb", "-f", str(archive), "Version").strip()
                archive.unlink()
            yield folder / "root", version
