/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps that write into rings and memory what no driver means. */
#include <string.h>

#include "driver/native.h"
#include "driver/packed.h"
#include "driver/split.h"
#include "fuzz/steps.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

#define PUBLISHED 64u /* packed descriptors made available in one step, at the most */

VS_FUZZ_STEP(notify_with)
{
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], NULL);
	const struct vs_cap *cap = w->s.notify;

	if (!q || !cap)
		return;
	w->dirty = true;
	vs_cap_write(&w->s, cap, vs_queue_notify_offset(q, cap) - cap->offset,
		     (unsigned)step->args[1].value, step->args[2].value);
	vs_relax(&w->s);
}

static void put(struct vs_fuzz_world *w, bool packed, void *at, const struct vs_fuzz_arg *args)
{
	uint64_t address = vs_fuzz_address(w, args[0]);
	uint32_t length = (uint32_t)args[1].value;
	uint16_t flags = (uint16_t)args[2].value, next = (uint16_t)args[3].value;

	if (packed)
		vs_packed_descriptor_at(&w->s, at,
					(struct vs_packed_descriptor){ address, length, next,
								       flags });
	else
		vs_split_descriptor_at(&w->s, at,
				       (struct vs_split_descriptor){ address, length, flags,
								     next });
}

/* On a packed ring counted from the next place to fill, and not yet available. */
VS_FUZZ_STEP(descriptor)
{
	unsigned slot, place;
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], &slot);
	bool packed = q && q->ring == &vs_packed_ring;

	if (!q)
		return;
	vs_fuzz_bend(w, slot);
	place = (unsigned)((step->args[1].value + (packed ? q->next : 0)) % q->size);
	/* What becomes available by itself may be part of a list that nobody wrote. */
	if (packed && step->args[4].value & (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED))
		w->blind = true;
	put(w, packed, q->area[VS_AREA_DESC] + (size_t)place * VIRTQ_DESC_SIZE, &step->args[2]);
}

VS_FUZZ_STEP(table_entry)
{
	uint8_t *table = w->tables[step->args[0].value % VS_FUZZ_TABLES];
	bool packed = vs_features_has(&w->s.accepted, VIRTIO_F_RING_PACKED);

	if (!table)
		return;
	put(w, packed, table + step->args[1].value % VS_FUZZ_TABLE_SIZE * VIRTQ_DESC_SIZE,
	    &step->args[2]);
}

/* The descriptors from the next place to fill on, the first of them last. */
static void publish_packed(struct vs_fuzz_world *w, struct vs_queue *q, unsigned count)
{
	for (unsigned i = count; i-- > 0;) {
		unsigned place = q->next + i;
		bool wrap = q->wrap != (place / q->size % 2 == 1);
		struct vs_packed_descriptor d = vs_packed_read(q, place % q->size);

		d.flags &= (uint16_t) ~(VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED);
		w->blind |= i + 1 == count && d.flags & VIRTQ_PACKED_F_NEXT;
		d.flags |= vs_packed_available(wrap);
		vs_packed_descriptor(q, place % q->size, d);
	}
	vs_packed_advance(q, count);
}

VS_FUZZ_STEP(publish)
{
	unsigned slot;
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], &slot);
	uint64_t count = step->args[2].value;

	if (!q)
		return;
	vs_fuzz_bend(w, slot);
	if (q->ring != &vs_packed_ring)
		vs_split_publish(q, (uint16_t)step->args[1].value);
	else
		publish_packed(w, q, (unsigned)(count < PUBLISHED ? count : PUBLISHED));
}

VS_FUZZ_STEP(avail_entry)
{
	unsigned slot;
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], &slot);

	if (!q || q->ring == &vs_packed_ring)
		return;
	vs_fuzz_bend(w, slot);
	vs_ring_store16(&w->s,
			q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_RING(step->args[1].value % q->size),
			(uint16_t)step->args[2].value);
}

/* The index jumps; on a packed ring the place to fill does. */
VS_FUZZ_STEP(avail_index)
{
	unsigned slot;
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], &slot);

	if (!q)
		return;
	vs_fuzz_bend(w, slot);
	if (q->ring == &vs_packed_ring)
		vs_packed_advance(q, (unsigned)(step->args[1].value % q->size));
	else
		vs_split_set_avail_idx(q, (uint16_t)(q->avail_idx + step->args[1].value));
}

void vs_fuzz_store(struct vs_fuzz_world *w, struct vs_fuzz_arg place, unsigned width,
		   uint64_t value)
{
	uint8_t *at = vs_fuzz_memory(w, place, width);

	if (!at)
		return;
	/* Elsewhere it may become, or change, a descriptor. */
	if (place.base != VS_FUZZ_BUFFER || place.value > VS_FUZZ_BUFFER_SIZE - width) {
		w->blind = true;
		for (unsigned i = 0; i < w->s.queue_count; i++)
			vs_fuzz_bend(w, i);
	}
	vs_native_store(&w->s, at, width, value);
	vs_bus_push(w->bus, at, width);
}

VS_FUZZ_STEP(store)
{
	vs_fuzz_store(w, step->args[0], (unsigned)step->args[1].value, step->args[2].value);
}
