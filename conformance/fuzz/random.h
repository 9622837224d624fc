/* SPDX-License-Identifier: BSD-3-Clause */
/* Pseudo-random numbers of which all follow from a seed (splitmix64). */
#ifndef VS_FUZZ_RANDOM_H
#define VS_FUZZ_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct vs_random {
	uint64_t state;
};

static inline uint64_t vs_mix64(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t vs_random(struct vs_random *r)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	return vs_mix64(r->state);
}

/* In [0, end); 0 for an end of 0. */
static inline uint64_t vs_random_below(struct vs_random *r, uint64_t end)
{
	return end ? vs_random(r) % end : 0;
}

static inline bool vs_random_one_in(struct vs_random *r, unsigned n)
{
	return vs_random_below(r, n) == 0;
}

#endif
