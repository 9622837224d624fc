/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.4 Notification structure layout. */
#include "engine/check.h"

/* Bytes that one notification takes where the device offers what it does. */
static unsigned notification_size(const struct vs_ctx *t)
{
	return vs_offers(t, VIRTIO_F_NOTIFICATION_DATA) ? 4 : 2;
}

static void notify_present(struct vs_ctx *t)
{
	vs_expect(t, vs_caps_any(&t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) != NULL,
		  "a notification capability", "there is none");
}
VS_DEVICE_CHECK(notify_present, .rules = VS_RULES(PCI_NOTIFY_PRESENT), .stage = VS_STAGE_CAPS);

/* Every notification capability counts, not only the first one that a driver would pick. */
static void notify_structure(struct vs_ctx *t)
{
	unsigned size = notification_size(t);
	const struct vs_cap *cap;

	vs_need_structure(t, VIRTIO_PCI_CAP_NOTIFY_CFG, VS_RULE_PCI_NOTIFY_PRESENT);
	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
		uint32_t multiplier = cap->notify_off_multiplier;

		vs_where(t, "notification capability at %#x", cap->pos);
		vs_expect_for(t, PCI_NOTIFY_OFFSET_ALIGNED, cap->offset % size == 0,
			      "an offset that is a multiple of the notification's size",
			      "%#" PRIx64 ", notifications have %u bytes", cap->offset, size);
		vs_expect_for(t, PCI_NOTIFY_MULTIPLIER,
			      multiplier == 0 || (vs_is_pow2(multiplier) && multiplier >= size),
			      "0 or a power of two that is a multiple of the notification's size",
			      "%" PRIu32 ", notifications have %u bytes", multiplier, size);
		vs_expect_for(t, PCI_NOTIFY_LENGTH_MINIMUM, cap->length >= size,
			      "room for one notification", "%" PRIu64 " bytes", cap->length);
	}
}
VS_DEVICE_CHECK(notify_structure,
		.rules = VS_RULES(PCI_NOTIFY_MULTIPLIER, PCI_NOTIFY_OFFSET_ALIGNED,
				  PCI_NOTIFY_LENGTH_MINIMUM),
		.stage = VS_STAGE_FEATURES);

/* Offsets are read after negotiation, since features may change them, and of every queue. */
static void notify_length(struct vs_ctx *t)
{
	unsigned size = notification_size(t);
	const struct vs_cap *cap;

	vs_need_structure(t, VIRTIO_PCI_CAP_NOTIFY_CFG, VS_RULE_PCI_NOTIFY_PRESENT);
	for (uint32_t i = 0; i < t->s->num_queues; i++) {
		uint16_t off;

		if (vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE) == 0)
			continue;
		off = (uint16_t)vs_get(t->s, VS_QUEUE_NOTIFY_OFF);
		vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
			uint64_t end = (uint64_t)off * cap->notify_off_multiplier + size;

			vs_where(t, "queue %u, notification capability at %#x", i, cap->pos);
			vs_expect(t, cap->length >= end, "a length that covers the queue's place",
				  "length %" PRIu64 ", queue_notify_off %u, multiplier %" PRIu32
				  ": %" PRIu64 " bytes are needed",
				  cap->length, off, cap->notify_off_multiplier, end);
		}
	}
}
VS_DEVICE_CHECK(notify_length, .rules = VS_RULES(PCI_NOTIFY_LENGTH_COVERS_QUEUES),
		.stage = VS_STAGE_FEATURES);

/* Whether a request that is notified at this place of the structure is served. */
static bool served_at(struct vs_ctx *t, const struct vs_cap *cap, uint64_t offset)
{
	struct vs_request request;
	struct vs_used used;
	unsigned width;
	uint32_t value;

	vs_start_over(t, VS_STAGE_LIVE, (struct vs_setup){ 0 });
	vs_make_request(t, &request);
	/* Many devices look at their queues by themselves at DRIVER_OK: not this time. */
	vs_settle(t->s);
	if (request.q->ring->offer(request.q, request.elements, request.count, false) < 0)
		vs_block(t, -1, "queue %u has no room for a request", request.q->index);
	value = vs_queue_notify_value(request.q, &width);
	vs_cap_write(t->s, cap, offset, width, value);
	return vs_queue_wait(request.q, &used);
}

/* The place that the formula gives for the queue of the benign request. */
static uint64_t formula(struct vs_ctx *t, const struct vs_cap *cap)
{
	const struct vs_request_kind *kind = vs_request_kind(t->s->fn->type);
	int index = vs_request_queue(t->s, kind, 0);
	uint16_t off = (uint16_t)vs_queue_get(t->s, (uint16_t)index, VS_QUEUE_NOTIFY_OFF);

	return (uint64_t)off * cap->notify_off_multiplier;
}

/* Another place of the structure at which the request is served, or -1. */
static int64_t find_place(struct vs_ctx *t, const struct vs_cap *cap)
{
	unsigned size = notification_size(t);

	for (uint64_t at = 0; at < UINT64_C(8) * size && at + size <= cap->length; at += size)
		if (served_at(t, cap, at))
			return (int64_t)at;
	return -1;
}

/*
 * A request through each capability in turn: the formula has to reach the queue in all of them.
 * Where no notification is heard at all, it is not the place that is wrong.
 */
static void notify_address(struct vs_ctx *t)
{
	bool usable[PCI_CAP_MAX] = { false }, served[PCI_CAP_MAX] = { false }, any = false;
	const struct vs_caps *caps = &t->s->fn->caps;
	unsigned count = 0;

	vs_need_usable_structure(t, VIRTIO_PCI_CAP_NOTIFY_CFG, VS_RULE_PCI_NOTIFY_PRESENT);
	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		usable[i] = cap->id == PCI_CAP_ID_VNDR &&
			    cap->cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG &&
			    vs_cap_usable(cap, notification_size(t)) && vs_cap_placed(t->s, cap);
		served[i] = usable[i] && served_at(t, cap, formula(t, cap));
		any = any || served[i];
		count += usable[i];
	}
	if (!count)
		vs_block(t, VS_RULE_PCI_NOTIFY_LENGTH_MINIMUM,
			 "no notification structure has room for a notification");
	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];
		int64_t place = usable[i] && !served[i] ? find_place(t, cap) : -1;

		if (!usable[i])
			continue;
		if (!any && place < 0)
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request is not served wherever it is notified");
		vs_where(t, "notification capability at %#x", cap->pos);
		vs_expect(t, served[i],
			  "a notification at queue_notify_off * multiplier to be served",
			  "a request notified at offset %#" PRIx64 " stayed unused; it is served "
			  "at %" PRId64,
			  formula(t, cap), place);
	}
}
VS_DEVICE_CHECK(notify_address, .rules = VS_RULES(PCI_NOTIFY_ADDRESS), .stage = VS_STAGE_FEATURES,
		.needs = VS_NEEDS_REQUEST);
