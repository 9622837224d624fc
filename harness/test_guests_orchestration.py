# SPDX-License-Identifier: BSD-3-Clause
"""The orchestrator of guests by itself: peers that hang, crash, say nothing or babble."""

from __future__ import annotations

import os
import subprocess
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from guests import images, linux, server
from guests.examine import Examination
from guests.firmware import FIRMWARES, run
from guests.initramfs import Archive, choose_modules
from guests.known import Finding, gone, load, news
from guests.layout import Layout
from guests.linux import LinuxGuest, crashes_in
from guests.machine import Machine
from guests.outcome import Line, Outcome
from guests.process import Gone, Late, Process
from guests.scenarios import CLASSES, Scenario, chosen
from guests.server import Server
from guests.sources import GuestError
from guests.tables import table, totals
from pytest_virtspec.program import Program

FAKES = Path(__file__).resolve().parent / "fakes"
QEMU, VIRTSPEC = str(FAKES / "qemu"), str(FAKES / "virtspec")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "MARGIN_SECONDS", 0.5)
    monkeypatch.setattr(linux, "MONITOR_SECONDS", 1.0)
    monkeypatch.setattr(server, "START_SECONDS", 3.0)
    monkeypatch.setattr(server, "ANSWER_SECONDS", 2.0)


def shell(process: Process, script: str, log: Path) -> None:
    process.start(["/bin/sh", "-c", script], log, stdin="line")


def test_line_comes_whole_and_in_time(tmp_path: Path) -> None:
    with Process(("line",)) as process:
        shell(process, "printf 'one\\ntw'; sleep 0.1; printf 'o\\n'; sleep 60", tmp_path / "log")
        deadline = process.now() + 10
        assert [process.line("line", deadline) for _ in range(2)] == ["one", "two"]
        with pytest.raises(Late):
            process.line("line", process.now() + 0.2)


@pytest.mark.parametrize(("script", "epitaph"), [
    ("exit 3", "exit status 3"), ("kill -9 $$", "SIGKILL"), ("printf half", "exit status 0")])
def test_end_is_told(tmp_path: Path, script: str, epitaph: str) -> None:
    with Process(("line",)) as process:
        shell(process, script, tmp_path / "log")
        with pytest.raises(Gone, match=epitaph):
            process.line("line", process.now() + 10)


def test_kill_reaches_children_and_those_who_ignore_signals(tmp_path: Path) -> None:
    with Process(("line",)) as process:
        shell(process, "trap '' TERM INT; sleep 60 & echo $!; wait", tmp_path / "log")
        child = int(process.line("line", process.now() + 10))
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text(encoding="ascii").split()[2] == "Z":
            break
        time.sleep(0.02)
    else:
        pytest.fail("the child lives on")


def test_peer_that_reads_nothing_is_late(tmp_path: Path) -> None:
    with Process(("line",)) as process:
        shell(process, "sleep 60", tmp_path / "log")
        with pytest.raises(Late):
            process.say("line", "x" * (8 << 20), process.now() + 0.3)


def test_time_without_a_processor_does_not_count(tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    with Process(("line",)) as process:
        shell(process, "sleep 60", tmp_path / "log")
        process.started -= 100
        assert process.now() > 90 > process.starved()
        monkeypatch.setattr(Process, "starved", lambda _: 80.0)
        assert 19 < process.now() < 25
        process.beside.append(process)
        assert 1 < process.now() < 3, "stretched without end"


class FakeStore:
    """Prepared guests that are none."""

    def linux(self, name: str) -> tuple[Path, Path]:
        return Path(f"/{name}"), Path("/initramfs")


class FakeDevice:
    """A device whose layout is as the target says."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "device"
        self.process = None
        self.told: list[str] = []
        self.target = ""

    def scenario(self, name: str, target: str) -> None:
        self.told.append(name)
        self.target = target

    def verdict(self, said: str) -> list[Line]:
        self.told.append(said)
        return [{"type": "scenario", "verdict": "PASS", "broken": [], "exercised": ["a.rule"]}]

    def layout(self) -> Layout:
        return layout(self.target)

    def stop(self) -> None:
        self.told.append("stopped")


def layout(target: str) -> Layout:
    config = bytearray(256)
    config[0x3d] = 2 if "other" in target else 1
    config[0x0e] = 1 if "unfit" in target else 0
    return Layout(bytes(config), (), ())


def examine(tmp_path: Path, targets: list[str], *fake: str) -> tuple[list[Outcome], list[str], int]:
    machine = Machine(QEMU, extra=tuple(word for action in fake for word in ("-fake", action)))
    device = FakeDevice(tmp_path)
    pairs = [(Scenario(target, "variation", target, target), layout(target)) for target in targets]
    with Examination(FakeStore(), "linux", "blk", device, machine,  # type: ignore[arg-type]
                     tmp_path / "log", 1) as examination:
        return list(examination.all(pairs)), device.told, examination.boots


def test_scenarios_share_a_boot(tmp_path: Path) -> None:
    results, told, boots = examine(tmp_path, ["a", "b", "c"])
    assert [one.outcome for one in results] == ["worked"] * 3 and boots == 1
    assert told == ["a", "a", "worked", "b", "worked", "c", "worked"]
    assert results[0].exercised == ["a.rule"] and results[0].verdict == "PASS"


def test_another_layout_gets_a_machine_of_its_own(tmp_path: Path) -> None:
    results, _, boots = examine(tmp_path, ["a", "other", "b", "unfit"])
    assert [(one.scenario, one.outcome) for one in results] == [
        ("a", "worked"), ("b", "worked"), ("other", "worked"), ("unfit", "machine")]
    assert boots == 2 and "header type" in results[3].why


@pytest.mark.parametrize(("action", "outcome", "said", "boots"), [
    ("blk-read=failed no disk", "orderly", "failed", 1),
    ("blk-read=hang", "hung", "hung", 2),
    ("blk-read=silent", "hung", "hung", 2),
    ("blk-read=oops", "crashed", "crashed", 2),
    ("blk-read=die", "machine", "", 2),
    ("blk-read=stuck", "machine", "", 2),
    ("boot=silent", "hung", "hung", 4),
    ("load=oops", "crashed", "crashed", 2),
])
def test_trouble_is_an_outcome_and_the_next_scenario_has_its_chance(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, outcome: str, said: str,
        boots: int) -> None:
    monkeypatch.setattr(LinuxGuest.boot, "__defaults__", (1.0,))
    results, told, booted = examine(tmp_path, ["a", "b"], action)
    assert [one.outcome for one in results] == [outcome, outcome], results[0].why
    assert said in told and booted == boots


def test_probe_that_binds_nothing_is_a_refusal(tmp_path: Path) -> None:
    results, told, _ = examine(tmp_path, ["a"], "blk-read=failed no disk appeared", "rescan=ok")
    assert results[0].outcome == "orderly" and "refused" in told


def test_missing_qemu_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(GuestError, match="no QEMU"):
        LinuxGuest(Machine("/no/such/qemu"), Path("/k"), Path("/i"), tmp_path / "log")


@pytest.mark.parametrize("text", [
    "[    1.0] ------------[ cut here ]------------", "[ 2.0] Oops: 0000 [#1] PREEMPT SMP",
    "INFO: task mount:77 blocked for more than 120 seconds.", "Kernel panic - not syncing: x"])
def test_crashes_are_seen(text: str) -> None:
    assert crashes_in(f"all is well\n{text}\n") and not crashes_in("virtio_blk: vda error -5")


def test_server_answers(tmp_path: Path) -> None:
    with Server(VIRTSPEC, tmp_path, tmp_path / "log") as peer:
        peer.scenario("plain", "mock:good")
        lines = peer.verdict("worked")
    assert lines[0]["findings"] == [{"said": ["worked"]}] and lines[-1]["type"] == "scenario-end"


@pytest.mark.parametrize(("way", "word"), [
    ("refuses", "no such scenario"), ("dies", "exit status 3"), ("babbles", "no JSON"),
    ("silent", "in time"), ("deaf", "does not listen")])
def test_server_in_trouble_is_one_sentence(tmp_path: Path, way: str, word: str) -> None:
    with Server(VIRTSPEC, tmp_path, tmp_path / "log") as peer, pytest.raises(GuestError,
                                                                              match=word):
        peer.scenario("plain", f"mock:{way}")


@pytest.mark.parametrize(("words", "outcome"), [
    (("-serial-text", f"SeaBIOS\r\n{images.GREETING}\r\n"), "worked"),
    (("-serial-text", "SeaBIOS\r\nNo bootable device.\r\n"), "orderly"),
    (("-serial-text", "SeaBIOS\r\n"), "hung"),
    (("-serial-text", "SeaBIOS\r\n", "-then", "exit"), "machine"),
])
def test_firmware_is_judged_by_its_serial_port(tmp_path: Path, words: tuple[str, ...],
                                               outcome: str) -> None:
    # Only what hangs takes all its time.
    firmware = replace(FIRMWARES["seabios"], seconds=2.0 if outcome == "hung" else 60.0)
    result = Outcome("seabios", "blk", "plain")
    run(FakeStore(), firmware, Machine(QEMU, extra=words), [],  # type: ignore[arg-type]
        tmp_path, tmp_path / "log", result)
    assert result.outcome == outcome, result.why


def test_table_has_a_column_for_each_driver() -> None:
    results = [Outcome("linux", "blk", "plain"), Outcome("linux", "net", "plain", outcome="hung"),
               Outcome("linux", "net", "odd", outcome="orderly", broken=["a.rule"])]
    assert table(results).splitlines() == [
        "| scenario | linux blk | linux net |", "|---|---|---|",
        "| plain | works | **hangs** |", "| odd |  | fails in order `a.rule` |"]
    assert totals(results) == "1 worked, 1 orderly, 1 hung"


def test_known_findings_are_told_from_new_ones() -> None:
    known_one = Finding("id", ("linux-*",), frozenset(["a.rule"]), frozenset(["hung"]),
                        ("blk",), ("odd*",))

    def outcome(word: str, *broken: str, scenario: str = "odd=1", guest: str = "linux-6.1"
                ) -> Outcome:
        return Outcome(guest, "blk", scenario, kind="violation", outcome=word, why="why",
                       broken=list(broken))

    assert not news(outcome("hung", "a.rule"), [known_one])
    assert news(outcome("crashed", "a.rule", "b.rule"), [known_one]) == ["b.rule", "crashed: why"]
    assert news(outcome("orderly", "a.rule", scenario="plain"), [known_one]) == ["a.rule"]
    assert news(outcome("hung", guest="seabios"), [known_one]) == ["hung: why"]
    assert gone([outcome("orderly"), outcome("worked", "b.rule")], [known_one]) == ["id"]
    assert not gone([outcome("orderly"), outcome("hung")], [known_one])
    assert not gone([outcome("orderly", scenario="plain")], [known_one])
    assert not gone([outcome("orderly")], [replace(known_one, sometimes=True)])
    assert news(outcome("hung"), [replace(known_one, why=("not*",))]) == ["hung: why"]
    assert table([outcome("hung", "a.rule"), outcome("hung", "c.rule", scenario="odd=2")],
                 [known_one]).splitlines()[2:] == [
        "| odd=1 | **hangs** a |", "| odd=2 | **hangs** a `c.rule` |", "", "a: id"]


def test_list_of_findings_is_told_of() -> None:
    text = (Path(__file__).resolve().parents[1] / "docs/findings.md").read_text(encoding="utf-8")
    for finding in load():
        assert f"### {finding.id}\n" in text
        assert all(f"`{rule}`" in text for rule in finding.rules)


def test_disk_holds_a_file_system(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    images.ext4(disk)
    assert disk.stat().st_size == images.DISK_BYTES
    done = subprocess.run(["/sbin/debugfs", "-R", "cat deep/file-9", str(disk)], timeout=30,
                          capture_output=True, check=True)
    assert zlib.crc32(done.stdout) == images.checksum_of("file-9")


def test_modules_come_behind_what_they_depend_on(tmp_path: Path) -> None:
    for name, needs in (("virtio_blk", "virtio,virtio_ring"), ("virtio", "virtio_ring"),
                        ("virtio-ring", "")):
        (tmp_path / f"{name}.ko").write_bytes(f"\0depends={needs}\0name={name}\0".encode())
    assert [name for name, _ in choose_modules(tmp_path, ["virtio_blk", "built_in"])] == [
        "virtio_ring", "virtio", "virtio_blk"]


def test_archive_is_padded() -> None:
    archive = Archive()
    archive.file("a", b"12345")
    data = archive.finish()
    assert len(data) % 4 == 0 and data.startswith(b"070701") and data.count(b"070701") == 2


@pytest.mark.parametrize("device", CLASSES)
def test_sets_name_scenarios_of_the_program(virtspec: Program, device: str) -> None:
    for name, least in (("small", 6), ("usual", 50), ("all", 50)):
        found = chosen(str(virtspec.path), device, None, name, [])
        assert len(found) >= least and len({one.name for one in found}) == len(found)
    kinds = [one.kind for one in chosen(str(virtspec.path), device, None, "usual", [])]
    assert kinds.count("variation") >= 25 and kinds.count("violation") >= 25


def test_init_is_a_script_that_a_shell_reads() -> None:
    init = Path(linux.__file__).parent / "guest" / "init"
    assert os.access(init, os.X_OK)
    subprocess.run(["/bin/sh", "-n", str(init)], timeout=10, check=True)


def test_firmware_that_gives_up_early_does_not_hang(tmp_path: Path) -> None:
    """iPXE that cannot open the device ends its script, and never begins with DHCP."""
    firmware = replace(FIRMWARES["ipxe"], arguments=lambda *_: [], seconds=60.0)
    result = Outcome("ipxe", "net", "version-one-missing")
    said = "virtspec: begin\r\nvirtspec: end\r\n"
    run(FakeStore(), firmware, Machine(QEMU, extra=("-serial-text", said)),
        [], tmp_path, tmp_path / "log", result)  # type: ignore[arg-type]
    assert result.outcome == "orderly", result.why
