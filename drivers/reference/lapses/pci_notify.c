/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses about what a notification says, and where it goes. */
#include "drivers/reference/lapses/ring.h"
#include "spec/notification.h"

#define PLAIN "mock:blk,interface=modern"

LAPSE(notify_wide, "notifications are written with 32 bits, or with 8",
      .rows = { { LAPSE_WIDE, LAPSE_WRITES_AT(LAPSE_NOTIFY), .width = 4, .with = 1 },
		{ LAPSE_WIDE, LAPSE_WRITES_AT(LAPSE_NOTIFY), .width = 1, .with = 2 } },
      .values = "wide narrow", .breaks = LAPSE_RULES(PCI_NOTIFY_WIDTH), .needs = PLAIN);
LAPSE(notify_data_narrow, "with NOTIFICATION_DATA, notifications are written with 16 bits",
      .rows = { { LAPSE_WIDE, LAPSE_WRITES_AT(LAPSE_NOTIFY), .width = 2 } },
      .breaks = LAPSE_RULES(PCI_NOTIFY_WIDTH),
      .needs = "mock:blk,interface=modern,quirk=notification-data");

LAPSE(notify_value_one, "notifications of every queue say 1",
      .rows = { { LAPSE_BITS, LAPSE_WRITES_AT(LAPSE_NOTIFY), .clear = VIRTIO_NOTIFY_ID_MASK,
		  .value = 1 } },
      .breaks = LAPSE_RULES(PCI_NOTIFY_VALUE),
      .needs = "mock:blk,interface=modern,quirk=feature-missing=notif-config-data,"
	       "quirk=notify-by-place");

/* The index, though NOTIF_CONFIG_DATA was accepted. */
static void by_index(struct lapse_run *l, struct lapse_access *a)
{
	if (a->write && a->place == LAPSE_NOTIFY && l->q)
		a->value = (a->value & ~(uint64_t)VIRTIO_NOTIFY_ID_MASK) | l->q->index;
	lapse_ordinary_access(l, a);
}
LAPSE(notify_by_index, "with NOTIF_CONFIG_DATA, notifications name the queue by its index",
      .access = by_index, .breaks = LAPSE_RULES(PCI_NOTIFY_CONFIG_DATA), .needs = PLAIN);

/* That of the first queue, or one beside it all. */
static void at_first(struct lapse_run *l, struct lapse_access *a)
{
	if (a->write && a->place == LAPSE_NOTIFY)
		a->offset -= a->at;
	lapse_ordinary_access(l, a);
}
LAPSE(notify_at_first, "all queues are notified at the address of the first", .access = at_first,
      .breaks = LAPSE_RULES(PCI_NOTIFY_ADDRESS), .needs = "mock:net,interface=modern");
LAPSE(notify_beside, "queues are notified two bytes behind their address",
      .rows = { { LAPSE_MOVE, LAPSE_WRITES_AT(LAPSE_NOTIFY), .value = 2 } },
      .breaks = LAPSE_RULES(PCI_NOTIFY_ADDRESS), .needs = PLAIN);

/* Of no place but the first in the first round. */
LAPSE(notify_next_unsaid, "with NOTIFICATION_DATA, a packed queue's notifications say no place",
      .rows = { { LAPSE_BITS, LAPSE_WRITES_AT(LAPSE_NOTIFY),
		  .clear = (uint32_t)~VIRTIO_NOTIFY_ID_MASK } },
      .breaks = LAPSE_RULES(PACKED_NOTIFICATION_OFFSET),
      .needs = "mock:blk,ring=packed,quirk=notification-data");
