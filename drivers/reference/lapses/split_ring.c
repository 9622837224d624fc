/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses about the rings of split virtqueues, and about what is exposed in them. */
#include "drivers/reference/lapses/ring.h"

#define PLAIN "mock:blk,ring=split"

/* The end of the available ring is used_event, which nobody needs without EVENT_IDX. */
static void overlap(struct lapse_run *l, enum lapse_moment moment)
{
	struct vs_queue *q = l->q;
	size_t into = VIRTQ_AVAIL_USED_EVENT((size_t)(q ? q->size : 0));

	if (moment != LAPSE_AT_CONFIGURED)
		return;
	q->area[VS_AREA_DEVICE] =
		q->area[VS_AREA_DRIVER] + (into & ~(size_t)(VIRTQ_USED_ALIGN - 1));
	lapse_write(l, VS_QUEUE_DEVICE, vs_dma_address(&l->life->s, q->area[VS_AREA_DEVICE]));
}
LAPSE(split_parts_overlap, "the used ring begins in the last bytes of the available ring",
      .at = overlap, .decline = VS_BIT(VIRTIO_F_EVENT_IDX), .breaks = LAPSE_RULES(SPLIT_AREA_SIZE),
      .needs = PLAIN);

static void dirty(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_CONFIGURED)
		vs_ring_store16(&l->life->s, l->q->area[VS_AREA_DEVICE] + VIRTQ_USED_FLAGS, 2);
}
LAPSE(split_used_flags_dirty, "the used ring is handed over with flags in it", .at = dirty,
      .breaks = LAPSE_RULES(SPLIT_USED_FLAGS_ZEROED), .needs = PLAIN);

/* On a queue of which the device holds nothing, so that nothing is exposed anew. */
static void step_back(struct lapse_run *l, enum lapse_moment moment)
{
	struct vs_session *s = &l->life->s;

	for (unsigned i = 0; moment == LAPSE_AT_DONE && i < s->queue_count; i++) {
		struct vs_queue *q = &s->queues[i];
		uint16_t idx = q->avail_idx;

		if (!q->enabled || q->free_count != q->size || idx == 0 || !lapse_once(l))
			continue;
		vs_split_set_avail_idx(q, (uint16_t)(idx - 1));
		lapse_let_look(l);
		vs_split_set_avail_idx(q, idx);
	}
}
LAPSE(split_idx_back, "the available index goes back by one for a moment", .at = step_back,
      .breaks = LAPSE_RULES(SPLIT_AVAIL_IDX_FORWARD), .needs = PLAIN);

/* Bits that mean nothing, or with EVENT_IDX NO_INTERRUPT, which means nothing then. */
static void odd_flags(struct lapse_run *l, bool wanted)
{
	lapse_ordinary_interrupts(l, wanted);
	vs_ring_store16(&l->life->s, l->q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_FLAGS,
			l->value ? VIRTQ_AVAIL_F_NO_INTERRUPT : 2);
}
LAPSE(split_avail_flags_odd, "the flags of the available ring are 2, or 1 with EVENT_IDX",
      .interrupts = odd_flags, .values = "reserved with-event-idx",
      .breaks = LAPSE_RULES(SPLIT_AVAIL_FLAGS), .needs = PLAIN);

static void change_entry(struct lapse_run *l)
{
	struct vs_queue *q = l->q;
	unsigned slot = (uint16_t)(q->avail_idx - 1) % (unsigned)q->size;
	uint8_t *at = q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_RING((size_t)slot);
	uint16_t head = vs_ring_load16(&l->life->s, at);

	vs_ring_store16(&l->life->s, at, (uint16_t)(head + 1));
	lapse_let_look(l);
	vs_ring_store16(&l->life->s, at, head);
}

/* The head points to a table, and has no use for its field next. */
static void change_head(struct lapse_run *l, int id)
{
	uint8_t *at = lapse_descriptor(l, (unsigned)id);
	struct vs_split_descriptor d = lapse_load(l, at);

	d.next = (uint16_t)(d.next + 1);
	lapse_store(l, at, d);
}

/* The first look after a buffer became available finds it whole, what follows does not. */
enum changed { CHAIN, ENTRY };

static void change(struct lapse_run *l, int id)
{
	lapse_let_look(l);
	lapse_let_look(l);
	if (l->value == ENTRY)
		change_entry(l);
	else
		change_head(l, id);
}
LAPSE(split_changed_under_way, "a descriptor, or the entry for it, is changed while it is exposed",
      .elements = lapse_always_indirect, .published = change, .values = "chain entry",
      .breaks = LAPSE_RULES(CLEANUP_EXPOSED_BUFFERS_UNALTERED), .needs = PLAIN);

/* At the first look after it became available it is still on its way. */
static void complete_late(struct lapse_run *l, int id)
{
	lapse_let_look(l);
	change_head(l, id);
}
LAPSE(split_completed_late, "a descriptor becomes complete after the index that announces it",
      .elements = lapse_always_indirect, .published = complete_late,
      .breaks = LAPSE_RULES(SPLIT_PUBLISHED_COMPLETE), .needs = PLAIN);
