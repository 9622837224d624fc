# SPDX-License-Identifier: BSD-3-Clause
"""Guests whose drivers are examined: prepared from Debian's packages, run under QEMU."""
