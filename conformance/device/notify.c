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

	vs_for_each_cap (cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
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

	for (uint32_t i = 0; i < t->s->num_queues; i++) {
		uint16_t off;

		if (vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE) == 0)
			continue;
		off = (uint16_t)vs_get(t->s, VS_QUEUE_NOTIFY_OFF);
		vs_for_each_cap (cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
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

/* A request through each capability in turn: the formula has to reach the queue in all of them. */
static void notify_address(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_for_each_cap (cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
		struct vs_request request;
		struct vs_used used;
		bool done;

		if (!vs_cap_usable(cap, notification_size(t)) ||
		    t->s->bus->bars[cap->bar].address == 0)
			continue;
		vs_start_over(t, VS_STAGE_LIVE, (struct vs_setup){ 0 });
		t->s->notify = cap;
		vs_make_request(t, &request);
		vs_send_request(t, &request);
		done = vs_queue_wait(request.q, &used);
		vs_where(t, "notification capability at %#x", cap->pos);
		vs_expect(t, done,
			  "a notification at offset + queue_notify_off * multiplier to be served",
			  "queue %u: a request notified at BAR %u + %#" PRIx64 " stayed unused",
			  request.q->index, cap->bar, vs_queue_notify_offset(request.q, cap));
	}
}
VS_DEVICE_CHECK(notify_address, .rules = VS_RULES(PCI_NOTIFY_ADDRESS), .stage = VS_STAGE_COMMON,
		.needs = VS_NEEDS_REQUEST);
