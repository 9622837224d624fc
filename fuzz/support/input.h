/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bytes of a fuzzer as a source of decisions: taken from the front, little-endian, and zeroes
 * for ever once they are used up. So every input is a legal one, and a prefix of an input behaves
 * like the input up to where it ends.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fuzz_input {
	const uint8_t *at, *end;
};

static inline struct fuzz_input fuzz_input(const uint8_t *data, size_t size)
{
	/* No arithmetic on a null pointer, which an empty input may be. */
	return size ? (struct fuzz_input){ data, data + size } : (struct fuzz_input){ 0 };
}

static inline size_t fuzz_left(const struct fuzz_input *in)
{
	return in->at ? (size_t)(in->end - in->at) : 0;
}

/* The next `size` bytes into `to`; what the input no longer has is 0. How many it had. */
static inline size_t fuzz_bytes(struct fuzz_input *in, void *to, size_t size)
{
	size_t left = fuzz_left(in), got = size < left ? size : left;

	if (got) {
		memcpy(to, in->at, got);
		in->at += got;
	}
	if (got < size)
		memset((uint8_t *)to + got, 0, size - got);
	return got;
}

/* The next number of 1 to 8 bytes. */
static inline uint64_t fuzz_number(struct fuzz_input *in, unsigned width)
{
	size_t left = fuzz_left(in);
	uint64_t value = 0;

	if (width > left)
		width = (unsigned)left;
	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)*in->at++ << 8 * i;
	return value;
}

/* A number below `limit`, which is not 0: one byte where that suffices, else two, else four. */
static inline uint32_t fuzz_below(struct fuzz_input *in, uint32_t limit)
{
	return (uint32_t)fuzz_number(in, limit <= 0x100 ? 1 : limit <= 0x10000 ? 2 : 4) % limit;
}

#endif
