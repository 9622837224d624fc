/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of feature bits 0 to 127, all that 1.4 gives a meaning to (2.2). */
#ifndef MOCK_FEATURES_H
#define MOCK_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#define MOCK_FEATURE_WINDOWS 4u
#define MOCK_FEATURE_COUNT   (32u * MOCK_FEATURE_WINDOWS)

/* One word per value of device_feature_select. */
struct mock_features {
	uint32_t window[MOCK_FEATURE_WINDOWS];
};

/* A feature that may be offered or accepted only together with one of two others. */
struct mock_dependency {
	uint8_t feature;
	uint8_t needs;
	uint8_t or_needs; /* the same as needs where there is no alternative */
};

static inline bool mock_features_has(const struct mock_features *features, unsigned bit)
{
	return bit < MOCK_FEATURE_COUNT && features->window[bit / 32] >> bit % 32 & 1;
}

static inline void mock_features_add(struct mock_features *features, unsigned bit)
{
	if (bit < MOCK_FEATURE_COUNT)
		features->window[bit / 32] |= UINT32_C(1) << bit % 32;
}

static inline void mock_features_remove(struct mock_features *features, unsigned bit)
{
	if (bit < MOCK_FEATURE_COUNT)
		features->window[bit / 32] &= ~(UINT32_C(1) << bit % 32);
}

#endif
