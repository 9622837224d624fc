# SPDX-License-Identifier: BSD-3-Clause
"""The format of traces as docs/trace.md describes it, held against the program."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_virtspec.program import Program

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "trace.md").read_text(encoding="utf-8")
HEAD = {"type": "trace", "version": 1,
        "subject": {"config": "f41a4210" + "00" * 252, "bars": [None] * 6, "profile": "1.4"}}

NAMES = re.compile(r"`([a-z][a-z-]*)`")


def rows(title: str) -> list[list[str]]:
    """Cells of the table that begins with this line, without its head."""
    table = PAGE[PAGE.index(title):].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table]


KINDS = {kind: cells[1] for cells in rows("| `k` | meaning and keys |") for kind in NAMES.findall(cells[0])}


def replay(virtspec: Program, folder: Path, *lines: str) -> tuple[int, str]:
    path = folder / "trace"
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    done = virtspec.call("driver", "--replay", str(path), "--format", "jsonl")
    return done.returncode, done.stderr


def event(kind: str) -> dict[str, Any]:
    line: dict[str, Any] = {"k": kind}
    if kind in ("read", "write"):
        line |= {"r": "config", "w": 1}
    elif kind == "life":
        line |= {"v": "up"}
    elif kind == "trial":
        line |= {"v": "driver.init.reset-first"}
    return line


def test_the_page_tells_of_all_kinds(virtspec: Program, tmp_path: Path) -> None:
    assert len(KINDS) == 20
    lines = [json.dumps(event(kind)) for kind in KINDS]
    status, stderr = replay(virtspec, tmp_path, json.dumps(HEAD), *lines)
    assert (status, stderr) in ((0, ""), (1, ""))  # whatever the rules make of it


@pytest.mark.parametrize("kind", [kind for kind, text in KINDS.items() if "`f`" in text])
def test_the_page_tells_of_flags(virtspec: Program, tmp_path: Path, kind: str) -> None:
    flags = KINDS[kind].rsplit("`f`", 1)[1]
    if kind == "descriptor":
        line = event(kind) | {"f": 0xffff}
    else:
        names = NAMES.findall(flags)
        assert names
        line = event(kind) | {"f": names}
    assert replay(virtspec, tmp_path, json.dumps(HEAD), json.dumps(line))[0] in (0, 1)


def test_the_page_tells_of_lives_and_blindness(virtspec: Program, tmp_path: Path) -> None:
    lives = NAMES.findall(KINDS["life"].split("driver:", 1)[1])
    assert len(lives) == 11
    assert replay(virtspec, tmp_path, json.dumps(HEAD),
                  *(json.dumps(event("life") | {"v": life}) for life in lives))[0] in (0, 1)
    blind = NAMES.findall(re.search(r"`blind` keeps rules silent.*?\n\n", PAGE, re.DOTALL)[0])
    blind = [name for name in dict.fromkeys(blind) if name not in ("blind", "map", "unmap",
                                                                    "change")]
    assert len(blind) == 8
    head = HEAD | {"subject": HEAD["subject"] | {"blind": blind}}
    assert replay(virtspec, tmp_path, json.dumps(head)) == (0, "")


def test_the_example_is_a_trace(virtspec: Program, tmp_path: Path) -> None:
    head, events = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    head = json.dumps(json.loads(head.replace("f41a4110…", "00" * 256)))
    assert replay(virtspec, tmp_path, head, *events.splitlines())[0] in (0, 1)


@pytest.mark.parametrize(("lines", "says"), [
    (["{}"], "line 1: it comes before any head line"),
    ([json.dumps(HEAD | {"version": 2})], "line 1: it is version 2 of the format"),
    ([json.dumps(HEAD), "nonsense"], "line 2: it is not JSON"),
    ([json.dumps(HEAD), '{"k":"sing"}'], "line 2: \"k\" is \"sing\""),
])
def test_bad_files_get_a_sentence(virtspec: Program, tmp_path: Path, lines: list[str], says: str
                                  ) -> None:
    status, stderr = replay(virtspec, tmp_path, *lines)
    assert status == 2
    assert says in stderr and stderr.count("\n") == 1
