/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver plug-in, through its whole life, on a mock device that lies as the input says. Here it
 * is the example in drivers/example; the same code fuzzes a driver of anybody's (fuzz/plugin,
 * docs/fuzzing-drivers.md). What the bytes mean: fuzz/plugin/target.c, which has all of this target
 * but the driver.
 *
 * Rooms: vs_monitor mock_class mock_quirks fuzz_plugin_example
 */
#include "fuzz/support/target.h"
