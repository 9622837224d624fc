# SPDX-License-Identifier: BSD-3-Clause
"""What QEMU reads of a function once, when it starts: if that differs between two scenarios, they
need a QEMU each. And what it cannot stand.

Asked of the server itself, over vfio-user, before QEMU is there.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from .sources import GuestError

VERSION, REGION_INFO, IRQ_INFO, REGION_READ = 1, 5, 7, 9
REPLY, ERROR, FLAG_MASK = 0x1, 0x20, 0x0f
CONFIG_REGION, BARS = 7, 6
CONFIG_BYTES = 256
WAIT_SECONDS = 5.0
MESSAGE_MAX = 1 << 16

# Of configuration space.
REVISION_TO_CLASS, HEADER_TYPE, CAPABILITIES, INTERRUPT_PIN = 0x08, 0x0e, 0x34, 0x3d
BAR_REGISTERS, STATUS, STATUS_HAS_LIST = 0x10, 0x06, 0x10
ID_MSIX, ID_VENDOR = 0x11, 0x09
MSIX_BYTES = 12
FIRST_CAPABILITY = 0x40


class _Client:
    """As much of the protocol as it takes to look at a function."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(WAIT_SECONDS)
        until = time.monotonic() + WAIT_SECONDS
        while True:  # its name is there a moment before it listens
            try:
                self._socket.connect(str(path))
                break
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.005)
        self._number = 0

    def close(self) -> None:
        self._socket.close()

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise GuestError("the server closed the connection")
            data += part
        return data

    def ask(self, command: int, payload: bytes) -> bytes:
        """One command; the reply's payload."""
        self._number += 1
        self._socket.sendall(struct.pack("<HHIII", self._number, command, 16 + len(payload), 0, 0)
                             + payload)
        number, _, size, flags, error = struct.unpack("<HHIII", self._take(16))
        if not 16 <= size <= MESSAGE_MAX:
            raise GuestError(f"the server sent a message of {size} bytes")
        data = self._take(size - 16)
        if number != self._number or flags & FLAG_MASK != REPLY or flags & ERROR:
            raise GuestError(f"the server answered command {command} with error {error}")
        return data


@dataclass(frozen=True)
class Layout:
    """What is the same for the whole life of a QEMU."""

    config: bytes
    regions: tuple[tuple[int, int], ...]  # flags and size of each BAR
    vectors: tuple[int, ...]              # how many of each kind of interrupt

    @property
    def capabilities(self) -> list[tuple[int, int]]:
        """Position and id, in list order; a loop ends the list with what it returns to."""
        found: list[tuple[int, int]] = []
        if not self.config[STATUS] & STATUS_HAS_LIST:
            return found
        at = self.config[CAPABILITIES] & 0xfc
        while at >= FIRST_CAPABILITY:
            again = at in (position for position, _ in found)
            found.append((at, self.config[at]))
            if again:
                break
            at = self.config[at + 1] & 0xfc
        return found

    @property
    def signature(self) -> tuple[object, ...]:
        """Equal where one QEMU serves for both."""
        bars = self.config[BAR_REGISTERS:BAR_REGISTERS + 4 * BARS]
        parts = []
        for position, name in self.capabilities:
            length = {ID_MSIX: MSIX_BYTES, ID_VENDOR: 3}.get(name, 2)
            parts.append(self.config[position:position + length])
        return (self.config[HEADER_TYPE], self.config[INTERRUPT_PIN], bars, self.regions,
                self.vectors, tuple(self.capabilities), tuple(parts))

    @property
    def unfit(self) -> str:
        """Why QEMU itself would not live with it; empty where it does."""
        positions = [position for position, _ in self.capabilities]
        if self.config[HEADER_TYPE] & 0x7f:
            return "QEMU aborts on a header type other than 0"
        if len(set(positions)) < len(positions):
            return "QEMU hangs on a capability list with a loop"
        if [name for _, name in self.capabilities].count(ID_MSIX) > 1:
            return "QEMU hangs on a second MSI-X capability"
        return ""


def look(path: Path) -> Layout:
    """Connects to the server at this path, and leaves again."""
    try:
        client = _Client(path)
    except OSError as trouble:
        raise GuestError(f"the server cannot be reached: {trouble}") from trouble
    try:
        hello = json.dumps({"capabilities": {"max_msg_fds": 1}}).encode() + b"\0"
        client.ask(VERSION, struct.pack("<HH", 0, 0) + hello)
        regions = []
        for bar in range(BARS):
            data = client.ask(REGION_INFO, struct.pack("<IIIIQQ", 32, 0, bar, 0, 0, 0))
            _, flags, _, _, size, _ = struct.unpack_from("<IIIIQQ", data)
            regions.append((flags, size))
        vectors = []
        for kind in range(3):
            data = client.ask(IRQ_INFO, struct.pack("<IIII", 16, 0, kind, 0))
            vectors.append(struct.unpack_from("<IIII", data)[3])
        data = client.ask(REGION_READ, struct.pack("<QII", 0, CONFIG_REGION, CONFIG_BYTES))
        return Layout(data[16:16 + CONFIG_BYTES], tuple(regions), tuple(vectors))
    except (OSError, struct.error) as trouble:
        raise GuestError(f"the server does not answer: {trouble}") from trouble
    finally:
        client.close()
