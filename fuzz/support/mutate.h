/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutation that keeps to the form of a target's inputs (struct fuzz_shape). */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "fuzz/support/target.h"

/* Changes bytes without regard to any form, in place; returns the new size, `most` at the most. */
typedef size_t fuzz_bytes_mutator(uint8_t *data, size_t size, size_t most);

/*
 * One step of mutation, in place; `data` has room for `most` bytes. Returns the new size. `seed` is
 * the source of all choices; `bytes` does what has no form.
 */
size_t fuzz_mutate(const struct fuzz_shape *shape, uint8_t *data, size_t size, size_t most,
		   uint32_t seed, fuzz_bytes_mutator *bytes);

/* Records of two inputs, one behind the other or in turns, into `out`; returns the size. */
size_t fuzz_cross(const struct fuzz_shape *shape, const uint8_t *a, size_t a_size, const uint8_t *b,
		  size_t b_size, uint8_t *out, size_t most, uint32_t seed);

#endif
