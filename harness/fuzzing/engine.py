# SPDX-License-Identifier: BSD-3-Clause
"""libFuzzer at work: one round of a target in fork mode, and a corpus made small."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guests.process import dying_with_us

from .layout import Target, Trouble
from .process import children_time, environment, kill_tree, run
from .store import Home, Store, empty_folder, inputs, length_limit

GRACE_SECONDS = 60  # for the last jobs to end and be merged
LOGS_KEPT = 5
SEED_SECONDS = 60
LOOK_SECONDS = 0.5
TAIL = 1 << 16
LIMITS = ["-timeout=20", "-rss_limit_mb=2048"]
STATUS = re.compile(r"^#(\d+): cov: (\d+) ft: (\d+) corp: (\d+) exec/s (\d+) "
                    r"oom/timeout/crash: (\d+)/(\d+)/(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Status:
    """What the engine says of a round as it goes."""

    executions: int = 0
    features: int = 0
    complaints: int = 0


def status(log: Path) -> Status:
    """The last line of status in a log."""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - TAIL, 0))
        found = STATUS.findall(file.read().decode("utf-8", "replace"))
    if not found:
        return Status()
    numbers = [int(number) for number in found[-1]]
    return Status(numbers[0], numbers[2], sum(numbers[5:]))


def write_seeds(target: Target, home: Home) -> None:
    """The target's own inputs to start from; the same each time."""
    if not target.replayer.exists():
        raise Trouble(f"there is no {target.replayer}: build it, or leave --no-build out")
    made = run([str(target.replayer), "--write-seeds", str(home.seeds)], SEED_SECONDS,
               environment())
    if made.status:
        raise Trouble(f"{target.name} cannot write its seeds: {made.text.strip()[-500:]}")


def starting(target: Target, home: Home) -> list[str]:
    return [str(path) for path in (home.seeds, *target.stored)]


def limits(target: Target, home: Home) -> list[str]:
    flags = [*LIMITS, *target.flags()]
    return flags + length_limit(flags, [home.seeds, *target.stored])


def next_log(home: Home) -> Path:
    logs = sorted(home.log.glob("*.txt"), key=lambda path: int(path.stem))
    for old in logs[:-LOGS_KEPT]:
        old.unlink()
    return home.log / f"{int(logs[-1].stem) + 1 if logs else 1}.txt"


def fuzz(store: Store, target: Target, seconds: int, jobs: int,
         tell: Callable[[Status], None]) -> None:
    """One round. Inputs and artefacts are in the target's folder as they are found."""
    home, score = store.home(target), store.score(target)
    command = [str(target.program), *limits(target, home), f"-fork={jobs}", "-ignore_crashes=1",
               "-ignore_timeouts=1", "-ignore_ooms=1", f"-max_total_time={seconds}",
               f"-artifact_prefix={home.artifacts}/", str(home.corpus), *starting(target, home)]
    log = next_log(home)
    before, start = children_time(), time.monotonic()
    with log.open("wb") as output, subprocess.Popen(
            dying_with_us(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env=environment(store.folder, home.scratch, symbols=False)) as process:
        try:
            while process.poll() is None:
                time.sleep(LOOK_SECONDS)
                tell(status(log))
                if time.monotonic() - start > seconds + GRACE_SECONDS:
                    break
        finally:
            # Also the jobs of an engine that has ended before them.
            kill_tree(process.pid)
            process.wait()
    elapsed, last = time.monotonic() - start, status(log)
    if elapsed < seconds / 2 and not last.executions:
        text = log.read_text("utf-8", "replace").strip()
        raise Trouble(f"{target.name}: the engine gave up after {elapsed:.0f} s: {text[-500:]}")
    score.seconds += elapsed
    score.cpu += children_time() - before
    score.executions += last.executions
    score.rounds += 1
    score.features = max(score.features, last.features)
    home.rescue()


def minimise(store: Store, target: Target, seconds: float) -> bool:
    """Drops inputs that others make needless. The old corpus stays until the new one is whole; it
    stays for good when making the new one fails."""
    home = store.home(target)
    made = empty_folder(home.folder / "corpus.new")
    ended = run([str(target.program), *limits(target, home), "-merge=1",
                 f"-artifact_prefix={home.artifacts}/", str(made), str(home.corpus),
                 *starting(target, home)], seconds, environment(store.folder, home.scratch))
    home.rescue()
    if ended.status or (inputs(home.corpus) and not inputs(made)):
        shutil.rmtree(made)
        return False
    made.rename(home.small)
    home.settle()
    return True
