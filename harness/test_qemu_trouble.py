# SPDX-License-Identifier: BSD-3-Clause
"""What goes wrong around QEMU: one sentence, or a verdict with all results kept, and never a hang."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pytest_virtspec.plugin import qemus
from pytest_virtspec.program import Line, Program

pytestmark = pytest.mark.qemu
TARGET = "qemu:virtio-blk-pci,disable-legacy=on"

# The last 16 bytes of a firmware, where a processor starts: cli; hlt; and again.
HALT = bytes((0xfa, 0xf4, 0xeb, 0xfc)).ljust(16, b"\0")


@pytest.fixture
def qemu(pytestconfig: pytest.Config) -> str:
    return qemus(pytestconfig)[0]


def child_of(pid: int) -> int:
    """The QEMU that the program has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    assert len(children) == 1
    return int(children[0])


def disturb(virtspec: Program, qemu: str, number: int, *options: str) -> tuple[list[Line], int]:
    """Sends QEMU a signal when some checks have been told; gives all lines and the exit status.

    The program stands still meanwhile, so that it cannot come to its end first.
    """
    command = [str(virtspec.path), "device", TARGET, "--qemu", qemu, "--format", "jsonl", *options]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for text in process.stdout:
            lines.append(json.loads(text))
            if len(lines) == 4:
                process.send_signal(signal.SIGSTOP)
                os.kill(child_of(process.pid), number)
                process.send_signal(signal.SIGCONT)
        return lines, process.wait(timeout=60)


def verdicts(lines: list[Line]) -> list[str]:
    return [line["verdict"] for line in lines if line["type"] == "check"]


def test_killed_qemu_is_a_verdict_and_the_run_goes_on(virtspec: Program, qemu: str) -> None:
    lines, status = disturb(virtspec, qemu, signal.SIGKILL)
    assert status == 1
    # It may die between two accesses of one check, or between two checks: then the next one sees it.
    assert verdicts(lines).count("DIED") == 1
    assert lines[-1]["type"] == "summary" and not lines[-1]["trouble"]
    assert lines[-1]["checks_run"] == lines[0]["checks"]
    died = next(line for line in lines if line.get("verdict") == "DIED")
    assert "signal 9" in died["reason"] or "SIGKILL" in died["reason"]
    assert verdicts(lines)[-1] in ("PASS", "NOT_APPLICABLE", "WARN")


def test_stopped_qemu_is_a_timeout_and_the_run_goes_on(virtspec: Program, qemu: str) -> None:
    since = time.monotonic()
    lines, status = disturb(virtspec, qemu, signal.SIGSTOP, "--timeout", "1")
    assert status == 1 and verdicts(lines).count("TIMEOUT") == 1
    assert lines[-1]["checks_run"] == lines[0]["checks"]
    assert time.monotonic() - since < 30


def test_interrupted_run_keeps_what_it_found(virtspec: Program, qemu: str) -> None:
    command = [str(virtspec.path), "device", TARGET, "--qemu", qemu, "--format", "jsonl"]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for text in process.stdout:
            lines.append(json.loads(text))
            if len(lines) == 4:
                process.send_signal(signal.SIGINT)
        status = process.wait(timeout=60)
    assert status == 1 and lines[-1]["trouble"] == "interrupted"
    assert not lines[-1]["conformant"] and lines[-1]["checks_run"] < lines[0]["checks"]


TROUBLE = {
    "no such QEMU": (["--qemu", "/no/such/qemu", TARGET], "/no/such/qemu"),
    "a QEMU that is none": (["--qemu", "/bin/false", TARGET], "/bin/false"),
    "no such device": (["qemu:virtio-toaster-pci"], "virtio-toaster-pci"),
    "no such property": (["qemu:virtio-blk-pci,colour=red"], "colour"),
    "a value that QEMU refuses": (["qemu:virtio-blk-pci,vectors=many"], "vectors"),
    "no such machine": (["--machine", "toaster", TARGET], "toaster"),
    "no such argument": (["--qemu-args", "-toast", TARGET], "toast"),
    "no socket": (["qtest:/no/such/socket,addr=00:04.0"], "/no/such/socket"),
    "no address": (["qtest:/tmp/x"], "addr"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_is_one_sentence_and_status_two(virtspec: Program, case: str) -> None:
    arguments, word = TROUBLE[case]
    done = virtspec.call("device", *arguments, timeout=30)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1 and word in done.stderr, done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("machine", ["q35", "pc"])
def test_attached_qemu_is_examined(virtspec: Program, qemu: str, machine: str, tmp_path: Path
                                   ) -> None:
    """A QEMU that somebody else has started, and that goes on afterwards."""
    path, halt = tmp_path / "qtest", tmp_path / "halt.bin"
    halt.write_bytes(HALT.rjust(0x10000, b"\0"))
    command = [qemu, "-nodefaults", "-display", "none", "-machine", machine, "-bios", str(halt),
               "-device", "virtio-rng-pci,disable-legacy=on,addr=4", "-qtest",
               f"unix:{path},server=on,wait=off", "-qtest-log", "/dev/null"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 10
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            result = virtspec.examine(f"qtest:{path},addr=00:04.0")
            assert result.run["device"]["type"] == 4
            assert result.summary["checks_run"] == result.run["checks"]
            assert result.rules["pci.notify.address"] == "PASS"
            assert process.poll() is None
        finally:
            process.kill()
