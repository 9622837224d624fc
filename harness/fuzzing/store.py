# SPDX-License-Identifier: BSD-3-Clause
"""What a campaign keeps on disk. Whatever is found is there as a whole file at any moment, under its
last name or where the next start looks for it; so a campaign may be killed whenever one likes.

FOLDER/state.json         what each target has had so far
FOLDER/NAME/corpus        inputs that reach something new
FOLDER/NAME/seeds         those that the target makes itself
FOLDER/NAME/artifacts     inputs that somebody complained of, not looked at yet
FOLDER/NAME/scratch       where the engine works; what a killed one left is taken from there
FOLDER/NAME/log           what the engine said
FOLDER/bugs/NAME-KIND-HASH  one bug: input, report.txt, bug.json
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from .layout import Target, Trouble

LEAST_LIMIT = 512
ARTIFACTS = ("crash-", "leak-", "timeout-", "oom-", "slow-unit-")


def write_whole(path: Path, data: bytes) -> None:
    """The file has the old or the new content and nothing in between."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    os.replace(beside, path)


def write_json(path: Path, value: object) -> None:
    write_whole(path, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


def digest(data: bytes) -> str:
    """The name that the engine gives an input."""
    return hashlib.sha1(data).hexdigest()


def inputs(folder: Path) -> list[Path]:
    """The files of a folder that are inputs."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir()
                  if path.is_file() and not path.name.startswith("."))


def length_limit(flags: list[str], folders: list[Path]) -> list[str]:
    """How long inputs may grow: twice the longest of those that people made, 512 at the least,
    where no option of the target says it. Longer ones only cost time."""
    if any(flag.startswith("-max_len=") for flag in flags):
        return []
    sizes = [path.stat().st_size for folder in folders for path in inputs(folder)]
    return [f"-max_len={max(2 * max(sizes, default=0), LEAST_LIMIT)}"]


def empty_folder(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


@dataclass
class Score:
    """What a target has had and made, over all starts of the campaign."""

    seconds: float = 0  # of fuzzing, by the clock
    cpu: float = 0
    executions: int = 0
    rounds: int = 0
    features: int = 0  # as the engine counts them


class Home:
    """The folder of one target."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus, self.seeds = folder / "corpus", folder / "seeds"
        self.artifacts, self.scratch = folder / "artifacts", folder / "scratch"
        self.log = folder / "log"

    def prepare(self) -> int:
        """Makes what is missing and takes in what a killed campaign left; how many inputs."""
        self.settle()
        for path in (self.corpus, self.seeds, self.artifacts, self.scratch, self.log):
            path.mkdir(parents=True, exist_ok=True)
        return self.rescue()

    def rescue(self) -> int:
        """Takes over what jobs that were killed have found: with -fork an engine brings their
        inputs to the corpus only when they end."""
        count = 0
        for job in sorted(self.scratch.glob("libFuzzerTemp.*/C*")):
            for path in inputs(job):
                data = path.read_bytes()
                to = self.corpus / digest(data)
                if not to.exists():
                    count += 1
                    os.replace(path, to)
        for left in self.scratch.iterdir():
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
        return count

    @property
    def small(self) -> Path:
        """A minimised corpus that is complete has this name."""
        return self.folder / "corpus.small"

    def settle(self) -> None:
        """Puts a complete minimised corpus in the place of the corpus, from any step on."""
        old = self.folder / "corpus.old"
        if self.small.exists():
            if self.corpus.exists():
                if old.exists():
                    shutil.rmtree(old)
                self.corpus.rename(old)
            self.small.rename(self.corpus)
        elif old.exists() and not self.corpus.exists():
            old.rename(self.corpus)
        if old.exists():
            shutil.rmtree(old)

    def waiting(self) -> list[Path]:
        """Inputs that wait to be looked at, the smallest first."""
        found = [path for path in inputs(self.artifacts) if path.name.startswith(ARTIFACTS)]
        return sorted(found, key=lambda path: (path.stat().st_size, path.name))


class Store:
    """The folder of a campaign; one at a time may use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bugs = self.folder / "bugs"
        self._lock = (self.folder / ".lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"a campaign is running in {folder}") from None
        self.bugs.mkdir(exist_ok=True)
        self.scores: dict[str, Score] = {}
        state = self.folder / "state.json"
        if state.exists():
            self.scores = {name: Score(**score) for name, score
                           in json.loads(state.read_text(encoding="utf-8")).items()}

    def home(self, target: Target) -> Home:
        return Home(self.folder / target.name)

    def score(self, target: Target) -> Score:
        return self.scores.setdefault(target.name, Score())

    def save(self) -> None:
        write_json(self.folder / "state.json",
                   {name: asdict(score) for name, score in sorted(self.scores.items())})

    def close(self) -> None:
        self._lock.close()
