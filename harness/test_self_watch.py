# SPDX-License-Identifier: BSD-3-Clause
"""The suite is a driver too: what its checks break of a driver's rules, they announce."""

from __future__ import annotations

import json

import pytest

from pytest_virtspec.mock import CLASSES, FACES, MIXED_FACES, target
from pytest_virtspec.program import Program

DRAFT = {"interface": "transitional", "profile": "draft-2013"}


@pytest.mark.parametrize("face", [*FACES, *MIXED_FACES, DRAFT],
                         ids=lambda face: "-".join(face.values()))
@pytest.mark.parametrize("name", CLASSES)
def test_every_breach_is_announced(virtspec: Program, name: str, face: dict[str, str]) -> None:
    done = virtspec.call("device", target(name, face), "--watch-self", "--format", "jsonl",
                         "--profile", face.get("profile", "1.4"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    faults = [f"{line['check']} ({line['view']}): {line['rule']}: {line['observed']}"
              for line in lines if line["type"] == "fault"]
    assert not faults and done.returncode == 0, "\n".join(faults) + done.stderr
