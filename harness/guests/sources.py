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
    files: dict[str, str]  # our name: pattern of the path in the package


LINUXES = (Linux("linux-6.1", STABLE), Linux("linux-newest", NEWEST))

BUSYBOX = Files("busybox", STABLE, "busybox-static", {"busybox": "**/bin/busybox"})

# SeaBIOS comes with QEMU.
_OVMF = {"code.fd": "**/OVMF_CODE_4M.fd", "vars.fd": "**/OVMF_VARS_4M.fd"}
_IPXE = {"ipxe.lkrn": "**/ipxe.lkrn"}
_U_BOOT = {"u-boot.rom": "**/qemu-x86_64/u-boot.rom"}
FIRMWARE = (
    Files("ovmf", STABLE, "ovmf", _OVMF),
    Files("ipxe", STABLE, "ipxe", _IPXE),
    Files("u-boot", STABLE, "u-boot-qemu", _U_BOOT),
    Files("ovmf-newest", NEWEST, "ovmf-generic", _OVMF),
    Files("ipxe-newest", NEWEST, "ipxe", _IPXE),
    Files("u-boot-newest", NEWEST, "u-boot-qemu", _U_BOOT),
)

# The drivers, and what file systems and checks need; what they depend on comes with them. What a
# kernel has built in is left out.
MODULES = ("virtio_pci", "virtio_blk", "virtio_net", "virtio_console", "virtio-rng")
EARLY_MODULES: tuple[str, ...] = ("ext4",)
