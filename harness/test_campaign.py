# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns: killed at any moment they lose nothing; complaints become bugs; what reports say."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fuzzing import coverage, process, report, triage
from fuzzing.layout import ROOT, Target, Trouble, build, planted_bugs, planted_target
from fuzzing.store import Home, Store, digest, inputs

pytestmark = pytest.mark.engine

PLANTED = "caps-cycle"
KILLS = 4
FEATURES = re.compile(r"INITED\s+cov: \d+ ft: (\d+)")


@pytest.fixture(scope="session")
def planted() -> Target:
    """A program with a mistake that an engine finds at once."""
    bug = next(bug for bug in planted_bugs() if bug.name == PLANTED)
    build("fuzz", [f"planted-{PLANTED}", f"fuzz-{bug.target}"])
    build("san", [f"fuzz-{bug.target}"])
    return planted_target(bug)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "campaign")
    yield made
    made.close()


def campaign(folder: Path, seconds: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ROOT / "ci/campaign", "--planted", PLANTED, "--no-build", "--folder", folder, "--seconds",
         str(seconds), "--jobs", "2", *more], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def found(home: Home) -> set[str]:
    """All inputs that were found, wherever they lie."""
    jobs = home.scratch.glob("libFuzzerTemp.*/C*")
    return {digest(path.read_bytes()) for folder in (home.corpus, *jobs) for path in inputs(folder)}


def complaints(folder: Path, home: Home) -> set[str]:
    """All inputs that somebody complained of: waiting, or filed under a bug."""
    bugs = folder.glob("bugs/*/bug.json")
    filed = {one for path in bugs for one in json.loads(path.read_text("utf-8"))["inputs"]}
    return filed | {path.name.rsplit("-", 1)[-1] for path in home.waiting()
                    if path.name.rsplit("-", 1)[-1] == digest(path.read_bytes())}


def wait_until(true: Callable[[], bool], seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError):  # moved while we looked
            if true():
                return
        time.sleep(0.2)
    raise AssertionError("it never came")


def features(target: Target, folders: list[Path]) -> int:
    """What inputs reach in the unplanted target, where none of them stops the engine."""
    program = ROOT / f"build/fuzz/bin/fuzz-{target.base}"
    ended = process.run([str(program), "-runs=0", *map(str, folders)], 60, process.environment())
    match = FEATURES.search(ended.text)
    assert match, ended.text[-500:]
    return int(match.group(1))


def test_killed_at_any_moment_nothing_is_lost(planted: Target, tmp_path: Path) -> None:
    folder, moments = tmp_path / "campaign", random.Random(5)
    home = Home(folder / planted.name)
    inputs_so_far: set[str] = set()
    complaints_so_far: set[str] = set()
    everything = tmp_path / "everything"
    everything.mkdir()
    for number in range(KILLS):
        with campaign(folder, 600) as running:
            if number == KILLS - 1:
                wait_until(lambda: bool(found(home) and complaints(folder, home)))
            time.sleep(moments.uniform(1, 7))
            assert running.poll() is None, running.communicate()[0]
            if number % 2:
                running.kill()  # it alone; its engines live on
            else:
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            process.kill_marked(folder)
        inputs_now, complaints_now = found(home), complaints(folder, home)
        assert inputs_so_far <= inputs_now and complaints_so_far <= complaints_now
        inputs_so_far, complaints_so_far = inputs_now, complaints_now
        for path in folder.rglob("*/corpus/*"):
            shutil.copy(path, everything)
    assert inputs_so_far and complaints_so_far
    with campaign(folder, 5, "--no-coverage") as last:
        output, _ = last.communicate(timeout=300)
    assert last.returncode == 1, output
    assert complaints_so_far <= complaints(folder, home) and not home.waiting()
    assert features(planted, [home.corpus]) >= features(planted, [everything])
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    bugs = {bug["kind"]: bug for bug in summary["bugs"].values()}
    overflow = bugs["AddressSanitizer stack-buffer-overflow"]
    assert overflow["frames"][0].endswith(" caps.c") and overflow["count"]
    assert summary["targets"][planted.name]["rounds"] >= 1
    assert not process.marked(folder)


def test_what_a_killed_campaign_left_running_is_ended(planted: Target, tmp_path: Path) -> None:
    folder = (tmp_path / "campaign").resolve()
    env = os.environ | {process.MARK: str(folder)}
    other = os.environ | {process.MARK: f"{folder}-2"}
    with subprocess.Popen(["sleep", "100"], env=env) as left, \
            subprocess.Popen(["sleep", "100"], env=other) as not_ours:
        with campaign(folder, 0, "--no-coverage") as last:
            output, _ = last.communicate(timeout=300)
        assert left.wait(10) == -signal.SIGKILL and not_ours.poll() is None
        not_ours.kill()
    assert "ended 1 processes of a campaign that was killed here" in output
    assert not process.marked(folder)


def test_one_campaign_at_a_time(store: Store) -> None:
    with pytest.raises(Trouble, match="a campaign is running"):
        Store(store.folder)


class Killed(BaseException):
    """In place of SIGKILL: nothing catches it."""


class Reaper:
    """Kills at the nth step that changes what is on disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        self.left = step
        for where, name in ((os, "replace"), (Path, "rename"), (Path, "unlink"), (Path, "mkdir"),
                            (Path, "write_bytes"), (shutil, "rmtree")):
            monkeypatch.setattr(where, name, self.dying(getattr(where, name)))

    def dying(self, step: Callable[..., object]) -> Callable[..., object]:
        def maybe(*args: object, **kwargs: object) -> object:
            if self.left == 0:
                raise Killed
            self.left -= 1
            return step(*args, **kwargs)
        return maybe


def killed_at_each_step(prepare: Callable[[], None], act: Callable[[], None],
                        check: Callable[[], None]) -> int:
    """Does it, killed at the first step, the second …, until it ends; then once more unharmed."""
    for step in range(200):
        prepare()
        with pytest.MonkeyPatch.context() as patch:
            Reaper(patch, step)
            try:
                act()
                done = True
            except Killed:
                done = False
        act()
        check()
        if done:
            return step
    raise AssertionError("it never ends")


def test_a_corpus_is_exchanged_at_once_or_not_at_all(tmp_path: Path) -> None:
    home = Home(tmp_path / "caps")

    def prepare() -> None:
        shutil.rmtree(home.folder, ignore_errors=True)
        home.prepare()
        (home.corpus / "old").write_bytes(b"old")
        home.small.mkdir()
        (home.small / "new").write_bytes(b"new")

    def check() -> None:
        assert [path.name for path in inputs(home.corpus)] == ["new"]
        assert not home.small.exists() and not (home.folder / "corpus.old").exists()

    assert killed_at_each_step(prepare, home.settle, check) >= 3


def test_what_a_killed_job_found_is_taken_over(tmp_path: Path) -> None:
    home = Home(tmp_path / "caps")

    def prepare() -> None:
        shutil.rmtree(home.folder, ignore_errors=True)
        home.prepare()
        for job in (3, 4):
            folder = home.scratch / f"libFuzzerTemp.FuzzWithFork77.dir/C{job}"
            folder.mkdir(parents=True)
            (folder / "any").write_bytes(b"%d" % job)

    def check() -> None:
        assert {path.read_bytes() for path in inputs(home.corpus)} == {b"3", b"4"}
        assert not list(home.scratch.iterdir())

    assert killed_at_each_step(prepare, lambda: home.prepare() and None, check) >= 4


def test_a_complaint_is_filed_before_it_is_forgotten(tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("caps", Path("/"), Path("/"), "caps")
    said = report.Report("oracle used-id", "id 9 of 8", ("split_pop split.c",))
    ended = process.Ended(77, "oracle used-id: id 9 of 8\n", 0, 0, 0)
    monkeypatch.setattr(triage, "replay", lambda *_: (said, ended))
    folder = tmp_path / "campaign"
    sizes = (5, 3, 9)

    def act() -> None:
        made = Store(folder)
        made.home(target).prepare()
        triage.settle_all(made, target, 60)
        made.close()

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        home = Home(folder / target.name)
        home.prepare()
        for size in sizes:
            data = b"x" * size
            (home.artifacts / f"crash-{digest(data)}").write_bytes(data)

    def check() -> None:
        (path,) = folder.glob("bugs/[a-z]*")
        bug = triage.load(path)
        assert (bug.count, bug.size, len(set(bug.inputs))) == (3, 3, 3)
        assert (path / "input").read_bytes() == b"xxx"
        assert not Home(folder / target.name).waiting()

    assert killed_at_each_step(prepare, act, check) >= 10


STACK = """
    #0 0x1 in __asan_memset (/x/fuzz-caps+0xe33eb)
    #1 0x2 in vs_caps_parse build/fuzz/build/fuzz/planted/source/caps-cycle/caps.c:147:10
    #2 0x3 in walk build/fuzz/build/fuzz/../../conformance/driver/split.c:21:2
    #3 0x4 in LLVMFuzzerTestOneInput build/fuzz/build/fuzz/../../fuzz/targets/caps.c:21:2
    #4 0x5 in fuzzer::Fuzzer::ExecuteCallback(unsigned char const*, unsigned long) (/x+0x474b3)
"""
FRAMES = ("vs_caps_parse caps.c", "walk split.c", "LLVMFuzzerTestOneInput caps.c")


@pytest.mark.parametrize(("text", "kind"), [
    ("==1==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7ff\n",
     "AddressSanitizer stack-buffer-overflow"),
    ("==1==ERROR: AddressSanitizer: attempting double-free on 0x6\n",
     "AddressSanitizer double-free"),
    ("oracle used-id: id 9 of 8\n==1== ERROR: libFuzzer: deadly signal\n", "oracle used-id"),
    ("a/b.c:3:4: runtime error: index 9 out of bounds for type 'int [8]'\n",
     "UndefinedBehaviorSanitizer index out of bounds"),
    ("==1==ERROR: LeakSanitizer: detected memory leaks\n", "LeakSanitizer leak"),
    ("==1== ERROR: libFuzzer: timeout after 20 seconds\n", "libFuzzer timeout after"),
    ("==1== ERROR: libFuzzer: out-of-memory (used: 2050Mb; limit: 2048Mb)\n",
     "libFuzzer out-of-memory"),
])
def test_reports_are_told_apart(text: str, kind: str) -> None:
    said = report.parse(text + STACK)
    assert said and said.kind == kind and said.frames == FRAMES


def test_numbers_make_no_new_bug() -> None:
    first, second = (report.parse(f"x.c:{line}:1: runtime error: shift exponent {line} is too large "
                                  f"for 32-bit type 'int'\n{STACK}") for line in (40, 77))
    assert first and second and first.key == second.key
    assert report.parse("Executed x in 0 ms\n") is None


def test_coverage_says_what_is_not_reached() -> None:
    lines = coverage.parse_lcov("SF:" + str(ROOT / "conformance/driver/caps.c") + "\nDA:1,4\nDA:2,0\n"
                                "DA:3,0\nDA:7,0\nend_of_record\n")
    assert coverage.parse_lcov("SF:../../conformance/driver/caps.c\nDA:1,4\n") == {
        "conformance/driver/caps.c": {1: 4}}
    areas, words = coverage.judge(lines)
    assert areas["capability parser"]["missed"] == {"conformance/driver/caps.c": "2-3, 7"}
    assert not areas["capability parser"]["well"] and not areas["rings"]["well"]
    assert "BELOW 95 %: capability parser, 1 of 4 lines, 25.0 %" in words
