# SPDX-License-Identifier: BSD-3-Clause
"""A FAT16 file system from a tree of files: enough for firmware to start a program from."""

from __future__ import annotations

import struct

from .sources import GuestError

SECTOR = 512

# FAT12 with one sector a cluster would be too small; so FAT16 with as few clusters as it may have.
CLUSTERS = 4500
RESERVED, FATS, ROOT_ENTRIES = 1, 2, 512
FAT_SECTORS = -(-(CLUSTERS + 2) * 2 // SECTOR)
ROOT_SECTORS = ROOT_ENTRIES * 32 // SECTOR
DATA = RESERVED + FATS * FAT_SECTORS + ROOT_SECTORS
IS_FOLDER, LAST = 0x10, 0xffff


class Fat:
    """A FAT16 file system with files of short names."""

    def __init__(self) -> None:
        self._chain = [0xfff8, LAST]
        self._data = bytearray()

    def _store(self, content: bytes) -> int:
        """Puts bytes into clusters, one after the other; the first one's number, 0 for none."""
        count = -(-len(content) // SECTOR)
        if not count:
            return 0
        first = len(self._chain)
        self._chain += [*range(first + 1, first + count), LAST]
        self._data += content.ljust(count * SECTOR, b"\0")
        if len(self._chain) > CLUSTERS:
            raise GuestError("the files are too large for the disk")
        return first

    @staticmethod
    def _entry(name: str, attributes: int, cluster: int, size: int) -> bytes:
        stem, _, suffix = name.partition(".")
        short = stem.upper().ljust(8) + suffix.upper().ljust(3)
        return struct.pack("<11sB10xHHHI", short.encode("ascii"), attributes, 0, 0x21, cluster,
                           size)

    def _folder(self, content: dict[str, object]) -> bytes:
        """The entries of a folder, its parts stored before. No entries for itself and its parent:
        nobody here asks for them."""
        entries = b""
        for name, value in content.items():
            if isinstance(value, dict):
                inner = self._folder(value)
                entries += self._entry(name, IS_FOLDER, self._store(inner.ljust(SECTOR, b"\0")), 0)
            elif isinstance(value, bytes):
                entries += self._entry(name, 0, self._store(value), len(value))
        return entries

    def image(self, tree: dict[str, object]) -> bytes:
        """A disk with this tree: folders are dicts, files bytes, names of the form 8.3."""
        root = self._folder(tree)
        total = DATA + CLUSTERS
        head = struct.pack("<3s8sHBHBHHBHHHIIBBBI11s8s", b"\xeb\x3c\x90", b"virtspec", SECTOR, 1,
                           RESERVED, FATS, ROOT_ENTRIES, total, 0xf8, FAT_SECTORS, 32, 64, 0, 0,
                           0x80, 0, 0x29, 1, b"VIRTSPEC   ", b"FAT16   ")
        fat = b"".join(struct.pack("<H", entry) for entry in self._chain)
        return b"".join((head.ljust(SECTOR - 2, b"\0") + b"\x55\xaa",
                         fat.ljust(FAT_SECTORS * SECTOR, b"\0") * FATS,
                         root.ljust(ROOT_SECTORS * SECTOR, b"\0"),
                         bytes(self._data).ljust(CLUSTERS * SECTOR, b"\0")))
