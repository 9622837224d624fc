/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A start-up as an attempt that may fail (3.1.1): how far it came, and whether the driver said that
 * it gave up. A driver that resets the device may be about to try again, or through the legacy
 * interface: it has given up in silence when it has not come up by the end of its life or the
 * trace.
 */
#ifndef VS_ATTEMPT_H
#define VS_ATTEMPT_H

#include "monitor/monitor.h"

enum vs_attempt_state {
	VS_ATTEMPT_STAGE,    /* of the attempt under way */
	VS_ATTEMPT_PENDING,  /* stage at which one ended without a word */
	VS_ATTEMPT_MISSING,  /* the offer, as read, lacked what a driver can insist on */
	VS_ATTEMPT_WITHHELD, /* the scenario withholds features */
	VS_ATTEMPT_LEGACY,   /* goes through the legacy interface */
	VS_ATTEMPT_STATES,   /* words of vs_judge.state that the attempt takes */
};

enum vs_attempt_end {
	VS_ATTEMPT_NONE,
	VS_ATTEMPT_UP,     /* DRIVER_OK */
	VS_ATTEMPT_TOLD,   /* FAILED */
	VS_ATTEMPT_SILENT, /* without */
};

/* What the event ends, by the state of the judge. `for_want` says whether the end can be laid to a
 * feature that was not offered. */
enum vs_attempt_end vs_attempt_step(struct vs_judge *j, const struct vs_seen *seen, bool *for_want);
/* The same when the trace is over. */
enum vs_attempt_end vs_attempt_over(struct vs_judge *j, bool *for_want);

#define VS_ATTEMPT_HEARS (VS_HEARS(LIFE) | VS_HEARS(TRIAL) | VS_HEARS(RESET))
#define VS_ATTEMPT_AT    (VS_AT(COMMON) | VS_AT(LEGACY))

#endif
