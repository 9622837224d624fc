/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed virtqueues, the driver's side (2.8). */
#include "driver/packed.h"

#include <assert.h>

#include "driver/flight.h"
#include "spec/byteorder.h"
#include "spec/packed_ring.h"
#include "spec/virtio.h"

uint16_t vs_packed_available(bool wrap)
{
	return wrap ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED;
}

uint16_t vs_packed_used(bool wrap)
{
	return wrap ? VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED : 0;
}

void vs_packed_descriptor_at(struct vs_session *s, void *at, struct vs_packed_descriptor d)
{
	uint8_t *p = at;

	if (s->hooks && s->hooks->packed)
		s->hooks->packed(s->hooks->context, at, &d);
	vs_store_le64(p + VIRTQ_PACKED_ADDR, d.addr);
	vs_store_le32(p + VIRTQ_PACKED_LEN, d.len);
	vs_store_le16(p + VIRTQ_PACKED_ID, d.id);
	vs_bus_push(s->bus, p, VIRTQ_PACKED_FLAGS);
	/* The device may look as soon as the flags change: all before them has to be there. */
	vs_ring_barrier();
	vs_ring_store16(s, p + VIRTQ_PACKED_FLAGS, d.flags);
}

static uint8_t *place_of(const struct vs_queue *q, unsigned place)
{
	return q->area[VS_AREA_DESC] + (size_t)(place % q->size) * VIRTQ_PACKED_SIZE;
}

void vs_packed_descriptor(struct vs_queue *q, unsigned place, struct vs_packed_descriptor d)
{
	vs_packed_descriptor_at(q->s, place_of(q, place), d);
}

struct vs_packed_descriptor vs_packed_read(struct vs_queue *q, unsigned place)
{
	const uint8_t *p = place_of(q, place);
	struct vs_packed_descriptor d = { .flags = vs_ring_load16(q->s, p + VIRTQ_PACKED_FLAGS) };

	vs_ring_barrier();
	if (vs_bus_pull(q->s->bus, p, VIRTQ_PACKED_FLAGS))
		return (struct vs_packed_descriptor){ 0 };
	d.addr = vs_load_le64(p + VIRTQ_PACKED_ADDR);
	d.len = vs_load_le32(p + VIRTQ_PACKED_LEN);
	d.id = vs_load_le16(p + VIRTQ_PACKED_ID);
	return d;
}

/* A place of the ring and its wrap counter, so many descriptors further. */
static void step(const struct vs_queue *q, uint16_t *place, bool *wrap, unsigned count)
{
	unsigned at = *place + count;

	if (at / q->size % 2)
		*wrap = !*wrap;
	*place = (uint16_t)(at % q->size);
}

void vs_packed_advance(struct vs_queue *q, unsigned count)
{
	step(q, &q->next, &q->wrap, count);
	q->slots_new = (uint16_t)(q->slots_new + count);
}

static size_t area_size(const struct vs_queue *q, unsigned area)
{
	return area == VS_AREA_DESC ? (size_t)VIRTQ_PACKED_SIZE * q->size : VIRTQ_EVENT_SIZE;
}

static size_t area_align(unsigned area)
{
	return area == VS_AREA_DESC ? VIRTQ_PACKED_ALIGN : VIRTQ_PACKED_EVENT_ALIGN;
}

static void init(struct vs_queue *q)
{
	q->next = q->next_used = 0;
	q->wrap = q->used_wrap = true;
	q->slots_free = q->size;
	q->slots_new = 0;
	vs_flight_init(q);
}

static uint16_t kind_of(const struct vs_element *element)
{
	return element->writable ? VIRTQ_PACKED_F_WRITE : 0;
}

/* The elements in a table of their own; its address on the bus, or 0 without memory. */
static uint64_t make_table(struct vs_queue *q, uint16_t id, const struct vs_element *elements,
			   unsigned count)
{
	uint8_t *table = vs_queue_table(q, id, count);

	for (unsigned i = 0; table && i < count; i++)
		vs_packed_descriptor_at(q->s, table + (size_t)i * VIRTQ_PACKED_SIZE,
					(struct vs_packed_descriptor){
						.addr = vs_dma_address(q->s, elements[i].at),
						.len = elements[i].size,
						.flags = kind_of(&elements[i]) });
	return table ? vs_dma_address(q->s, table) : 0;
}

/* Element i of a buffer that starts where the driver goes on filling. */
static void put(struct vs_queue *q, uint16_t id, const struct vs_element *elements, unsigned count,
		unsigned i)
{
	uint16_t place = q->next;
	bool wrap = q->wrap, last = i + 1 == count;

	step(q, &place, &wrap, i);
	/* The identifier belongs into the last descriptor of a list (2.8.6). There are devices that
	 * take it from the first, and drivers that hide that by writing it into all: as here, where
	 * other things are in question. */
	vs_packed_descriptor(q, place,
			     (struct vs_packed_descriptor){
				     .addr = vs_dma_address(q->s, elements[i].at),
				     .len = elements[i].size,
				     .id = id,
				     .flags = (uint16_t)(kind_of(&elements[i]) |
							 vs_packed_available(wrap) |
							 (last ? 0 : VIRTQ_PACKED_F_NEXT)) });
}

static int offer(struct vs_queue *q, const struct vs_element *elements, unsigned count,
		 bool indirect)
{
	unsigned slots = indirect ? 1 : count;
	uint64_t table = 0;
	uint16_t id;

	assert(count > 0);
	if (q->free_count == 0 || q->slots_free < slots)
		return -1;
	id = vs_flight_free(q);
	if (indirect) {
		table = make_table(q, id, elements, count);
		if (!table) {
			vs_flight_give(q, id);
			return -1;
		}
	}
	vs_flight_depart(q, id, (uint16_t)slots);
	if (q->s->hooks && q->s->hooks->publish)
		q->s->hooks->publish(q->s->hooks->context, q, id);
	if (indirect)
		vs_packed_descriptor(q, q->next,
				     (struct vs_packed_descriptor){
					     .addr = table,
					     .len = count * VIRTQ_PACKED_SIZE,
					     .id = id,
					     .flags = (uint16_t)(VIRTQ_PACKED_F_INDIRECT |
								 vs_packed_available(q->wrap)) });
	/* The first descriptor goes last: it makes the whole list available (2.8.6). */
	for (unsigned i = slots; !indirect && i-- > 0;)
		put(q, id, elements, count, i);
	q->slots_free = (uint16_t)(q->slots_free - slots);
	vs_packed_advance(q, slots);
	return id;
}

static bool wants_notification(struct vs_queue *q)
{
	const uint8_t *event = q->area[VS_AREA_DEVICE];
	uint16_t flags, desc;
	int place;
	int added = q->slots_new;

	q->slots_new = 0;
	if (added == 0)
		return false;
	vs_ring_barrier(); /* the flags must be out before the device's wish is read (2.8.21.3) */
	flags = vs_ring_load16(q->s, event + VIRTQ_EVENT_FLAGS);
	if (flags != VIRTQ_EVENT_F_DESC || !vs_features_has(&q->s->accepted, VIRTIO_F_EVENT_IDX))
		return flags != VIRTQ_EVENT_F_DISABLE;
	vs_ring_barrier();
	desc = vs_ring_load16(q->s, event + VIRTQ_EVENT_DESC);
	/* Was the descriptor that the device names among those just added? */
	place = (int)(desc & VIRTQ_EVENT_OFFSET_MASK);
	if (!!(desc & VIRTQ_EVENT_WRAP) != q->wrap)
		place -= q->size;
	/* What lies ahead was filled last two rounds ago: a driver that did not look for so long
	 * may have passed it. */
	if (place >= q->next)
		place -= 2 * q->size;
	return place >= q->next - added;
}

static bool is_used(struct vs_queue *q)
{
	uint16_t flags = vs_ring_load16(q->s, place_of(q, q->next_used) + VIRTQ_PACKED_FLAGS);

	return (flags & (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)) ==
	       vs_packed_used(q->used_wrap);
}

static bool pending(struct vs_queue *q)
{
	return q->batch || is_used(q);
}

static bool take(struct vs_queue *q, struct vs_used *used)
{
	struct vs_packed_descriptor d;
	struct vs_landing landing;
	unsigned slots;

	if (!q->batch) {
		if (!is_used(q))
			return false;
		d = vs_packed_read(q, q->next_used);
		/* Without WRITE the length means nothing (2.8.5), but there are devices that never
		 * set it, and drivers that never look. */
		vs_flight_arrive(q, d.id, d.len, q->size);
		/* Behind an id that is not in flight nobody knows where to go on: the next place.
		 */
		slots = vs_flight_batch_descriptors(q);
		step(q, &q->next_used, &q->used_wrap, slots ? slots : 1);
	}
	landing = vs_flight_land(q);
	if (landing.descriptors) {
		vs_flight_give(q, (uint16_t)landing.used.id);
		q->slots_free = (uint16_t)(q->slots_free + landing.descriptors);
	}
	*used = landing.used;
	return true;
}

static void interrupts(struct vs_queue *q, bool wanted)
{
	uint8_t *event = q->area[VS_AREA_DRIVER];
	bool by_event = vs_features_has(&q->s->accepted, VIRTIO_F_EVENT_IDX);

	if (wanted && by_event)
		vs_ring_store16(q->s, event + VIRTQ_EVENT_DESC,
				(uint16_t)(q->next_used | (q->used_wrap ? VIRTQ_EVENT_WRAP : 0)));
	vs_ring_barrier();
	vs_ring_store16(q->s, event + VIRTQ_EVENT_FLAGS,
			!wanted    ? VIRTQ_EVENT_F_DISABLE
			: by_event ? VIRTQ_EVENT_F_DESC
				   : VIRTQ_EVENT_F_ENABLE);
	vs_ring_barrier();
}

/* 15 low bits: the next place to fill; the top bit: its wrap counter (2.9). */
static uint16_t position(const struct vs_queue *q)
{
	return (uint16_t)(q->next | (q->wrap ? VIRTQ_EVENT_WRAP : 0));
}

const struct vs_ring_ops vs_packed_ring = {
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
