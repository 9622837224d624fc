# SPDX-License-Identifier: BSD-3-Clause
"""Our vfio-user client with servers that go, stay silent, or talk nonsense."""

from __future__ import annotations

import random
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_virtspec.program import Program
from test_vfio_user import served

HEADER = struct.Struct("=HHIII")
REPLY = 1
VERSION, READ = 1, 9

# What a server sends for (identifier, command, payload): bytes, or None to close.
Answer = Callable[[int, int, bytes], bytes | None]


def message(number: int, command: int, payload: bytes = b"", flags: int = REPLY,
            size: int | None = None) -> bytes:
    return HEADER.pack(number, command, HEADER.size + len(payload) if size is None else size,
                       flags, 0) + payload


def exactly(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def converse(peer: socket.socket, answer: Answer) -> None:
    with peer:
        try:
            while True:
                number, command, size, _, _ = HEADER.unpack(exactly(peer, HEADER.size))
                said = answer(number, command, exactly(peer, size - HEADER.size))
                if said is None:
                    return
                peer.sendall(said)
        except OSError:
            return


@contextmanager
def fake(path: Path, answer: Answer) -> Iterator[None]:
    """A server that answers as the function says, to one client after the other."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                converse(peer, answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


AGREED = struct.pack("=HH", 0, 0)

WRONG = {
    "closes at once": lambda n, c, p: None,
    "says nothing": lambda n, c, p: b"",
    "half a header": lambda n, c, p: message(n, c)[:7],
    "a size of 0": lambda n, c, p: message(n, c, size=0),
    "a size of 4 GiB": lambda n, c, p: message(n, c, size=0xffffffff),
    "an error": lambda n, c, p: message(n, c, flags=REPLY | 0x20),
    "another command": lambda n, c, p: message(n, c + 1, AGREED),
    "another version": lambda n, c, p: message(n, c, struct.pack("=HH", 1, 0)),
    "no version": lambda n, c, p: message(n, c, b"\0"),
    "no JSON": lambda n, c, p: message(n, c, AGREED + b"{\0"),
    "a panel that is not there": lambda n, c, p: message(
        n, c, AGREED + b'{"capabilities":{"virtspec":{"panel":9}}}\0') if c == VERSION else None,
    "refuses memory": lambda n, c, p: message(n, c, AGREED) if c == VERSION
    else message(n, c, flags=REPLY | 0x20),
    "reads of no bytes": lambda n, c, p: message(n, c, AGREED if c == VERSION else p[:16]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_sentence_for_every_wrong_server(virtspec: Program, tmp_path: Path, name: str) -> None:
    with fake(tmp_path / "s", WRONG[name]):
        done = virtspec.call("device", f"vfio-user:{tmp_path / 's'}", "--timeout", "0.3",
                             timeout=20)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stderr.startswith("virtspec: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("target", ["vfio-user:", "vfio-user:/nowhere/at/all", "vfio-user:a,b=c",
                                    "vfio-user:" + "x" * 120])
def test_no_server(virtspec: Program, target: str) -> None:
    done = virtspec.call("device", target, timeout=10)
    assert done.returncode == 2 and done.stderr.startswith("virtspec: ")


@pytest.mark.parametrize("seed", range(24))
def test_any_bytes(virtspec: Program, tmp_path: Path, seed: int) -> None:
    """Whatever a server says, the client neither crashes nor hangs."""
    dice = random.Random(seed)

    def answer(number: int, command: int, payload: bytes) -> bytes | None:
        if command == VERSION:
            return message(number, command, AGREED)
        words = payload[:16] + dice.randbytes(dice.choice((0, 1, 2, 4, 8, 40)))
        said = message(number, command, words)
        if dice.random() < 0.02:
            said = message(dice.randrange(65536), dice.choice((11, 12)), dice.randbytes(16), 0)
        if dice.random() < 0.02:
            at = dice.randrange(len(said))
            said = said[:at] + dice.randbytes(1) + said[at + 1:]
        return said if dice.random() > 0.005 else None

    with fake(tmp_path / "s", answer):
        done = virtspec.call("device", f"vfio-user:{tmp_path / 's'}", "--timeout", "0.1",
                             "--rule", "status.*", timeout=60)
    assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_server_that_is_lost_for_good(virtspec: Program, tmp_path: Path,
                                        number: signal.Signals) -> None:
    """The run ends with what it found, and says what happened."""
    with served(virtspec, "mock:blk", tmp_path / "s") as server:
        with subprocess.Popen([str(virtspec.path), "device", f"vfio-user:{tmp_path / 's'}",
                               "--timeout", "0.5", "--format", "jsonl"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as client:
            assert client.stdout
            client.stdout.readline()
            time.sleep(0.02)
            server.send_signal(number)
            out, _ = client.communicate(timeout=60)
        server.send_signal(signal.SIGCONT)
    assert client.returncode == 1
    assert "could not be started again" in out
