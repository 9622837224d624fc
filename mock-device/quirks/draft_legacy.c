/* SPDX-License-Identifier: BSD-3-Clause */
/* The legacy registers as the draft of 2013 does not have them. */
#include "mock-device/quirks/quirk.h"

/* Where a field, or several of them, is read otherwise than by its own width. */
static const struct {
	uint8_t offset, end, width;
} odd_reads[] = {
	{ 0, 8, 1 },   /* bytes of capacity */
	{ 0, 8, 2 },   /* and words */
	{ 24, 28, 4 }, /* the topology's two bytes and a word at once */
};

static uint64_t one_width(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t value = mock_op_device_config_read(q->below, offset, width);

	if (mock_on_legacy(q->mock) && width == odd_reads[q->value].width &&
	    offset >= odd_reads[q->value].offset && offset < odd_reads[q->value].end)
		return ~value;
	return value;
}
MOCK_QUIRK(draft_legacy_config_width, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, the legacy interface gives another device configuration "
		   "by other widths than those of the fields",
	   .breaks = MOCK_RULES(DRAFT_LEGACY_CONFIG_ANY_WIDTH), .values = "bytes words dwords",
	   .needs = "mock:blk,interface=transitional,profile=draft-2013",
	   .ops = { .device_config_read = one_width });
