# SPDX-License-Identifier: BSD-3-Clause
"""What is on the disks: file systems and boot sectors, made without root."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import zlib
from pathlib import Path

from .efi import greeting_program
from .fat import SECTOR, Fat
from .sources import GuestError

FILE_SYSTEM_KIB = 6 * 1024
DISK_BYTES = 8 << 20  # what follows the file system is there to be written to
SIZES = (0, 1, 511, 512, 513, 4095, 4096, 4097, 65536, 100_003, 262_144, 500_000)

GREETING = "virtspec: this line was read from the disk"


def _bytes(name: str, size: int) -> bytes:
    """The same bytes for a name on every machine."""
    return hashlib.shake_128(name.encode()).digest(size)


def _name(number: int) -> str:
    return f"{'deep/' * (number % 4)}file-{number}"


def checksum_of(name: str) -> int:
    """The CRC-32 of one of the files."""
    number = int(name.rpartition("-")[2])
    return zlib.crc32(_bytes(_name(number), SIZES[number]))


def ext4(path: Path) -> None:
    """A file system of files with a list of their checksums, and room behind it."""
    tool = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if not tool:
        raise GuestError("mke2fs is missing; install e2fsprogs")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sums = []
        for number, size in enumerate(SIZES):
            relative = _name(number)
            content = _bytes(relative, size)
            (folder / relative).parent.mkdir(parents=True, exist_ok=True)
            (folder / relative).write_bytes(content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {relative}\n")
        (folder / "SUMS").write_text("".join(sums), encoding="ascii")
        partial = path.with_suffix(".partial")
        partial.write_bytes(bytes(DISK_BYTES))
        command = [tool, "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-b", "4096",
                   "-L", "virtspec", "-d", str(folder), str(partial), f"{FILE_SYSTEM_KIB}k"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise GuestError(f"mke2fs: {done.stderr.strip()}")
        partial.rename(path)


# Reads the second sector through the BIOS and writes it to the serial port, character by character.
BOOT_CODE = bytes((
    0xfa,                          # cli
    0x31, 0xc0,                    # xor ax, ax
    0x8e, 0xd8,                    # mov ds, ax
    0x8e, 0xc0,                    # mov es, ax
    0x8e, 0xd0,                    # mov ss, ax
    0xbc, 0x00, 0x7c,              # mov sp, 0x7c00
    0xfb,                          # sti
    0xb8, 0x01, 0x02,              # mov ax, 0x0201: read one sector
    0xbb, 0x00, 0x7e,              # mov bx, 0x7e00: to there
    0xb9, 0x02, 0x00,              # mov cx, 0x0002: cylinder 0, sector 2
    0xb6, 0x00,                    # mov dh, 0; dl is the drive that was booted
    0xcd, 0x13,                    # int 0x13
    0x72, 0x19,                    # jc halt
    0xbe, 0x00, 0x7e,              # mov si, 0x7e00
    0xac,                          # next: lodsb
    0x84, 0xc0,                    # test al, al
    0x74, 0x11,                    # jz halt
    0x88, 0xc3,                    # mov bl, al
    0xba, 0xfd, 0x03,              # mov dx, 0x3fd: line status
    0xec,                          # wait: in al, dx
    0xa8, 0x20,                    # test al, 0x20: room?
    0x74, 0xfb,                    # jz wait
    0xb2, 0xf8,                    # mov dl, 0xf8
    0x88, 0xd8,                    # mov al, bl
    0xee,                          # out dx, al
    0xeb, 0xea,                    # jmp next
    0xf4,                          # halt: hlt
    0xeb, 0xfd,                    # jmp halt
))
BOOT_SIGNATURE = b"\x55\xaa"


def boot_sector(path: Path) -> None:
    """A disk that the BIOS boots, and that says what stands in its second sector."""
    first = BOOT_CODE.ljust(SECTOR - len(BOOT_SIGNATURE), b"\0") + BOOT_SIGNATURE
    second = f"{GREETING}\r\n".encode("ascii").ljust(SECTOR, b"\0")
    path.write_bytes((first + second).ljust(1 << 20, b"\0"))


def efi(path: Path) -> None:
    """A disk from which UEFI firmware starts a program that prints a line from its far end."""
    program = greeting_program(GREETING)
    path.write_bytes(Fat().image({"EFI": {"BOOT": {"BOOTX64.EFI": program}}}))
