/* SPDX-License-Identifier: BSD-3-Clause */
/* The draft of 2013: what it asks of the legacy interface more mildly than its successors. */
#include "device/config_image.h"

#define END_MAX 64u /* bytes that are compared */

static uint32_t by_bytes(struct vs_ctx *t, unsigned offset, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)vs_cap_read(t->s, t->s->device, offset + i, 1) << (8 * i);
	return value;
}

/* Whatever fields lie there; one that changes under way is looked at a second time. */
static void expect_bytes(struct vs_ctx *t, unsigned offset, unsigned width)
{
	uint32_t whole = 0, bytes = 1;

	for (unsigned i = 0; i < 2 && whole != bytes; i++) {
		whole = (uint32_t)vs_cap_read(t->s, t->s->device, offset, width);
		bytes = by_bytes(t, offset, width);
	}
	vs_where(t, "device configuration, offset %u", offset);
	vs_expect(t, whole == bytes, "the same bytes at every width",
		  "%#" PRIx32 " by %u bytes, %#" PRIx32 " byte by byte", whole, width, bytes);
}

static void draft_legacy_widths(struct vs_ctx *t)
{
	unsigned end = 0;

	vs_for_each_element(t, at)
		end = at.offset + at.field->width;
	if (end < 2)
		vs_skip(t, "all of its configuration is one byte");
	for (unsigned width = 2; width <= 4; width *= 2)
		for (unsigned at = 0; at + width <= end && at < END_MAX; at += width)
			expect_bytes(t, at, width);
}
VS_DEVICE_CHECK(draft_legacy_widths, .rules = VS_RULES(DRAFT_LEGACY_CONFIG_ANY_WIDTH),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_DEVICE);
