/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses about packed virtqueues. */
#include "drivers/reference/lapses/ring.h"
#include "spec/byteorder.h"

#include <string.h>

#define PLAIN "mock:blk,ring=packed"
#define SMALL "mock:blk,ring=packed,quirk=queue-size=4"

static unsigned direct(struct lapse_run *l, struct vs_element *elements, unsigned count,
		       bool *indirect)
{
	(void)l;
	(void)elements;
	*indirect = false;
	return count;
}

/* Writes a descriptor past all hooks. */
static void put(uint8_t *at, struct vs_packed_descriptor d)
{
	vs_store_le64(at + VIRTQ_PACKED_ADDR, d.addr);
	vs_store_le32(at + VIRTQ_PACKED_LEN, d.len);
	vs_store_le16(at + VIRTQ_PACKED_ID, d.id);
	vs_ring_barrier();
	vs_store_le16(at + VIRTQ_PACKED_FLAGS, d.flags);
}

LAPSE(packed_driver_area_at_two, "the driver's event structure starts at an odd multiple of 2",
      .shift = { 0, 2, 0 }, .breaks = LAPSE_RULES(PACKED_AREA_ALIGNMENT), .needs = PLAIN);
LAPSE(packed_status_first, "the status byte of a request comes before its header",
      .elements = lapse_last_first, .breaks = LAPSE_RULES(PACKED_WRITABLE_AFTER_READABLE),
      .needs = PLAIN);

/* ---- Lists ---- */

/*
 * Shows the device the first `count` descriptors of a list that goes on, and takes them back: none
 * of it is complete, so it need not do anything with them.
 */
static void show_begun(struct lapse_run *l, unsigned count)
{
	const struct vs_queue *q = l->q;
	uint8_t before[8][VIRTQ_PACKED_SIZE];
	uint16_t mark = vs_packed_available(q->wrap);

	if (count > 8)
		count = 8;
	for (unsigned i = 0; i < count && q->next + i < q->size; i++) {
		uint8_t *at = lapse_descriptor(l, q->next + i);

		memcpy(before[i], at, VIRTQ_PACKED_SIZE);
		put(at, (struct vs_packed_descriptor){
				.addr = vs_dma_address(&l->life->s, q->area[VS_AREA_DESC]),
				.len = 1,
				.flags = (uint16_t)(mark | VIRTQ_PACKED_F_NEXT) });
	}
	lapse_let_look(l);
	for (unsigned i = 0; i < count && q->next + i < q->size; i++)
		memcpy(lapse_descriptor(l, q->next + i), before[i], VIRTQ_PACKED_SIZE);
}

/* The last descriptor of a list is written first, and the first one, by right, last. */
static void head_first(struct lapse_run *l, void *at, struct vs_packed_descriptor *d)
{
	if (lapse_in_ring(l, at) && lapse_place(l, at) != l->q->next &&
	    !(d->flags & VIRTQ_PACKED_F_NEXT))
		show_begun(l, 1);
}
LAPSE(packed_head_first, "the first descriptor of a list is available before the others",
      .elements = direct, .packed = head_first, .breaks = LAPSE_RULES(PACKED_HEAD_LAST),
      .needs = PLAIN);

static int without_room(struct lapse_run *l, const struct vs_element *elements, unsigned count,
			bool indirect)
{
	int id = lapse_ordinary_offer(l, elements, count, indirect);

	if (id < 0 && l->q->slots_free && l->q->slots_free < count)
		show_begun(l, l->q->slots_free);
	return id;
}
LAPSE(packed_without_room, "a list is begun in a ring that has no room for all of it",
      .elements = direct, .offer = without_room, .breaks = LAPSE_RULES(PACKED_LIST_SPACE),
      .needs = SMALL);

static unsigned longer_than_queue(struct lapse_run *l, struct vs_element *elements, unsigned count,
				  bool *indirect)
{
	*indirect = true;
	return lapse_cut(elements, count, l->q->size + 1u);
}
LAPSE(packed_longer_than_queue, "an indirect table has more entries than the queue has places",
      .elements = longer_than_queue, .breaks = LAPSE_RULES(PACKED_LIST_WITHIN_QUEUE_SIZE),
      .needs = SMALL);

static unsigned four(struct lapse_run *l, struct vs_element *elements, unsigned count,
		     bool *indirect)
{
	(void)l;
	(void)indirect;
	return lapse_cut(elements, count, 4);
}
LAPSE(packed_longer_than_allowed, "a request has two segments where the device takes one",
      .elements = four, .breaks = LAPSE_RULES(PACKED_LIST_WITHIN_DEVICE_LIMIT),
      .needs = "mock:blk,ring=packed,quirk=blk-limits");

/* ---- Indirect tables ---- */

static unsigned indirect_once(struct lapse_run *l, struct vs_element *elements, unsigned count,
			      bool *indirect)
{
	(void)elements;
	*indirect = lapse_once(l);
	return count;
}
LAPSE(packed_indirect_unasked, "INDIRECT is used though INDIRECT_DESC was declined",
      .decline = VS_BIT(VIRTIO_F_INDIRECT_DESC), .elements = indirect_once,
      .breaks = LAPSE_RULES(PACKED_INDIRECT_NEGOTIATED), .needs = PLAIN);

static void flag_entries(struct lapse_run *l, void *at, struct vs_packed_descriptor *d)
{
	if (!lapse_in_ring(l, at))
		d->flags |= VIRTQ_PACKED_F_NEXT;
}
LAPSE(packed_table_flags, "entries of an indirect table have NEXT", .packed = flag_entries,
      .elements = lapse_always_indirect, .breaks = LAPSE_RULES(PACKED_INDIRECT_FLAGS),
      .needs = PLAIN);

/* The last element of a list moves into a table of one. */
static void end_in_table(struct lapse_run *l, void *at, struct vs_packed_descriptor *d)
{
	uint8_t *table;

	if (!lapse_in_ring(l, at) || lapse_place(l, at) == l->q->next ||
	    (d->flags & VIRTQ_PACKED_F_NEXT) || !lapse_once(l))
		return;
	table = vs_dma_alloc(&l->life->s, VIRTQ_PACKED_SIZE, VIRTQ_PACKED_ALIGN);
	if (!table)
		return;
	put(table, (struct vs_packed_descriptor){ .addr = d->addr,
						  .len = d->len,
						  .flags = d->flags & VIRTQ_PACKED_F_WRITE });
	d->addr = vs_dma_address(&l->life->s, table);
	d->len = VIRTQ_PACKED_SIZE;
	d->flags = (uint16_t)((d->flags & ~VIRTQ_PACKED_F_WRITE) | VIRTQ_PACKED_F_INDIRECT);
}
LAPSE(packed_list_ends_in_table, "a list of direct descriptors ends with an indirect one",
      .elements = direct, .packed = end_in_table,
      .breaks = LAPSE_RULES(PACKED_INDIRECT_NOT_CHAINED), .needs = PLAIN);

/* ---- What is available stays ---- */

/* The first descriptor of the buffer that was offered last. */
static uint8_t *head_of(const struct lapse_run *l, int id)
{
	const struct vs_queue *q = l->q;

	return lapse_descriptor(l, (q->next + q->size - q->chain_len[id]) % (unsigned)q->size);
}

static void with_another_length(struct lapse_run *l, uint8_t *at)
{
	uint32_t length = vs_load_le32(at + VIRTQ_PACKED_LEN);

	vs_store_le32(at + VIRTQ_PACKED_LEN, length + VIRTQ_PACKED_SIZE);
	lapse_let_look(l);
	vs_store_le32(at + VIRTQ_PACKED_LEN, length);
}

/* It becomes available, and its length is right only after the device could look. */
static void late(struct lapse_run *l, int id)
{
	with_another_length(l, head_of(l, id));
}
LAPSE(packed_published_early, "a descriptor is completed after it became available",
      .elements = direct, .published = late, .breaks = LAPSE_RULES(PACKED_PUBLISHED_COMPLETE),
      .needs = PLAIN);

static void changed(struct lapse_run *l, int id)
{
	/* Once it is found, once more it is found to be the same. */
	lapse_let_look(l);
	lapse_let_look(l);
	with_another_length(l, head_of(l, id));
}
LAPSE(packed_changed_under_way, "the length of a descriptor changes while it is available",
      .elements = direct, .published = changed,
      .breaks = LAPSE_RULES(PACKED_NO_CHANGE_AFTER_AVAILABLE), .needs = PLAIN);

/* As if the device had used it, and the next round had come. */
static void fill_anew(struct lapse_run *l, int id)
{
	uint8_t *flags = head_of(l, id) + VIRTQ_PACKED_FLAGS;
	uint16_t mark = VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED;

	lapse_let_look(l);
	vs_store_le16(flags, vs_load_le16(flags) ^ mark);
	lapse_let_look(l);
	vs_store_le16(flags, vs_load_le16(flags) ^ mark);
}
LAPSE(packed_filled_anew, "a place is made available in the next round before it was used",
      .published = fill_anew, .breaks = LAPSE_RULES(PACKED_NO_CHANGE_BEFORE_USED), .needs = PLAIN);
