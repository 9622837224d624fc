# SPDX-License-Identifier: BSD-3-Clause
"""QEMU command lines: one machine, one virtio function in one slot, behind vfio-user or QEMU's
own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from .sources import GuestError

SLOT = 4
ADDRESS = f"0000:00:{SLOT:02x}.0"
MEMORY_MIB = 256
TCG = ("-accel", "tcg", "-cpu", "qemu64,+rdrand")

STOCK = {"blk": "virtio-blk-pci", "net": "virtio-net-pci", "rng": "virtio-rng-pci",
         "console": "virtio-serial-pci"}


@dataclass(frozen=True)
class Machine:
    """A QEMU to be started, without its device."""

    qemu: str
    accel: tuple[str, ...] = TCG
    memory: int = MEMORY_MIB
    extra: tuple[str, ...] = ()

    def command(self) -> list[str]:
        if not shutil.which(self.qemu):
            raise GuestError(f"there is no QEMU at {self.qemu}")
        return [self.qemu, *self.accel, "-nodefaults", "-no-user-config", "-display", "none",
                "-no-reboot", "-m", f"{self.memory}M",
                "-object", f"memory-backend-memfd,id=mem,size={self.memory}M,share=on",
                "-machine", "q35,memory-backend=mem,graphics=off", *self.extra]


def serial(*descriptors: int) -> list[str]:
    """Serial ports on sockets that QEMU inherits."""
    words = []
    for number, descriptor in enumerate(descriptors):
        words += ["-chardev", f"socket,id=serial{number},fd={descriptor}",
                  "-serial", f"chardev:serial{number}"]
    return words


def monitor(descriptor: int) -> list[str]:
    """QEMU's own control channel."""
    return ["-chardev", f"socket,id=monitor,fd={descriptor}", "-mon",
            "chardev=monitor,mode=control"]


def vfio_user(socket: Path, boot: bool = False) -> list[str]:
    """A function that another process serves. Needs a QEMU of 11.1 or later."""
    device = {"driver": "vfio-user-pci", "addr": f"{SLOT:#x}",
              "socket": {"type": "unix", "path": str(socket)}}
    if boot:
        device["bootindex"] = 0
    return ["-device", json.dumps(device)]


@dataclass(frozen=True)
class Stock:
    """QEMU's own device, with the other end of it in this process."""

    name: str                   # "blk", "net", …
    properties: str = ""        # as in -device: "disable-legacy=on,packed=on"
    disk: Path | None = None    # of blk
    ports: tuple[int, int] = (0, 0)  # of net: ours and QEMU's, UDP on 127.0.0.1
    echo: int = -1              # of console: the descriptor that echoes

    def arguments(self, boot: bool = False) -> list[str]:
        driver = STOCK.get(self.name)
        if not driver:
            raise GuestError(f"QEMU has no device for {self.name} here; there are {' '.join(STOCK)}")
        tail = f",{self.properties}" if self.properties else ""
        tail += ",bootindex=0" if boot else ""
        head = f"{driver},addr={SLOT:#x}"
        match self.name:
            case "blk":
                return ["-drive", f"if=none,id=disk,format=raw,snapshot=on,file={self.disk}",
                        "-device", f"{head},drive=disk{tail}"]
            case "net":
                return ["-netdev", f"socket,id=net,udp=127.0.0.1:{self.ports[0]},"
                                   f"localaddr=127.0.0.1:{self.ports[1]}",
                        "-device", f"{head},netdev=net,romfile={tail}"]
            case "console":
                return ["-chardev", f"socket,id=echo,fd={self.echo}", "-device", head + tail,
                        "-device", "virtconsole,chardev=echo"]
            case _:
                return ["-device", head + tail]
