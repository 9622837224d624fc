# SPDX-License-Identifier: BSD-3-Clause
"""`virtspec fuzz TARGET` and `virtspec replay FILE`: they find what is wrong with a device, make it
small, show it again, and find nothing wrong with one that is correct."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_virtspec.mock import CLASSES, FACES, MIXED_FACES, target
from pytest_virtspec.program import Program

SCHEMA = json.loads((Path(__file__).parent / "fuzz-results.schema.json").read_text("utf-8"))
RUNS_CLEAN = 3000
RUNS_LIE = 20000
STEPS_FEW = 7

# Lies, with the oracles of which one has to see them.
LIES = (
    ("mock:blk,quirk=answerless-harms=dies", {"died"}),
    ("mock:blk,quirk=descriptor-loop-harms=hangs", {"hung"}),
    ("mock:blk,quirk=head-out-of-range-harms=stuck", {"lost"}),
    ("mock:blk,quirk=next-out-of-range-harms=deaf", {"lost"}),
    ("mock:net,quirk=nested-table-harms=dies", {"died"}),
    ("mock:rng,quirk=outside-memory-harms=dies", {"died"}),
    ("mock:console,quirk=notify-odd-harms=hangs", {"hung"}),
    ("mock:net,quirk=notify-storm-harms=dies", {"died"}),
    ("mock:blk,ring=packed,quirk=packed-endless-harms=hangs", {"hung"}),
    ("mock:blk,quirk=common-odd-write-harms=dies", {"died"}),
    ("mock:blk,quirk=isr-write-harms=dies", {"died"}),
    ("mock:blk,quirk=stray-write=behind", {"stray"}),
    ("mock:blk,quirk=stray-write=available", {"stray"}),
    ("mock:blk,quirk=descriptor-written=len", {"stray"}),
    ("mock:blk,quirk=readable-written=first", {"stray"}),
    ("mock:blk,quirk=used-length=beyond", {"ring"}),
    ("mock:blk,quirk=failed-outlives-reset", {"lost"}),
    ("mock:blk,quirk=spurious-notification=again", {"ring"}),
    ("mock:blk,quirk=interrupts-halved", {"stalled"}),
)


def fuzz(virtspec: Program, device: str, *options: str) -> tuple[int, list[dict[str, Any]]]:
    done = virtspec.call("fuzz", device, "--format", "jsonl", *options)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("face", [*FACES, *MIXED_FACES], ids=lambda face: "-".join(face.values()))
@pytest.mark.parametrize("name", CLASSES)
def test_a_correct_device_is_left_in_peace(virtspec: Program, name: str, face: dict[str, str],
                                           seed: str) -> None:
    status, lines = fuzz(virtspec, target(name, face), "--runs", str(RUNS_CLEAN), "--seed", seed)
    assert [line for line in lines if line["type"] == "finding"] == []
    assert status == 0 and lines[-1]["runs"] == RUNS_CLEAN
    # It does reach something: a few ways to answer are seen by starting alone.
    assert lines[-1]["behaviours"] > 500


@pytest.mark.parametrize(("device", "oracles"), LIES, ids=lambda value: str(value))
def test_a_lie_is_found_made_small_and_shown_again(virtspec: Program, device: str,
                                                   oracles: set[str], tmp_path: Path) -> None:
    status, lines = fuzz(virtspec, device, "--runs", str(RUNS_LIE), "--seed", "1", "--output",
                         str(tmp_path))
    found = [line for line in lines if line["type"] == "finding" and line["oracle"] in oracles]
    assert status == 1 and found, lines[-1]
    smallest = min(found, key=lambda line: len(line["steps"]))
    assert smallest["reproduced"] and len(smallest["steps"]) <= STEPS_FEW, smallest

    again = virtspec.call("replay", smallest["file"])
    assert again.returncode == 1 and smallest["oracle"] in again.stdout
    for step in smallest["steps"]:
        assert step in again.stdout.splitlines()
    plain = virtspec.call("replay", smallest["file"], device.split(",quirk=")[0])
    assert plain.returncode == 0, plain.stdout


def test_lines_follow_the_schema(virtspec: Program, tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    _, lines = fuzz(virtspec, "mock:blk,quirk=stray-write", "--runs", "300", "--seed", "1",
                    "--output", str(tmp_path))
    for line in lines:
        validator.validate(line)
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "begin" and kinds[-1] == "end" and "finding" in kinds
    assert lines[-1]["findings"] == kinds.count("finding")
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(lines[1] | {"oracle": "splendid"})


def test_the_same_seed_does_the_same(virtspec: Program) -> None:
    def result(seed: str) -> list[dict[str, Any]]:
        _, lines = fuzz(virtspec, "mock:blk,quirk=stray-write", "--runs", "800", "--seed", seed)
        return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]

    assert result("5") == result("5") != result("6")


def test_a_second_run_goes_on_with_the_first(virtspec: Program, tmp_path: Path) -> None:
    options = ("--runs", "500", "--output", str(tmp_path))
    _, first = fuzz(virtspec, "mock:blk,quirk=answerless-harms=dies", *options, "--seed", "1")
    kept = len(list((tmp_path / "corpus").glob("*.steps")))
    status, second = fuzz(virtspec, "mock:blk,quirk=answerless-harms=dies", *options, "--seed", "1")
    assert first[-1]["findings"] > 0 and kept > 20
    # What is known is counted, and not told again; it still is a finding.
    assert not {line["name"] for line in first[1:-1]} & {line["name"] for line in second[1:-1]}
    assert second[-1]["known"] > 0 and status == 1
    assert second[-1]["kept"] >= kept
    assert not list(tmp_path.rglob("*.steps.*")), "files that were not finished"


def test_steps_can_be_left_out(virtspec: Program) -> None:
    device = "mock:blk,quirk=isr-write-harms=dies"
    status, _ = fuzz(virtspec, device, "--runs", "3000", "--seed", "1")
    assert status == 1
    status, _ = fuzz(virtspec, device, "--runs", "3000", "--seed", "1", "--without", "poke isr",
                     "--without", "poke bar")
    assert status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(virtspec: Program, number: signal.Signals) -> None:
    with subprocess.Popen([str(virtspec.path), "fuzz", "mock:blk", "--seconds", "60", "--format",
                           "jsonl"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert json.loads(running.stdout.readline())["type"] == "begin"
        time.sleep(0.3)
        running.send_signal(number)
        rest, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    assert json.loads(rest.splitlines()[-1])["type"] == "end"


def test_a_kill_loses_nothing(virtspec: Program, tmp_path: Path) -> None:
    command = [str(virtspec.path), "fuzz", "mock:blk,quirk=stray-write", "--seconds", "60",
               "--output", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("*.steps")) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.kill()
    found = list(tmp_path.glob("*.steps"))
    assert found
    for path in found:
        assert virtspec.call("replay", str(path)).returncode in (0, 1)
    status, lines = fuzz(virtspec, command[2], "--runs", "200", "--output", str(tmp_path))
    assert status in (0, 1) and lines[-1]["type"] == "end"


BAD = {
    "jump 1\n": "line 1: there is no step 'jump'",
    "notify 0\n": "line 1: the first step has to be 'start'",
    "start modern live 0\n": "line 1: 'start' has 4 arguments, and there are 3",
    "start modern live 0 - 1\n": "line 1: '1' is one argument too many",
    "start modern live 0 -\nwrite queue_sighs 1\n": "line 2: 'queue_sighs' is no argument 1",
    "start modern live 0 -\npoke isr 0 3 1\n": "line 2: '3' is no argument 3 of 'poke'",
    "start modern live 0 -\nlook isr -1 1\n": "line 2: '-1' is no argument 2",
    "start modern live 0 -\nstore buffer999 1 1\n": "line 2: 'buffer999' is no argument 1",
    "start modern live 0 -\nstore buffer1+ 1 1\n": "line 2: 'buffer1+' is no argument 1",
    "# nothing\n\n": "there is no step in it",
    "start modern live 0 -\n" + "settle\n" * 400: "more than the 192 steps",
    "start modern live 0 " + "-" * 1000: "line 1: is too long",
    "start modern live 0 -\0\nsettle\n": "line 1: is too long, or no text",
    "start modern live 99999999999999999999999 -\n": "line 1: '99999999999999999999999' is no",
}


@pytest.mark.parametrize(("text", "sentence"), BAD.items(), ids=lambda text: text[:30].strip())
def test_a_malformed_file_gets_one_sentence(virtspec: Program, text: str, sentence: str,
                                            tmp_path: Path) -> None:
    path = tmp_path / "bad.steps"
    path.write_text(text, encoding="utf-8")
    done = virtspec.call("replay", str(path), "mock:blk")
    assert done.returncode == 2 and sentence in done.stderr and done.stderr.count("\n") == 1


def test_trouble_is_said(virtspec: Program, tmp_path: Path) -> None:
    for command in (("fuzz",), ("fuzz", "mock:nothing"), ("fuzz", "mock:blk", "--runs", "x"),
                    ("fuzz", "mock:blk,quirk=common-absent", "--runs", "1"),
                    ("fuzz", "mock:blk", "--runs", "1", "--output", "/proc/nowhere"),
                    ("replay",), ("replay", str(tmp_path / "none.steps"))):
        done = virtspec.call(*command)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, command
