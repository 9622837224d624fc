/* SPDX-License-Identifier: BSD-3-Clause */
/* The notification structure and available buffer notifications (4.1.4.4, 4.1.5.2). */
#include "mock-device/quirks/quirk.h"

static void multiplier(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	for (unsigned i = 0; i < caps->count; i++) {
		struct mock_cap *cap = &caps->cap[i];

		if (cap->id == PCI_CAP_ID_VNDR && cap->type == VIRTIO_PCI_CAP_NOTIFY_CFG)
			cap->multiplier = (uint32_t)q->value;
	}
}
MOCK_QUIRK(notify_multiplier, .kind = MOCK_VIOLATION,
	   .says = "the notify multiplier is odd, or even and no power of two",
	   .breaks = MOCK_RULES(PCI_NOTIFY_MULTIPLIER), .values = "3 1 6",
	   .ops = { .build_caps = multiplier });

MOCK_QUIRK(multiplier, .kind = MOCK_VARIATION,
	   .says = "the queues are notified at one address, close together or pages apart",
	   .values = "0 2 8 4096 65536", .ops = { .build_caps = multiplier });

static void with_data(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_NOTIFICATION_DATA);
}
MOCK_QUIRK(notification_data, .kind = MOCK_VARIATION,
	   .says = "offers NOTIFICATION_DATA: notifications are 32 bits wide and say where the "
		   "ring is",
	   .ops = { .offered_features = with_data });

MOCK_QUIRK(notify_multiplier_data, .kind = MOCK_VIOLATION,
	   .says = "the notify multiplier is 2, and notifications have 4 bytes",
	   .breaks = MOCK_RULES(PCI_NOTIFY_MULTIPLIER), .values = "2",
	   .needs = "mock:blk,quirk=notification-data", .ops = { .build_caps = multiplier });

static void notify_offset(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_NOTIFY_CFG);
	if (cap)
		cap->offset = 0x8000 + (uint64_t)q->value;
}
MOCK_QUIRK(notify_misaligned, .kind = MOCK_VIOLATION,
	   .says = "the notification structure begins at an odd offset",
	   .breaks = MOCK_RULES(PCI_NOTIFY_OFFSET_ALIGNED), .values = "1 3",
	   .ops = { .build_caps = notify_offset });
MOCK_QUIRK(notify_misaligned_data, .kind = MOCK_VIOLATION,
	   .says = "the offset is no multiple of 4, and notifications have 4 bytes",
	   .breaks = MOCK_RULES(PCI_NOTIFY_OFFSET_ALIGNED), .values = "2",
	   .needs = "mock:blk,quirk=notification-data", .ops = { .build_caps = notify_offset });
MOCK_QUIRK(notify_offset, .kind = MOCK_VARIATION,
	   .says = "the notification structure begins at an even offset", .values = "2 6",
	   .ops = { .build_caps = notify_offset });

/* Configuration space says a length; the registers answer as far as they did. */
static void said_length(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *cap;

	mock_op_build_config(q->below, config);
	cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_NOTIFY_CFG);
	if (cap)
		vs_store_le32(config->bytes + cap->position +
				      offsetof(struct virtio_pci_cap, length),
			      (uint32_t)q->value);
}
MOCK_QUIRK(notify_length_tiny, .kind = MOCK_VIOLATION,
	   .says = "the notification structure has no room for a notification",
	   .breaks = MOCK_RULES(PCI_NOTIFY_LENGTH_MINIMUM, PCI_NOTIFY_LENGTH_COVERS_QUEUES),
	   .also = MOCK_RULES(ROBUST_NO_EMPTY_STRUCTURE), .values = "1 0",
	   .ops = { .build_config = said_length });
MOCK_QUIRK(notify_length_short, .kind = MOCK_VIOLATION,
	   .says = "the notification structure ends before the place of the last queue",
	   .breaks = MOCK_RULES(PCI_NOTIFY_LENGTH_COVERS_QUEUES), .values = "5 4 2",
	   .needs = "mock:console", .ops = { .build_config = said_length });

/* The place of the queue is off by one multiplier: the formula leads to a neighbour. */
static void elsewhere(struct mock_layer *q, const struct mock_cap *cap, uint64_t offset,
		      unsigned width, uint64_t value)
{
	if (offset >= cap->multiplier)
		mock_op_notify(q->below, cap, offset - cap->multiplier, width, value);
}
MOCK_QUIRK(notify_elsewhere, .kind = MOCK_VIOLATION,
	   .says = "queues listen one place behind the one that the formula gives",
	   .breaks = MOCK_RULES(PCI_NOTIFY_ADDRESS), .also = MOCK_RULES(ROBUST_REQUEST_COMPLETES),
	   .needs = "mock:blk|net", .ops = { .notify = elsewhere });

/* Of several notification structures only the first works. */
static void first_only(struct mock_layer *q, const struct mock_cap *cap, uint64_t offset,
		       unsigned width, uint64_t value)
{
	if (cap == mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_NOTIFY_CFG))
		mock_op_notify(q->below, cap, offset, width, value);
}
MOCK_QUIRK(notify_second_deaf, .kind = MOCK_VIOLATION,
	   .says = "a second notification structure is presented and does nothing",
	   .breaks = MOCK_RULES(PCI_NOTIFY_ADDRESS), .needs = "mock:blk,quirk=structures-spread",
	   .ops = { .notify = first_only });
