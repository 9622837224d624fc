/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/verdict.h"

const char *vs_verdict_name(enum vs_verdict verdict)
{
	static const char *const names[VS_VERDICT_COUNT] = {
		[VS_NOT_TESTED] = "NOT_TESTED",
		[VS_NOT_APPLICABLE] = "NOT_APPLICABLE",
		[VS_NOT_EXERCISED] = "NOT_EXERCISED",
		[VS_PASS] = "PASS",
		[VS_VACUOUS] = "VACUOUS",
		[VS_BLOCKED] = "BLOCKED",
		[VS_WARN] = "WARN",
		[VS_FAIL] = "FAIL",
		[VS_TIMEOUT] = "TIMEOUT",
		[VS_DIED] = "DIED",
	};

	return names[verdict];
}
