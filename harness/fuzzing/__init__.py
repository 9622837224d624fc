# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns over the fuzz targets: ci/campaign, ci/find-planted, ci/fuzz-speed (docs/fuzzing.md)."""
