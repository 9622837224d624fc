# SPDX-License-Identifier: BSD-3-Clause
"""A device in another process, behind vfio-user, gets the verdicts of the same device in this one:
the mock with each of its quirks under its first value, with --all-values under each value."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

import pytest

from pytest_virtspec.mock import Needs, with_values
from pytest_virtspec.program import Program, Result

DRAFT = "profile=draft-2013"  # a mock of the draft is judged by the draft

# With --usual-mocks, as sanitizers are run, one of so many is compared.
SAMPLE = 5

# A device that hangs costs its client the whole deadline of an access, in real time.
SHORT = ("--timeout", "0.3")


@contextmanager
def served(virtspec: Program, target: str, path: Path, *options: str
           ) -> Iterator[subprocess.Popen[str]]:
    """`virtspec serve TARGET --listen PATH`, listening."""
    with subprocess.Popen([str(virtspec.path), "serve", target, "--listen", str(path), *options],
                          stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            line = server.stderr.readline()
            assert "listens on" in line, line
            yield server
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                raise


class Pool:
    """Workers, each with a processor of its own: a client and its server take turns anyway."""

    def __init__(self) -> None:
        self.processors = sorted(os.sched_getaffinity(0))
        self.numbers = count()
        self.lock = threading.Lock()

    def settle_down(self) -> None:
        with self.lock:
            number = next(self.numbers)
        os.sched_setaffinity(0, {self.processors[number % len(self.processors)]})

    def open(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(len(self.processors), initializer=self.settle_down)


def profile_of(mock: str) -> tuple[str, ...]:
    return ("--profile", "draft-2013") if DRAFT in mock.split(",") else ()


def examine_both(virtspec: Program, mock: str, path: Path) -> tuple[Result, Result]:
    """In process and through vfio-user."""
    options = profile_of(mock)
    here = virtspec.examine(mock, *options)
    if here.rules_with(("TIMEOUT",)):
        options += SHORT
        here = virtspec.examine(mock, *options)
    with served(virtspec, mock, path):
        there = virtspec.examine(f"vfio-user:{path}", *options)
    path.unlink(missing_ok=True)
    return here, there


def difference(here: Result, there: Result) -> str:
    """What the second says otherwise than the first, or nothing."""
    if here.rules == there.rules and here.status == there.status:
        return ""
    rules = {rule for rule in here.rules | there.rules
             if here.rules.get(rule) != there.rules.get(rule)}
    return (f"{sorted(rules)}\nin process: {here.explain(rules)}\n"
            f"over vfio-user: {there.explain(rules)}")


def test_same_verdicts_for_every_quirk(virtspec: Program, tmp_path: Path,
                                       pytestconfig: pytest.Config,
                                       record_property: pytest.RecordProperty) -> None:
    quirks = virtspec.listing("quirks")
    most = None if pytestconfig.getoption("--all-values") else 1
    mocks = sorted({mock for quirk in quirks
                    for mock in islice(with_values(Needs.of(quirk).home(), quirk), most)})
    assert len(mocks) >= len(quirks)
    if pytestconfig.getoption("--usual-mocks"):
        mocks = mocks[::SAMPLE]
    plain = sorted({Needs.of(quirk).home() for quirk in quirks})
    numbers = count()
    lock = threading.Lock()

    def compare(mock: str) -> str:
        with lock:
            number = next(numbers)
        return difference(*examine_both(virtspec, mock, tmp_path / f"{number}.sock"))

    with Pool().open() as pool:
        wrong = [text for text in pool.map(compare, plain + mocks) if text]
    record_property("compared", f"{len(plain) + len(mocks)} mocks")
    assert not wrong, f"{len(wrong)} differ\n" + "\n\n".join(wrong)


@pytest.mark.parametrize("mock", ["mock:blk", "mock:net,ring=packed", "mock:console",
                                  "mock:rng,interface=transitional",
                                  "mock:blk,interface=legacy"])
def test_in_real_time(virtspec: Program, tmp_path: Path, mock: str) -> None:
    """A server like any other, without a panel: real time, eventfds."""
    with served(virtspec, mock, tmp_path / "s", "--plain"):
        for _ in range(2):
            result = virtspec.examine(f"vfio-user:{tmp_path / 's'}")
            wrong = result.broken | result.rules_with(("BLOCKED", "VACUOUS"))
            assert not wrong, result.explain(wrong)


@pytest.mark.parametrize("how", ["dies", "hangs"])
def test_a_lost_device_is_found_again_in_real_time(virtspec: Program, tmp_path: Path,
                                                   how: str) -> None:
    mock = f"mock:blk,quirk=next-out-of-range-harms={how}"
    with served(virtspec, mock, tmp_path / "s", "--plain"):
        result = virtspec.examine(f"vfio-user:{tmp_path / 's'}", "--timeout", "1")
    verdict = "DIED" if how == "dies" else "TIMEOUT"
    assert result.rules_with((verdict,)), result.explain(result.broken)
    assert result.broken == virtspec.examine(mock, "--timeout", "1").broken


def test_once_ends_with_the_client(virtspec: Program, tmp_path: Path) -> None:
    with served(virtspec, "mock:rng", tmp_path / "s", "--once") as server:
        virtspec.examine(f"vfio-user:{tmp_path / 's'}", "--rule", "status.*")
        assert server.wait(10) == 0
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("arguments", [
    (), ("mock:blk",), ("--listen", "{path}"), ("qemu:virtio-rng-pci", "--listen", "{path}"),
    ("mock:nothing", "--listen", "{path}"), ("mock:blk", "--listen", "/nowhere/at/all"),
    ("mock:blk", "--listen", "x" * 200), ("mock:blk,quirk=none-such", "--listen", "{path}"),
])
def test_serve_says_what_is_wrong(virtspec: Program, tmp_path: Path,
                                  arguments: tuple[str, ...]) -> None:
    done = virtspec.call("serve", *(word.format(path=tmp_path / "s") for word in arguments),
                         timeout=10)
    assert done.returncode == 2 and done.stderr.startswith("virtspec: ")
    assert done.stderr.count("\n") == 1
