/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watch's second look at packed rings (2.8). Descriptors are numbered from the start of the
 * queue on: the number gives the place in the ring and the wrap counter there.
 */
#include "fuzz/support/guest_memory.h"
#include "fuzz/support/plain.h"
#include "fuzz/support/ring_watch.h"
#include "spec/packed_ring.h"

FUZZ_PLAIN

#define STATE_BITS  (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)
#define FLAGS_BYTES (3u << VIRTQ_PACKED_FLAGS) /* of a walk's `fetched` */

static bool wrap_of(const struct watch_queue *q, uint32_t number)
{
	return number / q->size % 2 == 0;
}

static uint64_t place(const struct watch_queue *q, uint32_t number)
{
	return q->descriptors + (uint64_t)VIRTQ_PACKED_SIZE * (number % q->size);
}

static bool available(const struct watch_queue *q, uint32_t number, uint16_t flags)
{
	return (flags & STATE_BITS) ==
	       (wrap_of(q, number) ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED);
}

/* The newest buffer was given back unused, and the device stands before it again. */
static bool step_back(struct ring_watch *watch, unsigned queue)
{
	struct watch_queue *q = &watch->queue[queue];
	const struct watch_chain *newest = NULL;

	for (unsigned i = 0; i < watch->out; i++) {
		if (watch->chain[watch->order[i]].queue == queue)
			newest = &watch->chain[watch->order[i]];
	}
	if (!newest || !watch_give_back(watch, queue))
		return false;
	q->taken -= newest->descriptors;
	q->outside -= newest->descriptors;
	return true;
}

static uint32_t newest_size(const struct ring_watch *watch, unsigned queue)
{
	uint32_t size = 0;

	for (unsigned i = 0; i < watch->out; i++) {
		if (watch->chain[watch->order[i]].queue == queue)
			size = watch->chain[watch->order[i]].descriptors;
	}
	return size;
}

/* Whether there is something at the place where the device stands. */
static void look(struct ring_watch *watch, struct watch_queue *q, uint16_t flags)
{
	q->head_flags = flags;
	q->seen = available(q, q->taken, flags);
	/* No driver can have more out than there are places. */
	q->too_far = q->seen && q->outside == q->size;
	watch->config_expected |= q->too_far;
}

/* The first descriptor of a list, whose flags have been read before. */
static void begin(struct ring_watch *watch, unsigned queue)
{
	struct watch_queue *q = &watch->queue[queue];
	struct watch_walk *walk = &watch->walk;

	/* A list that took the whole ring, and was given back: the other round. */
	if (!q->seen && newest_size(watch, queue) == q->size &&
	    available(q, q->taken - q->size, q->head_flags))
		q->seen = step_back(watch, queue);
	if (!q->seen || q->too_far)
		fuzz_oracle("not-available", "descriptor %u of queue %u", q->taken, queue);
	q->seen = false;
	watch_walk_start(watch, queue, place(q, q->taken), 0);
	walk->fetched = FLAGS_BYTES;
	walk->bytes[VIRTQ_PACKED_FLAGS] = (uint8_t)q->head_flags;
	walk->bytes[VIRTQ_PACKED_FLAGS + 1] = (uint8_t)(q->head_flags >> 8);
}

static bool in_ring(struct ring_watch *watch, unsigned queue, uint64_t address, const uint8_t *data,
		    size_t size)
{
	struct watch_queue *q = &watch->queue[queue];
	uint64_t flags = place(q, q->taken) + VIRTQ_PACKED_FLAGS;

	if (size != sizeof(uint16_t)) {
		begin(watch, queue);
		ring_watch_read(watch, address, data, size);
		return true;
	}
	if (address != flags) {
		uint32_t before = q->taken - newest_size(watch, queue);

		if (before == q->taken || address != place(q, before) + VIRTQ_PACKED_FLAGS ||
		    !step_back(watch, queue))
			fuzz_oracle("not-available", "0x%llx instead of descriptor %u of queue %u",
				    (unsigned long long)address, q->taken, queue);
	}
	if (data)
		look(watch, q, (uint16_t)watch_number(data, sizeof(uint16_t)));
	return true;
}

/* Whether the place named by an event lies in what was published last. */
static bool reached(const struct watch_queue *q, uint16_t event)
{
	for (uint32_t i = q->from; i != q->to; i++) {
		if (i % q->size == (event & VIRTQ_EVENT_OFFSET_MASK) &&
		    wrap_of(q, i) == !!(event & VIRTQ_EVENT_WRAP))
			return true;
	}
	return false;
}

bool packed_watch_read(struct ring_watch *watch, unsigned queue, uint64_t address,
		       const uint8_t *data, size_t size)
{
	struct watch_queue *q = &watch->queue[queue];
	uint16_t value = data && size == sizeof(value) ? (uint16_t)watch_number(data, size) : 0;
	const uint16_t kind = VIRTQ_EVENT_F_DISABLE | VIRTQ_EVENT_F_DESC;

	if (watch_inside(address, size, q->descriptors, (uint64_t)VIRTQ_PACKED_SIZE * q->size))
		return in_ring(watch, queue, address, data, size);
	if (!watch_inside(address, size, q->driver, VIRTQ_EVENT_SIZE))
		return false;
	if (size != sizeof(value))
		fuzz_oracle("stray-read", "%zu bytes of an event", size);
	if (address == q->driver + VIRTQ_EVENT_FLAGS) {
		q->event_flags = value & kind;
		if (q->event_flags != VIRTQ_EVENT_F_DESC || !watch->event_idx)
			watch_know(q, q->event_flags != VIRTQ_EVENT_F_DISABLE);
	} else {
		watch_know(q, reached(q, value));
	}
	return true;
}

bool packed_watch_part(struct ring_watch *watch)
{
	struct watch_walk *walk = &watch->walk;
	const struct watch_queue *q = &watch->queue[walk->queue];
	uint16_t flags = (uint16_t)watch_number(walk->bytes + VIRTQ_PACKED_FLAGS, sizeof(flags));

	if (walk->table || walk->fetched != FLAGS_BYTES)
		return true;
	/* Further descriptors of a list: there, and not more than fit. */
	return available(q, q->taken + walk->chain->descriptors, flags) &&
	       q->outside + walk->chain->descriptors < q->size;
}

static void next(struct watch_walk *walk, uint64_t address)
{
	walk->address = address;
	walk->fetched = 0;
}

static void end(struct ring_watch *watch)
{
	struct watch_queue *q = &watch->queue[watch->walk.queue];

	q->taken += watch->walk.chain->descriptors;
	q->outside += watch->walk.chain->descriptors;
	watch_walk_end(watch);
}

void packed_watch_step(struct ring_watch *watch)
{
	struct watch_walk *walk = &watch->walk;
	const struct watch_queue *q = &watch->queue[walk->queue];
	uint64_t address = watch_number(walk->bytes + VIRTQ_PACKED_ADDR, sizeof(address));
	uint32_t length = (uint32_t)watch_number(walk->bytes + VIRTQ_PACKED_LEN, sizeof(length));
	uint16_t id = (uint16_t)watch_number(walk->bytes + VIRTQ_PACKED_ID, sizeof(id));
	uint16_t flags = (uint16_t)watch_number(walk->bytes + VIRTQ_PACKED_FLAGS, sizeof(flags));
	bool well;

	if (walk->table) {
		walk->at++;
		well = watch_walk_element(watch, address, length, flags);
		next(walk, walk->base + (uint64_t)VIRTQ_PACKED_SIZE * walk->at);
		if (well && walk->at == walk->entries)
			end(watch);
	} else {
		walk->chain->id = id;
		walk->chain->descriptors++;
		next(walk, place(q, q->taken + walk->chain->descriptors));
		if (flags & VIRTQ_PACKED_F_INDIRECT)
			well = !walk->chain->count &&
			       watch_walk_table(watch, address, length, flags);
		else
			well = watch_walk_element(watch, address, length, flags);
		if (well && !walk->table && !(flags & VIRTQ_PACKED_F_NEXT))
			end(watch);
	}
	if (!well)
		watch_trouble(watch);
}

/* ---- What the device writes ---- */

static void used(struct ring_watch *watch, unsigned queue, uint64_t address, const uint8_t *data,
		 size_t size)
{
	struct watch_queue *q = &watch->queue[queue];
	const size_t both = VIRTQ_PACKED_FLAGS - VIRTQ_PACKED_LEN;
	uint16_t flags = wrap_of(q, q->published) ? STATE_BITS : 0;

	if (address == place(q, q->pushed) + VIRTQ_PACKED_LEN && size == both &&
	    q->pushed == q->published) {
		q->length = (uint32_t)watch_number(data, sizeof(q->length));
		q->pushed +=
			watch_push(watch, queue,
				   (uint32_t)watch_number(data + VIRTQ_PACKED_ID - VIRTQ_PACKED_LEN,
							  sizeof(uint16_t)),
				   q->length);
		return;
	}
	if (address != place(q, q->published) + VIRTQ_PACKED_FLAGS || size != sizeof(flags))
		fuzz_oracle("stray-write", "%zu bytes at 0x%llx of the ring, %u used", size,
			    (unsigned long long)(address - q->descriptors), q->published);
	flags |= q->length ? VIRTQ_PACKED_F_WRITE : 0;
	if (q->pushed == q->published || watch_number(data, sizeof(flags)) != flags)
		fuzz_oracle("used-idx", "flags 0x%llx of descriptor %u, %u are used",
			    (unsigned long long)watch_number(data, sizeof(flags)), q->published,
			    q->pushed);
	q->outside -= q->pushed - q->published;
	watch_publish(watch, queue);
}

static uint16_t turn(const struct watch_queue *q, uint32_t number)
{
	return (uint16_t)(number % q->size | (wrap_of(q, number) ? VIRTQ_EVENT_WRAP : 0));
}

static void suppress(struct ring_watch *watch, unsigned queue, uint64_t address, uint16_t value)
{
	const struct watch_queue *q = &watch->queue[queue];

	if (address == q->device + VIRTQ_EVENT_FLAGS) {
		if (value > VIRTQ_EVENT_F_DESC ||
		    (value == VIRTQ_EVENT_F_DESC && !watch->event_idx))
			fuzz_oracle("suppress", "flags 0x%x", value);
	} else if (value != turn(q, q->taken) &&
		   value != turn(q, q->taken - newest_size(watch, queue))) {
		fuzz_oracle("suppress", "event 0x%x, %u taken", value, q->taken);
	}
}

bool packed_watch_write(struct ring_watch *watch, unsigned queue, uint64_t address,
			const uint8_t *data, size_t size)
{
	struct watch_queue *q = &watch->queue[queue];

	if (watch_inside(address, size, q->descriptors, (uint64_t)VIRTQ_PACKED_SIZE * q->size)) {
		if (data)
			used(watch, queue, address, data, size);
		return true;
	}
	if (!watch_inside(address, size, q->device, VIRTQ_EVENT_SIZE))
		return false;
	if (size != sizeof(uint16_t))
		fuzz_oracle("stray-write", "%zu bytes of an event", size);
	if (data)
		suppress(watch, queue, address, (uint16_t)watch_number(data, sizeof(uint16_t)));
	return true;
}

void packed_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest)
{
	const struct watch_queue *q = &watch->queue[queue];
	uint64_t flags =
		guest_load(guest, place(q, q->taken) + VIRTQ_PACKED_FLAGS, sizeof(uint16_t));
	uint64_t kind = guest_load(guest, q->device + VIRTQ_EVENT_FLAGS, sizeof(uint16_t));
	uint64_t event = guest_load(guest, q->device + VIRTQ_EVENT_DESC, sizeof(uint16_t));

	if (available(q, q->taken, (uint16_t)flags))
		fuzz_oracle("left-behind", "descriptor %u of queue %u", q->taken, queue);
	if (watch->event_idx ? kind != VIRTQ_EVENT_F_DESC || event != turn(q, q->taken)
			     : kind != VIRTQ_EVENT_F_ENABLE)
		fuzz_oracle("left-behind", "notifications of queue %u stay off: %llu, 0x%llx",
			    queue, (unsigned long long)kind, (unsigned long long)event);
}

FUZZ_PLAIN_END
