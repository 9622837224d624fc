/* SPDX-License-Identifier: BSD-3-Clause */
/* Nothing: what an execution costs before a target does anything. The floor of ci/fuzz-speed. */
#include "fuzz/support/target.h"

const struct fuzz_shape fuzz_shape = { 0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	fuzz_seed(seeds, "one", "x", 1);
}
