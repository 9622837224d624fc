# SPDX-License-Identifier: BSD-3-Clause
"""The contract of `virtspec driver`: lines by the schema, recordings, plug-ins that crash or hang."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from pytest_virtspec.driver import examine, plugin
from pytest_virtspec.program import Program, ProgramError

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((Path(__file__).parent / "driver-results.schema.json").read_text(
    encoding="utf-8"))

# A driver that takes any function and does as it is told when it should start.
ROGUE = """
#include <stdlib.h>
#include <virtspec/plugin.h>
static const struct virtspec_host *host;
static struct virtspec_device *device;
static int probe(const struct virtspec_host *h, struct virtspec_device *d, void **state)
{
	host = h;
	device = d;
	*state = &host;
	return h->argument(d)[0] == 'r' ? -1 : 0;
}
static int start(void *state)
{
	switch (host->argument(device)[0]) {
	case 'c':
		abort();
	case 'x':
		exit(0);
	case 's':
		for (;;)
			;
	case 'e':
		for (;;)
			host->config_read(device, 0, 4);
	}
	return state ? -1 : 0;
}
static int submit(void *state, struct virtspec_request *requests, unsigned count)
{
	return state && requests && count ? -1 : 0;
}
static void removed(void *state)
{
	(void)state;
}
static const struct virtspec_driver driver = {
	.abi = VIRTSPEC_PLUGIN_ABI, .name = "rogue", .probe = probe,
	.start = start, .submit = submit, .remove = removed,
};
VIRTSPEC_DRIVER(driver);
"""


@pytest.fixture(scope="module")
def rogue(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("rogue")
    (folder / "rogue.c").write_text(ROGUE, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-I", str(ROOT / "include"),
                    "-o", str(folder / "rogue.so"), str(folder / "rogue.c")], check=True)
    return str(folder / "rogue.so")


@pytest.mark.parametrize(("does", "outcome", "verdict"), [
    ("crash", "crashed", "DIED"),
    ("xit", "crashed", "DIED"),
    ("spin", "hung", "TIMEOUT"),
    ("endless accesses", "hung", "TIMEOUT"),
    ("refuse", "refused", "PASS"),
    ("give up", "orderly", "PASS"),
])
def test_a_driver_that_ends_badly_is_a_verdict(virtspec: Program, rogue: str, does: str,
                                               outcome: str, verdict: str) -> None:
    exam = examine(virtspec, "--plugin", rogue, "--mock", "mock:blk", "--argument", does,
                   "--timeout", "1.5")
    assert [(line["outcome"], line["verdict"]) for line in exam.scenarios] == [(outcome, verdict)]
    assert exam.status == (0 if verdict == "PASS" else 1)
    assert ("driver.robust.ends-orderly" in exam.broken) == (verdict != "PASS")


def test_lines_follow_the_schema(virtspec: Program) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    exam = examine(virtspec, "--plugin", str(plugin(virtspec, "reference")), "--argument",
                   "lapse=features-ok-unread", "--mock", "mock:blk", "--mock", "mock:net")
    for line in exam.lines:
        validator.validate(line)
    kinds = [line["type"] for line in exam.lines]
    assert kinds[0] == "run" and kinds[-1] == "summary"
    assert kinds[1:-1] == sorted(kinds[1:-1], reverse=True), "scenarios come before rules"
    assert not validator.is_valid(exam.lines[1] | {"verdict": "SPLENDID"})
    finding = exam.scenarios[0]["findings"][0]
    assert finding["rule"] == "driver.init.features-ok-checked" and finding["evidence"]


@pytest.mark.parametrize("mock", ["mock:blk", "mock:net,ring=packed",
                                  "mock:console,interface=legacy,endian=big"])
@pytest.mark.parametrize("argument", ["lapse=features-ok-unread", ""])
def test_a_recording_gets_the_same_verdicts(virtspec: Program, tmp_path: Path, mock: str,
                                            argument: str) -> None:
    trace = str(tmp_path / "trace.jsonl")
    live = examine(virtspec, "--plugin", str(plugin(virtspec, "reference")), "--mock", mock,
                   "--argument", argument, "--trace", trace)
    again = examine(virtspec, "--replay", trace)
    assert live.of("rule") == again.of("rule") and live.status == again.status
    for was, now in zip(live.scenarios, again.scenarios, strict=True):
        for key in ("outcome", "verdict", "exercised", "broken", "findings", "events"):
            assert was[key] == now[key]


def test_a_long_recording_ends_as_it_did(virtspec: Program, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    examine(virtspec, "--plugin", str(plugin(virtspec, "reference")), "--mock", "mock:rng",
            "--trace", str(trace))
    with trace.open("a", encoding="utf-8") as longer:
        longer.write('{"k": "note", "n": "nothing"}\n' * 5000)
    exam = examine(virtspec, "--replay", str(trace))
    assert [line["outcome"] for line in exam.scenarios] == ["worked"]


@pytest.mark.parametrize(("options", "sentence"), [
    ((), "one driver is needed"),
    (("--plugin", "/nowhere.so"), "cannot load the plug-in"),
    (("--replay", "/nowhere.jsonl"), "/nowhere.jsonl"),
    (("--plugin", "a.so", "--replay", "b"), "one driver is needed"),
    (("--list", "--profile", "9.9"), "there is no profile"),
    (("--listen", "/nowhere/socket"), "/nowhere/socket"),
])
def test_what_cannot_run_says_so(virtspec: Program, options: tuple[str, ...],
                                 sentence: str) -> None:
    done = virtspec.call("driver", *options)
    assert done.returncode == 2 and sentence in done.stderr
    assert done.stderr.count("\n") == 1 and not done.stdout


def test_a_driver_of_nothing_is_said_to_be_one(virtspec: Program, rogue: str) -> None:
    with pytest.raises(ProgramError, match="drives none of the mock devices"):
        examine(virtspec, "--plugin", rogue)


def test_scenarios_are_listed(virtspec: Program) -> None:
    lines = virtspec.listing("driver", "--list", "--face", "rng-modern")
    names = [line["scenario"] for line in lines]
    assert "rng-modern" in names and len(names) == len(set(names)) > 100
    assert {line["expects"] for line in lines} >= {"works", "orderly"}
