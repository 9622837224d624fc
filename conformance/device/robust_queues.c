/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of setting up virtqueues: impossible sizes, addresses and indexes
 * (4.1.4.3, 4.1.5.1.3). */
#include "engine/check.h"

#define USUAL_SIZE 16u /* entries of queues that get something else wrong */

/* The queue that carries requests, or the first that there is. */
static uint16_t pick_queue(struct vs_ctx *t)
{
	const struct vs_request_kind *kind = vs_request_kind(t->s->fn->type);
	int index = kind ? vs_request_queue(t->s, kind, 0) : -1;

	if (index >= 0 && index < t->s->num_queues)
		return (uint16_t)index;
	for (uint32_t i = 0; i < t->s->num_queues; i++)
		if (vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE))
			return (uint16_t)i;
	vs_skip(t, "no virtqueue is available");
}

/* The one queue of the session, its registers written and not yet enabled. */
static struct vs_queue *set_up(struct vs_ctx *t, uint16_t limit)
{
	struct vs_session *s = t->s;

	s->queues = vs_session_alloc(s, sizeof(*s->queues));
	if (!s->queues || vs_queue_configure(s, s->queues, pick_queue(t), limit))
		vs_block_by_trouble(t);
	s->queue_count = 1;
	s->stage = VS_STAGE_QUEUES;
	return &s->queues[0];
}

/* Enables the queue, goes live, offers a request where there is one and room for it, notifies. The
 * device may take all of it as it likes. */
static void go_live(struct vs_ctx *t, struct vs_queue *q, bool offer)
{
	struct vs_request request;

	vs_queue_enable(q);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_queue_notify(q);
	vs_settle(t->s);
	if (offer && vs_request_kind(t->s->fn->type) && vs_request_make(t->s, &request) == 0) {
		q->ring->offer(q, request.elements, request.count, false);
		vs_queue_notify(q);
	}
	vs_settle(t->s);
}

static void queue_size_zero(struct vs_ctx *t)
{
	struct vs_queue *q = set_up(t, USUAL_SIZE);

	vs_set(t->s, VS_QUEUE_SIZE, 0);
	go_live(t, q, true);
	vs_expect_recovery(t, "enabling a queue after 0 was written to queue_size");
}
VS_DEVICE_CHECK(queue_size_zero, .rules = VS_RULES(ROBUST_QUEUE_SIZE_ZERO),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_QUEUE_SIZE_VALID));

/* Below the size that the rings in memory have, so that a device which takes it stays in them. */
static void queue_size_odd(struct vs_ctx *t)
{
	static const uint16_t sizes[] = { 3, 12, 15 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct vs_queue *q;

		vs_require_restart(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 },
				   "a queue_size that is no power of two");
		q = set_up(t, USUAL_SIZE);
		if (q->size < sizes[i] && i)
			break;
		vs_set(t->s, VS_QUEUE_SIZE, sizes[i]);
		go_live(t, q, true);
	}
	vs_expect_recovery(t, "enabling a queue with a size that is no power of two");
}
VS_DEVICE_CHECK(queue_size_odd, .rules = VS_RULES(ROBUST_QUEUE_SIZE_NOT_POWER_OF_TWO),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_QUEUE_SIZE_VALID));

/* Rings for so many entries, whatever the device allows. Such a queue cannot be offered buffers in
 * the ordinary way. */
static void lay_out(struct vs_ctx *t, struct vs_queue *q, uint16_t size)
{
	static const enum vs_common_field fields[] = { VS_QUEUE_DESC, VS_QUEUE_DRIVER,
						       VS_QUEUE_DEVICE };

	q->size = size;
	for (unsigned i = 0; i < VS_AREA_COUNT; i++) {
		q->area[i] = vs_take_memory(t, q->ring->area_size(q, i), q->ring->area_align(i));
		vs_set(t->s, fields[i], vs_dma_address(t->s, q->area[i]));
	}
}

/* Offers a request whose descriptors are behind the largest size that the device allows. */
static bool is_served_beyond(struct vs_ctx *t, struct vs_queue *q)
{
	struct vs_request request;
	uint16_t head = q->max_size;

	vs_make_request(t, &request);
	vs_split_chain(q, head, request.elements, request.count);
	vs_split_publish(q, head);
	go_live(t, q, false);
	vs_wait_until(t->s, vs_split_used_idx(q) || vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET);
	return vs_split_used_idx(q) != 0;
}

static void queue_size_over(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_queue *q = set_up(t, 0);
	uint16_t over, back;
	bool served;

	/* Room for a request of two descriptors behind the largest size. */
	over = q->max_size == 1 ? 4 : q->max_size * 2u;
	if (q->max_size == VIRTIO_QUEUE_MAX_SIZE)
		over = UINT16_MAX;
	lay_out(t, q, over);
	vs_set(s, VS_QUEUE_SIZE, over);
	back = (uint16_t)vs_get(s, VS_QUEUE_SIZE);
	vs_where(t, "queue %u, largest size %u", q->index, q->max_size);
	if (back > q->max_size && vs_request_kind(s->fn->type)) {
		served = is_served_beyond(t, q);
		vs_expect(t, !served, "a queue that does not work with more than its largest size",
			  "queue_size reads %u after %u was written, and descriptor %u was used",
			  back, over, q->max_size);
	} else {
		go_live(t, q, false);
	}
	vs_expect_recovery(t, "enabling a queue with more than its largest size");
}
VS_DEVICE_CHECK(queue_size_over, .rules = VS_RULES(ROBUST_QUEUE_SIZE_OVER_MAXIMUM),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_QUEUE_SIZE_VALID,
				    DRIVER_PCI_COMMON_QUEUE_SIZE_REDUCED_ONLY));

/* Where nothing is: far above any memory, and so high that the ring wraps around. */
static void queue_outside_memory(struct vs_ctx *t)
{
	static const struct {
		uint64_t desc, driver, device; /* 0: where it belongs */
	} places[] = {
		{ UINT64_C(1) << 46, (UINT64_C(1) << 46) + 0x10000, (UINT64_C(1) << 46) + 0x20000 },
		{ UINT64_MAX - 0xff, UINT64_MAX - 0xf, UINT64_MAX - 0xf },
		{ UINT64_C(1) << 46, 0, 0 },
		{ 0, 0, UINT64_C(1) << 46 },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct vs_queue *q;

		vs_require_restart(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 },
				   "a queue outside memory");
		q = set_up(t, USUAL_SIZE);
		if (places[i].desc)
			vs_set(t->s, VS_QUEUE_DESC, places[i].desc);
		if (places[i].driver)
			vs_set(t->s, VS_QUEUE_DRIVER, places[i].driver);
		if (places[i].device)
			vs_set(t->s, VS_QUEUE_DEVICE, places[i].device);
		go_live(t, q, true);
	}
	vs_expect_recovery(t, "a live device with a queue outside memory");
}
VS_DEVICE_CHECK(queue_outside_memory, .rules = VS_RULES(ROBUST_QUEUE_OUTSIDE_MEMORY),
		.stage = VS_STAGE_FEATURES, .breaks = VS_BREAKS(DRIVER_SPLIT_AREA_SIZE));

/* Each area off by as much as keeps the others and its own index apart; then the one of them whose
 * index a processor cannot load in one go, with nothing in it. */
static void queue_misaligned(struct vs_ctx *t)
{
	static const uint8_t off[][VS_AREA_COUNT] = { { 8, 0, 0 }, { 0, 0, 2 }, { 1, 1, 1 } };
	static const enum vs_common_field fields[] = { VS_QUEUE_DESC, VS_QUEUE_DRIVER,
						       VS_QUEUE_DEVICE };

	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		struct vs_queue *q;

		vs_require_restart(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 },
				   "a queue that is not aligned");
		q = set_up(t, USUAL_SIZE);
		for (unsigned area = 0; area < VS_AREA_COUNT; area++) {
			q->area[area] = vs_take_memory(t, q->ring->area_size(q, area) + 16, 16);
			vs_set(t->s, fields[area],
			       vs_dma_address(t->s, q->area[area]) + off[i][area]);
			if (off[i][area] % 2 == 0)
				q->area[area] += off[i][area];
		}
		go_live(t, q, i < 2);
	}
	vs_expect_recovery(t, "a live device with a queue that is not aligned");
}
VS_DEVICE_CHECK(queue_misaligned, .rules = VS_RULES(ROBUST_QUEUE_MISALIGNED),
		.stage = VS_STAGE_FEATURES, .breaks = VS_BREAKS(DRIVER_SPLIT_AREA_ALIGNMENT));

#define SEEN_QUEUES 8u /* of a device with many queues, so many are looked at */

struct registers {
	uint64_t value[VS_COMMON_FIELD_COUNT];
};

static struct registers read_queue(struct vs_ctx *t, uint16_t index)
{
	struct registers r = { 0 };

	vs_set(t->s, VS_QUEUE_SELECT, index);
	for (int f = VS_QUEUE_SIZE; f <= VS_QUEUE_DEVICE; f++)
		r.value[f] = vs_get(t->s, f);
	return r;
}

static void write_queue(struct vs_ctx *t, uint16_t index)
{
	struct vs_session *s = t->s;

	vs_set(s, VS_QUEUE_SELECT, index);
	vs_set(s, VS_QUEUE_SIZE, 2);
	vs_set(s, VS_QUEUE_MSIX_VECTOR, 0);
	vs_set(s, VS_QUEUE_DESC, s->bus->dma.address + 0x1000);
	vs_set(s, VS_QUEUE_DRIVER, s->bus->dma.address + 0x2000);
	vs_set(s, VS_QUEUE_DEVICE, s->bus->dma.address + 0x3000);
	vs_set(s, VS_QUEUE_ENABLE, 1);
}

/* Queue 0 is selected before, so that a device which ignores the select is seen writing to it. */
static bool expect_untouched(struct vs_ctx *t, uint16_t index)
{
	struct registers before[SEEN_QUEUES];
	unsigned count = t->s->num_queues < SEEN_QUEUES ? t->s->num_queues : SEEN_QUEUES;

	for (unsigned i = count; i-- > 0;)
		before[i] = read_queue(t, (uint16_t)i);
	write_queue(t, index);
	for (unsigned i = 0; i < count; i++) {
		struct registers after = read_queue(t, (uint16_t)i);

		for (int f = VS_QUEUE_SIZE; f <= VS_QUEUE_DEVICE; f++) {
			vs_where(t, "queue %u, %s", i, vs_common_fields[f].name);
			if (!vs_expect(t, after.value[f] == before[i].value[f],
				       "registers that writes to a queue that is not there leave "
				       "alone",
				       "%#" PRIx64 " became %#" PRIx64
				       " as all registers of queue %u were written",
				       before[i].value[f], after.value[f], index))
				return false;
		}
	}
	return true;
}

static void queue_select_far(struct vs_ctx *t)
{
	const uint16_t far[] = { t->s->num_queues, 1023, 1024, 32768, 65535 };
	bool holds = true;

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]) && holds; i++)
		if (far[i] >= t->s->num_queues)
			holds = expect_untouched(t, far[i]);
	/* Last, as it would wipe out what the other writes did. */
	if (vs_negotiated(t, VIRTIO_F_RING_RESET))
		vs_queue_set(t->s, far[0], VS_QUEUE_RESET, 1);
	vs_where(t, "%s", "");
	vs_expect_recovery(t, "writes to the registers of queues that are not there");
}
VS_DEVICE_CHECK(queue_select_far, .rules = VS_RULES(ROBUST_QUEUE_SELECT_OUT_OF_RANGE),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_ABSENT_QUEUE_UNTOUCHED,
				    DRIVER_SPLIT_USED_FLAGS_ZEROED, DRIVER_SPLIT_AVAIL_IDX_FORWARD,
				    DRIVER_SPLIT_AVAIL_FLAGS));
