# SPDX-License-Identifier: BSD-3-Clause
"""The fixtures and options of the harness."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .program import Program

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ("release", "dev", "san")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("virtspec")
    group.addoption("--virtspec", metavar="PROGRAM",
                    help="the virtspec to test (or $VIRTSPEC; else the one that was built)")
    group.addoption("--long", action="store_true", help="run the tests marked 'long' as well")
    group.addoption("--campaigns", action="store_true",
                    help="run the tests marked 'campaign' as well")
    group.addoption("--usual-mocks", action="store_true",
                    help="try each quirk on its usual mock alone, not on all that it applies to; "
                         "over vfio-user, try some")
    group.addoption("--all-values", action="store_true",
                    help="compare devices over vfio-user under every value of every quirk, not "
                         "only under the first")
    group.addoption("--qemu-next", metavar="PROGRAM",
                    help="a QEMU of 11.1 or later (or $VIRTSPEC_QEMU_NEXT)")
    group.addoption("--qemu-ppc", metavar="PROGRAM",
                    help="a qemu-system-ppc, of a big-endian machine (or $VIRTSPEC_QEMU_PPC)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs with --long")
    config.addinivalue_line("markers", "campaign: takes many minutes; runs with --campaigns")
    config.addinivalue_line("markers", "engine: fuzzes, with a build of its own: the virtspec that is "
                                       "tested does not matter")
    config.addinivalue_line("markers", "qemu: needs a QEMU")
    config.addinivalue_line("markers", "xdist_group(name): these run in one process")
    config.addinivalue_line("markers", "guest: boots guests that harness/guests/prepare has made")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for mark, option in (("long", "--long"), ("campaign", "--campaigns")):
        if not config.getoption(option):
            config.hook.pytest_deselected(items=[item for item in items if mark in item.keywords])
            items[:] = [item for item in items if mark not in item.keywords]
    # Where pytest-xdist spreads tests over processes (--dist loadgroup), those of a file stay
    # together, for they share fixtures, those that fuzz share a build; what takes longest begins.
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            name = "engine" if "engine" in item.keywords else item.path.stem
            item.add_marker(pytest.mark.xdist_group(name))
    items.sort(key=lambda item: not {"qemu", "engine"} & set(item.keywords))


def find_program(config: pytest.Config) -> Path:
    given = config.getoption("--virtspec") or os.environ.get("VIRTSPEC")
    if given:
        return Path(given).resolve()
    built = [ROOT / "build" / name / "bin" / "virtspec" for name in BUILDS]
    for path in built:
        if path.exists():
            return path
    raise pytest.UsageError("there is no virtspec in build/; build it, or name one with --virtspec")


def qemus(config: pytest.Config) -> list[str]:
    """The QEMUs of this machine: the system's, and a newer one where it was prepared."""
    system = shutil.which("qemu-system-x86_64")
    following = config.getoption("--qemu-next") or os.environ.get("VIRTSPEC_QEMU_NEXT")
    return [path for path in (system, following) if path]


def qemu_ppc(config: pytest.Config) -> str | None:
    """A QEMU of a big-endian machine, where there is one."""
    return config.getoption("--qemu-ppc") or os.environ.get("VIRTSPEC_QEMU_PPC") or None


@pytest.fixture(scope="session")
def virtspec(pytestconfig: pytest.Config) -> Program:
    """The program under test."""
    return Program(find_program(pytestconfig))
