# SPDX-License-Identifier: BSD-3-Clause
"""Fuzzing devices in other processes: QEMU's, where what it found (docs/findings.md) shows again, and
QEMU is started anew after it died; and the mock device behind vfio-user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_virtspec.plugin import qemus
from pytest_virtspec.program import Program
from test_vfio_user import served

SECONDS = "4"
SHORT_PATIENCE = ("--timeout", "3")  # for what hangs; a QEMU that lives answers in far less

# Found by fuzzing and made small. By version of QEMU: what becomes of it.
FOUND = {
    "live-queue-size": (
        "virtio-blk-pci", "start modern live 1 -\nwrite queue_size 7\nnotify 0\n",
        {"7.2": "Assertion `addr < cache->len", "11.1": None}),
    "live-queue-size-packed": (
        "virtio-rng-pci,packed=on", "start packed live 0 -\nwrite queue_size 1\nnotify 0\n",
        {"7.2": None, "11.1": "Assertion `addr < cache->len"}),
    "net-short-packet": (
        "virtio-net-pci", "start modern live 0 -\nchain 0 buffer6 1 buffer5 0 1 direct\nnotify 0\n",
        {"7.2": "iov_copy: Assertion `offset == 0'", "11.1": None}),
    "packed-empty-table": (
        "virtio-serial-pci,packed=on",
        "start packed live 0 -\ndescriptor 0 0 table0 0 indirect 0\npublish 0 0 1\nnotify 0\n",
        {"7.2": "address_space_cache_init: Assertion `len > 0'", "11.1": None}),
    "packed-ring-never-empty": (
        "virtio-rng-pci,packed=on",
        "start packed live 0 -\ndescriptor 0 1 buffer7 1 write 0\npublish 0 0 2\nnotify 0\n",
        {"7.2": "did not answer", "11.1": None}),
    "blk-buffer-in-own-bar": (
        "virtio-blk-pci",
        "start modern live 0 -\nblk-header buffer0 0 0\ndescriptor 0 0 buffer0 16 next 1\n"
        "descriptor 0 1 bar4 512 next,write 2\ndescriptor 0 2 buffer1 1 write 0\n"
        "publish 0 0 1\nnotify 0\nsettle\n",
        {"7.2": "did not answer", "11.1": "did not answer"}),
    "net-packed-link-down-mutes": (
        "virtio-net-pci,packed=on",
        "start packed live 0 -\nchange-config\nnotify 0\nchange-config\nserve\n",
        {"7.2": "was not used in time", "11.1": "was not used in time"}),
    "net-packed-link-down-loops": (
        "virtio-net-pci,packed=on",
        "start packed live 1 -\ndescriptor 0 0 buffer5 8 next 0\nchange-config\npublish 0 0 1\n"
        "notify 0\nsettle\n",
        {"7.2": "did not answer", "11.1": "did not answer"}),
}
# The names of those that a few seconds of fuzzing may find.
KNOWN = {"died-1c0474ee", "died-19437f8e", "died-03ab72e2", "died-d6a198fe", "died-0ddd4beb"}


def version_of(device: str) -> str:
    """"QEMU 7.2.22, q35, …": 7.2"""
    return ".".join(device.split()[1].split(".")[:2])


@pytest.fixture(scope="module", params=[0, 1], ids=["system", "next"])
def qemu(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> str:
    found = qemus(pytestconfig)
    if request.param >= len(found):
        pytest.skip("there is no such QEMU")
    return found[request.param]


def fuzz(virtspec: Program, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = virtspec.call("fuzz", *arguments, "--format", "jsonl")
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.qemu
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_shows_again(virtspec: Program, qemu: str, name: str,
                                    tmp_path: Path) -> None:
    device, steps, expected = FOUND[name]
    path = tmp_path / f"{name}.steps"
    path.write_text(f"# target: qemu:{device}\n{steps}", encoding="utf-8")
    _, lines = fuzz(virtspec, f"qemu:{device}", "--qemu", qemu, "--runs", "1")
    sentence = expected.get(version_of(lines[0]["device"]))
    done = virtspec.call("replay", str(path), "--qemu", qemu, *SHORT_PATIENCE)
    if sentence is None:
        assert done.returncode == 0, done.stdout
    else:
        assert done.returncode == 1 and sentence in done.stdout, done.stdout


@pytest.mark.qemu
@pytest.mark.parametrize("device", ["virtio-blk-pci", "virtio-serial-pci,packed=on"])
def test_a_campaign_goes_on_whatever_becomes_of_qemu(virtspec: Program, qemu: str, device: str,
                                                     tmp_path: Path) -> None:
    _, lines = fuzz(virtspec, f"qemu:{device}", "--qemu", qemu, "--seconds", SECONDS, "--output",
                    str(tmp_path), *SHORT_PATIENCE)
    strangers = [line for line in lines if line["type"] == "finding" and
                 line["name"] not in KNOWN and line["oracle"] != "hung"]
    assert not strangers, strangers
    assert lines[-1]["type"] == "end" and lines[-1]["runs"] > 20
    assert lines[-1]["behaviours"] > 50


def test_a_device_behind_vfio_user_is_fuzzed(virtspec: Program, tmp_path: Path) -> None:
    socket = tmp_path / "v.sock"
    with served(virtspec, "mock:blk,interface=transitional,ring=packed", socket):
        status, lines = fuzz(virtspec, f"vfio-user:{socket}", "--runs", "300", "--seed", "1")
    assert status == 0 and lines[0]["views"] == ["modern", "packed", "legacy"]
    socket = tmp_path / "w.sock"
    with served(virtspec, "mock:blk,quirk=stray-write", socket):
        status, lines = fuzz(virtspec, f"vfio-user:{socket}", "--runs", "60", "--seed", "1")
    assert status == 1 and "stray" in {line.get("oracle") for line in lines}
