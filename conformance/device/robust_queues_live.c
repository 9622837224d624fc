/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of queues that are at work: their registers written again (4.1.4.3, 4.1.4.3.2). */
#include <string.h>

#include "engine/check.h"
#include "spec/split_ring.h"

#define SIZE 4u /* entries: few, so that a wrong size shows soon */

/* Descriptors are chosen by hand here, not in the order that IN_ORDER asks for (2.7.5.2). */
static const struct vs_setup small = { .queue_size = SIZE, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

/* The same rings once more, at another place. */
struct shadow {
	uint8_t *area[VS_AREA_COUNT];
};

static void write_addresses(struct vs_ctx *t, const struct vs_queue *q, struct shadow *shadow)
{
	static const enum vs_common_field fields[] = { VS_QUEUE_DESC, VS_QUEUE_DRIVER,
						       VS_QUEUE_DEVICE };

	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		shadow->area[i] =
			vs_take_memory(t, q->ring->area_size(q, i), q->ring->area_align(i));
	vs_set(t->s, VS_QUEUE_SELECT, q->index);
	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		vs_set(t->s, fields[i], vs_dma_address(t->s, shadow->area[i]));
}

static bool gave_up(struct vs_ctx *t)
{
	return vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET;
}

/* What became of a request that stands in both rings. */
struct outcome {
	bool served, moved;
};

static struct outcome offer_in_both(struct vs_ctx *t, const struct shadow *shadow)
{
	struct vs_session *s = t->s;
	struct outcome outcome = { 0 };
	struct vs_request request;
	struct vs_queue *q;
	struct vs_used used;

	vs_make_request(t, &request);
	q = request.q;
	q->ring->offer(q, request.elements, request.count, false);
	for (unsigned i = 0; i < VS_AREA_DEVICE; i++) {
		memcpy(shadow->area[i], q->area[i], q->ring->area_size(q, i));
		vs_bus_push(s->bus, shadow->area[i], q->ring->area_size(q, i));
	}
	vs_queue_notify(q);
	vs_wait_until(s, q->ring->take(q, &used) ||
				 vs_ring_load16(s, shadow->area[VS_AREA_DEVICE] + VIRTQ_USED_IDX) ||
				 gave_up(t));
	vs_settle(s);
	outcome.served = vs_split_used_idx(q) == q->avail_idx;
	outcome.moved = vs_ring_load16(s, shadow->area[VS_AREA_DEVICE] + VIRTQ_USED_IDX) != 0;
	return outcome;
}

static void expect_not_moved(struct vs_ctx *t, struct outcome outcome, const char *expected)
{
	vs_expect(t, !outcome.moved && (outcome.served || gave_up(t)), expected,
		  outcome.moved ? "the device serves the rings at the new addresses"
				: "a request in the rings stays unused (device_status %#x)",
		  vs_status(t->s));
}

static const char stays[] =
	"rings that stay as they were when the queue was enabled, or DEVICE_NEEDS_RESET";

/* Addresses written between enabling and DRIVER_OK, or after it. */
static void expect_addresses_kept(struct vs_ctx *t, enum vs_stage when)
{
	struct shadow shadow;

	vs_require_restart(t, when, small, "writes to the registers of an enabled queue");
	write_addresses(t, &t->s->queues[0], &shadow);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_where(t, "queue %u, addresses written %s DRIVER_OK", t->s->queues[0].index,
		 when == VS_STAGE_LIVE ? "after" : "before");
	expect_not_moved(t, offer_in_both(t, &shadow), stays);
}

/*
 * The same request in descriptors 0 and up, again and again once round the ring, so that nothing
 * but the place of each used element tells by which size the device runs it.
 */
static void lay_request(struct vs_ctx *t, struct vs_queue *q)
{
	uint8_t *used = q->area[VS_AREA_DEVICE];
	struct vs_request request;

	vs_make_request(t, &request);
	vs_split_chain(q, 0, request.elements, request.count);
	memset(used + VIRTQ_USED_RING(0), UINT8_MAX, VIRTQ_USED_RING(SIZE) - VIRTQ_USED_RING(0));
	vs_bus_push(t->s->bus, used, VIRTQ_USED_RING(SIZE));
}

/* Whether request number i, from 0, came back in its place. */
static bool is_used_in_place(struct vs_ctx *t, struct vs_queue *q, unsigned i, bool *used)
{
	const uint8_t *element = q->area[VS_AREA_DEVICE] + VIRTQ_USED_RING(i);

	vs_split_publish(q, 0);
	vs_queue_notify(q);
	vs_wait_until(t->s, vs_split_used_idx(q) == i + 1 || gave_up(t));
	*used = vs_split_used_idx(q) == i + 1;
	vs_bus_pull(t->s->bus, element, sizeof(uint32_t));
	return *used && vs_load_le32(element) == 0;
}

/* A reduced size, or none, written between enabling and DRIVER_OK or after it. */
static void expect_size_kept(struct vs_ctx *t, enum vs_stage when, bool write)
{
	struct vs_queue *q;

	vs_require_restart(t, when, small, "writes to the registers of an enabled queue");
	q = &t->s->queues[0];
	lay_request(t, q);
	if (write)
		vs_queue_set(t->s, q->index, VS_QUEUE_SIZE, SIZE / 2);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_where(t, "queue %u of %u entries, queue_size %u written %s DRIVER_OK", q->index, SIZE,
		 SIZE / 2, when == VS_STAGE_LIVE ? "after" : "before");
	for (unsigned i = 0; i < SIZE; i++) {
		bool used, holds = is_used_in_place(t, q, i, &used);

		if (!write && !holds)
			vs_block(t, VS_RULE_PCI_COMMON_QUEUE_SIZE_REDUCED,
				 "request %u goes wrong on a queue of %u entries", i, SIZE);
		if (write && !vs_expect(t, holds || gave_up(t), stays,
					used ? "the used element of request %u is not in its place"
					     : "request %u stays unused",
					i))
			return;
		if (!holds)
			return;
	}
}

/* What no queue can have, on a queue at work: the device may do anything that ends with a reset. */
static void write_nonsense(struct vs_ctx *t)
{
	static const uint16_t sizes[] = { 0, 3, UINT16_MAX };
	struct vs_session *s = t->s;

	vs_require_restart(t, VS_STAGE_LIVE, small, "writes to the registers of an enabled queue");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		vs_queue_set(s, s->queues[0].index, VS_QUEUE_SIZE, sizes[i]);
		vs_queue_notify(&s->queues[0]);
		vs_settle(s);
	}
	vs_set(s, VS_QUEUE_DESC, 0);
	vs_set(s, VS_QUEUE_DRIVER, 1);
	vs_set(s, VS_QUEUE_DEVICE, UINT64_MAX);
	vs_queue_notify(&s->queues[0]);
	vs_settle(s);
}

static void queue_changed_live(struct vs_ctx *t)
{
	vs_need_service(t);
	expect_addresses_kept(t, VS_STAGE_QUEUES);
	expect_addresses_kept(t, VS_STAGE_LIVE);
	/* Without any of it the small queue has to work, or what follows says nothing. */
	if (t->s->queues[0].size == SIZE) {
		expect_size_kept(t, VS_STAGE_LIVE, false);
		expect_size_kept(t, VS_STAGE_QUEUES, true);
		expect_size_kept(t, VS_STAGE_LIVE, true);
	}
	write_nonsense(t);
	vs_expect_recovery(t, "writes to the registers of an enabled queue");
}
VS_DEVICE_CHECK(queue_changed_live, .rules = VS_RULES(ROBUST_QUEUE_CHANGED_LIVE),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_CONFIGURED_BEFORE_ENABLE,
				    DRIVER_PCI_COMMON_QUEUE_SIZE_VALID,
				    DRIVER_PCI_COMMON_QUEUE_SIZE_REDUCED_ONLY),
		.views = VS_ON(MODERN));

/* What the addresses do by themselves is the matter of the check above. */
static void queue_enabled_twice(struct vs_ctx *t)
{
	struct vs_queue *q = &t->s->queues[0];
	struct shadow shadow;
	struct outcome outcome;

	vs_need_service(t);
	write_addresses(t, q, &shadow);
	outcome = offer_in_both(t, &shadow);
	if (!gave_up(t) && (!outcome.served || outcome.moved))
		vs_block(t, VS_RULE_ROBUST_QUEUE_CHANGED_LIVE,
			 "other addresses written to an enabled queue have an effect already");
	vs_queue_set(t->s, q->index, VS_QUEUE_ENABLE, 1);
	outcome = offer_in_both(t, &shadow);
	vs_where(t, "queue %u, enabled again with other addresses", q->index);
	expect_not_moved(t, outcome, stays);
	vs_expect_recovery(t, "enabling a queue a second time");
}
VS_DEVICE_CHECK(queue_enabled_twice, .rules = VS_RULES(ROBUST_QUEUE_ENABLED_TWICE),
		.stage = VS_STAGE_LIVE, .setup = { .queue_size = SIZE }, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_CONFIGURED_BEFORE_ENABLE),
		.views = VS_ON(MODERN));
