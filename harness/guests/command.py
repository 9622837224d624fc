# SPDX-License-Identifier: BSD-3-Clause
"""The command harness/guests/run."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from .linux import STEP_SECONDS
from .machine import Machine, Stock
from .outcome import Outcome, table, totals
from .prepare import Store, prepare
from .session import on_stock
from .sources import LINUXES, GuestError


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="harness/guests/run", description=(
        "Runs drivers of guests through scenarios and tells what became of each. "
        "What follows -- are more arguments for QEMU."))
    made.add_argument("--guest", action="append", metavar="NAME",
                      help="linux-6.1 (without this), linux-newest, seabios, ovmf, ipxe, u-boot")
    made.add_argument("--stock", metavar="CLASS[,PROPERTY=VALUE]...", action="append",
                      help="QEMU's own device instead of the mock: blk, net, rng, console")
    made.add_argument("--rounds", type=int, default=2,
                      help="with --stock: how often the driver is bound and works (2)")
    made.add_argument("--qemu", metavar="PROGRAM",
                      help="with --stock the system's, else $VIRTSPEC_QEMU_NEXT")
    made.add_argument("--append", default="", metavar="WORDS",
                      help="more for the kernel's command line, such as pci=nomsi")
    made.add_argument("--seconds", type=int, default=STEP_SECONDS,
                      help="how long one step may take")
    made.add_argument("--log", type=Path, metavar="FILE", help="consoles and QEMU's messages")
    made.add_argument("--output", type=Path, metavar="FILE", help="JSON Lines")
    made.add_argument("--table", type=Path, metavar="FILE", help="Markdown")
    return made


def tell(result: Outcome) -> None:
    why = f": {result.why}" if result.why else ""
    broken = f" [breaks {' '.join(result.broken)}]" if result.broken else ""
    print(f"{result.guest} {result.device} {result.scenario}: {result.outcome}{why}{broken}"
          f" ({result.seconds:.1f} s)", flush=True)


def stock_runs(options: argparse.Namespace, store: Store, extra: tuple[str, ...],
               log: Path) -> list[Outcome]:
    qemu = options.qemu or shutil.which("qemu-system-x86_64")
    if not qemu:
        raise GuestError("there is no qemu-system-x86_64; name a QEMU with --qemu")
    results = []
    for guest in options.guest:
        for text in options.stock:
            name, _, properties = text.partition(",")
            results.append(on_stock(store, guest, Machine(qemu, extra=extra),
                                    Stock(name, properties), log, append=options.append,
                                    rounds=options.rounds, seconds=options.seconds))
            tell(results[-1])
    return results


def run(options: argparse.Namespace, extra: tuple[str, ...], log: Path) -> list[Outcome]:
    store = Store()
    prepare(store, options.guest)
    linuxes = {one.name for one in LINUXES}
    if options.stock:
        if not set(options.guest) <= linuxes:
            raise GuestError("--stock is for Linux guests")
        return stock_runs(options, store, extra, log)
    raise GuestError("nothing to do: name a device with --stock")


def main(arguments: list[str]) -> int:
    words = arguments
    extra: tuple[str, ...] = ()
    if "--" in arguments:
        place = arguments.index("--")
        words, extra = arguments[:place], tuple(arguments[place + 1:])
    options = parser().parse_args(words)
    options.guest = options.guest or [LINUXES[0].name]
    with tempfile.TemporaryDirectory() as folder:
        log = options.log or Path(folder) / "log"
        try:
            results = run(options, extra, log)
        except (GuestError, OSError) as trouble:
            print(f"harness/guests/run: {trouble}", file=sys.stderr)
            return 2
    if options.output:
        options.output.write_text("".join(one.line() + "\n" for one in results),
                                  encoding="utf-8")
    if options.table:
        options.table.write_text(table(results), encoding="utf-8")
    print(totals(results))
    return 0 if all(one.outcome == "worked" for one in results) else 1


def default_qemu_next() -> str | None:
    return os.environ.get("VIRTSPEC_QEMU_NEXT")
