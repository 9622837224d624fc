/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.5 Device Configuration Space, and its generation (4.1.4.3.1). */
#include "device/config_image.h"
#include "device/negotiate.h"

/* The offer is accepted as a whole, so that every field that it makes exist is there to the end. */
static void accept_offer(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_features all = s->offered;

	vs_drop_unmet(s->fn->type, &all);
	if (vs_accept_features(s, &all))
		vs_block(t, VS_RULE_FEATURES_VALID_SUBSET_ACCEPTED,
			 "FEATURES_OK did not hold (device_status %#x)", vs_status(s));
	s->stage = VS_STAGE_FEATURES;
}

static void expect_same(struct vs_ctx *t, const struct vs_image *early, const struct vs_image *late,
			const char *when)
{
	if (early->torn || late->torn || early->generation != late->generation)
		return;
	vs_for_each_element(t, at) {
		uint64_t before = early->value[at.offset], after = late->value[at.offset];

		if (at.field->late)
			continue;
		vs_where_element(t, &at, when);
		vs_expect(t, before == after, "the value that it has later on",
			  "%#" PRIx64 ", later %#" PRIx64, before, after);
	}
}

struct steps {
	struct vs_image reset, acknowledge, driver, late;
	bool moved; /* the generation, on the way to FEATURES_OK */
};

static void take_steps(struct vs_ctx *t, struct steps *steps)
{
	vs_start_over(t, VS_STAGE_COMMON, (struct vs_setup){ 0 });
	vs_read_offer(t);
	vs_image_take(t, &steps->reset);
	vs_set_status(t->s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_image_take(t, &steps->acknowledge);
	vs_set_status(t->s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	vs_image_take(t, &steps->driver);
	accept_offer(t);
	vs_image_take(t, &steps->late);
	steps->moved = steps->driver.torn || steps->late.torn ||
		       steps->driver.generation != steps->late.generation;
}

/*
 * A generation that moves may have had something to tell from before, so there is a second try.
 * Where it always moves at FEATURES_OK, the steps before that can still be compared.
 */
static void config_readable_early(struct vs_ctx *t)
{
	struct steps steps;
	struct vs_image *reference;

	take_steps(t, &steps);
	if (steps.moved)
		take_steps(t, &steps);
	reference = steps.moved ? &steps.driver : &steps.late;
	expect_same(t, &steps.driver, &steps.late, " at DRIVER");
	expect_same(t, &steps.acknowledge, reference, " at ACKNOWLEDGE");
	expect_same(t, &steps.reset, reference, " after reset");
	if (steps.moved && steps.reset.generation != steps.driver.generation &&
	    steps.acknowledge.generation != steps.driver.generation)
		vs_skip(t, "the configuration changed at every step");
}
VS_DEVICE_CHECK(config_readable_early, .rules = VS_RULES(CONFIG_READABLE_BEFORE_FEATURES_OK),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_DEVICE);

static uint64_t swapped(uint64_t value, unsigned width)
{
	uint64_t result = 0;

	for (unsigned i = 0; i < width; i++)
		result |= (value >> (8 * i) & 0xff) << (8 * (width - 1 - i));
	return result;
}

/* Whether any device, and this one with its virtqueues, can have the value. */
static bool can_be(const struct vs_ctx *t, const struct vs_config_field *field, uint64_t value)
{
	if (field->most == 0)
		return true;
	if (value < field->least || value > field->most)
		return false;
	return !field->queues || value * field->queues <= t->s->num_queues;
}

/*
 * From outside, a byte order shows where a value makes sense in one of them only. Values that do
 * in both, or in none, tell nothing.
 */
static void config_little_endian(struct vs_ctx *t)
{
	unsigned told = 0;

	vs_for_each_element(t, at) {
		const struct vs_config_field *field = at.field;
		uint64_t value = vs_element_read(t, &at), other = swapped(value, field->width);
		bool little = can_be(t, field, value), big = can_be(t, field, other);

		if (little == big)
			continue;
		told++;
		vs_where_element(t, &at, "");
		vs_expect(t, little, "a little-endian value",
			  "%#" PRIx64 ", which no such device has; big-endian it is %#" PRIx64,
			  value, other);
	}
	if (told == 0)
		vs_skip(t, "no field has a value that tells its byte order");
}
VS_DEVICE_CHECK(config_little_endian, .rules = VS_RULES(CONFIG_LITTLE_ENDIAN),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_DEVICE,
		.breaks = VS_BREAKS(DRIVER_CONFIG_GENERATION_CHECKED));

/*
 * Changes that leave every field that we know as it was are not judged. `last` is the configuration
 * as it was, and is then.
 */
static bool expect_generation(struct vs_ctx *t, unsigned changes, struct vs_image *last,
			      const char *when)
{
	struct vs_image before = *last;

	for (unsigned i = 0; i < changes; i++)
		vs_change_config(t);
	vs_settle(t->s);
	vs_image_take(t, last);
	if (before.torn || last->torn || vs_image_same(t, &before, last))
		return false;
	vs_where(t, "%s", when);
	vs_expect(t, last->generation != before.generation, "another config_generation than before",
		  "a field reads otherwise after %u change%s, config_generation is %u again",
		  changes, changes == 1 ? "" : "s", last->generation);
	return true;
}

/* The clause knows no state of the device in which it does not hold. */
static void generation_changes(struct vs_ctx *t)
{
	struct vs_image first, last;
	bool judged;

	vs_image_take(t, &first);
	last = first;
	judged = expect_generation(t, 1, &last, "before DRIVER_OK");
	vs_proceed(t, VS_STAGE_LIVE);
	judged |= expect_generation(t, 1, &last, "live");
	if (!judged)
		vs_skip(t, "what this target can change shows in no field that is known");
	/* Where two changes undo each other, so do 256, and show nothing. */
	if (vs_image_same(t, &first, &last))
		return;
	/* A plain count of changes is back where it was. */
	expect_generation(t, 256, &last, "live");
}
VS_DEVICE_CHECK(generation_changes, .rules = VS_RULES(PCI_COMMON_GENERATION_CHANGES),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_DEVICE);
