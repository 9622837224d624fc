# SPDX-License-Identifier: BSD-3-Clause
"""ci/fuzz-speed: executions per second of processor time, beside those of the target that does
nothing, in turns."""

from __future__ import annotations

import argparse
import fnmatch
import json
import re
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .layout import EMPTY, ROOT, Target, Trouble, build, chosen, target, target_names
from .process import environment, run
from .store import inputs, length_limit
from .summary import markdown, table

ROUNDS = 3
SECONDS = 4  # that each run takes by the clock; what counts is its processor time in them
LEAST_SECONDS = 0.2  # of processor time, for a figure that means something
RUN_SECONDS = 600
EXECUTED = re.compile(r"^stat::number_of_executed_units:\s+(\d+)$", re.MULTILINE)
# Of the empty target's executions, the first pattern that fits counts.
BOUNDS = {"caps": 0.50, "split_*": 0.25, "packed_*": 0.25, "bringup": 0.10}
HEAD = ("target", "inputs", "max_len", "executions/s", "empty/s", "share", "wanted", "")


@dataclass(frozen=True)
class Speed:
    """What was measured of one target; executions per second of processor time, in user mode."""

    name: str
    inputs: int
    max_len: int
    own: tuple[float, ...]
    empty: tuple[float, ...]

    @property
    def share(self) -> float:
        return statistics.median(one / other for one, other in zip(self.own, self.empty))

    @property
    def bound(self) -> float | None:
        return next((bound for pattern, bound in BOUNDS.items()
                     if fnmatch.fnmatchcase(self.name, pattern)), None)

    @property
    def well(self) -> bool:
        return self.bound is None or self.share >= self.bound

    def row(self) -> tuple[str, ...]:
        return (self.name, str(self.inputs), str(self.max_len),
                f"{statistics.median(self.own):,.0f}", f"{statistics.median(self.empty):,.0f}",
                f"{100 * self.share:.0f} %",
                f"{100 * self.bound:.0f} %" if self.bound is not None else "-",
                "" if self.well else "TOO SLOW")


class Bench:
    """One target with its inputs in a folder of its own."""

    def __init__(self, one: Target, grown: Path | None, folder: Path) -> None:
        """`grown`: the folder of a campaign."""
        self.target, self.scratch = one, folder
        self.start = folder / f"start-{one.name}"
        self.start.mkdir()
        seeded = run([str(one.replayer), "--write-seeds", str(self.start)], 60, environment())
        if seeded.status:
            raise Trouble(f"{one.name} cannot write its seeds: {seeded.text[-500:]}")
        made = [self.start, *one.stored]
        limit = length_limit(one.flags(), made) or [
            flag for flag in one.flags() if flag.startswith("-max_len=")]
        self.max_len = int(limit[-1].split("=")[1])
        folders = [*one.stored, *([grown / one.name / "corpus"] if grown else [])]
        for path in [path for folder in folders for path in inputs(folder)]:
            shutil.copy(path, self.start)
        self.count = len(inputs(self.start))

    def executed(self, max_len: int, limit: str, seed: int) -> tuple[int, float]:
        """Executions, and the seconds of processor time in user mode."""
        new = self.scratch / "new"
        if new.exists():
            shutil.rmtree(new)
        new.mkdir()
        ended = run([str(self.target.program), *self.target.flags(), limit, f"-seed={seed}",
                     f"-max_len={max_len}", "-print_final_stats=1",
                     f"-artifact_prefix={self.scratch}/", str(new), str(self.start)],
                    RUN_SECONDS, environment(scratch=self.scratch))
        executed = EXECUTED.search(ended.text)
        if ended.status or not executed:
            raise Trouble(f"{self.target.name} ended with {ended.status}: {ended.text[-800:]}")
        return int(executed.group(1)), ended.user

    def measure(self, max_len: int, seconds: int, seed: int) -> float:
        """Executions per second, without the start, which reads the corpus."""
        before, start = self.executed(max_len, "-runs=0", seed)
        count, used = self.executed(max_len, f"-max_total_time={seconds}", seed)
        if used - start < LEAST_SECONDS:
            raise Trouble(f"{self.target.name} had {used - start:.2f} s of a processor in {seconds}: "
                          "the machine is too busy; try --seconds with more")
        return (count - before) / (used - start)


def compare(bench: Bench, empty: Bench, seconds: int, rounds: int) -> Speed:
    own, floor = [], []
    for seed in range(1, rounds + 1):
        floor.append(empty.measure(bench.max_len, seconds, seed))
        own.append(bench.measure(bench.max_len, seconds, seed))
    return Speed(bench.target.name, bench.count, bench.max_len, tuple(own), tuple(floor))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="ci/fuzz-speed", description=__doc__)
    made.add_argument("names", nargs="*", metavar="TARGET", help="as globs (default: all)")
    made.add_argument("--seconds", type=int, default=SECONDS, metavar="N",
                      help=f"for each run (default {SECONDS}); more on a busy machine")
    made.add_argument("--rounds", type=int, default=ROUNDS, metavar="N",
                      help=f"runs of both in turns (default {ROUNDS})")
    made.add_argument("--folder", type=Path, default=ROOT / "build/campaign", metavar="FOLDER",
                      help="of a campaign, whose corpora are taken beside the stored ones "
                      "(default build/campaign, where there is one)")
    made.add_argument("--format", choices=("text", "markdown", "jsonl"), default="text")
    made.add_argument("--no-build", action="store_true", help="use the programs that there are")
    return made


def conduct(args: argparse.Namespace) -> int:
    names = chosen([name for name in target_names() if name != EMPTY], args.names, "target")
    if not args.no_build:
        build("fuzz", [f"fuzz-{name}" for name in (*names, EMPTY)])
        build("san", [f"fuzz-{name}" for name in (*names, EMPTY)])
    speeds = []
    with tempfile.TemporaryDirectory(prefix="virtspec-speed-") as name:
        empty = Bench(target(EMPTY), None, Path(name))
        for one in names:
            try:
                speeds.append(compare(Bench(target(one), args.folder, Path(name)), empty,
                                      args.seconds, args.rounds))
            except Trouble as trouble:  # the others can be measured all the same
                print(f"ci/fuzz-speed: {trouble}", file=sys.stderr)
                continue
            if args.format == "jsonl":
                print(json.dumps({**vars(speeds[-1]), "share": speeds[-1].share,
                                  "bound": speeds[-1].bound, "well": speeds[-1].well}), flush=True)
    if args.format != "jsonl":
        rows = [HEAD, *(one.row() for one in speeds)]
        print("\n".join(markdown(rows) if args.format == "markdown" else table(rows)))
    if len(speeds) < len(names):
        return 2
    return 0 if all(one.well for one in speeds) else 1


def main(arguments: list[str]) -> int:
    args = parser().parse_args(arguments)
    try:
        return conduct(args)
    except Trouble as trouble:
        print(f"ci/fuzz-speed: {trouble}", file=sys.stderr)
        return 2
