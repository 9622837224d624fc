# SPDX-License-Identifier: BSD-3-Clause
"""The project's own tests use the harness as any other project would."""

pytest_plugins = ["pytest_virtspec.plugin"]
