# SPDX-License-Identifier: BSD-3-Clause
"""The rules of the house: which room may know which, and that no registered thing gets lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_virtspec.driver import lapses
from pytest_virtspec.program import Program

ROOT = Path(__file__).resolve().parents[1]
C_FOLDERS = ("conformance", "drivers", "include", "mock-device", "tests", "fuzz")

# What a room may include, as prefixes of the path written in #include "…".
MAY_INCLUDE = {
    "conformance/spec": ("spec/",),
    "conformance/trace": ("trace/", "rules/rules.h", "spec/"),
    "conformance/rules": ("rules/", "spec/"),
    "conformance/bus": ("bus/", "trace/", "spec/pci", "spec/byteorder.h", "spec/vfio_user.h",
                        "spec/tester_panel.h"),
    "conformance/driver": ("driver/", "bus/bus.h", "rules/", "spec/", "trace/"),
    # Parsers and tables of the driver's side, no more: bytes in, facts out.
    "conformance/observe": ("observe/", "bus/bus.h", "driver/caps.h", "driver/common.h",
                            "driver/features.h", "rules/", "spec/", "trace/"),
    "conformance/monitor": ("monitor/", "observe/model.h", "rules/", "spec/", "trace/"),
    "conformance/engine": ("engine/", "driver/", "bus/bus.h", "monitor/jury.h", "observe/watch.h",
                           "rules/", "spec/", "trace/"),
    "conformance/device": ("engine/check.h", "device/", "spec/"),
    "conformance/exam": ("exam/", "monitor/jury.h", "observe/", "bus/bus.h", "bus/way.h",
                         "bus/mock_target.h", "engine/verdict.h", "engine/json_line.h",
                         "engine/text.h", "rules/", "spec/", "trace/",
                         "include/virtspec/plugin.h", "mock-device/quirks/quirk.h",
                         "mock-device/expose/"),
    "conformance/fuzz": ("fuzz/", "driver/", "bus/bus.h", "engine/json_line.h", "rules/", "spec/",
                         "trace/"),
    "conformance/cli": ("cli/", "bus/way.h", "engine/", "exam/", "fuzz/", "monitor/", "rules/",
                        "spec/",
                        "mock-device/quirks/quirk.h", "bus/mock_target.h",
                        "mock-device/expose/"),
    # What somebody else would copy: the one header, by the name that they have for it.
    "drivers/example": ("virtspec/plugin.h",),
    "drivers/reference": ("drivers/reference/", "include/virtspec/plugin.h", "bus/bus.h", "driver/",
                          "rules/", "spec/"),
    "mock-device/model": ("mock-device/model/", "mock-device/quirks/quirk.h", "spec/", "trace/"),
    "mock-device/class": ("mock-device/model/", "mock-device/class/", "spec/"),
    "mock-device/quirks": ("mock-device/model/", "mock-device/quirks/", "rules/rule_ids.h",
                           "spec/"),
    "mock-device/expose": ("mock-device/expose/", "spec/"),
}

# The files that know both sides, and the one of its room that knows the mock.
BRIDGE = {
    "conformance/bus/mock.c": ("mock-device/model/mock.h",),
    "conformance/bus/mock_target.h": ("mock-device/model/mock.h",),
    "mock-device/expose/mock_function.h": ("mock-device/model/mock.h",),
}

REGISTRIES = {  # the commands that list it, and the column of the name
    "VS_DEVICE_CHECK": ((("device", "--list"), ("device", "--list", "--profile", "draft-2013")), 0),
    "MOCK_QUIRK": ((("quirks",),), 1),
}

# Parsers look at bytes: they neither reach for the device nor for memory.
PARSERS = ("conformance/driver/caps.c",)
FORBIDDEN_IN_PARSERS = re.compile(r"\b(vs_bus_\w+|vs_config_\w+|vs_bar_\w+|malloc|calloc|realloc)\(")

LINES_MAX = 400


def c_sources() -> list[Path]:
    return sorted(path for folder in C_FOLDERS for path in (ROOT / folder).rglob("*.[ch]"))


def includes(path: Path) -> list[str]:
    return re.findall(r'^#include "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)


def excess(relative: str, included: list[str]) -> list[str]:
    """Those that the room of this file may not include."""
    room = "/".join(relative.split("/")[:2])
    allowed = MAY_INCLUDE.get(room)
    if allowed is None:
        return []
    allowed += BRIDGE.get(relative, ())
    return [name for name in included if not name.startswith(allowed)]


def test_rooms_know_only_whom_they_may() -> None:
    wrong = [f"{relative} includes {name}" for path in c_sources()
             for relative in [path.relative_to(ROOT).as_posix()]
             for name in excess(relative, includes(path))]
    assert not wrong


@pytest.mark.parametrize(("path", "included"), [
    ("conformance/device/status.c", "bus/qemu.h"),
    ("conformance/bus/qemu.c", "spec/virtio.h"),
    ("conformance/bus/qemu.c", "mock-device/model/mock.h"),
    ("mock-device/model/split.c", "driver/split.h"),
    ("conformance/spec/pci.h", "bus/bus.h"),
])
def test_a_forbidden_include_shows(path: str, included: str) -> None:
    assert excess(path, [included]) == [included]


def test_every_room_is_known() -> None:
    rooms = {"/".join(path.relative_to(ROOT).parts[:2]) for path in c_sources()
             if path.relative_to(ROOT).parts[0] in ("conformance", "mock-device")}
    assert rooms <= set(MAY_INCLUDE), f"no rule for {sorted(rooms - set(MAY_INCLUDE))}"


@pytest.mark.parametrize("macro", REGISTRIES)
def test_registry_holds_what_the_sources_register(virtspec: Program, macro: str) -> None:
    """An object that nobody calls by name can vanish from a program in silence."""
    uses = sum(len(re.findall(rf"^{macro}\(", path.read_text(encoding="utf-8"), re.MULTILINE))
               for path in c_sources() if "tests" not in path.parts)
    commands, column = REGISTRIES[macro]
    listed = {line.split()[column] for command in commands
              for line in virtspec.call(*command).stdout.splitlines()}
    assert uses and len(listed) == uses


def test_every_lapse_is_listed(virtspec: Program) -> None:
    sources = (ROOT / "drivers/reference/lapses").glob("*.c")
    uses = sum(len(re.findall(r"^LAPSE(?:_[A-Z]+)*\(", path.read_text(encoding="utf-8"),
                              re.MULTILINE)) for path in sources)
    assert uses and len(lapses(virtspec)) == uses


def test_parsers_do_no_input_and_take_no_memory() -> None:
    for name in PARSERS:
        assert not FORBIDDEN_IN_PARSERS.findall((ROOT / name).read_text(encoding="utf-8"))


def test_files_have_a_licence_and_are_no_longer_than_a_room() -> None:
    sources = c_sources() + sorted(ROOT.glob("harness/**/*.py")) + sorted(
        ROOT.glob("conformance/**/*.py"))
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert "SPDX-License-Identifier: BSD-3-Clause" in text[:200], path
        assert text.count("\n") <= LINES_MAX, path
