/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which behaviour of the device was seen already: a QEMU cannot be instrumented, so a sequence is
 * of interest when the device answers in a way that is new.
 */
#ifndef VS_FUZZ_SEEN_H
#define VS_FUZZ_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#define VS_FUZZ_SEEN_BITS 65536u

struct vs_fuzz_seen {
	uint64_t words[VS_FUZZ_SEEN_BITS / 64];
	unsigned count;
	bool fresh;   /* something was new since the caller last cleared this */
	uint8_t last; /* kind of step before */
};

static inline void vs_fuzz_see(struct vs_fuzz_seen *seen, uint64_t hash)
{
	uint64_t bit = hash % VS_FUZZ_SEEN_BITS, mask = UINT64_C(1) << bit % 64;

	if (seen->words[bit / 64] & mask)
		return;
	seen->words[bit / 64] |= mask;
	seen->count++;
	seen->fresh = true;
}

/* Values of which there are few are told apart; of others, how large they are. */
static inline uint64_t vs_fuzz_class(uint64_t value)
{
	return value < 64 ? value : 64 + (uint64_t)(63 - __builtin_clzll(value));
}

#endif
