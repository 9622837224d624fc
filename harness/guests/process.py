# SPDX-License-Identifier: BSD-3-Clause
"""A process that is spoken to over descriptors, line by line: every wait has a deadline, and the
end is SIGKILL, since what a malformed device does to it may not let it end otherwise."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

CHUNK = 65536
LOG_MAX = 4 << 20  # of one channel; more is a peer gone wild
LINE_MAX = 1 << 16
STARVED_MOST = 60  # deadlines are stretched at most so many times
LOOK_SECONDS = 1.0  # between two looks at how much a process was kept waiting


class Late(Exception):
    """The other side did not answer in time."""


class Gone(Exception):
    """The other side is no longer there."""


class Channel:
    """One line of communication: what came, and what of it was read as lines."""

    def __init__(self, ours: socket.socket) -> None:
        self.socket = ours
        self.text = ""
        self.open = True
        self._taken = 0
        ours.setblocking(False)

    def receive(self) -> None:
        """Takes what is there."""
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.open = bool(data)
        room = LOG_MAX - len(self.text)
        self.text += data.decode("utf-8", "replace").replace("\r", "")[:max(room, 0)]

    def line(self) -> str | None:
        """The next whole line, if it has come."""
        end = self.text.find("\n", self._taken)
        if end < 0 and len(self.text) - self._taken < LINE_MAX:
            return None
        start = self._taken
        self._taken = end + 1 if end >= 0 else len(self.text)
        return self.text[start:self._taken].rstrip("\n")

    def rest(self) -> str:
        """All that came since the last time, whole lines or not."""
        text, self._taken = self.text[self._taken:], len(self.text)
        return text

    def skip_past(self, text: str) -> None:
        """Takes what came up to the end of this text, which is there."""
        self._taken = self.text.index(text, self._taken) + len(text)

    def unread(self) -> str:
        return self.text[self._taken:]


def dying_with_us(command: list[str]) -> list[str]:
    """The command, so that it is killed when this process ends, however that happens."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else command


class Process:
    """A program with channels; use as a context, which kills it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Channels of these names; `argument` gives the descriptors for the command line."""
        self._theirs: dict[str, socket.socket] = {}
        self.channels: dict[str, Channel] = {}
        self._selector = selectors.DefaultSelector()
        for name in names:
            ours, theirs = socket.socketpair()
            self.channels[name] = Channel(ours)
            self._theirs[name] = theirs
            self._selector.register(ours, selectors.EVENT_READ, name)
        self._process: subprocess.Popen[bytes] | None = None
        self.started = time.monotonic()
        self.beside: list[Process] = []  # those whom it waits for

    def starved(self) -> float:
        """Seconds for which it was ready to run and had no processor: the most of its threads."""
        most = 0
        if self._process and self._process.returncode is None:
            for path in Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"):
                try:
                    most = max(most, int(path.read_text(encoding="ascii").split()[1]))
                except (OSError, IndexError, ValueError):
                    continue
        return most / 1e9

    def now(self) -> float:
        """The clock of its deadlines: seconds since its start, less those for which it, or who
        serves it, was kept waiting for a processor. A busy machine is no hang."""
        elapsed = time.monotonic() - self.started
        kept = self.starved() + sum(one.starved() for one in self.beside)
        return max(elapsed - kept, elapsed / STARVED_MOST)

    def descriptor(self, name: str) -> int:
        """The other end's number, in the process."""
        return self._theirs[name].fileno()

    def lend(self, name: str, end: socket.socket) -> int:
        """Lets the process have a descriptor of ours as well; its number there. Closed here when
        the process starts."""
        self._theirs[name] = end
        return end.fileno()

    def start(self, command: list[str], log: Path, stdin: str | None = None) -> None:
        """Runs it; its standard output and error go to the log, or where `stdin` is the name of a
        channel, input and output are that channel and the log has the errors."""
        with log.open("ab") as errors:
            channel = self._theirs[stdin] if stdin else None
            self._process = subprocess.Popen(
                dying_with_us(command), stdin=channel or subprocess.DEVNULL,
                stdout=channel or errors, stderr=errors, start_new_session=True,
                pass_fds=[one.fileno() for one in self._theirs.values()])
        self.started = time.monotonic()
        for end in self._theirs.values():
            end.close()

    def pump(self, seconds: float) -> None:
        """Waits until something comes, at most that long, and takes it."""
        for key, _ in self._selector.select(max(seconds, 0)):
            channel = self.channels[key.data]
            channel.receive()
            if not channel.open:
                self._selector.unregister(channel.socket)
        if not self._selector.get_map():
            time.sleep(min(max(seconds, 0), 0.05))

    def line(self, name: str, deadline: float) -> str:
        """The next line of a channel before that moment of now()."""
        channel = self.channels[name]
        while (line := channel.line()) is None:
            if not channel.open:
                raise Gone(self.epitaph())
            left = deadline - self.now()
            if left <= 0:
                raise Late(f"no line on {name} in time")
            self.pump(min(left, LOOK_SECONDS))
        return line

    def until(self, name: str, text: str, deadline: float,
              unless: re.Pattern[str] | None = None) -> bool:
        """Waits until that text has come, on a line or not. False where the other came and it did
        not."""
        channel = self.channels[name]
        while text not in channel.unread():
            if unless and unless.search(channel.unread()):
                return False
            if not channel.open:
                raise Gone(self.epitaph())
            left = deadline - self.now()
            if left <= 0:
                raise Late(f"'{text}' did not come in time")
            self.pump(min(left, LOOK_SECONDS))
        return True

    def say(self, name: str, text: str, deadline: float, end: str = "\n") -> None:
        """Sends a line."""
        data = f"{text}{end}".encode()
        ours = self.channels[name].socket
        while data:
            try:
                data = data[ours.send(data):]
            except BlockingIOError:
                if self.now() > deadline:
                    raise Late("it takes no more input") from None
                self.pump(0.02)
            except OSError:
                raise Gone(self.epitaph()) from None

    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.poll() if self._process else 0

    def epitaph(self) -> str:
        """How it ended, a moment after its channels closed."""
        status = None
        until = time.monotonic() + 2
        while status is None and time.monotonic() < until:
            status = self.ended()
            if status is None:
                time.sleep(0.01)
        if status is None:
            return "it closed its channels and lives on"
        if status < 0:
            return f"killed by {signal.Signals(-status).name}"
        return f"exit status {status}"

    def kill(self) -> None:
        """Ends it and all that it started, at once."""
        if self._process and self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait(timeout=10)
        for end in (*self._theirs.values(), *(one.socket for one in self.channels.values())):
            end.close()
        self._selector.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.kill()
