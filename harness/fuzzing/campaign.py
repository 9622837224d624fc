# SPDX-License-Identifier: BSD-3-Clause
"""ci/campaign: all targets for a given time, in rounds; bugs, coverage and a summary at the end."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import coverage, summary, triage
from .engine import Status, fuzz, minimise, write_seeds
from .layout import (EMPTY, ROOT, Target, Trouble, build, chosen, planted_bugs, planted_target,
                     processors, purpose, target, target_names)
from .process import kill_marked
from .progress import Progress
from .store import Store

ROUND_MOST, ROUND_LEAST = 300, 5  # seconds that a target has at a time
ROUNDS = 4  # that each target has, where there is time
TRIAGE_SECONDS = 30  # between two rounds
LAST_TRIAGE_SECONDS = 600
SHRINK_SECONDS = 300
MERGE_SECONDS = 900


class Campaign:
    """One start of a campaign in a folder, perhaps not the first."""

    def __init__(self, store: Store, targets: list[Target], jobs: int, progress: Progress) -> None:
        self.store, self.targets, self.jobs, self.progress = store, targets, jobs, progress
        self.trouble: dict[str, str] = {}

    def prepare(self) -> None:
        left = kill_marked(self.store.folder)
        if left:
            self.progress.say(f"ended {left} processes of a campaign that was killed here")
        for one in self.targets:
            saved = self.store.home(one).prepare()
            if saved:
                self.progress.say(f"{one.name}: took over {saved} inputs of jobs that were killed")
            write_seeds(one, self.store.home(one))
        for one in self.targets:
            self.look(one, TRIAGE_SECONDS)

    def look(self, one: Target, seconds: float) -> None:
        for name in triage.settle_all(self.store, one, seconds):
            bug = triage.load(self.store.bugs / name)
            self.progress.say(f"NEW {bug.kind} in {name}: {bug.sentence}")

    def turn(self, share: Callable[[Target], float]) -> Target | None:
        """Whose turn it is: who has had the least of those who are to have more."""
        able = [one for one in self.targets if one.name not in self.trouble and share(one) >= 1]
        return min(able, key=lambda one: self.store.score(one).seconds, default=None)

    def round(self, one: Target, seconds: int, left: float) -> None:
        def tell(now: Status) -> None:
            self.progress.show(f"{one.name}: {now.executions:,} executions, {now.features} features, "
                               f"{now.complaints} complaints; {left:.0f} s to go")
        try:
            fuzz(self.store, one, seconds, self.jobs, tell)
        except Trouble as trouble:
            self.trouble[one.name] = str(trouble)
            self.progress.say(str(trouble))
        finally:
            self.store.save()
        self.look(one, TRIAGE_SECONDS)

    def for_seconds(self, seconds: float) -> None:
        """Shares so much time between the targets."""
        slice_ = seconds / len(self.targets) / ROUNDS
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) >= 1:
            one = self.turn(lambda _: left)
            if not one:
                return
            self.round(one, int(min(max(slice_, ROUND_LEAST), ROUND_MOST, max(left, 1))), left)

    def for_each(self, seconds: float) -> None:
        """Until each target has had so much, in this folder, since its beginning."""
        def share(one: Target) -> float:
            return seconds - self.store.score(one).seconds
        while one := self.turn(share):
            slice_ = min(max(seconds / ROUNDS, ROUND_LEAST), ROUND_MOST, share(one))
            left = sum(max(share(one), 0) for one in self.targets)
            self.round(one, max(int(slice_ + 0.999), 1), left)

    def finish(self) -> None:
        for one in self.targets:
            self.progress.show(f"{one.name}: looking at complaints")
            self.look(one, LAST_TRIAGE_SECONDS)
        self.progress.show("making inputs of bugs smaller")
        triage.shrink_all(self.store, self.targets, SHRINK_SECONDS)
        for one in self.targets:
            if one.name in self.trouble:
                continue
            self.progress.show(f"{one.name}: making the corpus smaller")
            if not minimise(self.store, one, MERGE_SECONDS):
                self.progress.say(f"{one.name}: the corpus could not be made smaller; it stays")
            self.look(one, TRIAGE_SECONDS)
        self.store.save()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="ci/campaign", description=__doc__)
    made.add_argument("--seconds", type=float, default=3600, metavar="N",
                      help="of fuzzing, all targets together, this time (default 3600)")
    made.add_argument("--each", type=float, metavar="N", help="instead: go on until each target has "
                      "had N seconds in this folder")
    made.add_argument("--jobs", type=int, default=processors(), metavar="N",
                      help="fuzzers at a time (default: one a processor)")
    made.add_argument("--target", action="append", default=[], metavar="GLOB",
                      help="only these targets")
    made.add_argument("--planted", action="append", default=[], metavar="GLOB",
                      help="fuzz copies with these planted bugs instead")
    made.add_argument("--folder", type=Path, default=ROOT / "build/campaign", metavar="FOLDER",
                      help="where everything is kept (default build/campaign)")
    made.add_argument("--list", action="store_true", help="say which targets there are")
    made.add_argument("--no-build", action="store_true", help="use the programs that there are")
    made.add_argument("--no-coverage", action="store_true", help="make no report of coverage")
    return made


def select(args: argparse.Namespace) -> list[Target]:
    if args.planted:
        bugs = {bug.name: bug for bug in planted_bugs()}
        return [planted_target(bugs[name]) for name in chosen(bugs, args.planted, "planted bug")]
    names = [name for name in target_names() if name != EMPTY]
    return [target(name) for name in chosen(names, args.target, "target")]


def make(args: argparse.Namespace, targets: list[Target]) -> None:
    build("fuzz", sorted(one.name if args.planted else f"fuzz-{one.name}" for one in targets))
    build("san", sorted({f"fuzz-{one.base}" for one in targets}))


def conduct(args: argparse.Namespace) -> int:
    targets = select(args)
    progress = Progress()
    store = Store(args.folder)
    try:
        if not args.no_build:
            progress.show("building")
            make(args, targets)
        campaign = Campaign(store, targets, args.jobs, progress)
        campaign.prepare()
        try:
            if args.each is None:
                campaign.for_seconds(args.seconds)
            else:
                campaign.for_each(args.each)
            campaign.finish()
        except KeyboardInterrupt:
            kill_marked(store.folder)
            progress.say("interrupted; the next start goes on from here")
            for one in targets:
                store.home(one).prepare()
        covered = None
        if not args.no_coverage and not args.planted:
            progress.show("measuring coverage")
            covered = coverage.report(store, targets, build_first=not args.no_build)
        progress.clear()
        return summary.write(store, targets, campaign.trouble, covered)
    finally:
        store.close()


def main(arguments: list[str]) -> int:
    args = parser().parse_args(arguments)
    try:
        if args.list:
            for name in target_names():
                print(f"{name:16} {purpose(name)}")
            return 0
        return conduct(args)
    except Trouble as trouble:
        print(f"ci/campaign: {trouble}", file=sys.stderr)
        return 2
