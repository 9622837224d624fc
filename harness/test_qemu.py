# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's devices, examined: every rule that one breaks is a finding that docs/findings.md records.

Quick: every device, modern and transitional, and two of them on a big-endian machine. Long: every
property that changes what a device shows, every name that a device goes by, every device of the
big-endian machine. A finding that no longer shows in the long run is out of date, and fails as well.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from pytest_virtspec.plugin import ROOT, qemu_ppc, qemus
from pytest_virtspec.program import BROKEN, Program, ProgramError, Result

HERE = Path(__file__).parent
MODERN = "disable-legacy=on"

DEVICES = ("blk", "net", "rng", "serial", "balloon", "scsi", "9p", "gpu", "keyboard", "tablet",
           "mouse", "crypto", "iommu", "mem", "pmem")
NEWER_DEVICES = ("sound", "rtc", "multitouch")
WITHOUT_SWITCH = ("rtc",)  # modern, and has no property that says so

QUICK = (MODERN, "")
LONG = tuple(f"{MODERN},{each}" for each in (
    "page-per-vq=on", "modern-pio-notify=on", "vectors=0", "vectors=1", "event_idx=off",
    "indirect_desc=off", "iommu_platform=on", "queue_reset=off", "packed=on", "ats=on"))
NEWER_LONG = tuple(f"{MODERN},{each}" for each in ("in_order=on", "packed=on,in_order=on"))

# Devices that were there before 1.0 go by three names; the plain one decides by the slot.
OLD_DEVICES = ("blk", "net", "rng", "serial", "balloon", "scsi", "9p")
NAMES = ("-transitional", "-non-transitional")

# Of the big-endian machine. It has neither an IOMMU nor slots for memory.
BIG_ENDIAN = "g3beige"
BIG_ENDIAN_QUICK = ("blk-pci-transitional", "rng-pci-non-transitional")
BIG_ENDIAN_LONG = (
    *(f"{each}-pci{name}" for each in OLD_DEVICES for name in NAMES
      if f"{each}-pci{name}" not in BIG_ENDIAN_QUICK),
    *(f"{each}-pci" for each in ("blk", "gpu", "keyboard", "tablet", "mouse", "crypto")),
    "blk-pci,modern-pio-notify=on", "net-pci,packed=on", "blk-pci,event_idx=off")

# Requests that are in flight for long.
SLOW_DISK = ("--qemu-args", "-blockdev driver=null-co,node-name=slow,read-zeroes=on,size=1048576,"
             "latency-ns=3000000")

# A short run, to be told which QEMU it is.
IDENTIFY = ("--rule", "pci.discovery.*")

# What QEMU itself refuses: not a device to examine.
REFUSED = re.compile(r"Property '\S+\.vectors' not found")

Seen = set[tuple[str, str, str]]


@dataclass(frozen=True)
class Finding:
    """An entry of findings.toml: which rules a device is known to break, and when."""

    id: str
    rules: frozenset[str]
    targets: tuple[str, ...]
    versions: tuple[str, ...]
    machines: tuple[str, ...] = ()  # none: all of them
    sometimes: bool = False  # a matter of timing: a run need not show it

    def concerns(self, version: str, machine: str) -> bool:
        return version.startswith(self.versions) and (
            not self.machines or machine in self.machines)

    def covers(self, rule: str, target: str, version: str, machine: str) -> bool:
        return (rule in self.rules and self.concerns(version, machine)
                and any(fnmatchcase(target, glob) for glob in self.targets))


def load_findings(path: Path) -> list[Finding]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["finding"]
    return [Finding(entry["id"], frozenset(entry["rules"]), tuple(entry["targets"]),
                    tuple(entry["versions"]), tuple(entry.get("machines", ())),
                    entry.get("sometimes", False))
            for entry in entries]


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return load_findings(HERE / "findings.toml")


@pytest.fixture(scope="module")
def seen() -> Seen:
    """(finding, version, machine) that showed up in this run, of the QEMUs that were this
    process's: all tests of one are, also where pytest-xdist spreads them."""
    return set()


def qemu_of(result: Result) -> tuple[str, str]:
    """Version and machine: "QEMU 7.2.22, q35, …"."""
    match = re.search(r"QEMU (\d+\.\d+\.\d+), ([^,]+)", result.run["behind"])
    assert match, result.run["behind"]
    return match[1], match[2]


def together(which: int | str) -> pytest.MarkDecorator:
    """Tests of one QEMU share what they have seen."""
    return pytest.mark.xdist_group(f"qemu-{which}")


def target_of(device: str, properties: str) -> str:
    if device in WITHOUT_SWITCH:
        properties = properties.removeprefix(MODERN).removeprefix(",")
    return f"qemu:virtio-{device}-pci" + (properties and f",{properties}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "qemu" not in metafunc.fixturenames:
        return
    programs = qemus(metafunc.config)
    if "target" not in metafunc.fixturenames:
        metafunc.parametrize("qemu", [
            pytest.param(program, marks=together(number), id=Path(program).name)
            for number, program in enumerate(programs)])
        return
    rows = []
    for number, program in enumerate(programs):
        devices = DEVICES + (NEWER_DEVICES if number else ())
        properties = [(each, (together(number),)) for each in QUICK]
        properties += [(each, (together(number), pytest.mark.long))
                       for each in LONG + (NEWER_LONG if number else ())]
        rows += [pytest.param(program, target_of(device, each), marks=marks,
                              id=f"{number}-{device}-{each or 'default'}")
                 for device in devices for each, marks in properties]
        rows += [pytest.param(program, f"qemu:virtio-{device}-pci{name}",
                              marks=(together(number), pytest.mark.long),
                              id=f"{number}-{device}{name}")
                 for device in OLD_DEVICES for name in NAMES]
    metafunc.parametrize(("qemu", "target"), rows)


def hold_against_findings(result: Result, target: str, findings: list[Finding], seen: Seen
                          ) -> None:
    """What is broken has to be a known finding, and all else has to be judged."""
    version, machine = qemu_of(result)
    unknown = set()
    for rule in result.broken:
        covering = [finding for finding in findings
                    if finding.covers(rule, target, version, machine)]
        seen |= {(finding.id, version, machine) for finding in covering}
        if not covering:
            unknown.add(rule)
    assert not unknown, result.explain(unknown)
    vacuous = result.rules_with(("VACUOUS",))
    assert not vacuous, result.explain(vacuous)
    assert result.summary["checks_run"] == result.run["checks"] and not result.summary["trouble"]


@pytest.mark.qemu
def test_device(virtspec: Program, qemu: str, target: str, findings: list[Finding], seen: Seen
                ) -> None:
    try:
        result = virtspec.examine(target, "--qemu", qemu)
    except ProgramError as error:
        if REFUSED.search(str(error)):
            pytest.skip(str(error))
        raise
    hold_against_findings(result, target, findings, seen)


@pytest.mark.qemu
@together("ppc")
@pytest.mark.parametrize("device", [
    *BIG_ENDIAN_QUICK, *(pytest.param(each, marks=pytest.mark.long) for each in BIG_ENDIAN_LONG)])
def test_big_endian_machine(virtspec: Program, device: str, findings: list[Finding], seen: Seen,
                            pytestconfig: pytest.Config) -> None:
    program = qemu_ppc(pytestconfig)
    if not program:
        pytest.skip("no qemu-system-ppc is named: --qemu-ppc or VIRTSPEC_QEMU_PPC")
    target = f"qemu:virtio-{device}"
    result = virtspec.examine(target, "--qemu", program, "--machine", BIG_ENDIAN)
    hold_against_findings(result, target, findings, seen)


@pytest.mark.qemu
def test_slow_disk(virtspec: Program, qemu: str, findings: list[Finding], seen: Seen) -> None:
    target = f"qemu:virtio-blk-pci,{MODERN},drive=slow"
    result = virtspec.examine(target, "--qemu", qemu, *SLOW_DISK)
    hold_against_findings(result, target, findings, seen)
    assert "pci.common.queue-reset-busy-reads-one" in result.broken


def gone(findings: list[Finding], seen: Seen, version: str, machine: str) -> list[str]:
    """Findings that concern these and did not show."""
    return [finding.id for finding in findings
            if not finding.sometimes and finding.concerns(version, machine)
            and (finding.id, version, machine) not in seen]


@pytest.mark.qemu
@pytest.mark.long
def test_no_finding_is_out_of_date(findings: list[Finding], seen: Seen, virtspec: Program,
                                   qemu: str) -> None:
    found = qemu_of(virtspec.examine("qemu:virtio-rng-pci", "--qemu", qemu, *IDENTIFY))
    assert not gone(findings, seen, *found)


@pytest.mark.qemu
@together("ppc")
@pytest.mark.long
def test_no_big_endian_finding_is_out_of_date(findings: list[Finding], seen: Seen,
                                              virtspec: Program,
                                              pytestconfig: pytest.Config) -> None:
    program = qemu_ppc(pytestconfig)
    if not program:
        pytest.skip("no qemu-system-ppc is named: --qemu-ppc or VIRTSPEC_QEMU_PPC")
    found = qemu_of(virtspec.examine("qemu:virtio-rng-pci", "--qemu", program, "--machine",
                                     BIG_ENDIAN, *IDENTIFY))
    # One that concerns every machine need not show on a special one.
    assert not gone([finding for finding in findings if finding.machines], seen, *found)


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
    rules = frozenset({"pci.notify.multiplier"})
    entry = Finding("x", rules, ("qemu:virtio-blk-pci*",), ("7.2",))
    assert entry.covers("pci.notify.multiplier", "qemu:virtio-blk-pci,a=b", "7.2.22", "q35")
    assert not entry.covers("pci.notify.multiplier", "qemu:virtio-net-pci", "7.2.22", "q35")
    assert not entry.covers("pci.notify.multiplier", "qemu:virtio-blk-pci", "11.1.3", "q35")
    assert not entry.covers("pci.notify.address", "qemu:virtio-blk-pci", "7.2.22", "q35")
    entry = Finding("x", rules, ("qemu:virtio-blk-pci*",), ("7.2",), ("g3beige",))
    assert entry.covers("pci.notify.multiplier", "qemu:virtio-blk-pci", "7.2.22", "g3beige")
    assert not entry.covers("pci.notify.multiplier", "qemu:virtio-blk-pci", "7.2.22", "q35")
