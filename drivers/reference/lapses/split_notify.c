/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses about when a driver of split virtqueues notifies. */
#include "drivers/reference/lapses/ring.h"

#define PLAIN "mock:blk,ring=split"

static bool forget(struct lapse_run *l, bool wanted)
{
	return wanted && !lapse_once(l);
}
LAPSE(split_notification_forgotten, "a notification is forgotten, without EVENT_IDX",
      .notify = forget, .decline = VS_BIT(VIRTIO_F_EVENT_IDX),
      .breaks = LAPSE_RULES(SPLIT_NOTIFICATION_SENT), .needs = PLAIN);
LAPSE(split_event_missed, "a notification is forgotten where the index passes avail_event",
      .notify = forget, .breaks = LAPSE_RULES(SPLIT_NOTIFICATION_AT_AVAIL_EVENT), .needs = PLAIN);

static bool always(struct lapse_run *l, bool wanted)
{
	(void)l;
	(void)wanted;
	return true;
}
LAPSE(split_flags_unheeded, "notifications are sent though the used ring says NO_NOTIFY",
      .notify = always, .decline = VS_BIT(VIRTIO_F_EVENT_IDX),
      .breaks = LAPSE_RULES(SPLIT_NOTIFICATION_SUPPRESSED_BY_FLAG),
      .needs = "mock:blk,ring=split,quirk=notifications-unwanted");
LAPSE(split_event_unheeded, "notifications are sent wherever avail_event is", .notify = always,
      .breaks = LAPSE_RULES(SPLIT_NO_NOTIFICATION_OFF_AVAIL_EVENT), .needs = "mock:net,ring=split");

static bool by_flags(struct lapse_run *l, bool wanted)
{
	const uint8_t *flags = l->q->area[VS_AREA_DEVICE] + VIRTQ_USED_FLAGS;

	return wanted && !(vs_ring_load16(&l->life->s, flags) & VIRTQ_USED_F_NO_NOTIFY);
}
LAPSE(split_flags_heeded, "with EVENT_IDX, NO_NOTIFY keeps the driver from notifying",
      .notify = by_flags, .breaks = LAPSE_RULES(SPLIT_USED_FLAGS_IGNORED_WITH_EVENT_IDX),
      .needs = "mock:blk,ring=split,quirk=used-flags=with-events");

/* As far as the bytes behind the used ring say, the device hears of new buffers later. */
static bool by_event(struct lapse_run *l, bool wanted)
{
	const struct vs_queue *q = l->q;
	uint16_t event =
		vs_ring_load16(&l->life->s,
			       q->area[VS_AREA_DEVICE] + VIRTQ_USED_AVAIL_EVENT((size_t)q->size));

	return wanted && (uint16_t)(q->avail_idx - event - 1) < q->size;
}
LAPSE(split_event_heeded, "without EVENT_IDX, avail_event keeps the driver from notifying",
      .notify = by_event, .decline = VS_BIT(VIRTIO_F_EVENT_IDX),
      .breaks = LAPSE_RULES(SPLIT_AVAIL_EVENT_IGNORED),
      .needs = "mock:blk,ring=split,quirk=avail-event-always=far");
