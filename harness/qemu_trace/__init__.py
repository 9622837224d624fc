# SPDX-License-Identifier: BSD-3-Clause
"""Traces of drivers from QEMU's own trace logs: watching without touching (docs/watching.md)."""
