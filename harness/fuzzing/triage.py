# SPDX-License-Identifier: BSD-3-Clause
"""From inputs that somebody complained of to bugs: one folder each, with the smallest input."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from .layout import Target, Trouble
from .process import Ended, environment, run
from .report import Report, parse
from .store import Store, digest, empty_folder, write_json, write_whole

REPLAY_SECONDS = 60
SHRINK_SECONDS = 10
INPUTS_MAX = 1000  # of one bug that are remembered by name
NOT_AGAIN = "not-reproduced"


@dataclass
class Bug:
    """A bug as it is written down (bug.json)."""

    target: str
    kind: str
    sentence: str
    frames: list[str]
    size: int  # of the smallest input
    count: int = 0  # inputs that showed it
    shrunk: bool = False
    inputs: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        where = f" in {self.frames[0]}" if self.frames else ""
        return f"{self.target}: {self.kind}{where}, {self.size} bytes, {self.count} inputs"


def load(folder: Path) -> Bug:
    return Bug(**json.loads((folder / "bug.json").read_text(encoding="utf-8")))


def known(store: Store) -> dict[str, Bug]:
    """All bugs of a campaign, by folder."""
    return {path.parent.name: load(path.parent) for path in sorted(store.bugs.glob("*/bug.json"))}


def replay(store: Store, target: Target, path: Path) -> tuple[Report | None, Ended]:
    """What one input makes the target say."""
    flags = [flag for flag in target.flags() if not flag.startswith("-dict=")]
    home = store.home(target)
    ended = run([str(target.program), *flags, "-timeout=20", str(path)], REPLAY_SECONDS, environment(store.folder, home.scratch))
    if "\nRunning: " not in ended.text:
        raise Trouble(f"{target.name} does not start: {ended.text.strip()[-500:]}")
    report = parse(ended.text)
    if not report and ended.status not in (0, -9):
        report = Report(f"ended with {ended.status}", ended.text[-200:], ())
    if not report and ended.status == -9:
        report = Report("endless", f"did not end within {REPLAY_SECONDS} s", ())
    return report, ended


def keep(store: Store, target: Target, data: bytes, report: Report, text: str) -> tuple[str, bool]:
    """Files an input under its bug; the folder's name, and whether the bug is a new one."""
    name = f"{target.name}-{report.key}"
    folder = store.bugs / name
    mark = digest(data)
    new = not (folder / "bug.json").exists()
    if new:
        made = empty_folder(store.bugs / f".{name}")
        (made / "input").write_bytes(data)
        (made / "report.txt").write_text(text, encoding="utf-8")
        write_json(made / "bug.json", vars(Bug(target.name, report.kind, report.sentence,
                                               list(report.frames), len(data), 1, False, [mark])))
        if folder.exists():
            shutil.rmtree(folder)  # without a bug.json: not one that was finished
        made.rename(folder)
        return name, True
    bug = load(folder)
    if mark not in bug.inputs:
        bug.count += 1
        bug.inputs = [*bug.inputs, mark][:INPUTS_MAX]
    if len(data) < bug.size:
        write_whole(folder / "report.txt", text.encode())
        write_whole(folder / "input", data)
        bug.size, bug.sentence, bug.shrunk = len(data), report.sentence, False
    write_json(folder / "bug.json", vars(bug))
    return name, False


def torn(path: Path, data: bytes) -> bool:
    """Whether an artefact is not what its name says."""
    return path.name.rsplit("-", 1)[-1] != digest(data)


def settle_artifact(store: Store, target: Target, path: Path) -> tuple[str, bool]:
    """Files one artefact; it is deleted when the bug's folder has it."""
    data = path.read_bytes()
    report, ended = replay(store, target, path)
    if not report and (path.name.startswith("slow-unit-") or torn(path, data)):
        path.unlink()  # slow on a busy machine, that is all; or killed while it was written
        return "", False
    if not report:
        # The same bytes do the same: one that does not is a mistake of the target's.
        report = Report(NOT_AGAIN, f"{path.name} ran without a complaint when run again", ())
    found = keep(store, target, data, report, ended.text)
    path.unlink()
    return found


def settle_all(store: Store, target: Target, seconds: float) -> list[str]:
    """Looks at the artefacts of a target for that long; the folders of bugs that are new. What is
    left over waits for the next time."""
    new, until = [], time.monotonic() + seconds
    for path in store.home(target).waiting():
        name, first = settle_artifact(store, target, path)
        if first:
            new.append(name)
        if time.monotonic() > until:
            break
    return new


def shrink(store: Store, target: Target, name: str, seconds: float = SHRINK_SECONDS) -> None:
    """Makes the input of a bug smaller, as long as it shows the same bug."""
    folder, home = store.bugs / name, store.home(target)
    bug = load(folder)
    if bug.shrunk or bug.kind == NOT_AGAIN:
        return
    scratch = empty_folder(home.scratch / "shrink")
    small = scratch / "small"
    run([str(target.program), *target.flags(), "-minimize_crash=1", f"-exact_artifact_path={small}",
         f"-max_total_time={max(int(seconds), 1)}", str(folder / "input")], seconds + 5,
        environment(store.folder, scratch))
    if small.exists() and small.stat().st_size < bug.size:
        report, ended = replay(store, target, small)
        if report:
            # One that shows another bug is kept as that.
            keep(store, target, small.read_bytes(), report, ended.text)
            bug = load(folder)
    bug.shrunk = True
    write_json(folder / "bug.json", vars(bug))
    shutil.rmtree(scratch, ignore_errors=True)


def shrink_all(store: Store, targets: list[Target], seconds: float) -> None:
    by_name = {target.name: target for target in targets}
    until = time.monotonic() + seconds
    for name, bug in known(store).items():
        left = until - time.monotonic()
        if bug.target in by_name and left > 1:
            shrink(store, by_name[bug.target], name, min(left, SHRINK_SECONDS))
