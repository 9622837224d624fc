# SPDX-License-Identifier: BSD-3-Clause
"""The command harness/guests/run."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import bench, known
from .campaign import Campaign, Job
from .firmware import FIRMWARES
from .linux import STEP_SECONDS
from .machine import Machine, Stock
from .outcome import Outcome
from .prepare import Store, prepare
from .scenarios import CLASSES
from .session import on_stock
from .sources import LINUXES, GuestError
from .tables import counts, table, totals

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ("release", "dev", "san")
LINUX_NAMES = [one.name for one in LINUXES]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="harness/guests/run", description=(
        "Runs drivers of guests through scenarios and tells what became of each. "
        "What follows -- are more arguments for QEMU. Exit status: 0 when every driver worked in "
        "every scenario that is no violation, none hung or crashed in any, and no rule was broken, "
        "what findings.toml lists aside; 1 otherwise; 2 when it could not run."))
    made.add_argument("--guest", action="append", metavar="NAME",
                      help=f"{', '.join([*LINUX_NAMES, *FIRMWARES])}; without it {LINUX_NAMES[0]}")
    made.add_argument("--class", action="append", dest="classes", choices=CLASSES,
                      help="the device, for a Linux guest; without it all")
    made.add_argument("--set", default="small", choices=("small", "usual", "all"),
                      help="the scenarios (small)")
    made.add_argument("--scenario", action="append", metavar="PATTERN", default=[],
                      help="these scenarios instead, such as 'multiplier=*'")
    made.add_argument("--kind", action="append", choices=("plain", "variation", "violation"),
                      help="only such scenarios")
    made.add_argument("--list", action="store_true", help="list the scenarios and stop")
    made.add_argument("--stock", metavar="CLASS[,PROPERTY=VALUE]...", action="append",
                      help="QEMU's own device instead of the mock: blk, net, console, rng")
    made.add_argument("--rounds", type=int, default=2,
                      help="with --stock: how often the driver is bound and works (2)")
    made.add_argument("--bench", type=int, metavar="ROUNDS",
                      help="measure instead: from the start to a mounted file system on the mock "
                           "and on QEMU's own virtio-blk, medians of so many rounds")
    made.add_argument("--qemu", metavar="PROGRAM",
                      help="with --stock the system's, else $VIRTSPEC_QEMU_NEXT, of 11.1 or later")
    made.add_argument("--virtspec", metavar="PROGRAM", default=os.environ.get("VIRTSPEC"),
                      help="without it $VIRTSPEC, else the one in build/")
    made.add_argument("--append", default="", metavar="WORDS",
                      help="more for the kernel's command line, such as pci=nomsi")
    made.add_argument("--seconds", type=int, default=STEP_SECONDS,
                      help=f"how long one step may take ({STEP_SECONDS})")
    made.add_argument("--jobs", type=int, default=1, help="how many drivers at once (1)")
    made.add_argument("--log", type=Path, metavar="FILE", help="consoles and QEMU's messages")
    made.add_argument("--output", type=Path, metavar="FILE",
                      help="JSON Lines, one a result, written as they come")
    made.add_argument("--table", type=Path, metavar="FILE", help="Markdown: driver by scenario")
    return made


def tell(result: Outcome, findings: list[known.Finding]) -> None:
    why = f": {result.why}" if result.why else ""
    broken = f" [breaks {' '.join(result.broken)}]" if result.broken else ""
    news = known.news(result, findings)
    new = f" NEW: {'; '.join(news)}" if news else ""
    print(f"{result.guest} {result.device} {result.scenario}: {result.outcome}{why}{broken}"
          f" ({result.seconds:.1f} s){new}", flush=True)


def find_virtspec(given: str | None) -> str:
    candidates = [Path(given)] if given else [ROOT / "build" / name / "bin" / "virtspec"
                                              for name in BUILDS]
    for path in candidates:
        if path.exists():
            return str(path.resolve())
    raise GuestError("there is no virtspec in build/; build it, or name one with --virtspec")


def stock_runs(options: argparse.Namespace, store: Store, extra: tuple[str, ...], log: Path,
               found: Callable[[Outcome], None]) -> None:
    qemu = options.qemu or shutil.which("qemu-system-x86_64")
    if not qemu:
        raise GuestError("there is no qemu-system-x86_64; name a QEMU with --qemu")
    for guest in options.guest:
        for text in options.stock:
            name, _, properties = text.partition(",")
            found(on_stock(store, guest, Machine(qemu, extra=extra), Stock(name, properties), log,
                           append=options.append, rounds=options.rounds, seconds=options.seconds))


def next_qemu(options: argparse.Namespace) -> str:
    qemu = options.qemu or os.environ.get("VIRTSPEC_QEMU_NEXT")
    if not qemu:
        raise GuestError("a QEMU of 11.1 or later is needed for vfio-user; prepare one with "
                         "ci/qemu-backports and name it with --qemu or in VIRTSPEC_QEMU_NEXT")
    return qemu


def measure(options: argparse.Namespace, store: Store) -> None:
    for guest in options.guest:
        line = bench.run(store, guest, next_qemu(options), find_virtspec(options.virtspec),
                         options.bench)
        print(json.dumps(line))


def mock_runs(options: argparse.Namespace, store: Store, extra: tuple[str, ...], log: Path,
              folder: Path, found: Callable[[Outcome], None]) -> None:
    qemu = "" if options.list else next_qemu(options)
    campaign = Campaign(store, find_virtspec(options.virtspec), Machine(qemu, extra=extra),
                        folder, log, options.seconds, options.append)
    jobs = []
    for guest in options.guest:
        classes = (options.classes or CLASSES) if guest in LINUX_NAMES else (
            FIRMWARES[guest].device,)
        jobs += [Job(guest, name, [
            one for one in campaign.scenarios(guest, name, options.set, options.scenario)
            if not options.kind or one.kind in options.kind]) for name in classes]
    if options.list:
        for job in jobs:
            for one in job.scenarios:
                print(f"{job.guest} {job.device_class} {one.kind:10} {one.name}")
        return
    campaign.run(jobs, options.jobs, found)


def main(arguments: list[str]) -> int:
    words, extra = arguments, ()
    if "--" in arguments:
        place = arguments.index("--")
        words, extra = arguments[:place], tuple(arguments[place + 1:])
    options = parser().parse_args(words)
    options.guest = options.guest or LINUX_NAMES[:1]
    results: list[Outcome] = []
    # QEMU's own devices are examined for what they are, not against the list.
    findings = [] if options.stock else known.load()

    def found(result: Outcome) -> None:
        results.append(result)
        tell(result, findings)
        if options.output:
            with options.output.open("a", encoding="utf-8") as stream:
                stream.write(result.line() + "\n")

    with tempfile.TemporaryDirectory() as folder:
        log = options.log or Path(folder) / "log"
        try:
            for one in (options.output, options.log):
                if one:
                    one.write_text("", encoding="utf-8")
            if unknown := [one for one in options.guest
                           if one not in LINUX_NAMES and one not in FIRMWARES]:
                raise GuestError(f"there is no guest {unknown[0]}")
            if (options.stock or options.bench) and not set(options.guest) <= set(LINUX_NAMES):
                raise GuestError("--stock and --bench are for Linux guests")
            store = Store()
            prepare(store, options.guest)
            if options.bench:
                measure(options, store)
            elif options.stock:
                stock_runs(options, store, extra, log, found)
            else:
                mock_runs(options, store, extra, log, Path(folder), found)
        except (GuestError, OSError) as trouble:
            print(f"harness/guests/run: {trouble}", file=sys.stderr)
            return 2
    if options.table:
        options.table.write_text(f"{counts(results)}\n{table(results, findings)}",
                                 encoding="utf-8")
    if results:
        print(totals(results))
    return 0 if not any(known.news(one, findings) for one in results) else 1
