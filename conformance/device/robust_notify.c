/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of available buffer notifications: at the wrong time, of the wrong queue, in the wrong
 * shape, and too many of them (4.1.4.4, 4.1.5.2). */
#include "engine/check.h"

#define STORM       512u /* notifications */
#define STORM_GUSTS 64u  /* of so many, with a look at a register after each */

static bool is_usable(const struct vs_ctx *t, const struct vs_cap *cap)
{
	return vs_cap_usable(cap, 2) && vs_cap_placed(t->s, cap);
}

/* Writes into the notification structure where `width` bytes fit at `offset`. */
static void write_inside(struct vs_ctx *t, const struct vs_cap *cap, uint64_t offset,
			 unsigned width, uint64_t value)
{
	if (vs_cap_usable(cap, offset + width))
		vs_cap_write(t->s, cap, offset, width, value);
}

static unsigned natural_width(const struct vs_ctx *t)
{
	return vs_negotiated(t, VIRTIO_F_NOTIFICATION_DATA) ? 4 : 2;
}

/* By place and value, where it would be if it were there; and by value only. */
static void notify_absent(struct vs_ctx *t, const struct vs_cap *cap, uint16_t index)
{
	unsigned width = natural_width(t);

	write_inside(t, cap, (uint64_t)index * cap->notify_off_multiplier, width, index);
	write_inside(t, cap, 0, width, index);
}

static void notify_all_absent(struct vs_ctx *t, const struct vs_cap *cap)
{
	static const uint16_t far[] = { 64, 255, 1023, 1024, 4096, 32767, 32768, 65535 };
	struct vs_session *s = t->s;

	for (uint32_t i = 0; i < s->num_queues + 4u && i < 64; i++)
		if (i >= s->num_queues || !vs_queue_get(s, (uint16_t)i, VS_QUEUE_SIZE))
			notify_absent(t, cap, (uint16_t)i);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		if (far[i] >= s->num_queues)
			notify_absent(t, cap, far[i]);
}

static void notify_absent_queue(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	const struct vs_cap *cap;

	if (s->view == VS_VIEW_LEGACY)
		notify_all_absent(t, s->notify);
	else
		vs_for_each_cap(cap, &s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG)
			if (is_usable(t, cap))
				notify_all_absent(t, cap);
	vs_settle(s);
	vs_expect_recovery(t, "notifications for queues that are not there");
}
VS_DEVICE_CHECK(notify_absent_queue, .rules = VS_RULES(ROBUST_NOTIFY_ABSENT_QUEUE),
		.stage = VS_STAGE_LIVE,
		.breaks = VS_BREAKS(DRIVER_PCI_NOTIFY_VALUE, DRIVER_PCI_NOTIFY_ADDRESS,
				    DRIVER_PCI_NOTIFY_CONFIG_DATA),
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/* Only where the select takes the index: else the place shown is that of another queue. */
static void absent_queue_place(struct vs_ctx *t)
{
	const uint16_t far[] = { t->s->num_queues, 64, 1024, 32768, 65535 };
	const struct vs_cap *cap = t->s->notify;
	unsigned width = natural_width(t), judged = 0;

	if (!cap)
		vs_block(t, VS_RULE_PCI_NOTIFY_PRESENT, "no notification capability is usable");
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		uint64_t place;

		if (far[i] < t->s->num_queues || vs_queue_get(t->s, far[i], VS_QUEUE_SIZE) ||
		    vs_get(t->s, VS_QUEUE_SELECT) != far[i])
			continue;
		place = vs_get(t->s, VS_QUEUE_NOTIFY_OFF) * cap->notify_off_multiplier;
		judged++;
		vs_where(t, "queue_select %u, num_queues %u", far[i], t->s->num_queues);
		vs_expect(t, place + width <= cap->length, "a place inside the structure",
			  "%#" PRIx64 ", the structure has %" PRIu64 " bytes", place, cap->length);
	}
	if (!judged)
		vs_block(t, VS_RULE_PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO,
			 "no queue that is not there can be selected");
}
VS_DEVICE_CHECK(absent_queue_place, .rules = VS_RULES(ROBUST_ABSENT_QUEUE_PLACE),
		.stage = VS_STAGE_FEATURES);

/* A live device on which no queue was set up, and all that there are get notified. */
static void notify_all(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_require_restart(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 },
			   "a notification for a queue that is not enabled");
	s->stage = VS_STAGE_QUEUES;
	vs_proceed(t, VS_STAGE_LIVE);
	for (uint16_t i = 0; i < s->num_queues && i < 16; i++) {
		struct vs_queue q = { .s = s, .ring = &vs_split_ring, .index = i };

		if (vs_queue_get(s, i, VS_QUEUE_SIZE) == 0)
			continue;
		q.notify_off = (uint16_t)vs_get(s, VS_QUEUE_NOTIFY_OFF);
		q.notify_data = i;
		if (vs_negotiated(t, VIRTIO_F_NOTIF_CONFIG_DATA))
			q.notify_data = (uint16_t)vs_get(s, VS_QUEUE_NOTIF_CONFIG_DATA);
		vs_queue_notify(&q);
	}
	vs_settle(s);
}

/* One queue that is ready in every way but enabled. */
static void notify_prepared(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	int index = vs_request_queue(s, vs_request_kind(s->fn->type), 0);
	struct vs_request request;

	s->queues = vs_session_alloc(s, sizeof(*s->queues));
	if (!s->queues || index < 0 || vs_queue_configure(s, s->queues, (uint16_t)index, 0))
		vs_block_by_trouble(t);
	s->queue_count = 1;
	s->stage = VS_STAGE_QUEUES;
	vs_make_request(t, &request);
	request.q->ring->offer(request.q, request.elements, request.count, false);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_settle(s);
	if (request.q->ring->pending(request.q))
		vs_block(t, VS_RULE_PCI_COMMON_QUEUE_ENABLE_GATES,
			 "queue %d is served without being enabled", index);
	vs_queue_notify(request.q);
	vs_settle(s);
	vs_where(t, "queue %d, not enabled", index);
	vs_expect(t, !request.q->ring->pending(request.q), "a notification that starts nothing",
		  "%s", "a buffer is used after it");
}

static void notify_disabled_queue(struct vs_ctx *t)
{
	if (!t->s->notify)
		vs_block(t, VS_RULE_PCI_NOTIFY_PRESENT, "no notification capability is usable");
	if (vs_request_kind(t->s->fn->type))
		notify_prepared(t);
	notify_all(t);
	vs_expect_recovery(t, "notifications for queues that are not enabled");
}
VS_DEVICE_CHECK(notify_disabled_queue, .rules = VS_RULES(ROBUST_NOTIFY_DISABLED_QUEUE),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_INIT_SETUP_BEFORE_DRIVER_OK));

/* Notifies between enabling and DRIVER_OK, with and without a buffer in the queue; then the device
 * has to work when it is notified in time. */
static void expect_works_after_early(struct vs_ctx *t, bool filled)
{
	struct vs_request request;
	struct vs_used used;

	if (filled)
		vs_require_restart(t, VS_STAGE_QUEUES, (struct vs_setup){ 0 },
				   "a notification before DRIVER_OK");
	vs_make_request(t, &request);
	if (filled)
		request.q->ring->offer(request.q, request.elements, request.count, false);
	vs_queue_notify(request.q);
	vs_settle(t->s);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_settle(t->s);
	if (!filled)
		request.q->ring->offer(request.q, request.elements, request.count, false);
	vs_queue_notify(request.q);
	vs_where(t, "queue %u, %s when first notified", request.q->index,
		 filled ? "with a buffer" : "empty");
	vs_expect(t, vs_queue_wait(request.q, &used),
		  "a device that works after DRIVER_OK when it was notified before as well",
		  "a request, notified after DRIVER_OK, stayed unused (device_status %#x)",
		  vs_status(t->s));
}

static void notify_before_driver_ok(struct vs_ctx *t)
{
	vs_need_service(t);
	expect_works_after_early(t, false);
	expect_works_after_early(t, true);
	vs_expect_recovery(t, "notifications before DRIVER_OK");
}
VS_DEVICE_CHECK(notify_before_driver_ok, .rules = VS_RULES(ROBUST_NOTIFY_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_QUEUES, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK));

/*
 * Between the write of DRIVER_OK and the notification the device hears nothing. All queues are
 * enabled, so that it has most to start; small ones, since some devices have many.
 */
static void notify_after_driver_ok(struct vs_ctx *t)
{
	const struct vs_setup setup = { .all_queues = true, .queue_size = 16 };

	for (unsigned round = 0; round < 3; round++) {
		struct vs_request request;
		struct vs_used used;
		bool done;

		vs_start_over(t, VS_STAGE_QUEUES, setup);
		vs_make_request(t, &request);
		vs_proceed(t, VS_STAGE_LIVE);
		request.q->ring->offer(request.q, request.elements, request.count, false);
		vs_queue_notify(request.q);
		done = vs_queue_wait(request.q, &used);
		if (!done) {
			vs_queue_notify(request.q);
			if (!vs_queue_wait(request.q, &used))
				vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
					 "a second notification is not served either");
		}
		vs_where(t, "queue %u", request.q->index);
		vs_require(t, done, "a notification right after DRIVER_OK to be served",
			   "the buffer stayed unused until a second notification");
	}
}
VS_DEVICE_CHECK(notify_after_driver_ok, .rules = VS_RULES(ROBUST_NOTIFY_AFTER_DRIVER_OK),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);

/* Every width, aligned or not, at and beside the place of a queue; what names it stays right. */
static void strike_oddly(struct vs_ctx *t, const struct vs_cap *cap, const struct vs_queue *q)
{
	uint64_t place = vs_queue_notify_offset(q, cap) - cap->offset;

	for (unsigned width = 1; width <= 8; width *= 2) {
		for (unsigned beside = 0; beside < 4; beside++) {
			if (vs_cap_usable(cap, place + beside + width))
				vs_cap_read(t->s, cap, place + beside, width);
			if (beside || width != natural_width(t))
				write_inside(t, cap, place + beside, width, q->notify_data);
		}
	}
	/* Bits that belong to the position in the ring where there is none (4.1.5.2). */
	if (natural_width(t) == 2)
		write_inside(t, cap, place, 4, q->notify_data | UINT32_C(0xffff0000));
}

static void notify_odd_access(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	if (t->s->queue_count == 0)
		vs_skip(t, "the device has no virtqueue to notify");
	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG)
		if (is_usable(t, cap))
			strike_oddly(t, cap, &t->s->queues[0]);
	vs_settle(t->s);
	vs_expect_recovery(t, "odd accesses to the notification structure");
}
VS_DEVICE_CHECK(notify_odd_access, .rules = VS_RULES(ROBUST_NOTIFY_ODD_ACCESS),
		.stage = VS_STAGE_LIVE,
		.breaks = VS_BREAKS(DRIVER_PCI_NOTIFY_WIDTH, DRIVER_PCI_NOTIFY_VALUE,
				    DRIVER_PCI_NOTIFY_ADDRESS));

/* The flood goes to one queue, the request to another where the device has two at work. */
static void notify_storm(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_queue *flooded = &s->queues[s->queue_count - 1];
	uint8_t status = vs_status(s);
	struct vs_request request;

	vs_need_service(t);
	vs_where(t, "queue %u", flooded->index);
	for (unsigned i = 0; i < STORM; i++) {
		vs_queue_notify(flooded);
		if (i % STORM_GUSTS == 0)
			vs_require(t, vs_status(s) == status, "a status that stays as it was",
				   "%#x became %#x after %u notifications", status, vs_status(s),
				   i + 1);
	}
	vs_make_request(t, &request);
	vs_where(t, "queue %u", request.q->index);
	vs_expect(t, vs_request_return(&request) == 0, "a request that is served after the flood",
		  "after %u notifications of queue %u: %s", STORM, flooded->index, s->trouble.text);
	vs_expect_recovery(t, "a flood of notifications");
}
VS_DEVICE_CHECK(notify_storm, .rules = VS_RULES(ROBUST_NOTIFY_STORM), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);
