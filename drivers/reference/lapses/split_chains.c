/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses about what buffers of split virtqueues are made of. */
#include "drivers/reference/lapses/ring.h"

#define PLAIN "mock:blk,ring=split"

LAPSE(split_table_at_eight, "the descriptor table starts at an odd multiple of 8", .shift = { 8 },
      .breaks = LAPSE_RULES(SPLIT_AREA_ALIGNMENT), .needs = PLAIN);
LAPSE(split_used_at_two, "the used ring starts at an odd multiple of 2", .shift = { 0, 0, 2 },
      .breaks = LAPSE_RULES(SPLIT_AREA_ALIGNMENT), .needs = PLAIN);

/* ---- Message framing ---- */

LAPSE(split_status_first, "the status byte of a request comes before its header",
      .elements = lapse_last_first, .breaks = LAPSE_RULES(SPLIT_WRITABLE_AFTER_READABLE),
      .needs = PLAIN);

static unsigned scatter(struct lapse_run *l, struct vs_element *elements, unsigned count,
			bool *indirect)
{
	(void)l;
	*indirect = false;
	return lapse_cut(elements, count, 20);
}
LAPSE(split_scattered, "a frame goes out in descriptors of a few bytes", .elements = scatter,
      .breaks = LAPSE_RULES(SPLIT_DESCRIPTOR_COUNT_REASONABLE), .needs = "mock:net,ring=split");

/* What a frame does not fill, the device does not look at. */
static unsigned too_large(struct lapse_run *l, struct vs_element *elements, unsigned count,
			  bool *indirect)
{
	(void)l;
	(void)indirect;
	if (!elements[0].writable)
		return count;
	elements[count] = elements[count - 1];
	elements[count - 1].size = elements[count].size = UINT32_MAX;
	return count + 1;
}
LAPSE(split_receive_of_8_gib, "receive buffers are said to be of 8 GiB", .elements = too_large,
      .breaks = LAPSE_RULES(SPLIT_CHAIN_BYTE_LIMIT),
      .also = LAPSE_RULES(RESERVED_PHYSICAL_ADDRESSES), .needs = "mock:net,ring=split");

/* ---- The descriptor table ---- */

static void bite_tail(struct lapse_run *l, uint16_t head)
{
	uint8_t *at = lapse_descriptor(l, head);
	struct vs_split_descriptor d = lapse_load(l, at);

	if (!lapse_once(l))
		return;
	d.flags = VIRTQ_DESC_F_NEXT;
	d.next = head;
	lapse_store(l, at, d);
}
LAPSE(split_loop, "a descriptor names itself as the next one", .publish = bite_tail,
      .decline = VS_BIT(VIRTIO_F_IN_ORDER), .breaks = LAPSE_RULES(SPLIT_CHAIN_LOOP_FREE),
      .needs = PLAIN);

/* The second and the third of three change places. */
static void cross(struct lapse_run *l, uint16_t head)
{
	uint16_t *next = l->q->chain_next;
	uint16_t second = next[head], third = second < l->q->size ? next[second] : 0;
	struct vs_split_descriptor d[3];

	if (l->q->chain_len[head] != 3)
		return;
	d[0] = lapse_load(l, lapse_descriptor(l, head));
	d[1] = lapse_load(l, lapse_descriptor(l, second));
	d[2] = lapse_load(l, lapse_descriptor(l, third));
	d[0].next = next[head] = third;
	d[1].next = next[third] = second;
	next[second] = 0;
	lapse_store(l, lapse_descriptor(l, head), d[0]);
	lapse_store(l, lapse_descriptor(l, third), d[1]);
	lapse_store(l, lapse_descriptor(l, second), d[2]);
}
LAPSE(split_places_crossed, "with IN_ORDER, chains take the places of the table out of order",
      .publish = cross, .breaks = LAPSE_RULES(SPLIT_IN_ORDER_NEXT), .needs = PLAIN);

/* ---- Indirect tables ---- */

static unsigned indirect_once(struct lapse_run *l, struct vs_element *elements, unsigned count,
			      bool *indirect)
{
	(void)elements;
	*indirect = lapse_once(l);
	return count;
}
LAPSE(split_indirect_unasked, "INDIRECT is used though INDIRECT_DESC was declined",
      .decline = VS_BIT(VIRTIO_F_INDIRECT_DESC), .elements = indirect_once,
      .breaks = LAPSE_RULES(SPLIT_INDIRECT_NEGOTIATED), .needs = PLAIN);

static void nest(struct lapse_run *l, void *at, struct vs_split_descriptor *d)
{
	if (!lapse_in_ring(l, at) && lapse_once(l))
		d->flags |= VIRTQ_DESC_F_INDIRECT;
}
LAPSE(split_indirect_nested, "an entry of an indirect table is INDIRECT itself",
      .elements = lapse_always_indirect, .split = nest,
      .breaks = LAPSE_RULES(SPLIT_INDIRECT_NOT_NESTED), .needs = PLAIN);

static unsigned longer_than_queue(struct lapse_run *l, struct vs_element *elements, unsigned count,
				  bool *indirect)
{
	*indirect = true;
	return lapse_cut(elements, count, l->q->size + 1u);
}
LAPSE(split_longer_than_queue, "an indirect table has more entries than the queue has places",
      .elements = longer_than_queue, .breaks = LAPSE_RULES(SPLIT_CHAIN_WITHIN_QUEUE_SIZE),
      .needs = "mock:blk,ring=split,quirk=queue-size=4");

static void go_on(struct lapse_run *l, void *at, struct vs_split_descriptor *d)
{
	if (!(d->flags & VIRTQ_DESC_F_INDIRECT) || !lapse_in_ring(l, at) || !lapse_once(l))
		return;
	d->flags |= VIRTQ_DESC_F_NEXT;
	d->next = (uint16_t)((lapse_place(l, at) + 1) % l->q->size);
}
LAPSE(split_indirect_with_next, "a descriptor has INDIRECT and NEXT",
      .elements = lapse_always_indirect, .split = go_on,
      .breaks = LAPSE_RULES(SPLIT_INDIRECT_WITHOUT_NEXT), .needs = PLAIN);

/* When the descriptor that points to a table of three is written, the table is whole. */
static void cross_table(struct lapse_run *l, void *at, struct vs_split_descriptor *d)
{
	struct vs_split_descriptor second, third;
	uint8_t *table = lapse_host(l, d->addr), *entry = table + VIRTQ_DESC_SIZE;

	if (!(d->flags & VIRTQ_DESC_F_INDIRECT) || !lapse_in_ring(l, at) ||
	    d->len != 3 * VIRTQ_DESC_SIZE)
		return;
	second = lapse_load(l, entry);
	third = lapse_load(l, entry + VIRTQ_DESC_SIZE);
	second.next = 1;
	lapse_store(l, entry, third);
	lapse_store(l, entry + VIRTQ_DESC_SIZE, second);
	third = lapse_load(l, table);
	third.next = 2;
	lapse_store(l, table, third);
}
LAPSE(split_table_crossed, "with IN_ORDER, an indirect table is chained out of order",
      .elements = lapse_always_indirect, .split = cross_table,
      .breaks = LAPSE_RULES(SPLIT_IN_ORDER_INDIRECT_NEXT), .needs = PLAIN);
