/* SPDX-License-Identifier: BSD-3-Clause */
/* What a target says when something is wrong that no sanitizer sees. */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stdint.h>

/*
 * Ends the process like a crash, after a line on standard error that tools look for:
 *
 *	oracle NAME: one sentence with the values
 *
 * NAME is a word or words with dashes; findings are told apart by it and by the stack.
 */
void fuzz_oracle(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn, cold));

/* Steps that an execution may take before it counts as endless. */
struct fuzz_budget {
	uint64_t left;
};

/* `each` steps a byte of the input, and `more`. */
static inline struct fuzz_budget fuzz_budget(uint64_t more, uint64_t each, uint64_t size)
{
	return (struct fuzz_budget){ more + each * size };
}

static inline void fuzz_step(struct fuzz_budget *budget)
{
	if (!budget->left--)
		fuzz_oracle("endless", "more steps than an input of this size can make");
}

#endif
