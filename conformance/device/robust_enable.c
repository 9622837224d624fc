/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of going live with other queues than the device has: none, only some, and one too
 * many (3.1.1, 4.1.5.1.3). */
#include "engine/check.h"

static void no_queue_enabled(struct vs_ctx *t)
{
	t->s->stage = VS_STAGE_QUEUES;
	vs_proceed(t, VS_STAGE_LIVE);
	vs_settle(t->s);
	vs_expect_recovery(t, "DRIVER_OK with no queue enabled");
}
VS_DEVICE_CHECK(no_queue_enabled, .rules = VS_RULES(ROBUST_NO_QUEUE_ENABLED),
		.stage = VS_STAGE_FEATURES);

/* Whether there are queues beside those that the session has enabled. */
static bool leaves_queues_out(struct vs_ctx *t)
{
	for (uint32_t i = 0; i < t->s->num_queues; i++)
		if (!vs_queue_of(t->s, (uint16_t)i) &&
		    vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE))
			return true;
	return false;
}

static bool is_served(struct vs_ctx *t)
{
	struct vs_request request;

	vs_make_request(t, &request);
	return vs_request_return(&request) == 0;
}

/* If it does not work with all its queues either, it is not for want of them. */
static void expect_served(struct vs_ctx *t, bool served, const char *which)
{
	if (!served) {
		vs_start_over(t, VS_STAGE_LIVE,
			      (struct vs_setup){ .all_queues = true, .queue_size = 16 });
		if (!is_served(t))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "requests are not served with all queues enabled either");
	}
	vs_expect(t, served, "a device that works with some of its queues enabled",
		  "with only %s enabled a request stays unused, with all it is served", which);
}

/* Just the queue that carries the request, where others usually run beside it. */
static void start_one(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	int index;

	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	index = vs_request_queue(s, vs_request_kind(s->fn->type), 0);
	s->queues = vs_session_alloc(s, sizeof(*s->queues));
	if (!s->queues || index < 0 || vs_queue_start(s, s->queues, (uint16_t)index, 0))
		vs_block_by_trouble(t);
	s->queue_count = 1;
	s->stage = VS_STAGE_QUEUES;
	vs_proceed(t, VS_STAGE_LIVE);
}

static void some_queues_enabled(struct vs_ctx *t)
{
	bool left_out = leaves_queues_out(t), one = t->s->queue_count > 1;

	if (!left_out && !one)
		vs_skip(t, "the device has no queue beside the one for requests");
	if (left_out)
		expect_served(t, is_served(t), "the queues that the request needs");
	if (one) {
		start_one(t);
		expect_served(t, is_served(t), "the queue of the request");
	}
}
VS_DEVICE_CHECK(some_queues_enabled, .rules = VS_RULES(ROBUST_SOME_QUEUES_ENABLED),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

/* What a driver would have written for the queue, with a buffer in its rings. */
static struct vs_queue write_absent(struct vs_ctx *t, uint16_t index, uint8_t *buffer)
{
	struct vs_session *s = t->s;
	struct vs_queue q = { .s = s, .ring = &vs_split_ring, .index = index, .size = 16 };
	const enum vs_common_field fields[] = { VS_QUEUE_DESC, VS_QUEUE_DRIVER, VS_QUEUE_DEVICE };

	vs_set(s, VS_QUEUE_SIZE, q.size);
	for (unsigned i = 0; i < VS_AREA_COUNT; i++) {
		q.area[i] = vs_take_memory(t, q.ring->area_size(&q, i), q.ring->area_align(i));
		vs_set(s, fields[i], vs_dma_address(s, q.area[i]));
	}
	vs_split_descriptor(&q, 0,
			    (struct vs_split_descriptor){ .addr = vs_dma_address(s, buffer),
							  .len = 64,
							  .flags = VIRTQ_DESC_F_WRITE });
	vs_split_publish(&q, 0);
	vs_set(s, VS_QUEUE_ENABLE, 1);
	q.notify_off = (uint16_t)vs_get(s, VS_QUEUE_NOTIFY_OFF);
	q.notify_data = index;
	return q;
}

static void expect_stays_absent(struct vs_ctx *t, uint16_t index)
{
	struct vs_session *s = t->s;
	uint8_t *buffer = vs_take_memory(t, 64, 16);
	struct vs_queue q;
	uint64_t place;

	vs_mark(t, buffer, 64);
	vs_set(s, VS_QUEUE_SELECT, 0);
	if (vs_queue_get(s, index, VS_QUEUE_SIZE) || vs_get(s, VS_QUEUE_SELECT) != index)
		vs_block(t, VS_RULE_PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO,
			 "queue_select %u shows a queue that is not there", index);
	q = write_absent(t, index, buffer);
	vs_proceed(t, VS_STAGE_LIVE);
	place = vs_queue_notify_offset(&q, s->notify) - s->notify->offset;
	if (vs_cap_usable(s->notify, place + 4))
		vs_queue_notify(&q);
	vs_settle(s);
	vs_where(t, "queue %u", index);
	vs_expect(t, vs_split_used_idx(&q) == 0 && vs_is_marked(t, buffer, 64),
		  "a queue that stays absent", "its buffer was used (used index %u)",
		  vs_split_used_idx(&q));
}

/* Beside those that the device really has, as a driver that counts wrongly would do it. */
static void absent_queue_not_created(struct vs_ctx *t)
{
	uint32_t num = t->s->num_queues;

	if (!t->s->notify)
		vs_block(t, VS_RULE_PCI_NOTIFY_PRESENT, "no notification capability is usable");
	for (uint32_t i = 0; i < num && i < 128; i++) {
		if (vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE))
			continue;
		expect_stays_absent(t, (uint16_t)i);
		vs_require_restart(t, VS_STAGE_QUEUES, (struct vs_setup){ 0 },
				   "enabling a queue that is not there");
		break;
	}
	if (num <= UINT16_MAX)
		expect_stays_absent(t, (uint16_t)num);
	vs_expect_recovery(t, "enabling a queue that is not there");
}
VS_DEVICE_CHECK(absent_queue_not_created, .rules = VS_RULES(ROBUST_ABSENT_QUEUE_NOT_CREATED),
		.stage = VS_STAGE_QUEUES,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_ABSENT_QUEUE_UNTOUCHED));
