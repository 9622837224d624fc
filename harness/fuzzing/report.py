# SPDX-License-Identifier: BSD-3-Clause
"""What a fuzzer's last words say: which oracle or sanitizer complained, and where in our code."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

FRAMES = 3  # of ours, that tell two bugs apart
OURS = re.compile(r"(?:^|/)((?:conformance|mock-device|drivers|fuzz)/[\w./-]+\.[ch])")
PLANTED = re.compile(r"planted/source/[\w-]+/([\w.-]+\.[ch])")
# The machinery between a complaint and who made it.
BETWEEN = ("fuzz_oracle", "fuzz_step", "fuzz_mutate", "fuzz_cross", "LLVMFuzzerCustomMutator",
           "LLVMFuzzerCustomCrossOver")
FRAME = re.compile(r"^\s+#\d+ 0x[0-9a-f]+ in (\S+) (\S+?)(?::\d+)*$", re.MULTILINE)
ORACLE = re.compile(r"^oracle ([\w-]+): ?(.*)$", re.MULTILINE)
SANITIZER = re.compile(r"ERROR: (\w+Sanitizer): (?:attempting )?([\w-]+)")
LEAK = re.compile(r"ERROR: LeakSanitizer")
UNDEFINED = re.compile(r"^(\S+?):\d+:\d+: runtime error: (.*)$", re.MULTILINE)
ENGINE = re.compile(r"ERROR: libFuzzer: ([\w-]+(?: [\w-]+)?)")
# What differs between two reports of one mistake.
VALUES = re.compile(r"0x[0-9a-f]+|-?\d+|'[^']*'")


@dataclass(frozen=True)
class Report:
    """One complaint."""

    kind: str  # "oracle used-id", "AddressSanitizer heap-buffer-overflow", …
    sentence: str
    frames: tuple[str, ...]  # "function file", the innermost of ours first

    @property
    def key(self) -> str:
        """The same for two inputs that show the same bug: a word for a folder."""
        digest = hashlib.sha1("\n".join((self.kind, *self.frames)).encode()).hexdigest()
        word = re.sub(r"[^a-z0-9]+", "-", self.kind.lower()).strip("-")[:60]
        return f"{word}-{digest[:8]}"


def our_file(path: str) -> str | None:
    """A file of the sources as it is written there; None for all others."""
    found = PLANTED.search(path)
    if found:
        return found.group(1)
    names = OURS.findall(path)
    return names[-1] if names else None


def frames(text: str) -> tuple[str, ...]:
    """Our own functions of the first stack in the text."""
    seen: list[str] = []
    for function, path in FRAME.findall(text):
        file = our_file(path)
        if file and function not in BETWEEN:
            seen.append(f"{function} {file.rsplit('/', 1)[-1]}")
        if function == "LLVMFuzzerTestOneInput" or len(seen) == FRAMES:
            break
    return tuple(seen)


def kind_and_sentence(text: str) -> tuple[str, str] | None:
    oracle = ORACLE.search(text)
    if oracle:
        return f"oracle {oracle.group(1)}", oracle.group(2)
    undefined = UNDEFINED.search(text)
    if undefined:
        words = VALUES.sub("", undefined.group(2)).split()
        return " ".join(["UndefinedBehaviorSanitizer", *words[:4]]), undefined.group(2)
    if LEAK.search(text):
        return "LeakSanitizer leak", "memory was not freed"
    sanitizer = SANITIZER.search(text)
    if sanitizer:
        line = text[sanitizer.start():].split("\n", 1)[0]
        return f"{sanitizer.group(1)} {sanitizer.group(2)}", line.removeprefix("ERROR: ")
    engine = ENGINE.search(text)
    if engine:
        return f"libFuzzer {engine.group(1)}", text[engine.start():].split("\n", 1)[0]
    return None


def parse(text: str) -> Report | None:
    """The first complaint in what a target wrote; None when there is none."""
    found = kind_and_sentence(text)
    return Report(*found, frames(text)) if found else None
