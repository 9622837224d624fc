# SPDX-License-Identifier: BSD-3-Clause
"""One line that says what goes on, on terminals alone."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO


class Progress:
    """Lines that stay, and one that is written over."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self.out = out
        self.terminal = out.isatty()

    def clear(self) -> None:
        if self.terminal:
            self.out.write("\r\x1b[K")
            self.out.flush()

    def show(self, line: str) -> None:
        """Instead of what was shown last."""
        if self.terminal:
            self.out.write(f"\r\x1b[K{line[:shutil.get_terminal_size().columns - 1]}")
            self.out.flush()

    def say(self, line: str) -> None:
        """For good."""
        self.clear()
        self.out.write(line + "\n")
        self.out.flush()
