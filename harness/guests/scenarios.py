# SPDX-License-Identifier: BSD-3-Clause
"""Scenarios: what the device is like. Those of the file scenarios.toml, and one for every value of
every quirk that the program knows."""

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


@dataclass(frozen=True)
class Scenario:
    """A mock device, or a life of one that the server knows by the name."""

    name: str
    kind: str            # "plain", "variation", "violation"
    target: str          # mock:…
    boot: str = ""       # "new": a machine of its own; "same"; "": as the layout says
    append: str = ""     # more for the kernel's command line; means a boot of its own


def plain(device: str, disk: Path | None) -> str:
    """The mock of this class as it is."""
    return f"mock:{device}" + (f",disk={disk}" if device == "blk" and disk else "")


def _wants(entry: dict[str, Any], device: str) -> bool:
    return device in entry.get("classes", CLASSES)


def quirk_scenarios(virtspec: str, device: str, base: str) -> list[Scenario]:
    """One for every value of every quirk that a mock of this class can have."""
    done = subprocess.run([virtspec, "quirks", "--format", "jsonl"], capture_output=True,
                          text=True, timeout=30, check=False)
    if done.returncode:
        raise GuestError(f"{virtspec} quirks: {done.stderr.strip()}")
    found = []
    for text in done.stdout.splitlines():
        quirk = json.loads(text)
        head, *needs = (quirk["needs"] or "mock:").removeprefix("mock:").split(",")
        if head and device not in head.split("|"):
            continue
        words = [word.split("|")[0] for word in needs if not word.startswith("interface=modern")]
        if any(word.startswith(("endian=big", "long=", "profile=")) for word in words):
            continue
        settings = "".join(f",{word}" for word in words if word != "endian=little")
        for value in quirk["values"] or [""]:
            name = quirk["quirk"] + (f"={value}" if value else "")
            found.append(Scenario(name, quirk["kind"], f"{base}{settings},quirk={name}"))
    return found


def chosen(virtspec: str, device: str, base: str, set_name: str,
           patterns: list[str]) -> list[Scenario]:
    """The scenarios of a set ("small", "usual", "all"), or those whose names match.

    A set of the file names scenarios by patterns; "all" is everything that is not left out.
    """
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    known = [Scenario(entry["name"], entry.get("kind", "variation"),
                      base + "".join(f",{word}" for word in entry.get("mock", [])),
                      entry.get("boot", ""), entry.get("append", ""))
             for entry in data["scenario"] if _wants(entry, device)]
    named = {one.name for one in known}
    known += [one for one in quirk_scenarios(virtspec, device, base) if one.name not in named]
    wanted = patterns or data["set"][set_name]
    left_out = [] if patterns else data["set"].get(f"{set_name}-without", [])
    picked = [one for pattern in wanted for one in known if fnmatch.fnmatchcase(one.name, pattern)]
    return [one for one in dict.fromkeys(picked)
            if not any(fnmatch.fnmatchcase(one.name, pattern) for pattern in left_out)]
