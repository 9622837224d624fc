# SPDX-License-Identifier: BSD-3-Clause
"""pytest over virtspec: run the program, hold its JSON Lines against what a test expects."""
