/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reference driver as a plug-in, through its whole life, on a mock device that lies as the
 * input says: it breaks no rule whatever the device does. What the bytes mean:
 * fuzz/plugin/target.c, which has all of this target but the driver.
 *
 * Rooms: vs_monitor mock_class mock_quirks vs_reference
 */
#include "fuzz/support/target.h"
