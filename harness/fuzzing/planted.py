# SPDX-License-Identifier: BSD-3-Clause
"""ci/find-planted: how long the fuzzers take to find each planted bug."""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from .layout import (Planted, Target, Trouble, build, chosen, planted_bugs, planted_target,
                     processors, target)
from .process import environment, run
from .report import parse
from .store import inputs, write_whole
from .summary import markdown, table

SEEDS = "1,2,3"
SECONDS = 60
WALL = 20  # times the processor time: others may use the machine
ENOUGH = 0.9  # of the processor time makes a full run
REPLAY_SECONDS = 60
EXECUTED = re.compile(r"^stat::number_of_executed_units:\s+(\d+)$", re.MULTILINE)
# The engine writes this for each input that it starts from, when it has read them all.
STARTED = re.compile(r"^#\d+\s+INITED", re.MULTILINE)
HEAD = ("bug", "target", "kind", "seconds of a core", "median", "executions", "oracle", "")


@dataclass(frozen=True)
class Hunt:
    """One run of one bug."""

    seed: int
    found: bool  # with the word in the report that the patch names
    said: str  # what was complained of, "" for nothing
    cpu: float
    wall: float
    executions: int
    from_start: bool  # one of the inputs that it started from shows it
    clean: bool  # the target without the bug has no complaint about the same input
    starved: bool = False  # it did not get the processor time that it was to have


@dataclass(frozen=True)
class Record:
    """All runs of one bug."""

    bug: Planted
    hunts: tuple[Hunt, ...]

    @property
    def found(self) -> bool:
        """More than half of the runs found it, none by what is also there without it."""
        return (sum(hunt.found for hunt in self.hunts) * 2 > len(self.hunts)
                and all(hunt.clean for hunt in self.hunts))

    def median(self, what: str) -> float:
        """Of those values; a run that did not find it took longer than any other."""
        values = [getattr(hunt, what) if hunt.found else float("inf") for hunt in self.hunts]
        return statistics.median_high(values)

    @property
    def verdict(self) -> str:
        unclean = [hunt.said for hunt in self.hunts if not hunt.clean]
        if unclean:
            return f"ALSO WITHOUT THE BUG: {unclean[0]}"
        if not self.found:
            starved = [hunt.cpu for hunt in self.hunts if hunt.starved]
            if starved:
                return f"NOT FOUND, but it had only {min(starved):.0f} s: the machine is too busy"
            others = sorted({hunt.said for hunt in self.hunts if hunt.said and not hunt.found})
            return f"NOT FOUND{': instead ' + ', '.join(others) if others else ''}"
        return ""


def keep_proof(bug: Planted, one: Target, found: list[Path]) -> None:
    """The smallest input that showed the bug, for ctest to replay."""
    proof = one.proofs / bug.name
    best = min((path.read_bytes() for path in found), key=len)
    if not proof.exists() or len(best) < proof.stat().st_size:
        proof.parent.mkdir(parents=True, exist_ok=True)
        write_whole(proof, best)


def hunt_once(bug: Planted, seed: int, seconds: int, own_only: bool, keep: bool) -> Hunt:
    one = planted_target(bug)
    with tempfile.TemporaryDirectory(prefix="virtspec-planted-") as name:
        folder = Path(name)
        for sub in ("corpus", "seeds", "artifacts"):
            (folder / sub).mkdir()
        env = environment(scratch=folder)
        seeded = run([str(one.replayer), "--write-seeds", str(folder / "seeds")], 60, env)
        if seeded.status:
            raise Trouble(f"{one.base} cannot write its seeds: {seeded.text[-500:]}")
        # What shows these very bugs is in corpus/NAME/regress.
        stored = [] if own_only else [str(path) for path in one.stored if path.name != "regress"]
        ended = run([str(one.program), *one.flags(), f"-seed={seed}", "-print_final_stats=1",
                     f"-max_total_time={seconds * WALL}", f"-artifact_prefix={folder}/artifacts/",
                     str(folder / "corpus"), str(folder / "seeds"), *stored],
                    seconds * WALL + 30, env, cpu=seconds)
        left = inputs(folder / "artifacts")
        clean = all(not run([str(target(one.base).program), *target(one.base).flags(), str(path)],
                            REPLAY_SECONDS, env).status for path in left)
        said = parse(ended.text)
        if keep and left and clean and said and bug.shows_in(ended.text):
            keep_proof(bug, one, left)
    if not STARTED.search(ended.text) and not said:
        raise Trouble(f"{one.name} does not start: {ended.text.strip()[-500:]}")
    executed = EXECUTED.search(ended.text)
    return Hunt(seed, bool(said) and bug.shows_in(ended.text), said.kind if said else "",
                round(ended.cpu, 2), round(ended.wall, 2), int(executed.group(1)) if executed else 0,
                not STARTED.search(ended.text), clean,
                not said and ended.cpu < seconds * ENOUGH)


def hunt(bugs: list[Planted], seeds: list[int], seconds: int, jobs: int,
         own_only: bool, keep: bool = False) -> Iterator[Record]:
    """The records, in the order of the bugs, as they are there."""
    with ThreadPoolExecutor(jobs) as pool:
        runs = {bug.name: [pool.submit(hunt_once, bug, seed, seconds, own_only, keep)
                           for seed in seeds]
                for bug in bugs}
        try:
            for bug in bugs:
                yield Record(bug, tuple(one.result() for one in runs[bug.name]))
        finally:
            pool.shutdown(cancel_futures=True)


def seconds_text(value: float) -> str:
    return "-" if value == float("inf") else f"{value:.1f}"


def row(record: Record) -> tuple[str, ...]:
    each = " ".join(seconds_text(one.cpu if one.found else float("inf")) for one in record.hunts)
    executions = record.median("executions")
    if record.found and all(one.from_start for one in record.hunts):
        each += " (stored)"
    return (record.bug.name, record.bug.target, record.bug.kind, each,
            seconds_text(record.median("cpu")),
            "-" if executions == float("inf") else f"{executions:,.0f}", record.bug.oracle,
            record.verdict)


def data(record: Record) -> str:
    return json.dumps({**asdict(record.bug), "found": record.found, "verdict": record.verdict,
                       "runs": [asdict(one) for one in record.hunts]}, ensure_ascii=False)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="ci/find-planted", description=__doc__)
    made.add_argument("names", nargs="*", metavar="NAME", help="bugs, as globs (default: all)")
    made.add_argument("--seeds", default=SEEDS, metavar="LIST", help=f"of randomness ({SEEDS})")
    made.add_argument("--seconds", type=int, default=SECONDS, metavar="N",
                      help=f"of processor time for each run (default {SECONDS})")
    made.add_argument("--jobs", type=int, default=processors(), metavar="N",
                      help="runs at a time (default: one a processor)")
    made.add_argument("--own-seeds", action="store_true",
                      help="start from the target's own seeds alone, without corpus/NAME/seed")
    made.add_argument("--keep", action="store_true",
                      help="keep what shows a bug as corpus/TARGET/planted/NAME, for ctest")
    made.add_argument("--format", choices=("text", "markdown", "jsonl"), default="text")
    made.add_argument("--no-build", action="store_true", help="use the programs that there are")
    return made


def conduct(args: argparse.Namespace) -> int:
    everything = {bug.name: bug for bug in planted_bugs()}
    bugs = [everything[name] for name in chosen(everything, args.names, "planted bug")]
    seeds = [int(seed) for seed in args.seeds.split(",")]
    bases = sorted({f"fuzz-{bug.target}" for bug in bugs})
    if not args.no_build:
        build("fuzz", [*bases, *(f"planted-{bug.name}" for bug in bugs)])
        build("san", bases)
    records = []
    for record in hunt(bugs, seeds, args.seconds, args.jobs, args.own_seeds, args.keep):
        records.append(record)
        if args.format == "jsonl":
            print(data(record), flush=True)
        elif sys.stderr.isatty():
            print(" ".join(row(record)), file=sys.stderr)
    if args.format != "jsonl":
        rows = [HEAD, *map(row, records)]
        print("\n".join(markdown(rows) if args.format == "markdown" else table(rows, left=3)))
        well = sum(record.found for record in records)
        print(f"\n{well} of {len(records)} found within {args.seconds} s of a core, more than half of "
              f"the seeds {args.seeds}")
    return 0 if all(record.found for record in records) else 1


def main(arguments: list[str]) -> int:
    args = parser().parse_args(arguments)
    try:
        return conduct(args)
    except (Trouble, ValueError) as trouble:
        print(f"ci/find-planted: {trouble}", file=sys.stderr)
        return 2
