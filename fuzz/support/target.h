/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a file in fuzz/targets has to have. Its name is the name of the target; the same file is a
 * libFuzzer target, runs under AFL++, and becomes a program that replays files (main.c).
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz/support/input.h"
#include "fuzz/support/oracle.h"

/*
 * One execution. Nothing stays from one to the next: the same bytes do the same in any order, with
 * any compiler. Returns 0. `data` may be NULL when size is 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number in a record: `width` bytes, little-endian, `at` from the start of the record. */
struct fuzz_field {
	uint8_t at, width;
	/* Values worth a try, `like_count` of them. */
	const uint64_t *likes;
	unsigned like_count;
};

/*
 * How the bytes of an input are laid out: a head, then records of one size. Mutation and crossing
 * over keep to it: records are moved, doubled, dropped, exchanged between inputs, and changed field
 * by field. Zeroes: bytes without a form, for the fuzzer's own mutations.
 */
struct fuzz_shape {
	unsigned head;
	unsigned record;
	const struct fuzz_field *fields; /* of a record */
	unsigned field_count;
	const struct fuzz_field *head_fields; /* of the head */
	unsigned head_field_count;
	/*
	 * Brings the whole input closer to sense (links of a list that lead somewhere, a chain
	 * whose flags fit), in place, or NULL. `random` is for choices.
	 */
	void (*mend)(uint8_t *data, size_t size, uint32_t random);
};

extern const struct fuzz_shape fuzz_shape;

/* Inputs to start from, and to test with: calls fuzz_seed for each. */
struct fuzz_seeds;
void fuzz_make_seeds(struct fuzz_seeds *seeds);
/* `name` is a file name of letters, digits and dashes. */
void fuzz_seed(struct fuzz_seeds *seeds, const char *name, const void *data, size_t size);

#endif
