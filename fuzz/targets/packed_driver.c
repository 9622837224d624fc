/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packed rings, the driver's side, with a device that writes what it likes (2.8).
 *
 * Bytes: fuzz/support/ring_record.h. The size is any from 1 on; USED writes a descriptor with this
 * value and length where the driver looks next, with flags by count; MOVE brings the device to the
 * driver's place and so much further; EVENT names a place relative to what is offered, or any.
 */
#include "fuzz/support/ring_arena.h"
#include "fuzz/support/ring_ledger.h"
#include "fuzz/support/ring_record.h"
#include "fuzz/support/target.h"
#include "spec/packed_ring.h"
#include "spec/virtio.h"

#define EITHER (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)

/* Flags of USED, in count: turned over, or set. */
#define TURN_AVAIL 0x01u
#define TURN_USED  0x02u
#define SET_WRITE  0x04u

#define ANY_PLACE 0x04u /* in the count of EVENT */

struct packed {
	struct ring_arena a;
	struct ring_ledger ledger;
	/* Places as they would be on a ring without end: where the driver fills, filled when it
	 * last looked whether to notify, takes, and where the device goes on. */
	uint32_t start, next, looked, taken, device;
	unsigned shown; /* buffers that the device used and the driver has not taken */

	/* What is being offered, and how often it became available. */
	struct vs_element elements[RING_ELEMENTS_MAX];
	unsigned count, published;
	uint16_t id; /* under which it is */
	bool indirect;
	uint64_t table; /* where it is */
};

static bool wrap_at(const struct packed *t, uint32_t at)
{
	return !(at / t->a.q.size % 2);
}

static uint8_t *slot(const struct packed *t, uint32_t at)
{
	return t->a.q.area[VS_AREA_DESC] + (size_t)(at % t->a.q.size) * VIRTQ_PACKED_SIZE;
}

/* As an event names it, or a notification with data. */
static uint16_t named(const struct packed *t, uint32_t at)
{
	return (uint16_t)(at % t->a.q.size | (wrap_at(t, at) ? VIRTQ_EVENT_WRAP : 0));
}

static uint16_t load16(const struct packed *t, const uint8_t *at)
{
	return (uint16_t)ring_load(&t->a, at, 2);
}

static void check_descriptor(struct packed *t, const uint8_t *at, unsigned i, unsigned flags)
{
	const struct vs_element *e = &t->elements[i];

	flags |= e->writable ? VIRTQ_PACKED_F_WRITE : 0;
	if (ring_load(&t->a, at + VIRTQ_PACKED_ADDR, 8) != vs_dma_address(&t->a.s, e->at) ||
	    ring_load(&t->a, at + VIRTQ_PACKED_LEN, 4) != e->size ||
	    load16(t, at + VIRTQ_PACKED_FLAGS) != flags)
		fuzz_oracle("descriptor", "element %u of %u is not what was offered", i, t->count);
}

static unsigned available(const struct packed *t, uint32_t at)
{
	return wrap_at(t, at) ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED;
}

static unsigned used(const struct packed *t, uint32_t at)
{
	return wrap_at(t, at) ? EITHER : 0;
}

static void check_table(struct packed *t, const uint8_t *at)
{
	uint64_t size = ring_load(&t->a, at + VIRTQ_PACKED_LEN, 4);
	const uint8_t *table;

	t->table = ring_load(&t->a, at + VIRTQ_PACKED_ADDR, 8);
	table = ring_at(&t->a, t->table, size);
	if (load16(t, at + VIRTQ_PACKED_FLAGS) !=
		    (VIRTQ_PACKED_F_INDIRECT | available(t, t->next)) ||
	    size != (uint64_t)t->count * VIRTQ_PACKED_SIZE)
		fuzz_oracle("descriptor-table", "of %llu bytes for %u elements",
			    (unsigned long long)size, t->count);
	for (unsigned i = 0; i < t->count; i++)
		check_descriptor(t, table + (size_t)i * VIRTQ_PACKED_SIZE, i, 0);
}

/* The first descriptor of a list is available: what a device that looks at once would see. */
static void stored(void *context, const uint8_t *at, size_t size)
{
	struct packed *t = context;
	uint8_t *first = slot(t, t->next);
	unsigned count = t->indirect ? 1 : t->count;

	if (at != first + VIRTQ_PACKED_FLAGS || size != 2)
		return;
	if ((load16(t, at) & EITHER) != available(t, t->next) || !t->count)
		fuzz_oracle("available", "flags %#x at %u", load16(t, at), t->next);
	if (t->published++)
		fuzz_oracle("published", "%u times", t->published);
	t->id = load16(t, slot(t, t->next + count - 1) + VIRTQ_PACKED_ID);
	if (t->indirect)
		check_table(t, first);
	for (unsigned i = 0; i < count && !t->indirect; i++)
		check_descriptor(t, slot(t, t->next + i), i,
				 available(t, t->next + i) |
					 (i + 1 < count ? VIRTQ_PACKED_F_NEXT : 0));
}

/* The answer that the device's structure asks for, each place since the last look one by one; or
 * the one that was given, where it asks for nonsense. */
static bool wanted(struct packed *t, bool given)
{
	const uint8_t *event = t->a.q.area[VS_AREA_DEVICE];
	const uint8_t *flags = ring_first(&t->a, event + VIRTQ_EVENT_FLAGS, 2);
	const uint8_t *desc = ring_first(&t->a, event + VIRTQ_EVENT_DESC, 2);
	uint32_t at = t->looked;
	uint16_t seen;

	t->looked = t->next;
	if (at == t->next)
		return false;
	if (!flags)
		fuzz_oracle("not-looked", "whether it is wanted");
	seen = load16(t, flags);
	if (seen < VIRTQ_EVENT_F_DESC)
		return seen == VIRTQ_EVENT_F_ENABLE;
	if (seen > VIRTQ_EVENT_F_DESC || !vs_features_has(&t->a.s.accepted, VIRTIO_F_EVENT_IDX))
		return given;
	if (!desc)
		fuzz_oracle("not-looked", "where it is wanted");
	seen = load16(t, desc);
	if ((seen & VIRTQ_EVENT_OFFSET_MASK) >= t->a.q.size)
		return given;
	for (; at != t->next; at++)
		if (named(t, at) == seen)
			return true;
	return false;
}

static void notify(struct packed *t)
{
	bool wants = t->a.q.ring->wants_notification(&t->a.q);

	if (wants != wanted(t, wants))
		fuzz_oracle("wants-notification", "at place %u", t->next);
}

static void offer(struct packed *t, const struct ring_record *r, bool indirect)
{
	struct vs_queue *q = &t->a.q;
	unsigned count = ring_buffer(&t->a, r, t->elements), slots = indirect ? 1 : count;
	bool room = t->ledger.descriptors_out + slots <= q->size;
	int id;

	t->count = count;
	t->indirect = indirect;
	t->published = 0;
	id = indirect ? q->ring->offer(q, t->elements, count, true)
		      : vs_queue_send(q, t->elements, count);
	t->count = 0;
	/* Memory for tables may be used up. */
	if (id < 0 && (t->published || (room && !indirect)))
		fuzz_oracle("refused", "%u elements", count);
	if (id < 0)
		return;
	if (!room || t->published != 1)
		fuzz_oracle("overfull", "%u elements, published %u times", count, t->published);
	if (t->id != id)
		fuzz_oracle("published-id", "%u where it is %d", t->id, id);
	ring_ledger_offer(&t->ledger, id, slots);
	if (indirect)
		ring_ledger_table(&t->ledger, (unsigned)id, t->table,
				  count * (uint64_t)VIRTQ_PACKED_SIZE);
	t->next += slots;
	if (!indirect)
		ring_check_notification(&t->a, wanted(t, t->a.notified), named(t, t->next));
}

/* One call of take, and what it has to give. Whether it gave something. */
static bool take(struct packed *t)
{
	struct vs_queue *q = &t->a.q;
	const uint8_t *d = slot(t, t->taken), *flags, *id, *len;
	struct vs_used got = { 0 }, right;
	bool any = q->ring->take(q, &got);
	unsigned descriptors;

	if (!t->ledger.batch) {
		flags = ring_first(&t->a, d + VIRTQ_PACKED_FLAGS, 2);
		if (!flags)
			fuzz_oracle("take-place", "not the descriptor at %u", t->taken);
		if (any != ((load16(t, flags) & EITHER) == used(t, t->taken)))
			fuzz_oracle("take", "%s with flags %#x", any ? "something" : "nothing",
				    load16(t, flags));
		if (!any)
			return false;
		id = ring_first(&t->a, d + VIRTQ_PACKED_ID, 2);
		len = ring_first(&t->a, d + VIRTQ_PACKED_LEN, 4);
		if (!id || !len)
			fuzz_oracle("take-place", "not id and length at %u", t->taken);
		descriptors = ring_ledger_arrive(&t->ledger, load16(t, id),
						 (uint32_t)ring_load(&t->a, len, 4), q->size);
		t->taken += descriptors ? descriptors : 1;
	}
	right = ring_ledger_land(&t->ledger, &descriptors);
	if (!any)
		fuzz_oracle("take", "nothing with %u of a batch to come", t->ledger.batch);
	ring_ledger_compare(right, got);
	t->shown -= t->shown != 0;
	return true;
}

static void use(struct packed *t, uint32_t at, uint16_t id, uint32_t len, unsigned turn)
{
	uint8_t *d = slot(t, at);
	unsigned flags = used(t, at);

	flags ^= (turn & TURN_AVAIL ? VIRTQ_PACKED_F_AVAIL : 0) |
		 (turn & TURN_USED ? VIRTQ_PACKED_F_USED : 0) |
		 (turn & SET_WRITE ? VIRTQ_PACKED_F_WRITE : 0);
	ring_store(&t->a, d + VIRTQ_PACKED_ID, 2, id);
	ring_store(&t->a, d + VIRTQ_PACKED_LEN, 4, len);
	ring_store(&t->a, d + VIRTQ_PACKED_FLAGS, 2, flags);
}

/* Of the buffers that are out and that the device has not shown as used. */
static void use_right(struct packed *t, const struct ring_record *r, bool later)
{
	const struct ring_ledger *l = &t->ledger;
	unsigned i, first = t->shown;

	if (t->shown >= l->out)
		return;
	i = later || l->in_order ? r->count % (l->out - first) : 0;
	use(t, t->device, l->order[first + i], r->len, SET_WRITE);
	t->device += l->descriptors[l->order[first + i]];
	t->shown++;
	for (; l->in_order && !later && i-- > 0; t->shown++)
		t->device += l->descriptors[l->order[first + i]];
}

static void event(struct packed *t, const struct ring_record *r)
{
	uint8_t *e = t->a.q.area[VS_AREA_DEVICE];
	uint32_t lap = 2u * t->a.q.size;
	uint16_t near = named(t, t->next + lap - r->value % lap);

	ring_store(&t->a, e + VIRTQ_EVENT_DESC, 2, r->count & ANY_PLACE ? r->value : near);
	ring_store(&t->a, e + VIRTQ_EVENT_FLAGS, 2, r->count % ANY_PLACE);
}

static void interrupts(struct packed *t, bool on)
{
	struct vs_queue *q = &t->a.q;
	bool by_event = vs_features_has(&t->a.s.accepted, VIRTIO_F_EVENT_IDX);
	const uint8_t *e = q->area[VS_AREA_DRIVER];
	unsigned flags = !on        ? VIRTQ_EVENT_F_DISABLE
			 : by_event ? VIRTQ_EVENT_F_DESC
				    : VIRTQ_EVENT_F_ENABLE;

	q->ring->interrupts(q, on);
	if (load16(t, e + VIRTQ_EVENT_FLAGS) != flags ||
	    (on && by_event && load16(t, e + VIRTQ_EVENT_DESC) != named(t, t->taken)))
		fuzz_oracle("interrupts", "%s does not stand there", on ? "on" : "off");
}

static void pending(struct packed *t)
{
	struct vs_queue *q = &t->a.q;
	bool any = q->ring->pending(q);
	const uint8_t *flags = ring_first(&t->a, slot(t, t->taken) + VIRTQ_PACKED_FLAGS, 2);

	if (any != (t->ledger.batch || (flags && (load16(t, flags) & EITHER) == used(t, t->taken))))
		fuzz_oracle("pending", "says %u", any);
}

/* A ring that has gone round as often as wanted, on both sides. */
static void start(struct packed *t)
{
	struct vs_queue *q = &t->a.q;

	ring_ledger_init(&t->ledger, q->size, t->ledger.in_order);
	t->next = t->looked = t->taken = t->device = t->start % (2u * q->size);
	t->shown = 0;
	q->next = q->next_used = (uint16_t)(t->next % q->size);
	q->wrap = q->used_wrap = wrap_at(t, t->next);
	/* What was not used in the last round cannot be taken for used in this one. */
	for (unsigned i = 0; i < q->size; i++)
		ring_store(&t->a, slot(t, t->next + i) + VIRTQ_PACKED_FLAGS, 2,
			   wrap_at(t, t->next + i) ? 0 : EITHER);
	t->a.stored = stored;
}

static void clear(struct packed *t, const struct ring_record *r)
{
	const struct vs_queue *q = &t->a.q;

	t->a.stored = NULL;
	vs_queue_clear(&t->a.q);
	if (q->next || q->next_used || !q->wrap || !q->used_wrap || q->slots_new || q->batch)
		fuzz_oracle("clear", "the ring is not at its start");
	t->start = r->value;
	start(t);
}

static void check(struct packed *t)
{
	const struct vs_queue *q = &t->a.q;

	ring_ledger_check(&t->ledger, q, t->ledger.out);
	if (q->slots_free + t->ledger.descriptors_out != q->size)
		fuzz_oracle("slots", "%u free and %u out of %u", q->slots_free,
			    t->ledger.descriptors_out, q->size);
	if (q->ring->position(q) != named(t, t->next) || q->next >= q->size)
		fuzz_oracle("position", "%#x, not %#x", q->ring->position(q), named(t, t->next));
	if (q->next_used != t->taken % q->size || q->used_wrap != wrap_at(t, t->taken))
		fuzz_oracle("used-place", "%u, not %u", q->next_used, t->taken % q->size);
}

static void step(struct packed *t, struct ring_record record)
{
	const struct ring_record *r = &record;
	struct vs_queue *q = &t->a.q;
	unsigned times = 1 + r->count % RING_ELEMENTS_MAX;

	ring_call(&t->a, r->change);
	switch (r->op) {
	case RING_OFFER:
	case RING_INDIRECT:
		offer(t, r, r->op == RING_INDIRECT);
		break;
	case RING_NOTIFY:
		notify(t);
		break;
	case RING_USE:
	case RING_USE_LATER:
		use_right(t, r, r->op == RING_USE_LATER);
		break;
	case RING_USED:
		use(t, t->taken, r->value, r->len * 0x10001u, r->count);
		break;
	case RING_MOVE:
		t->device = t->taken + r->value % q->size;
		break;
	case RING_EVENT:
		event(t, r);
		break;
	case RING_TAKE:
		while (times-- && take(t))
			ring_call(&t->a, r->change);
		break;
	case RING_PENDING:
		pending(t);
		break;
	case RING_INTERRUPTS:
		interrupts(t, r->count & 1);
		break;
	case RING_CLEAR:
		clear(t, r);
		break;
	default:
		ring_scribble(&t->a, r->value, r->len);
	}
	check(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packed t;
	struct fuzz_input in = fuzz_input(data, size);
	struct ring_head head = ring_head(&in);
	struct ring_setup setup =
		ring_setup(&head, &vs_packed_ring, (uint16_t)(1 + head.size % RING_SIZE_MAX));

	setup.legacy = false;
	t.start = head.start;
	t.ledger.in_order = head.modes & RING_IN_ORDER;
	t.count = 0;
	t.a.context = &t;
	ring_arena_init(&t.a, &setup);
	start(&t);
	for (unsigned i = 0; i < RING_RECORDS_MAX && fuzz_left(&in); i++)
		step(&t, ring_record(&in));
	ring_ledger_check_free(&t.ledger, &t.a.q, t.ledger.descriptors);
	return 0;
}

RING_TARGET
