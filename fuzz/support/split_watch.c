/* SPDX-License-Identifier: BSD-3-Clause */
/* The watch's second look at split rings (2.7). */
#include "fuzz/support/guest_memory.h"
#include "fuzz/support/plain.h"
#include "fuzz/support/ring_watch.h"
#include "spec/split_ring.h"

FUZZ_PLAIN

static uint64_t entry_of(const struct watch_queue *q, uint32_t number)
{
	return q->driver + VIRTQ_AVAIL_RING(number % q->size);
}

/* The head of the buffer at `number` of the available ring. */
static void head(struct ring_watch *watch, unsigned queue, const uint8_t *data)
{
	struct watch_queue *q = &watch->queue[queue];
	uint16_t index;

	if ((uint16_t)(q->available - q->taken) == 0)
		fuzz_oracle("not-available", "entry %u of queue %u", q->taken & UINT16_MAX, queue);
	if (!data)
		return;
	index = (uint16_t)watch_number(data, sizeof(index));
	q->taken++;
	if (index >= q->size)
		watch_trouble(watch);
	else
		watch_walk_start(watch, queue, q->descriptors + (uint64_t)VIRTQ_DESC_SIZE * index,
				 index);
}

bool split_watch_read(struct ring_watch *watch, unsigned queue, uint64_t address,
		      const uint8_t *data, size_t size)
{
	struct watch_queue *q = &watch->queue[queue];
	uint64_t event = q->driver + VIRTQ_AVAIL_USED_EVENT(q->size);
	uint16_t value = data && size == sizeof(value) ? (uint16_t)watch_number(data, size) : 0;

	if (!watch_inside(address, size, q->driver, VIRTQ_AVAIL_SIZE(q->size)))
		return false;
	q->used = true;
	if (size != sizeof(value))
		fuzz_oracle("stray-read", "%zu bytes of an available ring", size);
	if (address == q->driver + VIRTQ_AVAIL_IDX) {
		q->available = value;
		/* Further ahead than the ring is long: an error as soon as it is acted upon. */
		q->too_far = data && value != (uint16_t)q->taken &&
			     (uint16_t)(value - q->pushed) > q->size;
		watch->config_expected |= q->too_far;
	} else if (address == event) {
		if (watch->event_idx)
			watch_know(q, (uint16_t)(value - q->from) < (uint16_t)(q->to - q->from));
	} else if (address == q->driver + VIRTQ_AVAIL_FLAGS) {
		if (!watch->event_idx)
			watch_know(q, !(value & VIRTQ_AVAIL_F_NO_INTERRUPT));
	} else if (q->too_far) {
		fuzz_oracle("not-available", "an index of %u after %u was believed", q->available,
			    q->taken);
	} else if (q->available != (uint16_t)q->taken && address == entry_of(q, q->taken)) {
		head(watch, queue, data);
	} else if (address == entry_of(q, q->taken - 1) && watch_give_back(watch, queue)) {
		q->taken--;
		head(watch, queue, data);
	} else {
		fuzz_oracle("not-available", "0x%llx instead of entry %u of queue %u",
			    (unsigned long long)address, q->taken & UINT16_MAX, queue);
	}
	return true;
}

void split_watch_step(struct ring_watch *watch)
{
	struct watch_walk *walk = &watch->walk;
	const struct watch_queue *q = &watch->queue[walk->queue];
	uint64_t address = watch_number(walk->bytes + VIRTQ_DESC_ADDR, sizeof(address));
	uint32_t length = (uint32_t)watch_number(walk->bytes + VIRTQ_DESC_LEN, sizeof(length));
	uint16_t flags = (uint16_t)watch_number(walk->bytes + VIRTQ_DESC_FLAGS, sizeof(flags));
	uint16_t next = (uint16_t)watch_number(walk->bytes + VIRTQ_DESC_NEXT, sizeof(next));

	if (flags & VIRTQ_DESC_F_INDIRECT) {
		if (walk->table || !watch_walk_table(watch, address, length, flags))
			watch_trouble(watch);
		return;
	}
	if (!watch_walk_element(watch, address, length, flags) ||
	    (flags & VIRTQ_DESC_F_NEXT && next >= (walk->table ? walk->entries : q->size))) {
		watch_trouble(watch);
		return;
	}
	if (!(flags & VIRTQ_DESC_F_NEXT)) {
		watch_walk_end(watch);
		return;
	}
	walk->address =
		(walk->table ? walk->base : q->descriptors) + (uint64_t)VIRTQ_DESC_SIZE * next;
	walk->fetched = 0;
}

bool split_watch_write(struct ring_watch *watch, unsigned queue, uint64_t address,
		       const uint8_t *data, size_t size)
{
	struct watch_queue *q = &watch->queue[queue];
	unsigned slot = q->pushed % q->size;
	const unsigned element = VIRTQ_USED_RING(1) - VIRTQ_USED_RING(0);
	uint64_t value = data && size <= sizeof(value) ? watch_number(data, (unsigned)size) : 0;

	if (!watch_inside(address, size, q->device, VIRTQ_USED_SIZE(q->size)))
		return false;
	q->used = true;
	if (!data)
		return true;
	if (address == q->device + VIRTQ_USED_RING(slot) && size == element) {
		watch_push(watch, queue, (uint32_t)value, (uint32_t)(value >> 32));
		q->pushed++;
	} else if (address == q->device + VIRTQ_USED_IDX && size == sizeof(uint16_t)) {
		if (value != (uint16_t)q->pushed || q->pushed == q->published)
			fuzz_oracle("used-idx", "%llu after %u elements, %u seen",
				    (unsigned long long)value, q->pushed, q->published);
		watch_publish(watch, queue);
	} else if (address == q->device + VIRTQ_USED_FLAGS && size == sizeof(uint16_t)) {
		if (value & ~(uint64_t)VIRTQ_USED_F_NO_NOTIFY || (watch->event_idx && value))
			fuzz_oracle("suppress", "flags 0x%llx", (unsigned long long)value);
	} else if (address == q->device + VIRTQ_USED_AVAIL_EVENT(q->size) &&
		   size == sizeof(uint16_t)) {
		if (!watch->event_idx)
			fuzz_oracle("suppress", "an event without the feature");
		if (value != (uint16_t)q->taken && value != (uint16_t)(q->taken - 1))
			fuzz_oracle("suppress", "event %llu, %u taken", (unsigned long long)value,
				    q->taken);
	} else {
		fuzz_oracle("stray-write", "%zu bytes at 0x%llx of the used ring of %u elements",
			    size, (unsigned long long)(address - q->device), q->pushed);
	}
	return true;
}

void split_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest)
{
	const struct watch_queue *q = &watch->queue[queue];
	uint64_t available = guest_load(guest, q->driver + VIRTQ_AVAIL_IDX, sizeof(uint16_t));
	uint64_t flags = guest_load(guest, q->device + VIRTQ_USED_FLAGS, sizeof(uint16_t));
	uint64_t event =
		guest_load(guest, q->device + VIRTQ_USED_AVAIL_EVENT(q->size), sizeof(uint16_t));

	if (available != (uint16_t)q->taken)
		fuzz_oracle("left-behind", "queue %u, %llu available, %u taken", queue,
			    (unsigned long long)available, q->taken);
	if (flags || (watch->event_idx && event != (uint16_t)q->taken))
		fuzz_oracle("left-behind", "notifications of queue %u stay off: %llu, %llu", queue,
			    (unsigned long long)flags, (unsigned long long)event);
}

FUZZ_PLAIN_END
