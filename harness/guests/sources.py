# SPDX-License-Identifier: BSD-3-Clause
"""What the guests are made of: which package of which suite, and which of its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "virtspec" / "guests"

# The release whose packages are taken where nothing else is said, and the one that has the newest.
STABLE = "bookworm"
NEWEST = "sid"
SUITES = (STABLE, NEWEST)


class GuestError(Exception):
    """A guest cannot be had or started: one sentence that says why."""


@dataclass(frozen=True)
class Linux:
    """A kernel: a package that depends on the one with the files, whatever its version is."""

    name: str
    suite: str
    package: str = "linux-image-cloud-amd64"


@dataclass(frozen=True)
class Files:
    """Files of one package."""

    name: str
    suite: str
    package: str
    files: dict[str, str]  # our name: path in the package


LINUXES = (Linux("linux-6.1", STABLE), Linux("linux-newest", NEWEST))

BUSYBOX = Files("busybox", STABLE, "busybox-static", {"busybox": "bin/busybox"})

# SeaBIOS comes with QEMU.
FIRMWARE = (
    Files("ovmf", STABLE, "ovmf", {"code.fd": "usr/share/OVMF/OVMF_CODE_4M.fd",
                                   "vars.fd": "usr/share/OVMF/OVMF_VARS_4M.fd"}),
    Files("ipxe", STABLE, "ipxe", {"ipxe.lkrn": "boot/ipxe.lkrn"}),
    Files("u-boot", STABLE, "u-boot-qemu", {"u-boot.rom": "usr/lib/u-boot/qemu-x86_64/u-boot.rom"}),
)

# The drivers, and what file systems and checks need; what they depend on comes with them. What a
# kernel has built in is left out.
MODULES = ("virtio_pci", "virtio_blk", "virtio_net", "virtio_console", "virtio-rng")
EARLY_MODULES: tuple[str, ...] = ("ext4",)
