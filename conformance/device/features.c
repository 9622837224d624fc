/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.2 Feature Bits: what is offered, what is accepted, and that it works. */
#include <stdio.h>

#include "device/negotiate.h"

#define NEEDS_TRIED 6u /* features that are accepted without what they need */

static void dependencies_offered(struct vs_ctx *t)
{
	struct vs_features offer = vs_offer(t);
	uint16_t type = t->s->fn->type;

	vs_for_each_bit(bit, &offer) {
		const struct vs_feature *missing = vs_missing_need(type, &offer, bit);
		char text[VS_BIT_TEXT], need[VS_BIT_TEXT];

		vs_where(t, "%s", vs_bit_text(type, bit, text));
		vs_expect(t, !missing, "a feature that is offered with all that it needs",
			  "%s is not offered%s",
			  missing ? vs_bit_text(type, missing->needs[0], need) : "",
			  missing && missing->needs[1] != VS_FEATURE_NO_NEED
				  ? ", nor its alternative"
				  : "");
	}
}
VS_DEVICE_CHECK(dependencies_offered, .rules = VS_RULES(FEATURES_DEPENDENCIES_OFFERED),
		.stage = VS_STAGE_COMMON);

static void undefined_bits(struct vs_ctx *t)
{
	struct vs_features offer = vs_offer(t);
	uint16_t type = t->s->fn->type;

	vs_for_each_bit(bit, &offer) {
		vs_where(t, "bit %u", bit);
		vs_expect(t, !vs_feature_undefined(type, bit),
			  "no feature bit that virtio 1.4 leaves open",
			  "it is offered; no version up to 1.4 defines it for device type %u",
			  type);
	}
}
VS_DEVICE_CHECK(undefined_bits, .rules = VS_RULES(FEATURES_UNDEFINED_BITS_CLEAR),
		.stage = VS_STAGE_COMMON);

/*
 * One bit beyond the offer. A device that drops it on the write has not accepted it; one that shows
 * it has to check it when FEATURES_OK is set (4.1.4.3.1, the note on driver_feature).
 */
static bool expect_refused(struct vs_ctx *t, const struct vs_features *offer, unsigned bit)
{
	struct vs_features wanted = vs_least_set(t->s->fn->type, offer);
	char text[VS_BIT_TEXT];
	bool accepted, shown;

	if (vs_features_has(offer, bit))
		return true;
	vs_features_add(&wanted, bit);
	accepted = vs_negotiate(t, offer, &wanted);
	shown = vs_accepted_window(t->s, bit / 32) >> (bit % 32) & 1;
	vs_where(t, "%s, which is not offered", vs_bit_text(t->s->fn->type, bit, text));
	return vs_expect(t, !accepted || !shown, "FEATURES_OK clear, or the bit dropped",
			 "driver_feature shows the bit and FEATURES_OK is set");
}

/* Without what it needs: refused, or else it has to work. */
static void expect_refused_or_working(struct vs_ctx *t, const struct vs_features *offer,
				      const struct vs_feature *feature)
{
	struct vs_features wanted = vs_least_set(t->s->fn->type, offer);
	char text[VS_BIT_TEXT], need[VS_BIT_TEXT];
	uint16_t type = t->s->fn->type;
	int result;

	vs_features_add(&wanted, feature->bit);
	if (!vs_request_kind(type) || !vs_negotiate(t, offer, &wanted))
		return;
	result = vs_try_out(t);
	vs_where(t, "%s without %s", vs_bit_text(type, feature->bit, text),
		 vs_bit_text(type, feature->needs[0], need));
	vs_expect(t, result == 0, "FEATURES_OK clear, or a device that works",
		  "FEATURES_OK is set, but %s", t->s->trouble.text);
}

static void refusal(struct vs_ctx *t)
{
	static const uint8_t beyond[] = { 23, 26, 31, 44, 49, 63, 127 };
	struct vs_features offer = vs_offer(t), least = vs_least_set(t->s->fn->type, &offer);
	unsigned tried = 0;
	bool refused = true;

	if (!vs_negotiate(t, &offer, &least))
		vs_block(t, VS_RULE_FEATURES_VALID_SUBSET_ACCEPTED,
			 "the least set of features is refused");
	if (vs_try_out(t))
		vs_block_by_trouble(t);
	for (size_t i = 0; i < sizeof(beyond) && refused; i++)
		refused = expect_refused(t, &offer, beyond[i]);
	vs_for_each_bit(bit, &offer) {
		const struct vs_feature *feature = vs_missing_need(t->s->fn->type, &least, bit);

		if (feature && tried++ < NEEDS_TRIED)
			expect_refused_or_working(t, &offer, feature);
	}
}
VS_DEVICE_CHECK(refusal, .rules = VS_RULES(FEATURES_REFUSAL_CLEARS_FEATURES_OK),
		.stage = VS_STAGE_COMMON,
		.breaks = VS_BREAKS(DRIVER_FEATURES_ONLY_OFFERED,
				    DRIVER_FEATURES_DEPENDENCIES_ACCEPTED,
				    DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA));

/* A set is named by what is left out of the offer. */
static bool expect_accepted(struct vs_ctx *t, const struct vs_features *offer,
			    const struct vs_features *subset, const char *name)
{
	bool accepted = vs_negotiate(t, offer, subset);

	vs_where(t, "%s", name);
	return vs_expect(t, accepted, "FEATURES_OK for a valid subset of the offer",
			 "device_status %#x", accepted ? 0 : vs_status(t->s));
}

static void valid_subsets(struct vs_ctx *t)
{
	uint16_t type = t->s->fn->type;
	struct vs_features offer = vs_offer(t), least = vs_least_set(type, &offer);
	int result;

	vs_for_each_bit(bit, &offer) {
		char text[VS_BIT_TEXT], name[VS_BIT_TEXT + 32];
		struct vs_features subset = offer;

		if (vs_may_insist(type, bit))
			continue;
		vs_features_remove(&subset, bit);
		vs_drop_unmet(type, &subset);
		snprintf(name, sizeof(name), "%s left out", vs_bit_text(type, bit, text));
		expect_accepted(t, &offer, &subset, name);
	}
	if (!expect_accepted(t, &offer, &least, "all left out but what a device may insist on"))
		return;
	vs_need_service(t);
	result = vs_try_out(t);
	vs_expect(t, result == 0, "a device that works", "%s", result ? t->s->trouble.text : "");
}
VS_DEVICE_CHECK(valid_subsets, .rules = VS_RULES(FEATURES_VALID_SUBSET_ACCEPTED),
		.stage = VS_STAGE_COMMON,
		.breaks = VS_BREAKS(DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA));

/* A feature without its registers is of no use; pci.common.length tells of it. */
static bool has_registers(const struct vs_session *s, unsigned bit)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++)
		if (vs_common_fields[i].feature == bit && !vs_has_field(s, i))
			return false;
	return true;
}

/*
 * What a driver may accept and the reference driver can drive: no feature without what it needs. Of
 * the ring formats, that of the view.
 */
static struct vs_features whole_offer(const struct vs_ctx *t, const struct vs_features *offer)
{
	struct vs_features all = *offer;

	if (t->s->view != VS_VIEW_PACKED)
		vs_features_remove(&all, VIRTIO_F_RING_PACKED);
	vs_for_each_bit(bit, offer)
		if (bit && !has_registers(t->s, bit))
			vs_features_remove(&all, bit);
	vs_drop_unmet(t->s->fn->type, &all);
	return all;
}

static void expect_served(struct vs_ctx *t, const struct vs_features *offer,
			  const struct vs_features *set, const char *name)
{
	bool accepted = vs_negotiate(t, offer, set);
	int result;

	vs_where(t, "%s", name);
	if (!vs_expect(t, accepted, "FEATURES_OK for what is offered", "device_status %#x",
		       accepted ? 0 : vs_status(t->s)))
		return;
	result = vs_try_out(t);
	vs_expect(t, result == 0, "a device that works with it", "%s",
		  result ? t->s->trouble.text : "");
}

static bool is_transport_feature(uint16_t type, unsigned bit)
{
	const struct vs_feature *feature = vs_feature_find(type, bit);

	return feature && feature->type == VS_FEATURE_ANY_TYPE && !feature->legacy;
}

static const char *with_ring(const struct vs_ctx *t, unsigned bit)
{
	return t->s->view == VS_VIEW_PACKED && bit != VIRTIO_F_RING_PACKED ? " on packed rings"
									   : "";
}

/* Each by itself, so that it cannot lean on another. */
static void offered_bits_served(struct vs_ctx *t)
{
	uint16_t type = t->s->fn->type;
	struct vs_features offer = vs_offer(t), all = whole_offer(t, &offer);
	struct vs_features set = vs_least_set(type, &offer);

	if (!vs_negotiate(t, &offer, &set) || vs_try_out(t))
		vs_block(t, VS_RULE_FEATURES_VALID_SUBSET_ACCEPTED,
			 "the device does not work with the least set of features");
	vs_for_each_bit(bit, &all) {
		char text[VS_BIT_TEXT], name[VS_BIT_TEXT + 48];

		if (!is_transport_feature(type, bit) || vs_may_insist(type, bit))
			continue;
		set = vs_least_set(type, &offer);
		if (t->s->view == VS_VIEW_PACKED)
			vs_features_add(&set, VIRTIO_F_RING_PACKED);
		vs_features_add(&set, bit);
		snprintf(name, sizeof(name), "%s by itself%s", vs_bit_text(type, bit, text),
			 with_ring(t, bit));
		expect_served(t, &offer, &set, name);
	}
	expect_served(t, &offer, &all, "the whole offer");
}
VS_DEVICE_CHECK(offered_bits_served, .rules = VS_RULES(FEATURES_OFFERED_BITS_SERVED),
		.stage = VS_STAGE_COMMON, .views = VS_ON_RINGS,
		.breaks = VS_BREAKS(DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA));

/* The first time is what the second is held against; where it fails there is nothing to repeat. */
static void expect_again(struct vs_ctx *t, const struct vs_features *offer,
			 const struct vs_features *set, const char *name)
{
	bool accepted;

	if (!vs_negotiate(t, offer, set) || vs_try_out(t))
		return;
	accepted = vs_negotiate(t, offer, set);
	vs_where(t, "%s", name);
	vs_expect(t, accepted, "FEATURES_OK as the first time", "device_status %#x",
		  accepted ? 0 : vs_status(t->s));
}

static void renegotiation(struct vs_ctx *t)
{
	uint16_t type = t->s->fn->type;
	struct vs_features offer = vs_offer(t), all = whole_offer(t, &offer);
	struct vs_features least = vs_least_set(type, &offer);

	expect_again(t, &offer, &least, "the least set, after a reset");
	expect_again(t, &offer, &all, "the whole offer, after a reset");
	vs_skip(t, "no set of features was accepted once");
}
VS_DEVICE_CHECK(renegotiation, .rules = VS_RULES(FEATURES_RENEGOTIATION), .stage = VS_STAGE_COMMON,
		.views = VS_ON_RINGS,
		.breaks = VS_BREAKS(DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA));
