/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Split rings, the driver's side, with a device that writes what it likes (2.7).
 *
 * Bytes: fuzz/support/ring_record.h. The size is a power of two; USED moves the index on by count,
 * with an element of this value and length; MOVE writes the index; EVENT shows avail_event relative
 * to what is offered, and flags.
 */
#include "fuzz/support/ring_arena.h"
#include "fuzz/support/ring_ledger.h"
#include "fuzz/support/ring_record.h"
#include "fuzz/support/target.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

#define SIZES 8u /* powers of two, up to RING_SIZE_MAX */

struct split {
	struct ring_arena a;
	struct ring_ledger ledger;
	uint16_t start;
	uint16_t avail, looked, taken; /* the driver's indices, as they have to be */
	uint16_t used;                 /* the device's */
	uint16_t owner[RING_SIZE_MAX]; /* by descriptor: the id of its buffer and 1; 0: free */
	uint16_t next[RING_SIZE_MAX];  /* by descriptor: the next one of its chain */

	/* What is being offered, and how often it became available. */
	struct vs_element elements[RING_ELEMENTS_MAX];
	unsigned count, published;
	bool indirect;
	uint64_t table; /* where it is */
};

static uint8_t *area(struct split *t, unsigned which, size_t offset)
{
	return t->a.q.area[which] + offset;
}

/* What the device would find at `at` is element i of what is being offered. */
static void check_descriptor(struct split *t, const uint8_t *at, unsigned i)
{
	const struct vs_element *e = &t->elements[i];
	uint16_t flags = (uint16_t)ring_load(&t->a, at + VIRTQ_DESC_FLAGS, 2);
	uint16_t wanted = (uint16_t)((e->writable ? VIRTQ_DESC_F_WRITE : 0) |
				     (i + 1 < t->count ? VIRTQ_DESC_F_NEXT : 0));

	if (ring_load(&t->a, at + VIRTQ_DESC_ADDR, 8) != vs_dma_address(&t->a.s, e->at) ||
	    ring_load(&t->a, at + VIRTQ_DESC_LEN, 4) != e->size || flags != wanted)
		fuzz_oracle("descriptor", "element %u of %u is not what was offered", i, t->count);
}

static void own(struct split *t, unsigned at, uint16_t head)
{
	if (at >= t->a.q.size || t->owner[at])
		fuzz_oracle("descriptor-taken", "descriptor %u belongs to %u", at,
			    at < t->a.q.size ? t->owner[at] - 1u : 0);
	t->owner[at] = (uint16_t)(head + 1);
}

static void check_table(struct split *t, const uint8_t *at)
{
	uint64_t size = ring_load(&t->a, at + VIRTQ_DESC_LEN, 4);
	const uint8_t *table;

	t->table = ring_load(&t->a, at + VIRTQ_DESC_ADDR, 8);
	table = ring_at(&t->a, t->table, size);
	if (ring_load(&t->a, at + VIRTQ_DESC_FLAGS, 2) != VIRTQ_DESC_F_INDIRECT ||
	    size != (uint64_t)t->count * VIRTQ_DESC_SIZE)
		fuzz_oracle("descriptor-table", "of %llu bytes for %u elements",
			    (unsigned long long)size, t->count);
	for (unsigned i = 0; i < t->count; i++) {
		check_descriptor(t, table + (size_t)i * VIRTQ_DESC_SIZE, i);
		if (i + 1 < t->count &&
		    ring_load(&t->a, table + (size_t)i * VIRTQ_DESC_SIZE + VIRTQ_DESC_NEXT, 2) !=
			    i + 1)
			fuzz_oracle("table-next", "of entry %u", i);
	}
}

/* The available index has moved: what a device that looks at once would see. */
static void published(struct split *t)
{
	const uint8_t *entry = area(t, VS_AREA_DRIVER, VIRTQ_AVAIL_RING(t->avail % t->a.q.size));
	uint16_t head = (uint16_t)ring_load(&t->a, entry, 2), at = head;

	if (t->published++ || !t->count)
		fuzz_oracle("published", "%u times", t->published);
	t->avail++;
	own(t, head, head);
	if (t->indirect) {
		check_table(t, area(t, VS_AREA_DESC, (size_t)head * VIRTQ_DESC_SIZE));
		return;
	}
	for (unsigned i = 0; i < t->count; i++) {
		const uint8_t *d = area(t, VS_AREA_DESC, (size_t)at * VIRTQ_DESC_SIZE);

		check_descriptor(t, d, i);
		if (i + 1 == t->count)
			break;
		t->next[at] = (uint16_t)ring_load(&t->a, d + VIRTQ_DESC_NEXT, 2);
		at = t->next[at];
		own(t, at, head);
	}
}

static void stored(void *context, const uint8_t *at, size_t size)
{
	struct split *t = context;

	if (at != area(t, VS_AREA_DRIVER, VIRTQ_AVAIL_IDX))
		return;
	if (size != 2 || (uint16_t)ring_load(&t->a, at, 2) != (uint16_t)(t->avail + 1))
		fuzz_oracle("avail-idx", "is not %u", (uint16_t)(t->avail + 1));
	published(t);
}

/* Whether the device asked, by what it showed: each position since the last look, one by one. */
static bool wanted(struct split *t)
{
	struct vs_queue *q = &t->a.q;
	bool by_event = vs_features_has(&t->a.s.accepted, VIRTIO_F_EVENT_IDX);
	const uint8_t *at = area(t, VS_AREA_DEVICE,
				 by_event ? VIRTQ_USED_AVAIL_EVENT(q->size) : VIRTQ_USED_FLAGS);
	const uint8_t *first = ring_first(&t->a, at, 2);
	uint16_t seen, from = t->looked;

	t->looked = t->avail;
	if (from == t->avail)
		return false;
	if (!first)
		fuzz_oracle("not-looked", "whether the device wants a notification");
	seen = (uint16_t)ring_load(&t->a, first, 2);
	if (!by_event)
		return !(seen & VIRTQ_USED_F_NO_NOTIFY);
	for (; from != t->avail; from++)
		if (from == seen)
			return true;
	return false;
}

static void offer(struct split *t, const struct ring_record *r, bool indirect)
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
	if (id < 0) {
		/* Memory for tables may be used up. */
		if (t->published || (room && !indirect))
			fuzz_oracle("refused", "%u elements with %u descriptors out", count,
				    t->ledger.descriptors_out);
		return;
	}
	if (!room || t->published != 1)
		fuzz_oracle("overfull", "%u elements with %u descriptors out, published %u times",
			    count, t->ledger.descriptors_out, t->published);
	if (t->owner[id % RING_SIZE_MAX] != id + 1)
		fuzz_oracle("published-id", "another one than %d", id);
	ring_ledger_offer(&t->ledger, id, slots);
	if (indirect)
		ring_ledger_table(&t->ledger, (unsigned)id, t->table,
				  count * (uint64_t)VIRTQ_DESC_SIZE);
	if (!indirect)
		ring_check_notification(&t->a, wanted(t), t->avail);
}

static void release(struct split *t, uint16_t at, unsigned count)
{
	while (count--) {
		t->owner[at] = 0;
		at = t->next[at];
	}
}

/* One call of take, and what it has to give. Whether it gave something. */
static bool take(struct split *t)
{
	struct vs_queue *q = &t->a.q;
	const uint8_t *element =
		area(t, VS_AREA_DEVICE, VIRTQ_USED_RING((size_t)(t->taken % q->size)));
	const uint8_t *idx = area(t, VS_AREA_DEVICE, VIRTQ_USED_IDX), *first;
	struct vs_used got = { 0 }, right;
	bool any = q->ring->take(q, &got);
	unsigned descriptors;
	uint16_t fresh;

	if (!t->ledger.batch) {
		first = ring_first(&t->a, idx, 2);
		fresh = (uint16_t)((first ? ring_load(&t->a, first, 2) : 0) - t->taken);
		if (any != (first && fresh))
			fuzz_oracle("take", "%s with %u fresh", any ? "something" : "nothing",
				    fresh);
		if (!any)
			return false;
		first = ring_first(&t->a, element, 8);
		if (!first)
			fuzz_oracle("take-place", "not the used element at %u", t->taken);
		ring_ledger_arrive(&t->ledger, (uint32_t)ring_load(&t->a, first, 4),
				   (uint32_t)ring_load(&t->a, first + 4, 4), fresh);
		t->taken = (uint16_t)(t->taken + t->ledger.batch);
	}
	right = ring_ledger_land(&t->ledger, &descriptors);
	if (!any)
		fuzz_oracle("take", "nothing with %u of a batch to come", t->ledger.batch);
	ring_ledger_compare(right, got);
	if (descriptors)
		release(t, (uint16_t)right.id, descriptors);
	return true;
}

/* A used element at the device's place, which moves on by so many. */
static void use(struct split *t, uint32_t id, uint32_t len, unsigned by)
{
	uint8_t *e = area(t, VS_AREA_DEVICE, VIRTQ_USED_RING((size_t)(t->used % t->a.q.size)));

	ring_store(&t->a, e, 4, id);
	ring_store(&t->a, e + 4, 4, len);
	t->used = (uint16_t)(t->used + by);
	ring_store(&t->a, area(t, VS_AREA_DEVICE, VIRTQ_USED_IDX), 2, t->used);
}

/* Of the buffers that are out and that the device has not shown as used. */
static void use_right(struct split *t, const struct ring_record *r, bool later)
{
	unsigned shown = (uint16_t)(t->used - t->taken) + t->ledger.batch, left, i, by = 1;

	if (shown >= t->ledger.out)
		return;
	left = t->ledger.out - shown;
	i = r->count % left;
	if (t->ledger.in_order && !later)
		by = i + 1;
	else if (!later)
		i = 0;
	/* Those of a batch that is being taken stand in front. */
	use(t, t->ledger.order[shown + i], r->len, by);
}

static void event(struct split *t, const struct ring_record *r)
{
	uint8_t *e = area(t, VS_AREA_DEVICE, VIRTQ_USED_AVAIL_EVENT(t->a.q.size));

	ring_store(&t->a, e, 2, (uint16_t)(t->avail + r->value));
	ring_store(&t->a, area(t, VS_AREA_DEVICE, VIRTQ_USED_FLAGS), 2, r->count);
}

static void interrupts(struct split *t, bool on)
{
	struct vs_queue *q = &t->a.q;
	bool by_event = vs_features_has(&t->a.s.accepted, VIRTIO_F_EVENT_IDX);
	const uint8_t *at = area(t, VS_AREA_DRIVER,
				 by_event ? VIRTQ_AVAIL_USED_EVENT(q->size) : VIRTQ_AVAIL_FLAGS);
	uint16_t right = by_event ? (uint16_t)(t->taken + (on ? 0 : 0x8000u))
				  : (uint16_t)(on ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT);

	q->ring->interrupts(q, on);
	if (ring_load(&t->a, at, 2) != right)
		fuzz_oracle("interrupts", "%s does not stand there", on ? "on" : "off");
}

static void pending(struct split *t)
{
	struct vs_queue *q = &t->a.q;
	bool any = q->ring->pending(q);
	const uint8_t *first = ring_first(&t->a, area(t, VS_AREA_DEVICE, VIRTQ_USED_IDX), 2);

	if (any != (t->ledger.batch || (first && ring_load(&t->a, first, 2) != t->taken)))
		fuzz_oracle("pending", "says %u", any);
}

/* An index that has gone round as often as wanted, on both sides. */
static void start(struct split *t)
{
	struct vs_queue *q = &t->a.q;

	ring_ledger_init(&t->ledger, q->size, t->ledger.in_order);
	memset(t->owner, 0, q->size * sizeof(t->owner[0]));
	t->avail = t->looked = t->taken = t->used = t->start;
	q->avail_idx = q->notified_idx = q->used_idx = t->start;
	ring_store(&t->a, area(t, VS_AREA_DRIVER, VIRTQ_AVAIL_IDX), 2, t->start);
	ring_store(&t->a, area(t, VS_AREA_DEVICE, VIRTQ_USED_IDX), 2, t->start);
	t->a.stored = stored;
}

static void clear(struct split *t, const struct ring_record *r)
{
	t->a.stored = NULL;
	vs_queue_clear(&t->a.q);
	if (t->a.q.avail_idx || t->a.q.used_idx || t->a.q.notified_idx || t->a.q.batch)
		fuzz_oracle("clear", "an index is not 0");
	t->start = r->value;
	start(t);
}

static void step(struct split *t, const struct ring_record *r)
{
	struct vs_queue *q = &t->a.q;
	unsigned times = 1 + r->count % RING_ELEMENTS_MAX;

	ring_call(&t->a, r->change);
	switch (r->op) {
	case RING_OFFER:
	case RING_INDIRECT:
		offer(t, r, r->op == RING_INDIRECT);
		break;
	case RING_NOTIFY:
		if (q->ring->wants_notification(q) != wanted(t))
			fuzz_oracle("wants-notification", "position %u", t->avail);
		break;
	case RING_USE:
	case RING_USE_LATER:
		use_right(t, r, r->op == RING_USE_LATER);
		break;
	case RING_USED:
		use(t, r->value, r->len * 0x10001u, r->count);
		break;
	case RING_MOVE:
		t->used = r->value;
		ring_store(&t->a, area(t, VS_AREA_DEVICE, VIRTQ_USED_IDX), 2, t->used);
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
}

static void check(struct split *t)
{
	const struct vs_queue *q = &t->a.q;

	ring_ledger_check(&t->ledger, q, t->ledger.descriptors_out);
	if (q->avail_idx != t->avail || q->used_idx != t->taken)
		fuzz_oracle("index", "at %u and %u, not %u and %u", q->avail_idx, q->used_idx,
			    t->avail, t->taken);
	if (q->ring->position(q) != t->avail)
		fuzz_oracle("position", "%#x, not %#x", q->ring->position(q), t->avail);
}

static void begin(struct split *t, struct fuzz_input *in)
{
	struct ring_head head = ring_head(in);
	struct ring_setup setup =
		ring_setup(&head, &vs_split_ring, (uint16_t)(1u << head.size % SIZES));

	t->start = head.start;
	t->ledger.in_order = head.modes & RING_IN_ORDER;
	t->count = 0;
	t->a.context = t;
	ring_arena_init(&t->a, &setup);
	start(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct split t;
	struct fuzz_input in = fuzz_input(data, size);

	begin(&t, &in);
	for (unsigned i = 0; i < RING_RECORDS_MAX && fuzz_left(&in); i++) {
		struct ring_record r = ring_record(&in);

		step(&t, &r);
		check(&t);
	}
	ring_ledger_check_free(&t.ledger, &t.a.q, t.owner);
	return 0;
}

RING_TARGET
