/* SPDX-License-Identifier: BSD-3-Clause */
/* A set of feature bits 0 to 127, as the windows of 32 that common configuration shows (4.1.4.3).
 */
#ifndef VS_FEATURES_H
#define VS_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#define VS_FEATURE_WINDOWS 4u
#define VS_FEATURE_BITS    (32u * VS_FEATURE_WINDOWS)

struct vs_features {
	uint32_t window[VS_FEATURE_WINDOWS];
};

/* The set with one bit, for initialisers of masks of bits 0 to 63. */
#define VS_BIT(bit) (UINT64_C(1) << (bit))

static inline bool vs_features_has(const struct vs_features *set, unsigned bit)
{
	return bit < VS_FEATURE_BITS && (set->window[bit / 32] >> (bit % 32) & 1);
}

static inline void vs_features_add(struct vs_features *set, unsigned bit)
{
	set->window[bit / 32] |= UINT32_C(1) << (bit % 32);
}

static inline void vs_features_remove(struct vs_features *set, unsigned bit)
{
	set->window[bit / 32] &= ~(UINT32_C(1) << (bit % 32));
}

static inline bool vs_features_equal(const struct vs_features *a, const struct vs_features *b)
{
	for (unsigned i = 0; i < VS_FEATURE_WINDOWS; i++)
		if (a->window[i] != b->window[i])
			return false;
	return true;
}

#endif
