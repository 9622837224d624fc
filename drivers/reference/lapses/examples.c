/* SPDX-License-Identifier: BSD-3-Clause */
/* One lapse of each kind that the language has. */
#include "drivers/reference/life.h"

LAPSE_SKIP_READ(features_ok_unread, VS_DEVICE_STATUS, LAPSE_IN(FEATURES_OK),
		"the status is not read back after FEATURES_OK",
		.breaks = LAPSE_RULES(INIT_FEATURES_OK_CHECKED));
