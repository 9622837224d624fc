/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Robustness of rings: descriptors that no driver can mean (2.7.5, 2.7.6). One table of what is
 * offered, and after each of it the device has to start over and serve.
 */
#include "device/ring_shapes.h"

#define SIZE 8u /* entries: few, so that the end of a table is near */

static const struct vs_shape shapes[] = {
	{ .rule = VS_RULE_ROBUST_HEAD_OUT_OF_RANGE,
	  .blow = "a head just behind the descriptor table",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .head = VS_NEXT_SIZE },
	{ .rule = VS_RULE_ROBUST_HEAD_OUT_OF_RANGE,
	  .blow = "a head of 65535",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .head = VS_NEXT_MOST },

	{ .rule = VS_RULE_ROBUST_NEXT_OUT_OF_RANGE,
	  .blow = "a next just behind the descriptor table",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST, .next = VS_NEXT_SIZE } } },
	{ .rule = VS_RULE_ROBUST_NEXT_OUT_OF_RANGE,
	  .blow = "a next of 65535",
	  .list = { { .part = VS_PART_SPARE, .next = VS_NEXT_MOST } } },
	{ .rule = VS_RULE_ROBUST_NEXT_OUT_OF_RANGE,
	  .blow = "a next just behind an indirect table",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST, .next = VS_NEXT_SIZE } },
	  .indirect = true },
	{ .rule = VS_RULE_ROBUST_NEXT_OUT_OF_RANGE,
	  .blow = "a next of 65535 in an indirect table",
	  .list = { { .part = VS_PART_SPARE, .next = VS_NEXT_MOST } },
	  .indirect = true },

	{ .rule = VS_RULE_ROBUST_DESCRIPTOR_LOOP,
	  .blow = "a descriptor that continues in itself",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST, .next = VS_NEXT_ITSELF } } },
	{ .rule = VS_RULE_ROBUST_DESCRIPTOR_LOOP,
	  .blow = "a chain that comes back to its head",
	  .list = { { .part = VS_PART_SPARE }, { .part = VS_PART_SPARE, .next = VS_NEXT_FIRST } } },
	{ .rule = VS_RULE_ROBUST_DESCRIPTOR_LOOP,
	  .blow = "a loop of descriptors of length 0",
	  .list = { { .part = VS_PART_ANSWER, .length = VS_LENGTH_ZERO },
		    { .part = VS_PART_ANSWER, .length = VS_LENGTH_ZERO, .next = VS_NEXT_FIRST } } },
	{ .rule = VS_RULE_ROBUST_DESCRIPTOR_LOOP,
	  .blow = "a loop in an indirect table",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST, .next = VS_NEXT_ITSELF } },
	  .indirect = true },

	{ .rule = VS_RULE_ROBUST_CHAIN_TOO_MANY_BYTES,
	  .blow = "a chain of nearly 8 GiB",
	  .list = { { .part = VS_PART_FIRST },
		    { .part = VS_PART_SPARE, .length = VS_LENGTH_MOST },
		    { .part = VS_PART_SPARE, .length = VS_LENGTH_MOST },
		    { .part = VS_PART_LAST } } },
	{ .rule = VS_RULE_ROBUST_CHAIN_TOO_MANY_BYTES,
	  .blow = "a chain with 4 GiB too much, which 32 bits do not count",
	  .list = { { .part = VS_PART_FIRST },
		    { .part = VS_PART_SPARE, .length = VS_LENGTH_HALF },
		    { .part = VS_PART_SPARE, .length = VS_LENGTH_HALF },
		    { .part = VS_PART_LAST } } },

	{ .rule = VS_RULE_ROBUST_BUFFER_OUTSIDE_MEMORY,
	  .blow = "a last element outside memory",
	  .list = { { .part = VS_PART_FIRST },
		    { .part = VS_PART_LAST, .place = VS_PLACE_OUTSIDE } } },
	{ .rule = VS_RULE_ROBUST_BUFFER_OUTSIDE_MEMORY,
	  .blow = "a first element outside memory",
	  .list = { { .part = VS_PART_FIRST, .place = VS_PLACE_OUTSIDE },
		    { .part = VS_PART_LAST } } },
	{ .rule = VS_RULE_ROBUST_BUFFER_OUTSIDE_MEMORY,
	  .blow = "an element at address 2^63",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST, .place = VS_PLACE_HIGH } } },

	/* With nothing writable where the request has no readable part: a device that writes what
	 * it likes at the end of the address space writes it to the beginning as well. */
	{ .rule = VS_RULE_ROBUST_BUFFER_WRAPS_ADDRESS_SPACE,
	  .blow = "an element that wraps past the last address",
	  .list = { { .part = VS_PART_SPARE, .place = VS_PLACE_WRAPS },
		    { .part = VS_PART_ANSWER } } },
	{ .rule = VS_RULE_ROBUST_BUFFER_WRAPS_ADDRESS_SPACE,
	  .blow = "a first element that wraps past the last address",
	  .list = { { .part = VS_PART_FIRST, .place = VS_PLACE_HALFWAY },
		    { .part = VS_PART_LAST } } },
	{ .rule = VS_RULE_ROBUST_BUFFER_WRAPS_ADDRESS_SPACE,
	  .blow = "a last element of 16 KiB that wraps past the last address",
	  .list = { { .part = VS_PART_OUT, .length = VS_LENGTH_SAME },
		    { .part = VS_PART_LAST,
		      .place = VS_PLACE_HALFWAY,
		      .length = VS_LENGTH_MUCH } } },

	{ .rule = VS_RULE_ROBUST_ZERO_LENGTH_DESCRIPTOR,
	  .blow = "a readable descriptor of length 0, alone",
	  .list = { { .part = VS_PART_SPARE, .length = VS_LENGTH_ZERO } } },
	{ .rule = VS_RULE_ROBUST_ZERO_LENGTH_DESCRIPTOR,
	  .blow = "a writable descriptor of length 0, alone",
	  .list = { { .part = VS_PART_ANSWER, .length = VS_LENGTH_ZERO } } },
	{ .rule = VS_RULE_ROBUST_ZERO_LENGTH_DESCRIPTOR,
	  .blow = "a descriptor of length 0 between others",
	  .list = { { .part = VS_PART_OUT },
		    { .part = VS_PART_SPARE, .length = VS_LENGTH_ZERO },
		    { .part = VS_PART_IN } } },
	{ .rule = VS_RULE_ROBUST_ZERO_LENGTH_DESCRIPTOR,
	  .blow = "a descriptor of length 0 at the end",
	  .list = { { .part = VS_PART_OUT },
		    { .part = VS_PART_IN },
		    { .part = VS_PART_ANSWER, .length = VS_LENGTH_ZERO } } },

	{ .rule = VS_RULE_ROBUST_DESCRIPTOR_PUBLISHED_TWICE,
	  .blow = "a head that is offered twice",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .flood = true },
	{ .rule = VS_RULE_ROBUST_DESCRIPTOR_PUBLISHED_TWICE,
	  .blow = "a head in every place of the ring",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .often = true },

	{ .rule = VS_RULE_ROBUST_INDIRECT_NOT_NEGOTIATED,
	  .blow = "an indirect table without the feature",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true },

	{ .rule = VS_RULE_ROBUST_INDIRECT_NESTED,
	  .blow = "an indirect table in an indirect table",
	  .list = { { .part = VS_PART_TABLE } },
	  .indirect = true },
	{ .rule = VS_RULE_ROBUST_INDIRECT_NESTED,
	  .blow = "an indirect table that refers to itself",
	  .list = { { .part = VS_PART_SELF } },
	  .indirect = true },
	{ .rule = VS_RULE_ROBUST_INDIRECT_NESTED,
	  .blow = "an indirect table behind an element in an indirect table",
	  .list = { { .part = VS_PART_SPARE }, { .part = VS_PART_TABLE } },
	  .indirect = true },

	{ .rule = VS_RULE_ROBUST_INDIRECT_ODD_LENGTH,
	  .blow = "an indirect table one byte too long",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true,
	  .table_more = 1 },
	{ .rule = VS_RULE_ROBUST_INDIRECT_ODD_LENGTH,
	  .blow = "an indirect table that ends within its last descriptor",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true,
	  .table_more = -1 },
	{ .rule = VS_RULE_ROBUST_INDIRECT_ODD_LENGTH,
	  .blow = "an indirect table of 8 bytes",
	  .list = { { .part = VS_PART_LAST } },
	  .indirect = true,
	  .table_more = -8 },

	{ .rule = VS_RULE_ROBUST_INDIRECT_TOO_LONG,
	  .blow = "an indirect table with more elements than the queue has places",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true,
	  .overlong = true },

	{ .rule = VS_RULE_ROBUST_INDIRECT_EMPTY,
	  .blow = "an indirect table of length 0",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true,
	  .table_length = VS_LENGTH_ZERO },

	{ .rule = VS_RULE_ROBUST_INDIRECT_OUTSIDE_MEMORY,
	  .blow = "an indirect table outside memory",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true,
	  .table_place = VS_PLACE_OUTSIDE },
	{ .rule = VS_RULE_ROBUST_INDIRECT_OUTSIDE_MEMORY,
	  .blow = "an indirect table that wraps past the last address",
	  .list = { { .part = VS_PART_FIRST }, { .part = VS_PART_LAST } },
	  .indirect = true,
	  .table_place = VS_PLACE_HALFWAY },
};

/* Descriptors are chosen by hand, not in the order that IN_ORDER asks for (2.7.5.2). */
static struct vs_setup setup_for(unsigned rule)
{
	struct vs_setup setup = { .queue_size = SIZE, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

	if (rule == VS_RULE_ROBUST_INDIRECT_NOT_NEGOTIATED)
		setup.refuse |= VS_BIT(VIRTIO_F_INDIRECT_DESC);
	return setup;
}

static bool can_strike(struct vs_ctx *t, const struct vs_shape *shape)
{
	return !shape->indirect || shape->rule == VS_RULE_ROBUST_INDIRECT_NOT_NEGOTIATED ||
	       vs_negotiated(t, VIRTIO_F_INDIRECT_DESC);
}

/* All blows of one rule, each on a device that has just started. */
static void strike(struct vs_ctx *t, unsigned rule)
{
	const char *blow = NULL;

	vs_need_service(t);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct vs_shape *shape = &shapes[i];
		struct vs_request request;

		if (shape->rule != rule)
			continue;
		if (blow)
			vs_require_restart(t, VS_STAGE_LIVE, setup_for(rule), blow);
		else
			vs_start_over(t, VS_STAGE_LIVE, setup_for(rule));
		if (!can_strike(t, shape) || !vs_shape_offer(t, shape, &request))
			continue;
		blow = shape->blow;
		vs_settle(t->s);
	}
	if (!blow)
		vs_skip(t, "a request of this device type has no part to bend like that");
	vs_expect_recovery(t, blow);
}

#define STRIKES(name, rule)                \
	static void name(struct vs_ctx *t) \
	{                                  \
		strike(t, VS_RULE_##rule); \
	}
#define STRIKING .stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN)

STRIKES(head_out_of_range, ROBUST_HEAD_OUT_OF_RANGE)
VS_DEVICE_CHECK(head_out_of_range, .rules = VS_RULES(ROBUST_HEAD_OUT_OF_RANGE), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_PUBLISHED_COMPLETE));

STRIKES(next_out_of_range, ROBUST_NEXT_OUT_OF_RANGE)
VS_DEVICE_CHECK(next_out_of_range, .rules = VS_RULES(ROBUST_NEXT_OUT_OF_RANGE), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_PUBLISHED_COMPLETE));

STRIKES(descriptor_loop, ROBUST_DESCRIPTOR_LOOP)
VS_DEVICE_CHECK(descriptor_loop, .rules = VS_RULES(ROBUST_DESCRIPTOR_LOOP), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_CHAIN_LOOP_FREE));

STRIKES(chain_too_many_bytes, ROBUST_CHAIN_TOO_MANY_BYTES)
VS_DEVICE_CHECK(chain_too_many_bytes, .rules = VS_RULES(ROBUST_CHAIN_TOO_MANY_BYTES), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_CHAIN_BYTE_LIMIT,
				    DRIVER_RESERVED_PHYSICAL_ADDRESSES));

STRIKES(buffer_outside_memory, ROBUST_BUFFER_OUTSIDE_MEMORY)
VS_DEVICE_CHECK(buffer_outside_memory, .rules = VS_RULES(ROBUST_BUFFER_OUTSIDE_MEMORY), STRIKING,
		.breaks = VS_BREAKS(DRIVER_RESERVED_PHYSICAL_ADDRESSES));

STRIKES(buffer_wraps, ROBUST_BUFFER_WRAPS_ADDRESS_SPACE)
VS_DEVICE_CHECK(buffer_wraps, .rules = VS_RULES(ROBUST_BUFFER_WRAPS_ADDRESS_SPACE), STRIKING,
		.breaks = VS_BREAKS(DRIVER_RESERVED_PHYSICAL_ADDRESSES));

STRIKES(zero_length_descriptor, ROBUST_ZERO_LENGTH_DESCRIPTOR)
VS_DEVICE_CHECK(zero_length_descriptor, .rules = VS_RULES(ROBUST_ZERO_LENGTH_DESCRIPTOR), STRIKING);

STRIKES(published_twice, ROBUST_DESCRIPTOR_PUBLISHED_TWICE)
VS_DEVICE_CHECK(published_twice, .rules = VS_RULES(ROBUST_DESCRIPTOR_PUBLISHED_TWICE), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_PUBLISHED_COMPLETE,
				    DRIVER_CLEANUP_EXPOSED_BUFFERS_UNALTERED));

STRIKES(indirect_not_negotiated, ROBUST_INDIRECT_NOT_NEGOTIATED)
VS_DEVICE_CHECK(indirect_not_negotiated, .rules = VS_RULES(ROBUST_INDIRECT_NOT_NEGOTIATED),
		STRIKING, .breaks = VS_BREAKS(DRIVER_SPLIT_INDIRECT_NEGOTIATED));

STRIKES(indirect_nested, ROBUST_INDIRECT_NESTED)
VS_DEVICE_CHECK(indirect_nested, .rules = VS_RULES(ROBUST_INDIRECT_NESTED), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_INDIRECT_NOT_NESTED));

STRIKES(indirect_odd_length, ROBUST_INDIRECT_ODD_LENGTH)
VS_DEVICE_CHECK(indirect_odd_length, .rules = VS_RULES(ROBUST_INDIRECT_ODD_LENGTH), STRIKING);

STRIKES(indirect_too_long, ROBUST_INDIRECT_TOO_LONG)
VS_DEVICE_CHECK(indirect_too_long, .rules = VS_RULES(ROBUST_INDIRECT_TOO_LONG), STRIKING,
		.breaks = VS_BREAKS(DRIVER_SPLIT_CHAIN_WITHIN_QUEUE_SIZE));

STRIKES(indirect_empty, ROBUST_INDIRECT_EMPTY)
VS_DEVICE_CHECK(indirect_empty, .rules = VS_RULES(ROBUST_INDIRECT_EMPTY), STRIKING);

STRIKES(indirect_outside_memory, ROBUST_INDIRECT_OUTSIDE_MEMORY)
VS_DEVICE_CHECK(indirect_outside_memory, .rules = VS_RULES(ROBUST_INDIRECT_OUTSIDE_MEMORY),
		STRIKING, .breaks = VS_BREAKS(DRIVER_RESERVED_PHYSICAL_ADDRESSES));
