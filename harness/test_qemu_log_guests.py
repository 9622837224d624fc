# SPDX-License-Identifier: BSD-3-Clause
"""Real guests on a stock QEMU, judged from QEMU's trace log; and whether the verdicts are those that
the same guest gets over vfio-user."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from guests.linux import LinuxGuest
from guests.machine import Machine, Stock, vfio_user
from guests.prepare import Store, prepare
from guests.session import on_stock
from guests.work import WORK
from pytest_virtspec.plugin import find_program, qemus
from pytest_virtspec.program import Program
from qemu_trace.convert import convert

TRACE = ("-trace", "memory_region_ops_*", "-trace", "pci_cfg_*", "-trace", "virtio_*")
GUEST = "linux-6.1"
STEP_SECONDS = 60
END_SECONDS = 30.0

# What SeaBIOS does not do (its function vp_reset reads the ISR instead of the status; and it reads
# the capacity of a disk in two halves).
SEABIOS_BREAKS = {"driver.reset.waits-for-zero": "FAIL", "driver.config.generation-checked": "WARN"}

# Rules that both ways can see of Linux; fewer would mean that one of them has lost its sight.
BOTH_SEE = 30


@dataclass(frozen=True)
class Verdicts:
    """Of the rules that were judged."""

    rules: dict[str, str]

    @classmethod
    def of(cls, text: str) -> Verdicts:
        lines = [json.loads(line) for line in text.splitlines()]
        return cls({line["rule"]: line["verdict"] for line in lines if line["type"] == "rule"
                    and line["verdict"] in ("PASS", "FAIL", "WARN")})

    @property
    def broken(self) -> dict[str, str]:
        return {rule: verdict for rule, verdict in self.rules.items() if verdict != "PASS"}


def judge(virtspec: Program, log: Path, trace: Path) -> Verdicts:
    with log.open(encoding="utf-8", errors="replace") as lines, \
            trace.open("w", encoding="utf-8") as out:
        summary = convert(lines, out)
    assert not summary.damage.count
    done = virtspec.call("driver", "--replay", str(trace), "--format", "jsonl")
    assert done.returncode in (0, 1), done.stderr
    return Verdicts.of(done.stdout)


@pytest.fixture(scope="module")
def store() -> Store:
    made = Store()
    prepare(made, [GUEST])
    return made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "qemu" in metafunc.fixturenames:
        metafunc.parametrize("qemu", qemus(metafunc.config), ids=lambda path: Path(path).name)


@pytest.mark.qemu
def test_seabios(qemu: str, virtspec: Program, tmp_path: Path) -> None:
    """The firmware of the machine looks for something to boot from, on an empty disk."""
    disk, log = tmp_path / "disk", tmp_path / "log"
    disk.write_bytes(bytes(1 << 20))
    with subprocess.Popen([
            qemu, "-accel", "tcg", "-nodefaults", "-display", "none", "-m", "64M", "-M", "q35",
            "-drive", f"if=none,id=d,file={disk},format=raw", "-device",
            "virtio-blk-pci,drive=d,ioeventfd=off", *TRACE, "-D", str(log)]) as process:
        try:
            deadline = time.monotonic() + END_SECONDS
            while not (log.exists() and b"virtio_blk_req_complete" in log.read_bytes()):
                assert time.monotonic() < deadline and process.poll() is None
                time.sleep(0.1)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
    verdicts = judge(virtspec, log, tmp_path / "trace")
    assert verdicts.broken == SEABIOS_BREAKS
    assert verdicts.rules["driver.init.reset-first"] == "PASS"
    assert verdicts.rules["driver.pci.notify.address"] == "PASS"


def watched(store: Store, virtspec: Program, name: str, qemu: str, folder: Path) -> Verdicts:
    log = folder / f"{name}.log"
    result = on_stock(store, GUEST, Machine(qemu, extra=(*TRACE, "-D", str(log))),
                      Stock(name, "ioeventfd=off"), folder / f"{name}.console",
                      seconds=STEP_SECONDS)
    assert result.outcome == "worked", result.why
    return judge(virtspec, log, folder / f"{name}.trace")


@pytest.mark.qemu
@pytest.mark.guest
@pytest.mark.parametrize("name", ["blk", "net"])
def test_linux(name: str, qemu: str, store: Store, virtspec: Program, tmp_path: Path) -> None:
    verdicts = watched(store, virtspec, name, qemu, tmp_path)
    assert not verdicts.broken
    assert len(verdicts.rules) >= BOTH_SEE


@contextlib.contextmanager
def listening(program: Path, target: str, socket: Path) -> Iterator[subprocess.Popen[str]]:
    """virtspec's side, until the guest has gone."""
    with subprocess.Popen(
            [str(program), "driver", "--listen", str(socket), "--mock", target, "--format",
             "jsonl", "--trace", str(socket.with_suffix(".trace"))],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            deadline = time.monotonic() + END_SECONDS
            while not socket.exists():
                assert time.monotonic() < deadline and process.poll() is None
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


@pytest.mark.qemu
@pytest.mark.guest
@pytest.mark.parametrize("name", ["blk", "net"])
def test_the_verdicts_are_those_over_vfio_user(name: str, store: Store, virtspec: Program,
                                               pytestconfig: pytest.Config, tmp_path: Path
                                               ) -> None:
    program = find_program(pytestconfig)
    system, *newer = qemus(pytestconfig)
    if not newer:
        pytest.skip("no QEMU with a vfio-user client: give one with --qemu-next")
    target = f"mock:{name},interface=transitional"
    target += f",disk={store.disk('ext4')}" if name == "blk" else ""
    with listening(program, target, tmp_path / "device") as server:
        guest = LinuxGuest(Machine(newer[0]), *store.linux(GUEST), tmp_path / "console")
        guest.add(vfio_user(tmp_path / "device"))
        with guest:
            assert guest.boot().ok
            work = WORK[name]
            for order in ("load", *work, "unbind", "bind", *work, "remove"):
                answer = guest.order(order, STEP_SECONDS)
                assert answer.ok, f"{order}: {answer.text}"
        text, _ = server.communicate(timeout=END_SECONDS)
    attached = Verdicts.of(text)
    done = virtspec.call("driver", "--replay", str(tmp_path / "device.trace"), "--format", "jsonl")
    assert Verdicts.of(done.stdout) == attached  # its own recording says the same

    seen = watched(store, virtspec, name, system, tmp_path)
    both = seen.rules.keys() & attached.rules.keys()
    assert len(both) >= BOTH_SEE
    assert {rule: seen.rules[rule] for rule in both} == {
        rule: attached.rules[rule] for rule in both}
