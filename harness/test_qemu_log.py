# SPDX-License-Identifier: BSD-3-Clause
"""From QEMU's trace log to traces: small logs by hand, and what has to come of them."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_virtspec.program import Program
from qemu_trace.command import main
from qemu_trace.convert import NothingFound, Summary, convert
from qemu_trace.lines import BadLine, ConfigAccess, MemoryAccess, StatusSet, parse

Trace = dict[str, Any]

MMIO, IO, TABLE = 0xfe000000, 0xc000, 0xfe800000
COMMON, ISR, DEVICE, NOTIFY = 0x0, 0x1000, 0x2000, 0x3000
STATUS = COMMON + 20


@dataclass
class Log:
    """What QEMU writes while a guest drives a transitional block device at 00:04.0: BAR 0 is the
    legacy header, BAR 1 the MSI-X table, BARs 4 and 5 the structures."""

    name: str = "virtio-blk-pci"
    address: str = "00:04.0"
    vdev: str = "0x5600"
    base: int = 0  # added to all addresses
    stamp: str = ""
    text: list[str] = field(default_factory=list)

    def put(self, line: str) -> None:
        self.text.append(self.stamp + line)

    def memory(self, write: bool, address: int, width: int, value: int, region: str) -> None:
        self.put(f"memory_region_ops_{'write' if write else 'read'} cpu 0 mr 0x1 "
                 f"addr {address:#x} value {value:#x} size {width} name '{region}'")

    def config(self, write: bool, offset: int, width: int, value: int) -> None:
        through = (write, 0xcfc + offset % 4, width, value, "pci-conf-data")
        if write:
            self.memory(*through)
        self.put(f"pci_cfg_{'write' if write else 'read'} {self.name} {self.address} "
                 f"@{offset:#x} {'<-' if write else '->'} {value:#x}")
        if not write:
            self.memory(*through)

    def bar4(self, write: bool, offset: int, width: int, value: int) -> None:
        name = ("common", "isr", "device", "notify")[offset >> 12]
        self.memory(write, MMIO + self.base + offset, width, value,
                    f"virtio-pci-{name}-virtio-blk")

    def status(self, value: int) -> None:
        self.bar4(True, STATUS, 1, value)
        self.put(f"virtio_set_status vdev {self.vdev} val {value}")

    def identify(self, identity: int = 0x1001) -> None:
        self.config(False, 0, 4, identity << 16 | 0x1af4)

    def place(self) -> None:
        """Sizes of BARs and their places."""
        sizes = ((0, 1, 0xffffff81, IO), (1, 0, 0xfffff000, TABLE), (4, 0xc, 0xffffc00c, MMIO),
                 (5, 0, 0xffffffff, 0))
        for bar, value, raw, place in sizes:
            at = 0x10 + 4 * bar
            self.config(False, at, 4, value)
            self.config(True, at, 4, 0xffffffff)
            self.config(False, at, 4, raw)
            self.config(True, at, 4, place + self.base if place else 0)

    def capabilities(self) -> None:
        """As a driver reads them that wants neither lengths nor cap_len."""
        self.config(False, 6, 2, 0x10)
        self.config(False, 0x34, 1, 0x98)
        self.config(False, 0x98, 2, 0x8411)
        for place, following, kind, offset in ((0x84, 0x70, 5, 0), (0x70, 0x60, 2, NOTIFY),
                                               (0x60, 0x50, 4, DEVICE), (0x50, 0x40, 3, ISR),
                                               (0x40, 0, 1, COMMON)):
            self.config(False, place, 2, following << 8 | 9)
            self.config(False, place + 3, 1, kind)
            self.config(False, place + 4, 1, 0 if kind == 5 else 4)
            self.config(False, place + 8, 4, offset)

    def bring_up(self) -> None:
        self.status(0)
        self.bar4(False, STATUS, 1, 0)
        self.status(1)
        self.status(3)
        for window, bits in ((0, 0x30000204), (1, 1)):
            self.bar4(True, COMMON, 4, window)
            self.bar4(False, COMMON + 4, 4, bits)
        self.status(11)
        self.status(15)

    def drive(self) -> None:
        self.identify()
        self.place()
        self.capabilities()
        self.config(True, 4, 2, 7)
        self.bring_up()

    def notify(self) -> None:
        self.bar4(True, NOTIFY, 2, 0)
        self.put(f"virtio_queue_notify vdev {self.vdev} n 0 vq 0x7f00")


def traces_of(lines: list[str], **options: Any) -> tuple[list[tuple[Trace, list[Trace]]], Summary]:
    """Heads with their events."""
    out = io.StringIO()
    summary = convert([line + "\n" for line in lines], out, **options)
    traces: list[tuple[Trace, list[Trace]]] = []
    for line in map(json.loads, out.getvalue().splitlines()):
        if "type" in line:
            traces.append((line["subject"], []))
        else:
            traces[-1][1].append(line)
    return traces, summary


def one(log: Log, **options: Any) -> tuple[Trace, list[Trace]]:
    traces, _ = traces_of(log.text, **options)
    assert len(traces) == 1
    return traces[0]


def accesses(events: list[Trace], region: str) -> list[tuple[str, int, int, int]]:
    return [(event["k"], event["o"], event["w"], event["v"]) for event in events
            if event.get("r") == region]


def test_lines() -> None:
    assert parse("rom_reset whatever") is None
    assert parse("memory_region_ops_read cpu -1 mr 0x55 addr 0xfe value 0x10 size 4") == (
        MemoryAccess(None, False, 0xfe, 0x10, 4, None))
    assert parse("77@12.000345:pci_cfg_write virtio-net-pci 0a:1f.7 @0x4 <- 0x107") == (
        ConfigAccess(12_000_345_000, True, "virtio-net-pci", "0a:1f.7", 4, 0x107))
    assert parse("pci_cfg_read virtio-net-pci 04:0 @0x0 -> 0x1af4") == (
        ConfigAccess(None, False, "virtio-net-pci", "04.0", 0, 0x1af4))
    assert parse("virtio_set_status vdev 0x1 val 15") == StatusSet(None, "0x1", 15)
    for damaged in ("memory_region_ops_read cpu 0 mr 0x55 addr", "pci_cfg_read x @0x0",
                    "virtio_set_status vdev", "virtio_queue_notify "):
        with pytest.raises(BadLine):
            parse(damaged)


def test_one_driver() -> None:
    log = Log()
    log.drive()
    log.notify()
    head, events = one(log)
    assert head["device"] == "QEMU's virtio-blk-pci at 00:04.0"
    assert head["offered"] == [2, 9, 28, 29, 32]
    assert head["blind"] == ["rings", "memory", "life", "order", "internal"]
    assert head["bars"][0] == {"size": 128, "address": IO, "raw": 0xffffff81, "io": True,
                               "is64": False, "prefetch": False}
    assert (head["bars"][1]["size"], head["bars"][4]["size"]) == (0x1000, 0x4000)
    assert head["bars"][4]["is64"] and head["bars"][5] is None
    assert [event["o"] for event in events if event.get("r") == "config"][:2] == [0, 0x10]
    assert accesses(events, "bar4")[:3] == [("write", 20, 1, 0), ("read", 20, 1, 0),
                                            ("write", 20, 1, 1)]
    assert accesses(events, "bar4")[-1] == ("write", NOTIFY, 2, 0)
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)


def test_what_was_not_read_follows_from_the_rest() -> None:
    log = Log()
    log.drive()
    config = bytes.fromhex(one(log)[0]["config"])
    found = {}
    place = config[0x34]
    while place:
        found[config[place + 3]] = (config[place + 2], config[place + 4],
                                    *(int.from_bytes(config[place + at:place + at + 4], "little")
                                      for at in (8, 12)))
        place = config[place + 1] if config[place] == 9 else 0x84
    assert found[1] == (16, 4, COMMON, 0x1000) and found[3] == (16, 4, ISR, 0x1000)
    assert found[4] == (16, 4, DEVICE, 0x1000) and found[2] == (20, 4, NOTIFY, 0x1000)
    assert found[5][0] == 20
    assert config[0x80:0x84] == bytes((4, 0, 0, 0))  # of the notification structure
    assert config[0x9c] == 1                         # the MSI-X table's BAR
    assert config[0x2e] == 2 and config[4] == 0 and config[6] == 0x10


def test_a_driver_that_knows_where_everything_is() -> None:
    log = Log()
    log.identify(0x1042)
    log.place()
    log.bring_up()
    log.notify()
    head, events = one(log)
    config = bytes.fromhex(head["config"])
    assert "caps" in head["blind"]
    assert config[0x34] == 0x40 and config[6] & 0x10
    assert (config[0x43], config[0x53]) == (1, 2)  # common configuration, notification
    assert head["offered"] == [2, 9, 28, 29, 32]
    assert accesses(events, "bar4")[-1] == ("write", NOTIFY, 2, 0)


def test_the_window_is_one_access() -> None:
    log = Log()
    log.drive()
    log.config(True, 0x84 + 4, 1, 4)
    log.config(True, 0x84 + 8, 4, STATUS)
    log.config(True, 0x84 + 12, 4, 1)
    log.bar4(False, STATUS, 1, 15)          # QEMU's own, for the read that it comes before
    log.config(False, 0x94, 1, 15)
    log.config(True, 0x94, 1, 0)
    log.bar4(True, STATUS, 1, 0)            # and the write that it follows
    log.bar4(False, STATUS, 1, 0)           # the driver's
    events = one(log)[1]
    assert [(event["k"], event["r"], event["v"]) for event in events[-3:]] == [
        ("read", "config", 15), ("write", "config", 0), ("read", "bar4", 0)]
    assert accesses(events, "bar4").count(("read", STATUS, 1, 15)) == 0
    log.config(True, 0x84 + 8, 4, NOTIFY)
    log.config(True, 0x84 + 12, 4, 2)
    log.config(True, 0x94, 2, 0)
    log.notify()  # QEMU's own, of the write before
    head, events = one(log)
    assert "notify" not in head["blind"] and events[-1]["r"] == "config"
    assert accesses(events, "bar4").count(("write", STATUS, 1, 0)) == 1


def test_each_driver_has_its_trace() -> None:
    """Who looks at the vendor, sizes BARs and then resets is another one; a look alone is not."""
    log = Log()
    log.drive()
    log.identify()  # somebody lists the bus
    log.status(0)   # and the driver goes
    log.bring_up()
    first = len(log.text)
    log.drive()
    traces, summary = traces_of(log.text)
    assert summary.traces == 2
    assert [head["scenario"] for head, _ in traces] == [
        "driver 1, from line 1 of QEMU's log", f"driver 2, from line {first + 1} of QEMU's log"]
    assert [sum(event.get("v") == 15 for event in events) for _, events in traces] == [2, 1]
    assert sum(len(events) for _, events in traces) == summary.events
    # What the first one left behind is what the second one finds.
    assert [bytes.fromhex(head["config"])[4] for head, _ in traces] == [0, 7]


def test_functions_apart() -> None:
    blk, net = Log(), Log("virtio-net-pci", "00:05.0", "0x5700", base=0x10000)
    blk.drive()
    net.drive()
    mixed = blk.text + ["pci_cfg_read empty 00:06.0 @0x0 -> 0xffffffff"] + net.text
    traces, _ = traces_of(mixed)
    assert [head["device"] for head, _ in traces] == ["QEMU's virtio-blk-pci at 00:04.0",
                                                      "QEMU's virtio-net-pci at 00:05.0"]
    assert accesses(traces[0][1], "bar4") == accesses(traces[1][1], "bar4")
    for name in ("virtio-net-pci", "00:05.0", "virtio-net-pci@00:05.0"):
        chosen, _ = traces_of(mixed, device=name)
        assert [head["device"] for head, _ in chosen] == ["QEMU's virtio-net-pci at 00:05.0"]
    with pytest.raises(NothingFound, match="there is no rng in the log; there are virtio-blk-pci@"):
        traces_of(mixed, device="rng")


def test_what_cannot_be_seen_is_told() -> None:
    log = Log()
    log.drive()
    assert "notify" in one(log)[0]["blind"]  # at work, and never notified
    log.notify()
    assert "notify" not in one(log)[0]["blind"]
    log.put(f"virtio_queue_notify vdev {log.vdev} n 0 vq 0x7f00")  # by ioeventfd
    assert "notify" in one(log)[0]["blind"]
    log.config(False, 0x9a, 2, 1)
    log.config(True, 0x9a, 2, 0x8001)
    assert "msix" in one(log)[0]["blind"]
    log.memory(True, TABLE, 4, 0xfee01004, "msix-table")
    assert "msix" not in one(log)[0]["blind"]


def test_messages_are_interrupts() -> None:
    log = Log()
    log.drive()
    log.config(True, 0x9a, 2, 0x8001)
    entry = TABLE + 16
    for offset, value in ((0, 0xfee01004), (4, 0), (8, 0x28)):
        log.memory(True, entry + offset, 4, value, "msix-table")
    log.memory(True, 0xfee01004, 4, 0x28, "apic-msi")  # of somebody else: the entry is masked
    log.memory(True, entry + 12, 4, 0, "msix-table")
    log.memory(True, 0xfee01004, 4, 0x28, "apic-msi")
    log.memory(True, 0xfee01004, 4, 0x29, "apic-msi")
    events = one(log)[1]
    assert [(event["o"], event["v"]) for event in events if event["k"] == "interrupt"] == [(1, 1)]


def test_resets_from_outside() -> None:
    log = Log()
    log.drive()
    log.config(True, 4, 2, 3)                         # QEMU sets the status by itself here
    log.put(f"virtio_set_status vdev {log.vdev} val 0")
    assert not [event for event in one(log)[1] if event["k"] == "reset"]
    log.status(15)
    log.memory(True, 0xcf9, 1, 6, "lpc-reset-control")
    log.put(f"virtio_set_status vdev {log.vdev} val 0")
    log.put(f"virtio_set_status vdev {log.vdev} val 0")
    assert len([event for event in one(log)[1] if event["k"] == "reset"]) == 1


def test_legacy_driver() -> None:
    log = Log()
    log.identify()
    log.place()
    for write, offset, width, value in ((True, 18, 1, 0), (True, 18, 1, 3), (False, 0, 4, 0x30),
                                        (True, 18, 1, 7), (True, 16, 2, 0)):
        log.memory(write, IO + offset, width, value, "virtio-pci")
    log.put(f"virtio_queue_notify vdev {log.vdev} n 0 vq 0x7f00")
    head, events = one(log)
    assert head["offered"] == [4, 5] and "notify" not in head["blind"]
    assert accesses(events, "bar0")[-1] == ("write", 16, 2, 0)


def test_times_of_the_log() -> None:
    log = Log(stamp="4711@1700000000.000012:")
    log.drive()
    assert {event["t"] for event in one(log)[1]} == {1_700_000_000_000_012_000}


def test_damaged_logs_harm_nobody() -> None:
    """Whatever is in a log, there are traces or a sentence."""
    log, draw = Log(), random.Random(4711)
    log.drive()
    log.notify()
    log.drive()
    text = "\n".join(log.text)
    for _ in range(300):
        damaged = list(text)
        for _ in range(draw.randrange(1, 30)):
            damaged[draw.randrange(len(damaged))] = draw.choice("0123456789abcdefx@-> '\n\0ÿ")
        lines = "".join(damaged).splitlines()
        if draw.random() < 0.1:
            draw.shuffle(lines)
        try:
            traces, summary = traces_of(lines)
        except NothingFound:
            continue
        assert summary.events == sum(len(events) for _, events in traces)
        for _, events in traces:
            assert all(event["v"] < 1 << 8 * event["w"] for event in events if "r" in event)


@pytest.mark.parametrize(("lines", "says"), [
    ([], "no lines of pci_cfg"),
    (["memory_region_ops_read cpu 0 mr 0x1 addr 0x70 value 0x0 size 1 name 'rtc'"], "pci_cfg"),
    (["pci_cfg_read virtio-blk-pci 00:04.0 @0x0 -> 0x10011af4"], "memory_region_ops"),
])
def test_nothing_to_judge(lines: list[str], says: str) -> None:
    with pytest.raises(NothingFound, match=says):
        traces_of(lines)


def test_command(tmp_path: Path, virtspec: Program, capsys: pytest.CaptureFixture[str]) -> None:
    log, trace = Log(), tmp_path / "trace"
    (tmp_path / "log").write_text("", encoding="utf-8")
    assert main([str(tmp_path / "log"), "-o", str(trace)]) == 2
    assert main([str(tmp_path / "none")]) == 2
    idle = Log("virtio-rng-pci", "00:06.0")
    idle.identify(0x1044)
    log.drive()
    log.notify()
    lines = [*idle.text, *log.text, "memory_region_ops_write cpu 0 mr 0x1 ad"]
    (tmp_path / "log").write_text("\n".join(lines), encoding="utf-8")
    capsys.readouterr()
    assert main([str(tmp_path / "log"), "-o", str(trace), "--profile", "1.2"]) == 0
    said = capsys.readouterr().err
    assert "nobody drove virtio-rng-pci@00:06.0" in said
    assert f"1 lines are damaged and left out, the first is line {len(lines)}" in said
    done = virtspec.call("driver", "--replay", str(trace), "--format", "jsonl")
    assert done.returncode in (0, 1), done.stderr
    rules = {line["rule"]: line["verdict"] for line in map(json.loads, done.stdout.splitlines())
             if line["type"] == "rule"}
    # The driver wrote no choice of features, checked no FEATURES_OK and set up no queue.
    assert rules["driver.init.features-ok-checked"] == "FAIL"
    assert rules["driver.init.reset-first"] == "PASS"
