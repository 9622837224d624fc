# SPDX-License-Identifier: BSD-3-Clause
"""Real drivers in real guests, on the mock device behind a QEMU of 11.1 or later.

A few for every change; all of them are run by ci/guests. A guest that is not prepared is prepared
here, from Debian's packages.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guests import known
from guests.campaign import Campaign, Job
from guests.firmware import FIRMWARES
from guests.linux import STEP_SECONDS
from guests.machine import Machine, Stock
from guests.outcome import Outcome
from guests.prepare import Store, prepare
from guests.session import on_stock
from guests.sources import LINUXES
from pytest_virtspec.plugin import qemus
from pytest_virtspec.program import Program

pytestmark = [pytest.mark.qemu, pytest.mark.guest]
LINUX = [one.name for one in LINUXES]

# One boot for the plain devices of each class; blk goes through the small set.
PLAIN = ["modern", "modern-packed"]
QUICK = {"blk": [], "net": PLAIN, "console": PLAIN, "rng": PLAIN}


@pytest.fixture(scope="module")
def store() -> Store:
    return Store()


@pytest.fixture
def campaign(virtspec: Program, store: Store, pytestconfig: pytest.Config, tmp_path: Path
             ) -> Campaign:
    """Over the QEMU that has a vfio-user client."""
    found = qemus(pytestconfig)
    if len(found) < 2:
        pytest.skip("there is no QEMU of 11.1 or later; VIRTSPEC_QEMU_NEXT names one")
    return Campaign(store, str(virtspec.path), Machine(found[1]), tmp_path, tmp_path / "log",
                    STEP_SECONDS, "")


def results_of(campaign: Campaign, guest: str, device: str, set_name: str,
               patterns: list[str]) -> list[Outcome]:
    prepare(campaign.store, [guest])
    job = Job(guest, device, campaign.scenarios(guest, device, set_name, patterns))
    results: list[Outcome] = []
    campaign.run([job], 1, results.append)
    assert len(results) == len(job.scenarios) > 0
    return results


def explain(results: list[Outcome]) -> str:
    """What is new, with what led to it; empty where nothing is."""
    findings = known.load()
    return "\n".join(f"{one.scenario}: {one.outcome} {one.verdict}: {'; '.join(new)} "
                     f"{one.why} {one.reason}\n    "
                     + "\n    ".join([*map(str, one.findings), *one.kernel[-8:]])
                     for one in results if (new := known.news(one, findings)))


def hold_against_findings(results: list[Outcome]) -> None:
    """What they break, and where they hang, is known; and what is known still shows."""
    assert not explain(results), explain(results)
    assert not known.gone(results, known.load())
    assert all(one.exercised for one in results), "the server saw nothing"


@pytest.mark.parametrize("device", QUICK)
def test_linux_drives_the_mock(campaign: Campaign, device: str) -> None:
    hold_against_findings(results_of(campaign, LINUX[0], device, "small", QUICK[device]))


@pytest.mark.long
@pytest.mark.parametrize("device", QUICK)
def test_newest_linux_drives_the_mock(campaign: Campaign, device: str) -> None:
    hold_against_findings(results_of(campaign, LINUX[1], device, "small", PLAIN))


@pytest.mark.parametrize("guest", [
    name if not name.endswith("-newest") and name != "ovmf"
    else pytest.param(name, marks=pytest.mark.long) for name in FIRMWARES])
def test_firmware_uses_the_mock(campaign: Campaign, guest: str) -> None:
    results = results_of(campaign, guest, FIRMWARES[guest].device, "small", ["modern"])
    hold_against_findings(results)


@pytest.mark.parametrize("device", ["blk", "net"])
def test_linux_drives_a_stock_device(store: Store, pytestconfig: pytest.Config, tmp_path: Path,
                                     device: str) -> None:
    prepare(store, [LINUX[0]])
    result = on_stock(store, LINUX[0], Machine(qemus(pytestconfig)[0]), Stock(device),
                      tmp_path / "log")
    assert result.outcome == "worked", result.why
