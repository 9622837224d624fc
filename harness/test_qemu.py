# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's devices, examined: every rule that one breaks is a finding that docs/findings.md records.

Quick: every device, modern and transitional. Long: every property that changes what a device
shows. A finding that no longer shows in the long run is out of date, and fails as well.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from pytest_virtspec.plugin import ROOT, qemus
from pytest_virtspec.program import BROKEN, Program, ProgramError, Result

HERE = Path(__file__).parent
MODERN = "disable-legacy=on"

DEVICES = ("blk", "net", "rng", "serial", "balloon", "scsi", "9p", "gpu", "keyboard", "tablet",
           "mouse", "crypto", "iommu", "mem", "pmem")
NEWER_DEVICES = ("sound", "rtc", "multitouch")

QUICK = (MODERN, "")
LONG = tuple(f"{MODERN},{each}" for each in (
    "page-per-vq=on", "modern-pio-notify=on", "vectors=0", "vectors=1", "event_idx=off",
    "indirect_desc=off", "iommu_platform=on", "queue_reset=off"))
NEWER_LONG = (f"{MODERN},in_order=on",)

# Requests that are in flight for long.
SLOW_DISK = ("--qemu-args", "-blockdev driver=null-co,node-name=slow,read-zeroes=on,size=1048576,"
             "latency-ns=3000000")

# What QEMU itself refuses: not a device to examine.
REFUSED = re.compile(r"Property '\S+\.(disable-legacy|vectors)' not found")


@dataclass(frozen=True)
class Finding:
    """An entry of findings.toml: which rules a device is known to break, and when."""

    id: str
    rules: frozenset[str]
    targets: tuple[str, ...]
    versions: tuple[str, ...]

    def covers(self, rule: str, target: str, version: str) -> bool:
        return (rule in self.rules and any(fnmatchcase(target, glob) for glob in self.targets)
                and any(version.startswith(prefix) for prefix in self.versions))


def load_findings(path: Path) -> list[Finding]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["finding"]
    return [Finding(entry["id"], frozenset(entry["rules"]), tuple(entry["targets"]),
                    tuple(entry["versions"])) for entry in entries]


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return load_findings(HERE / "findings.toml")


@pytest.fixture(scope="module")
def seen() -> set[tuple[str, str]]:
    """(finding, version) that showed up in this run."""
    return set()


def version_of(result: Result) -> str:
    """ "QEMU 7.2.22, q35, …" gives 7.2.22."""
    match = re.search(r"QEMU (\d+\.\d+\.\d+)", result.run["behind"])
    assert match, result.run["behind"]
    return match[1]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "qemu" not in metafunc.fixturenames:
        return
    programs = qemus(metafunc.config)
    if "target" not in metafunc.fixturenames:
        metafunc.parametrize("qemu", programs, ids=[Path(name).name for name in programs])
        return
    rows = []
    for number, program in enumerate(programs):
        devices = DEVICES + (NEWER_DEVICES if number else ())
        properties = [(each, ()) for each in QUICK]
        properties += [(each, (pytest.mark.long,))
                       for each in LONG + (NEWER_LONG if number else ())]
        rows += [pytest.param(program, f"qemu:virtio-{device}-pci" + (each and f",{each}"),
                              marks=marks, id=f"{number}-{device}-{each or 'default'}")
                 for device in devices for each, marks in properties]
    metafunc.parametrize(("qemu", "target"), rows)


def hold_against_findings(result: Result, target: str, findings: list[Finding],
                          seen: set[tuple[str, str]]) -> None:
    """What is broken has to be a known finding, and all else has to be judged."""
    version = version_of(result)
    unknown = set()
    for rule in result.broken:
        covering = [finding for finding in findings if finding.covers(rule, target, version)]
        seen |= {(finding.id, version) for finding in covering}
        if not covering:
            unknown.add(rule)
    assert not unknown, result.explain(unknown)
    vacuous = result.rules_with(("VACUOUS",))
    assert not vacuous, result.explain(vacuous)
    assert result.summary["checks_run"] == result.run["checks"] and not result.summary["trouble"]


@pytest.mark.qemu
def test_device(virtspec: Program, qemu: str, target: str, findings: list[Finding],
                seen: set[tuple[str, str]]) -> None:
    try:
        result = virtspec.examine(target, "--qemu", qemu)
    except ProgramError as error:
        if REFUSED.search(str(error)):
            pytest.skip(str(error))
        raise
    hold_against_findings(result, target, findings, seen)


@pytest.mark.qemu
def test_slow_disk(virtspec: Program, qemu: str, findings: list[Finding],
                   seen: set[tuple[str, str]]) -> None:
    target = f"qemu:virtio-blk-pci,{MODERN},drive=slow"
    result = virtspec.examine(target, "--qemu", qemu, *SLOW_DISK)
    hold_against_findings(result, target, findings, seen)
    assert "pci.common.queue-reset-busy-reads-one" in result.broken


@pytest.mark.qemu
@pytest.mark.long
def test_no_finding_is_out_of_date(findings: list[Finding], seen: set[tuple[str, str]],
                                   virtspec: Program, pytestconfig: pytest.Config) -> None:
    versions = {version_of(virtspec.examine("qemu:virtio-rng-pci", "--qemu", qemu, "--rule",
                                            "pci.discovery.*")) for qemu in qemus(pytestconfig)}
    for finding in findings:
        for version in versions:
            if version.startswith(finding.versions):
                assert (finding.id, version) in seen, f"{finding.id} no longer shows on {version}"


def test_findings_are_documented(findings: list[Finding], virtspec: Program) -> None:
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    known = {rule["rule"] for rule in virtspec.listing("rules")}
    for finding in findings:
        section = text.partition(f"### {finding.id}\n")[2].partition("\n### ")[0]
        assert section, f"{finding.id} has no heading in docs/findings.md"
        assert finding.rules <= known, finding.id
        for rule in finding.rules:
            assert f"`{rule}`" in section, f"{finding.id} does not speak of {rule}"


def test_an_unknown_finding_would_show(virtspec: Program) -> None:
    """The gate itself: without its entry, a broken rule is not let through."""
    result = virtspec.examine("mock:blk,quirk=notify-multiplier")
    assert result.broken == {"pci.notify.multiplier"} and BROKEN & set(result.rules.values())
    entry = Finding("x", frozenset({"pci.notify.multiplier"}), ("qemu:virtio-blk-pci*",), ("7.2",))
    assert entry.covers("pci.notify.multiplier", "qemu:virtio-blk-pci,a=b", "7.2.22")
    assert not entry.covers("pci.notify.multiplier", "qemu:virtio-net-pci", "7.2.22")
    assert not entry.covers("pci.notify.multiplier", "qemu:virtio-blk-pci", "11.1.3")
    assert not entry.covers("pci.notify.address", "qemu:virtio-blk-pci", "7.2.22")
