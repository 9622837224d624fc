# SPDX-License-Identifier: BSD-3-Clause
"""Scenarios: what the device is like. The program lists them (`virtspec driver --list`); the file
scenarios.toml adds those that need more than a device, and says which belong to a set."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .sources import GuestError

FILE = Path(__file__).resolve().parent / "scenarios.toml"
CLASSES = ("blk", "net", "console", "rng")
LIST_SECONDS = 60

# Of a guest that is little-endian, the usual one first: a quirk is tried on the first that it fits.
FACES = ("modern", "modern-packed", "transitional", "transitional-packed", "legacy")
KINDS = {"works": "variation", "orderly": "violation", "refuses": "violation"}


@dataclass(frozen=True)
class Scenario:
    """A mock device, and what is asked of a driver on it."""

    name: str            # as in reports: "packed", "multiplier=0"
    kind: str            # "plain", "variation", "violation"
    target: str          # mock:…
    known: str = ""      # the server's name for it
    boot: str = ""       # "new": a machine of its own; "": as the layout says
    append: str = ""     # more for the kernel's command line; means a boot of its own


def with_disk(target: str, disk: Path | None) -> str:
    """A blk device with this disk."""
    if not disk or not target.startswith("mock:blk"):
        return target
    return f"mock:blk,disk={disk}{target.removeprefix('mock:blk')}"


def listed(virtspec: str, device: str) -> dict[str, Scenario]:
    """What the program knows for this class on every face, the usual first; by its name."""
    done = subprocess.run([virtspec, "driver", "--list", "--face", f"{device}-*", "--format",
                           "jsonl"], capture_output=True, text=True, timeout=LIST_SECONDS,
                          check=False)
    if done.returncode:
        raise GuestError(f"{virtspec} driver --list: {done.stderr.strip()}")
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    found: dict[str, Scenario] = {}
    for face in FACES:
        for line in lines:
            quirk, _, on = line["scenario"].rpartition("@")
            if on == f"{device}-{face}":
                name, kind = (quirk, KINDS[line["expects"]]) if quirk else (face, "plain")
                found[line["scenario"]] = Scenario(name, kind, line["target"], line["scenario"])
    return found


def first_faces(known: dict[str, Scenario]) -> list[Scenario]:
    """Each of them once, on the first face that it fits."""
    first: dict[str, Scenario] = {}
    for one in known.values():
        first.setdefault(one.name, one)
    return list(first.values())


def _ours(entry: dict[str, Any], device: str, known: dict[str, Scenario]) -> Scenario:
    base = known[entry["on"].replace("CLASS", device)]
    target = base.target + "".join(f",{word}" for word in entry.get("mock", []))
    return Scenario(entry["name"], entry.get("kind", base.kind), target, base.known,
                    entry.get("boot", ""), entry.get("append", ""))


def chosen(virtspec: str, device: str, disk: Path | None, set_name: str,
           patterns: list[str]) -> list[Scenario]:
    """The scenarios of a set of the file, or those whose names match, in the file's order."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    known = listed(virtspec, device)
    every = [*first_faces(known), *(_ours(entry, device, known) for entry in data["scenario"]
                                if device in entry.get("classes", CLASSES))]
    wanted = patterns or data["set"][set_name]["with"]
    left_out = [] if patterns else data["set"][set_name].get("without", [])
    picked = [one for pattern in wanted for one in every if fnmatch.fnmatchcase(one.name, pattern)]
    return [Scenario(one.name, one.kind, with_disk(one.target, disk), one.known, one.boot,
                     one.append)
            for one in dict.fromkeys(picked)
            if not any(fnmatch.fnmatchcase(one.name, pattern) for pattern in left_out)]
