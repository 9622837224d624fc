/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of a start-up without FEATURES_OK: that of the legacy interface, and of the draft of
 * 2013 on either interface. */
#ifndef VS_MONITOR_START_ORDER_H
#define VS_MONITOR_START_ORDER_H

#include "monitor/monitor.h"

#define VS_AT_START (VS_AT(COMMON) | VS_AT(LEGACY) | VS_AT(NOTIFY))

/* Judges what one access says of the order of status bits, features and queues. */
void vs_judge_start_order(struct vs_judge *j, const struct vs_seen *seen);

#endif
