/* SPDX-License-Identifier: BSD-3-Clause */
/* Split virtqueues, the driver's side (2.7). */
#include "driver/split.h"

#include <assert.h>
#include <string.h>

#include "driver/flight.h"
#include "driver/native.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

void vs_split_descriptor(struct vs_queue *q, unsigned i, struct vs_split_descriptor d)
{
	vs_split_descriptor_at(q->s, q->area[VS_AREA_DESC] + (size_t)i * VIRTQ_DESC_SIZE, d);
}

void vs_split_descriptor_at(struct vs_session *s, void *at, struct vs_split_descriptor d)
{
	uint8_t *p = at;

	if (s->hooks && s->hooks->split)
		s->hooks->split(s->hooks->context, at, &d);
	vs_native_store(s, p + VIRTQ_DESC_ADDR, 8, d.addr);
	vs_native_store(s, p + VIRTQ_DESC_LEN, 4, d.len);
	vs_native_store(s, p + VIRTQ_DESC_FLAGS, 2, d.flags);
	vs_native_store(s, p + VIRTQ_DESC_NEXT, 2, d.next);
	vs_bus_push(s->bus, p, VIRTQ_DESC_SIZE);
}

void vs_split_publish(struct vs_queue *q, uint16_t head)
{
	uint8_t *avail = q->area[VS_AREA_DRIVER];

	if (q->s->hooks && q->s->hooks->publish)
		q->s->hooks->publish(q->s->hooks->context, q, head);
	vs_ring_store16(q->s, avail + VIRTQ_AVAIL_RING(q->avail_idx % q->size), head);
	vs_split_set_avail_idx(q, (uint16_t)(q->avail_idx + 1));
}

void vs_split_set_avail_idx(struct vs_queue *q, uint16_t idx)
{
	/* The device may look as soon as the index changes: all before it has to be there. */
	vs_ring_barrier();
	q->avail_idx = idx;
	vs_ring_store16(q->s, q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_IDX, idx);
}

uint16_t vs_split_used_idx(struct vs_queue *q)
{
	return vs_ring_load16(q->s, q->area[VS_AREA_DEVICE] + VIRTQ_USED_IDX);
}

static size_t area_size(const struct vs_queue *q, unsigned area)
{
	switch (area) {
	case VS_AREA_DESC:
		return (size_t)VIRTQ_DESC_SIZE * q->size;
	case VS_AREA_DRIVER:
		return VIRTQ_AVAIL_SIZE((size_t)q->size);
	default:
		return VIRTQ_USED_SIZE((size_t)q->size);
	}
}

static size_t area_align(unsigned area)
{
	static const uint8_t align[VS_AREA_COUNT] = { VIRTQ_DESC_ALIGN, VIRTQ_AVAIL_ALIGN,
						      VIRTQ_USED_ALIGN };

	return align[area];
}

static void init(struct vs_queue *q)
{
	q->avail_idx = q->notified_idx = q->used_idx = 0;
	vs_flight_init(q);
}

static struct vs_split_descriptor describe(struct vs_session *s, const struct vs_element *element,
					   bool last, uint16_t next)
{
	return (struct vs_split_descriptor){
		.addr = vs_dma_address(s, element->at),
		.len = element->size,
		.flags = (uint16_t)((element->writable ? VIRTQ_DESC_F_WRITE : 0) |
				    (last ? 0 : VIRTQ_DESC_F_NEXT)),
		.next = last ? 0 : next,
	};
}

void vs_split_chain(struct vs_queue *q, unsigned first, const struct vs_element *elements,
		    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		vs_split_descriptor(q, first + i,
				    describe(q->s, &elements[i], i + 1 == count,
					     (uint16_t)(first + i + 1)));
}

static int offer_indirect(struct vs_queue *q, const struct vs_element *elements, unsigned count)
{
	struct vs_session *s = q->s;
	uint16_t head = vs_flight_free(q);
	uint8_t *table = vs_queue_table(q, head, count);

	if (!table) {
		vs_flight_give(q, head);
		return -1;
	}
	for (unsigned i = 0; i < count; i++)
		vs_split_descriptor_at(s, table + (size_t)i * VIRTQ_DESC_SIZE,
				       describe(s, &elements[i], i + 1 == count,
						(uint16_t)(i + 1)));
	vs_flight_depart(q, head, 1);
	vs_split_descriptor(q, head,
			    (struct vs_split_descriptor){ .addr = vs_dma_address(s, table),
							  .len = count * VIRTQ_DESC_SIZE,
							  .flags = VIRTQ_DESC_F_INDIRECT });
	vs_split_publish(q, head);
	return head;
}

static int offer(struct vs_queue *q, const struct vs_element *elements, unsigned count,
		 bool indirect)
{
	uint16_t head, at;

	assert(count > 0);
	if (q->free_count < (indirect ? 1 : count))
		return -1;
	if (indirect)
		return offer_indirect(q, elements, count);
	head = at = vs_flight_free(q);
	vs_flight_depart(q, head, (uint16_t)count);
	for (unsigned i = 0; i < count; i++) {
		bool last = i + 1 == count;
		uint16_t next = last ? 0 : vs_flight_free(q);

		vs_split_descriptor(q, at, describe(q->s, &elements[i], last, next));
		q->chain_next[at] = next;
		at = next;
	}
	vs_split_publish(q, head);
	return head;
}

static bool wants_notification(struct vs_queue *q)
{
	const uint8_t *used = q->area[VS_AREA_DEVICE];
	uint16_t old = q->notified_idx, event;

	q->notified_idx = q->avail_idx;
	if (old == q->avail_idx)
		return false;
	vs_ring_barrier(); /* the index must be out before the device's wish is read (2.7.13.4.1) */
	if (!vs_features_has(&q->s->accepted, VIRTIO_F_EVENT_IDX))
		return !(vs_ring_load16(q->s, used + VIRTQ_USED_FLAGS) & VIRTQ_USED_F_NO_NOTIFY);
	event = vs_ring_load16(q->s, used + VIRTQ_USED_AVAIL_EVENT(q->size));
	/* Was the entry at position `event` among those just added? */
	return (uint16_t)(q->avail_idx - event - 1) < (uint16_t)(q->avail_idx - old);
}

static bool pending(struct vs_queue *q)
{
	return q->batch || vs_split_used_idx(q) != q->used_idx;
}

/* The descriptors of the buffer are free again. */
static void release(struct vs_queue *q, uint16_t head, unsigned len)
{
	uint16_t at = head;

	for (unsigned i = 0; i < len; i++) {
		vs_flight_give(q, at);
		at = q->chain_next[at];
	}
}

static bool take(struct vs_queue *q, struct vs_used *used)
{
	const uint8_t *ring = q->area[VS_AREA_DEVICE];
	const uint8_t *element = ring + VIRTQ_USED_RING((size_t)(q->used_idx % q->size));
	struct vs_landing landing;
	uint16_t fresh;

	if (!q->batch) {
		fresh = (uint16_t)(vs_split_used_idx(q) - q->used_idx);
		if (fresh == 0 || vs_bus_pull(q->s->bus, element, 8))
			return false;
		vs_flight_arrive(q, (uint32_t)vs_native_load(q->s, element, 4),
				 (uint32_t)vs_native_load(q->s, element + 4, 4), fresh);
		/* The element stands for the whole batch, and takes all its places. */
		q->used_idx = (uint16_t)(q->used_idx + q->batch);
	}
	landing = vs_flight_land(q);
	release(q, (uint16_t)landing.used.id, landing.descriptors);
	*used = landing.used;
	return true;
}

static void interrupts(struct vs_queue *q, bool wanted)
{
	uint8_t *avail = q->area[VS_AREA_DRIVER];

	if (vs_features_has(&q->s->accepted, VIRTIO_F_EVENT_IDX)) {
		/* Without flags to say no, an event half a cycle away says it (2.7.7.1). */
		uint16_t event = wanted ? q->used_idx : (uint16_t)(q->used_idx + 0x8000u);

		vs_ring_store16(q->s, avail + VIRTQ_AVAIL_USED_EVENT(q->size), event);
	} else {
		vs_ring_store16(q->s, avail + VIRTQ_AVAIL_FLAGS,
				wanted ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT);
	}
	vs_ring_barrier();
}

/* 15 low bits: where the next entry goes; the top bit: bit 15 of the index (2.9). */
static uint16_t position(const struct vs_queue *q)
{
	return q->avail_idx;
}

const struct vs_ring_ops vs_split_ring = {
	.area_size = area_size,
	.area_align = area_align,
	.init = init,
	.offer = offer,
	.wants_notification = wants_notification,
	.pending = pending,
	.take = take,
	.interrupts = interrupts,
	.position = position,
};
