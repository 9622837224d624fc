/* SPDX-License-Identifier: BSD-3-Clause */
/* Some requests at once, so that the device may be in the middle of them when something happens. */
#ifndef VS_BURST_H
#define VS_BURST_H

#include "engine/check.h"

#define VS_BURST_MAX 4u

struct vs_burst {
	struct vs_request request[VS_BURST_MAX];
	unsigned count, used;
	bool back[VS_BURST_MAX]; /* by number: whether it came back */
};

/* Makes and sends as many as there is room for, asks for interrupts, and waits for none. */
void vs_send_burst(struct vs_ctx *t, struct vs_burst *burst);
/* Takes what has come back; how many have in all. */
unsigned vs_take_burst(struct vs_burst *burst);
/* Whether the device has written into one that is not back: then it had begun it. */
bool vs_burst_begun(struct vs_ctx *t, const struct vs_burst *burst);
/* Fills the memory of all of them, to tell whether somebody writes there from now on. */
void vs_mark_burst(struct vs_ctx *t, struct vs_burst *burst);
bool vs_is_burst_marked(struct vs_ctx *t, const struct vs_burst *burst);

/*
 * Whether one request is served, notified of in any case at last: for checks on which the device's
 * wishes about notifications have no bearing.
 */
bool vs_served(struct vs_ctx *t, struct vs_used *used);

#endif
