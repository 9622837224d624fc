/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of features, and negotiating exactly such a set, for the checks of chapters 2.2 and 6. */
#ifndef VS_NEGOTIATE_H
#define VS_NEGOTIATE_H

#include "engine/check.h"
#include "spec/feature_table.h"

/* The offer, read from the device. Blocks where VERSION_1 is not in it. */
struct vs_features vs_offer(struct vs_ctx *t);

/*
 * Starts over, accepts exactly `wanted`, and sets FEATURES_OK. True when that holds: the session is
 * at VS_STAGE_FEATURES then. `offer` is what vs_offer returned. Blocks where nothing can be
 * negotiated at all.
 */
bool vs_negotiate(struct vs_ctx *t, const struct vs_features *offer,
		  const struct vs_features *wanted);

/* From a negotiated set to a served request, where the type has one. 0, or -1 with trouble. */
int vs_try_out(struct vs_ctx *t);

/*
 * The row of a feature whose needs are not in the set, or NULL. Every row of a bit counts: a
 * feature that needs several others has several.
 */
const struct vs_feature *vs_missing_need(uint16_t type, const struct vs_features *set,
					 unsigned bit);

/* Takes features out of the set whose needs are not in it, until all are met. */
void vs_drop_unmet(uint16_t type, struct vs_features *set);

/*
 * What a device may insist on: VERSION_1, ACCESS_PLATFORM and ORDER_PLATFORM (6.2), and what the
 * chapters on device types allow one to.
 */
bool vs_may_insist(uint16_t type, unsigned bit);
/* Those of the offer, and nothing else. */
struct vs_features vs_least_set(uint16_t type, const struct vs_features *offer);

/* "VIRTIO_NET_F_MQ (bit 22)", in text. */
#define VS_BIT_TEXT 64u
const char *vs_bit_text(uint16_t type, unsigned bit, char *text);

#define vs_for_each_bit(bit, set)                            \
	for (unsigned bit = 0; bit < VS_FEATURE_BITS; bit++) \
		if (vs_features_has(set, bit))

#endif
