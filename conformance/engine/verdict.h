/* SPDX-License-Identifier: BSD-3-Clause */
/* Verdicts, from the best to the worst: of several, the highest counts. */
#ifndef VS_VERDICT_H
#define VS_VERDICT_H

enum vs_verdict {
	VS_NOT_TESTED,     /* of a rule: no check judges it */
	VS_NOT_APPLICABLE, /* the device has no such thing; the reason is given */
	VS_NOT_EXERCISED,  /* of a driver's rule: its situation never arose */
	VS_PASS,
	VS_VACUOUS, /* the check ran and judged nothing */
	VS_BLOCKED, /* its stage was not reached, or what it builds on did not work */
	VS_WARN,    /* a SHOULD broken */
	VS_FAIL,    /* a MUST broken */
	VS_TIMEOUT, /* the check did not end in time, or the device stopped answering */
	VS_DIED,    /* the device, or its process, went away */
	VS_VERDICT_COUNT,
};

/* "PASS", "NOT_APPLICABLE", … */
const char *vs_verdict_name(enum vs_verdict verdict);

#endif
