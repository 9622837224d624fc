# SPDX-License-Identifier: BSD-3-Clause
"""Which targets and planted bugs there are, and where their programs, inputs and options lie."""

from __future__ import annotations

import configparser
import contextlib
import fcntl
import fnmatch
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "empty"  # the target that does nothing: a measure, not a thing to fuzz
BUILD_SECONDS = 3600


class Trouble(Exception):
    """Something that ends the command with one sentence."""


PROOFS = "planted"


@dataclass(frozen=True)
class Target:
    """Something to fuzz: a target, or a copy of it with a planted bug."""

    name: str
    program: Path  # with the engine
    replayer: Path  # without; writes the seeds
    base: str  # the target whose seeds and stored corpus it starts from

    @property
    def stored(self) -> list[Path]:
        """The folders of inputs that are part of the sources."""
        return sorted(path for path in (ROOT / "corpus" / self.base).glob("*")
                      if path.is_dir() and path.name != PROOFS)

    @property
    def proofs(self) -> Path:
        """Inputs that show planted bugs, by the names of those. Nobody starts from them."""
        return ROOT / "corpus" / self.base / PROOFS

    def flags(self) -> list[str]:
        """What the engine is to be told beside the folders: the dictionary, and what corpus/NAME.options
        has in its section [libfuzzer], the form that OSS-Fuzz reads."""
        flags = []
        dictionary = ROOT / "corpus" / f"{self.base}.dict"
        if dictionary.exists():
            flags.append(f"-dict={dictionary}")
        options = ROOT / "corpus" / f"{self.base}.options"
        if options.exists():
            parser = configparser.ConfigParser()
            parser.read(options, encoding="utf-8")
            if parser.has_section("libfuzzer"):
                flags += [f"-{key}={value}" for key, value in parser.items("libfuzzer")
                          if key != "dict"]
        return flags


@dataclass(frozen=True)
class Planted:
    """A bug in fuzz/planted."""

    name: str
    target: str
    kind: str
    oracle: str  # what a report of it has, one of several with bars between them
    what: str
    like: str

    def shows_in(self, report: str) -> bool:
        return any(word in report for word in self.oracle.split("|"))


def target_names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "fuzz/targets").glob("*.c"))


def purpose(name: str) -> str:
    """The first sentence of the comment at the top of a target."""
    text = (ROOT / f"fuzz/targets/{name}.c").read_text(encoding="utf-8")
    comment = re.search(r"\*/\s*/\*(.*?)\*/", text, re.DOTALL)
    words = " ".join(re.sub(r"^ \* ?", "", comment.group(1), flags=re.MULTILINE).split()
                     if comment else [])
    return re.split(r"(?<=[.:])\s", words, maxsplit=1)[0].rstrip(":.") + "."


def chosen(names: Iterable[str], patterns: list[str], noun: str) -> list[str]:
    """Those that match one of the patterns; all where there are none."""
    names = list(names)
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise Trouble(f"there is no {noun} '{pattern}'; there are {', '.join(names)}")
    return [name for name in names
            if not patterns or any(fnmatch.fnmatchcase(name, one) for one in patterns)]


def target(name: str) -> Target:
    return Target(name, ROOT / f"build/fuzz/bin/fuzz-{name}", replayer(name), name)


def replayer(name: str) -> Path:
    return ROOT / f"build/san/bin/fuzz-{name}"


def planted_target(bug: Planted) -> Target:
    return Target(f"planted-{bug.name}", ROOT / f"build/fuzz/planted/{bug.name}",
                  replayer(bug.target), bug.target)


def read_planted(path: Path) -> Planted:
    """The head of a patch."""
    head = dict(re.findall(r"^(Target|Kind|Oracle|What|Like): (.*)$",
                           path.read_text(encoding="utf-8").split("\n---", 1)[0], re.MULTILINE))
    missing = {"Target", "Kind", "Oracle", "What"} - set(head)
    if missing:
        raise Trouble(f"{path}: its head has no line {', '.join(sorted(missing))}")
    return Planted(path.stem, head["Target"], head["Kind"], head["Oracle"], head["What"],
                   head.get("Like", ""))


def planted_bugs() -> list[Planted]:
    return [read_planted(path) for path in sorted((ROOT / "fuzz/planted").glob("*.patch"))]


def processors() -> int:
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def builder(preset: str) -> Iterator[None]:
    """One build of a preset at a time: ninja does not look out for another."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    with (folder / f".{preset}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(preset: str, targets: list[str]) -> None:
    """Makes programs. What the tools have to say is shown when they fail."""
    if not targets:
        return
    commands = [["cmake", "--preset", preset],
                ["cmake", "--build", "--preset", preset, "-j", str(processors()), "--target",
                 *targets]]
    with builder(preset):
        for command in commands:
            made = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=BUILD_SECONDS, check=False)
            if made.returncode:
                raise Trouble(f"{' '.join(command)} failed:\n{made.stdout[-4000:]}")
