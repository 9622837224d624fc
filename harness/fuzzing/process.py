# SPDX-License-Identifier: BSD-3-Clause
"""Running fuzzers: with a deadline, with their processor time, and so that none outlives us."""

from __future__ import annotations

import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from guests.process import dying_with_us

MARK = "VIRTSPEC_CAMPAIGN"  # in the environment of all that a campaign starts: its folder
TEXT_MAX = 1 << 20  # of a report that is read


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it used: itself and all that it started."""

    status: int  # -9 and the like for signals
    text: str
    user: float  # seconds of processor time outside the kernel
    cpu: float  # and with the kernel's
    wall: float


def environment(mark: Path | None = None, scratch: Path | None = None,
                symbols: bool = True) -> dict[str, str]:
    """Sanitizers that print stacks (with names, which costs much where there are many), and a folder
    for what is in the making."""
    made = dict(os.environ)
    for name, wanted in (("ASAN_OPTIONS", "dedup_token_length=3"),
                         ("UBSAN_OPTIONS", "print_stacktrace=1")):
        parts = [made.get(name), wanted, None if symbols else "symbolize=0"]
        made[name] = ":".join(filter(None, parts))
    symbolizer = shutil.which("llvm-symbolizer") or shutil.which("llvm-symbolizer-14")
    if symbolizer:
        made["ASAN_SYMBOLIZER_PATH"] = made["UBSAN_SYMBOLIZER_PATH"] = symbolizer
        made["LLVM_SYMBOLIZER_PATH"] = symbolizer
    if mark:
        made[MARK] = str(mark)
    if scratch:
        made["TMPDIR"] = str(scratch)
    return made


def children_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def parents() -> dict[int, int]:
    """Each process's parent."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything.
            found[int(path.parent.name)] = int(path.read_text("ascii", "replace").rsplit(
                ")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    except OSError:
        return ""


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def kill_tree(pid: int) -> None:
    """Ends a child of ours, not waited for yet, and all that descends from it."""
    above = parents()
    found = [pid]
    for one in found:
        found += [child for child, parent in above.items() if parent == one]
    for one in found:
        kill(one)


def finish(process: subprocess.Popen[bytes], seconds: float) -> resource.struct_rusage:
    """Waits for a child, at most so long, then ends it with all it started; what it used."""
    descriptor = os.pidfd_open(process.pid)
    try:
        if not select.select([descriptor], [], [], seconds)[0]:
            kill_tree(process.pid)
    finally:
        os.close(descriptor)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used


def run(command: list[str], seconds: float, env: dict[str, str],
        cpu: int | None = None) -> Ended:
    """Runs it to its end, for so many seconds, or for `cpu` seconds of processor time."""
    if cpu:
        # Soft first: the engine says goodbye.
        command = ["prlimit", f"--cpu={cpu}:{cpu + 5}", *command]
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(dying_with_us(command), stdin=subprocess.DEVNULL, env=env,
                              stdout=output, stderr=output) as process:
            used = finish(process, seconds)
        wall = time.monotonic() - start
        output.seek(max(output.tell() - TEXT_MAX, 0))
        text = output.read().decode("utf-8", "replace")
    return Ended(process.returncode, text, used.ru_utime, used.ru_utime + used.ru_stime, wall)


def marked(mark: Path) -> list[int]:
    """The processes that a campaign in this folder has started and that still run."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes().split(b"\0") and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


def kill_marked(mark: Path, seconds: float = 10) -> int:
    """Ends what a campaign that is no more has left running; returns how many there were."""
    killed: set[int] = set()
    until = time.monotonic() + seconds
    while (left := marked(mark)) and time.monotonic() < until:
        for pid in left:
            kill(pid)
        killed.update(left)
        time.sleep(0.02)
    return len(killed)
