/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/negotiate.h"

#include <stdio.h>

struct vs_features vs_offer(struct vs_ctx *t)
{
	struct vs_features offer;

	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++)
		offer.window[i] = vs_offered_window(t->s, i);
	if (!vs_features_has(&offer, VIRTIO_F_VERSION_1))
		vs_block(t, VS_RULE_RESERVED_VERSION_ONE_OFFERED, "VERSION_1 is not offered");
	return offer;
}

bool vs_negotiate(struct vs_ctx *t, const struct vs_features *offer,
		  const struct vs_features *wanted)
{
	struct vs_session *s = t->s;

	vs_start_over(t, VS_STAGE_COMMON, (struct vs_setup){ 0 });
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	s->offered = *offer;
	if (vs_accept_features(s, wanted))
		return false;
	s->num_queues = (uint16_t)vs_get(s, VS_NUM_QUEUES);
	s->stage = VS_STAGE_FEATURES;
	return true;
}

int vs_try_out(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_request request;

	if (vs_session_advance(s, VS_STAGE_LIVE))
		return -1;
	if (!vs_can_serve(t))
		return 0;
	return vs_request_make(s, &request) || vs_request_return(&request) ? -1 : 0;
}

static bool is_met(const struct vs_feature *feature, const struct vs_features *set)
{
	if (feature->needs[0] == VS_FEATURE_NO_NEED)
		return true;
	for (size_t i = 0; i < sizeof(feature->needs); i++)
		if (feature->needs[i] != VS_FEATURE_NO_NEED &&
		    vs_features_has(set, feature->needs[i]))
			return true;
	return false;
}

const struct vs_feature *vs_missing_need(uint16_t type, const struct vs_features *set, unsigned bit)
{
	for (size_t i = 0; i < vs_feature_table_size; i++) {
		const struct vs_feature *feature = &vs_feature_table[i];

		if (feature->type == type && feature->bit == bit && !is_met(feature, set))
			return feature;
	}
	return NULL;
}

void vs_drop_unmet(uint16_t type, struct vs_features *set)
{
	bool dropped = true;

	while (dropped) {
		dropped = false;
		vs_for_each_bit(bit, set) {
			if (vs_missing_need(type, set, bit)) {
				vs_features_remove(set, bit);
				dropped = true;
			}
		}
	}
}

bool vs_may_insist(uint16_t type, unsigned bit)
{
	static const struct {
		uint16_t type;
		uint8_t bit;
	} may[] = {
		{ VIRTIO_ID_BLOCK, 17 },  /* ZONED, if the zones are host-managed (5.2.5.2) */
		{ VIRTIO_ID_BALLOON, 0 }, /* MUST_TELL_HOST (5.5.3.2) */
		{ VIRTIO_ID_MEM, 1 },     /* UNPLUGGED_INACCESSIBLE (5.15.5.2) */
	};

	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (may[i].type == type && may[i].bit == bit)
			return true;
	return bit == VIRTIO_F_VERSION_1 || bit == VIRTIO_F_ACCESS_PLATFORM ||
	       bit == VIRTIO_F_ORDER_PLATFORM;
}

struct vs_features vs_least_set(uint16_t type, const struct vs_features *offer)
{
	struct vs_features least = { { 0 } };

	vs_for_each_bit(bit, offer)
		if (vs_may_insist(type, bit))
			vs_features_add(&least, bit);
	return least;
}

const char *vs_bit_text(uint16_t type, unsigned bit, char *text)
{
	const char *name = vs_feature_name(type, bit);

	snprintf(text, VS_BIT_TEXT, name ? "%s (bit %u)" : "%sbit %u", name ? name : "", bit);
	return text;
}
