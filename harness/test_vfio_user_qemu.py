# SPDX-License-Identifier: BSD-3-Clause
"""Our vfio-user server with the client that counts: vfio-user-pci of QEMU 10.1 and later."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_virtspec.program import Program
from test_vfio_user import served

START_SECONDS = 20.0
BOOT_SECONDS = 60.0

# QEMU sees an interrupt when its main loop comes to the eventfd: its pending bits are set late, and
# an interrupt that was taken back arrives all the same.
OF_QEMU = {"pci.msix.masking", "queue-reset.stops-notifications"}


@pytest.fixture(scope="module")
def qemu(pytestconfig: pytest.Config) -> str:
    program = (pytestconfig.getoption("--qemu-next") or os.environ.get("VIRTSPEC_QEMU_NEXT"))
    if not program:
        pytest.skip("needs a QEMU with vfio-user-pci: --qemu-next or VIRTSPEC_QEMU_NEXT")
    return str(program)


@contextmanager
def running(qemu: str, socket: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A QEMU whose device at 00:04.0 is the one behind the socket. It ends by SIGKILL: its vfio
    layer may hang."""
    device = ('{"driver":"vfio-user-pci","addr":"4",'
              f'"socket":{{"type":"unix","path":"{socket}"}}}}')
    command = [qemu, "-M", "q35,memory-backend=mem", "-m", "64M", "-object",
               "memory-backend-memfd,id=mem,size=64M,share=on", "-nodefaults", "-display", "none",
               "-no-reboot", "-device", device, *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(what: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return what()


@pytest.mark.qemu
@pytest.mark.parametrize("mock", ["mock:blk", "mock:blk,interface=transitional"])
def test_firmware_reads_the_disk(virtspec: Program, qemu: str, tmp_path: Path, mock: str) -> None:
    """SeaBIOS tells a disk that it cannot read from one that it does not like."""
    log = tmp_path / "seabios.log"

    def said(words: str) -> bool:
        return log.exists() and words in log.read_text(errors="replace")

    with served(virtspec, mock, tmp_path / "s") as server, \
            running(qemu, tmp_path / "s", "-accel", "tcg", "-chardev", f"file,id=log,path={log}",
                    "-device", "isa-debugcon,iobase=0x402,chardev=log"):
        assert wait_for(lambda: said("Booting from Hard Disk") and said("Boot failed"),
                        BOOT_SECONDS), log.read_text(errors="replace")[-2000:]
        assert said("not a bootable disk"), log.read_text(errors="replace")[-2000:]
        assert server.poll() is None


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["blk", "net", "rng"])
def test_device_behind_qemu_behind_the_server(virtspec: Program, qemu: str, tmp_path: Path,
                                              name: str) -> None:
    """Examined through qtest and vfio-user-pci, the mock is what it is."""
    qtest = tmp_path / "q"
    with served(virtspec, f"mock:{name}", tmp_path / "s"), \
            running(qemu, tmp_path / "s", "-accel", "qtest", "-qtest-log", "none", "-qtest",
                    f"unix:{qtest},server=on,wait=off"):
        assert wait_for(qtest.exists, START_SECONDS)
        result = virtspec.examine(f"qtest:{qtest},addr=00:04.0")
    assert result.broken <= OF_QEMU, result.explain(result.broken)
    assert not result.rules_with(("BLOCKED", "VACUOUS")), \
        result.explain(result.rules_with(("BLOCKED", "VACUOUS")))
