/* SPDX-License-Identifier: BSD-3-Clause */
/* What a fuzzing engine calls beside the target. Not part of programs that only replay. */
#include "fuzz/support/mutate.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t most, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return fuzz_mutate(&fuzz_shape, data, size, most, seed, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t most, unsigned seed)
{
	return fuzz_cross(&fuzz_shape, a, a_size, b, b_size, out, most, seed);
}

/* An engine reads seeds from files, which the programs that replay write. */
void fuzz_seed(struct fuzz_seeds *seeds, const char *name, const void *data, size_t size)
{
	(void)seeds;
	(void)name;
	(void)data;
	(void)size;
}
