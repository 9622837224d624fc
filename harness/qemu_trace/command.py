# SPDX-License-Identifier: BSD-3-Clause
"""The command harness/convert-qemu-trace."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from .convert import NothingFound, complain, convert


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="convert-qemu-trace", description=(
        "Makes traces for \"virtspec driver --replay\" of a trace log of QEMU: one for each driver "
        "(firmware, then system) of each virtio function."), epilog=(
        "Start QEMU with -trace 'memory_region_ops_*' -trace 'pci_cfg_*' -trace 'virtio_*' "
        "-D LOG, and give virtio devices ioeventfd=off, so that notifications can be seen."))
    made.add_argument("log", metavar="LOG", help="\"-\": standard input")
    made.add_argument("-o", "--output", metavar="TRACE", default="-")
    made.add_argument("--device", metavar="NAME",
                      help="only this one: virtio-blk-pci, 00:04.0 or virtio-blk-pci@00:04.0")
    made.add_argument("--profile", default="1.4",
                      choices=("draft-2013", "1.0", "1.1", "1.2", "1.3", "1.4"),
                      help="what the drivers are held to (1.4)")
    made.add_argument("--big-endian", action="store_true", help="the guest is")
    return made


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    try:
        with contextlib.ExitStack() as stack:
            log = sys.stdin if options.log == "-" else stack.enter_context(
                Path(options.log).open(encoding="utf-8", errors="replace"))
            out = sys.stdout if options.output == "-" else stack.enter_context(
                Path(options.output).open("w", encoding="utf-8"))
            summary = convert(log, out, device=options.device, profile=options.profile,
                              big_endian=options.big_endian)
    except (NothingFound, OSError) as trouble:
        complain(str(trouble))
        return 2
    for name in summary.idle:
        complain(f"nobody drove {name} for a while; that part is left out")
    if summary.damage.count:
        complain(f"{summary.damage.count} lines are damaged and left out, the first is line "
                 f"{summary.damage.first}")
    print(f"{summary.traces} traces, {summary.events} events", file=sys.stderr)
    return 0
