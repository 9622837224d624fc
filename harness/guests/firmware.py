# SPDX-License-Identifier: BSD-3-Clause
"""Firmware and boot loaders as guests: each run is one machine that is watched on its serial port
until it shows that the device was used, or that it gave up."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .images import GREETING, checksum_of
from .linux import Answer
from .machine import Machine, serial
from .outcome import Outcome
from .prepare import Store
from .process import Gone, Late, Process
from .sources import FIRMWARE

ESCAPES = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]")

# iPXE has no time limit for DHCP: it is interrupted when it has sent something.
IPXE_SCRIPT = """#!ipxe
echo virtspec: begin
ifopen net0 || goto end
ifconf --configurator dhcp net0 ||
ifstat net0
:end
echo virtspec: end
"""

U_BOOT_FILE = "file-8"


@dataclass(frozen=True)
class Act:
    """Wait until a text comes, then type something."""

    awaits: str
    types: str = ""
    after: float = 0.0  # seconds between the two


@dataclass(frozen=True)
class Firmware:
    """A guest without Linux."""

    name: str
    device: str                      # the class that it drives
    disk: str                        # of blk: see Store.disk
    arguments: Callable[[Store, str, Path], list[str]]
    acts: tuple[Act, ...]
    proof: re.Pattern[str]           # that the device was used
    gives_up: re.Pattern[str]        # that it will not be
    seconds: float
    bootindex: bool = True


def _ovmf(store: Store, name: str, folder: Path) -> list[str]:
    variables = folder / "vars.fd"
    shutil.copy(store.path(name, "vars.fd"), variables)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={store.path(name, 'code.fd')}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


def _ipxe(store: Store, name: str, folder: Path) -> list[str]:
    script = folder / "script.ipxe"
    script.write_text(IPXE_SCRIPT, encoding="ascii")
    return ["-kernel", str(store.path(name, "ipxe.lkrn")), "-initrd", str(script)]


def _u_boot(store: Store, name: str, folder: Path) -> list[str]:
    del folder
    return ["-bios", str(store.path(name, "u-boot.rom"))]


def _nothing(store: Store, name: str, folder: Path) -> list[str]:
    del store, name, folder
    return []


_KINDS = (
    Firmware("seabios", "blk", "boot-sector", _nothing, (), re.compile(re.escape(GREETING)),
             re.compile(r"No bootable device|Boot failed"), 20),
    Firmware("ovmf", "blk", "efi", _ovmf, (), re.compile(re.escape(GREETING)),
             re.compile(r"UEFI Interactive Shell|No bootable option|BdsDxe: failed to (?:load|start)"
                        r"|>>Start PXE"), 60),
    Firmware("ipxe", "net", "", _ipxe,
             (Act("virtspec: begin"), Act("Configuring", "\x03", 1.5), Act("virtspec: end")),
             re.compile(r"Link:up, TX:[1-9]\d* TXE:0 RX:[1-9]"), re.compile(r"virtspec: end"), 40,
             bootindex=False),
    Firmware("u-boot", "blk", "ext4", _u_boot,
             (Act("Hit any key", " "), Act("=> ", "virtio scan"), Act("=> ", "virtio info"),
              Act("=> ", f"ext4load virtio 0:0 1000000 {U_BOOT_FILE}"),
              Act("=> ", "crc32 1000000 $filesize"), Act("=> ", "echo virtspec end")),
             re.compile(rf"==> {checksum_of(U_BOOT_FILE):08x}"), re.compile(r"virtspec end\n"), 60,
             bootindex=False),
)

# The same of the newest packages, where they come from packages.
FIRMWARES = {one.name: one for kind in _KINDS
             for one in (kind, replace(kind, name=f"{kind.name}-newest"))
             if one.name in ("seabios", *(source.name for source in FIRMWARE))}


def _drive(process: Process, firmware: Firmware, deadline: float) -> Answer:
    """Follows the acts, unless it gives up before; the answer says how far it came."""
    answer = Answer(firmware.name, "ok")
    for act in firmware.acts:
        try:
            if not process.until("serial", act.awaits, deadline, firmware.gives_up):
                return answer
            process.channels["serial"].skip_past(act.awaits)
            until = process.now() + act.after
            while process.now() < until:
                process.pump(0.1)
            if act.types:
                process.say("serial", act.types, deadline, end="\r")
        except Late:
            return Answer(firmware.name, "hung", f"waited for '{act.awaits}'")
        except Gone as gone:
            return Answer(firmware.name, "gone", str(gone))
    return answer


def _settle(process: Process, firmware: Firmware, deadline: float) -> Answer:
    """Waits for the proof, or for its giving up."""
    while True:
        text = ESCAPES.sub("", process.channels["serial"].text)
        if firmware.proof.search(text):
            return Answer(firmware.name, "ok")
        if found := firmware.gives_up.search(text):
            return Answer(firmware.name, "failed", found[0].strip())
        if not process.channels["serial"].open:
            return Answer(firmware.name, "gone", process.epitaph())
        left = deadline - process.now()
        if left <= 0:
            return Answer(firmware.name, "hung", "nothing came of it in time")
        process.pump(min(left, 1.0))


def run(store: Store, firmware: Firmware, machine: Machine, device: list[str], folder: Path,
        log: Path, result: Outcome, server: Process | None = None) -> None:
    """One run; `device` are QEMU's arguments for it, `server` who serves it. Fills in what became
    of it."""
    with Process(("serial",)) as process:
        process.beside += [server] if server else []
        command = [*machine.command(), *serial(process.descriptor("serial")),
                   *firmware.arguments(store, firmware.name, folder), *device]
        process.start(command, log)
        deadline = process.now() + firmware.seconds
        answer = _drive(process, firmware, deadline)
        # What it showed counts, however the conversation went.
        settled = _settle(process, firmware, deadline if answer.ok else process.now())
        if answer.ok or settled.ok:
            answer = settled
        answer.seconds = time.monotonic() - process.started
        result.steps.append(answer)
        text = ESCAPES.sub("", process.channels["serial"].text)
    result.kernel = [line.rstrip() for line in text.splitlines() if line.strip()][-60:]
    with log.open("a", encoding="utf-8") as stream:
        stream.write(text)
    outcomes = {"ok": "worked", "failed": "orderly", "hung": "hung", "gone": "machine"}
    result.outcome = outcomes[answer.state]
    result.why = answer.text
    result.seconds = answer.seconds
