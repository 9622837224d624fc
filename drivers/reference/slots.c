/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers that requests pass through, and how they are put into descriptors. */
#include "drivers/reference/life.h"

#define ALIGN       64u
#define PARTS_MAX   8u    /* elements of one buffer */
#define PART_COARSE 1024u /* data of so many bytes is given in two pieces, where it can be */

int ref_make_slots(struct ref_life *life)
{
	for (unsigned i = 0; i < REF_SLOTS; i++) {
		struct ref_slot *slot = &life->slots[i];
		uint8_t *at = vs_dma_alloc(&life->s, REF_SLOT_DATA + REF_SLOT_EXTRA, ALIGN);

		if (!at)
			return -1;
		*slot = (struct ref_slot){ .id = -1, .at = at };
	}
	return 0;
}

struct ref_slot *ref_slot_free(struct ref_life *life)
{
	for (unsigned i = 0; i < REF_SLOTS; i++) {
		struct ref_slot *slot = &life->slots[i];

		if (slot->at && slot->id < 0 && !slot->arrived)
			return slot;
	}
	return NULL;
}

const struct ref_slot *ref_slot_out(const struct ref_life *life, const struct vs_queue *q)
{
	for (unsigned i = 0; i < REF_SLOTS; i++)
		if (life->slots[i].id >= 0 && life->slots[i].q == q)
			return &life->slots[i];
	return NULL;
}

struct layout {
	struct vs_element elements[LAPSE_ELEMENTS];
	unsigned count;
};

static void add(struct layout *l, uint8_t *at, uint32_t size, bool writable)
{
	if (size && l->count < PARTS_MAX)
		l->elements[l->count++] = (struct vs_element){ at, size, writable };
}

/* Data in pieces: no larger than the device can take, and not always in one, so that chains of
 * different lengths are about. */
static void add_data(const struct ref_life *life, const struct ref_slot *slot, struct layout *l)
{
	uint8_t *at = slot->at + slot->header;
	uint32_t left = slot->data, piece = left;

	if (left >= PART_COARSE && life->turn % 3 == 0 && life->seg_max != 1 && slot->q->size >= 4)
		piece = left / 2;
	if (life->size_max && piece > life->size_max)
		piece = life->size_max;
	while (left) {
		uint32_t size = left < piece ? left : piece;

		add(l, at, size, slot->reading);
		at += size;
		left -= size;
	}
}

/* Where the legacy interface has no ANY_LAYOUT, header and status stand alone (2.7.4.3). */
static bool must_part(const struct ref_life *life)
{
	return life->s.view == VS_VIEW_LEGACY && !ref_accepted(life, VIRTIO_F_ANY_LAYOUT);
}

static void lay_out(const struct ref_life *life, const struct ref_slot *slot, struct layout *l)
{
	uint32_t readable = slot->header + (slot->reading ? 0 : slot->data);
	uint32_t all = slot->header + slot->data + slot->tail;

	l->count = 0;
	/* A receive buffer is the device's from its first byte on. */
	if (!slot->job) {
		uint32_t header = must_part(life) ? slot->header : 0;

		add(l, slot->at, header, true);
		add(l, slot->at + header, all - header, true);
		return;
	}
	/* A short ring has no place for more than is needed. */
	if (slot->q->size < 4 && !must_part(life)) {
		add(l, slot->at, readable, false);
		add(l, slot->at + readable, all - readable, true);
		return;
	}
	add(l, slot->at, slot->header, false);
	add_data(life, slot, l);
	add(l, slot->at + slot->header + slot->data, slot->tail, true);
}

/* The ring's own way, or that of a lapse. */
static int offer(struct ref_life *life, struct vs_queue *q, struct layout *l, bool indirect)
{
	struct lapse_run *run = &life->lapse;
	const struct lapse *lapse = run->lapse;
	bool busy = run->busy;
	int id;

	run->q = q;
	if (!lapse)
		return lapse_ordinary_offer(run, l->elements, l->count, indirect);
	run->busy = true;
	if (lapse->elements)
		l->count = lapse->elements(run, l->elements, l->count, &indirect);
	id = lapse->offer ? lapse->offer(run, l->elements, l->count, indirect)
			  : lapse_ordinary_offer(run, l->elements, l->count, indirect);
	if (id >= 0 && lapse->published)
		lapse->published(run, id);
	run->busy = busy;
	return id;
}

int ref_slot_send(struct ref_life *life, struct ref_slot *slot)
{
	struct vs_queue *q = slot->q;
	struct layout l;
	bool indirect;
	int id;

	lay_out(life, slot, &l);
	if (l.count > q->size)
		return -1;
	indirect = ref_accepted(life, VIRTIO_F_INDIRECT_DESC) && l.count > 1 &&
		   l.count <= q->table_elements && life->turn % 2;
	slot->writable = 0;
	for (unsigned i = 0; i < l.count; i++)
		slot->writable += l.elements[i].writable ? l.elements[i].size : 0;
	id = offer(life, q, &l, indirect);
	if (id < 0)
		return 1;
	slot->id = id;
	life->turn++;
	return 0;
}
