# SPDX-License-Identifier: BSD-3-Clause
"""A UEFI program for x86-64 that prints one line and stays, put together byte by byte."""

from __future__ import annotations

import struct

ALIGN = 0x1000       # of the section in memory
FILE_ALIGN = 0x200
PADDING = 0x10000    # between the code and the line, so that there is something to read
SYSTEM_TABLE_CON_OUT, OUTPUT_STRING = 64, 8

AMD64, EXECUTABLE, PE32_PLUS, EFI_APPLICATION = 0x8664, 0x0022, 0x020b, 10
CODE = 0x60000020    # of a section: code that is read and executed


def _section(text: str) -> bytes:
    """The code, started with the system table in rdx, and the line at the end."""
    head = bytes((0x48, 0x83, 0xec, 0x28,                          # sub rsp, 0x28
                  0x48, 0x8b, 0x4a, SYSTEM_TABLE_CON_OUT,          # mov rcx, [rdx + ConOut]
                  0x48, 0x8d, 0x15))                               # lea rdx, [rip + distance]
    tail = bytes((0xff, 0x51, OUTPUT_STRING,                       # call [rcx + OutputString]
                  0xf3, 0x90,                                      # pause
                  0xeb, 0xfc))                                     # jmp to the pause
    code = head + struct.pack("<i", PADDING - len(head) - 4) + tail
    return code.ljust(PADDING, b"\xcc") + f"\r\n{text}\r\n\0".encode("utf-16-le")


def greeting_program(text: str) -> bytes:
    """A PE32+ image. It needs no relocation."""
    section = _section(text)
    size = -(-len(section) // ALIGN) * ALIGN
    stored = -(-len(section) // FILE_ALIGN) * FILE_ALIGN
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", PE32_PLUS, 0, 0, size, 0, 0, ALIGN,
                           ALIGN, 0, ALIGN, FILE_ALIGN, 0, 0, 0, 0, 0, 0, 0, ALIGN + size,
                           FILE_ALIGN, 0, EFI_APPLICATION, 0, 0, 0, 0, 0, 0, 16).ljust(240, b"\0")
    coff = struct.pack("<HHIIIHH", AMD64, 1, 0, 0, 0, len(optional), EXECUTABLE)
    table = struct.pack("<8sIIIIIIHHI", b".text", len(section), ALIGN, stored, FILE_ALIGN, 0, 0,
                        0, 0, CODE)
    head = dos + b"PE\0\0" + coff + optional + table
    return head.ljust(FILE_ALIGN, b"\0") + section.ljust(stored, b"\0")
