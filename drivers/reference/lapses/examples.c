/* SPDX-License-Identifier: BSD-3-Clause */
/* One lapse of each kind that the language has. */
#include "drivers/reference/life.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

/* A row, by one of the common macros. */
LAPSE_SKIP_READ(features_ok_unread, VS_DEVICE_STATUS, LAPSE_IN(FEATURES_OK),
		"the status is not read back after FEATURES_OK",
		.breaks = LAPSE_RULES(INIT_FEATURES_OK_CHECKED));

LAPSE_WIDTH(notify_of_another_width, LAPSE_WRITES_AT(LAPSE_NOTIFY), 4,
	    "notifications are of 32 bits without NOTIFICATION_DATA",
	    .needs = "mock:blk,interface=modern|transitional",
	    .breaks = LAPSE_RULES(PCI_NOTIFY_WIDTH));

/* A row of its own: a write that comes too late. */
LAPSE(queue_enabled_unfinished, "the address of the device area follows after queue_enable",
      .rows = LAPSE_ROW(LAPSE_LATE, LAPSE_WRITES(VS_QUEUE_DEVICE), .until = LAPSE_AT_ENABLED),
      .needs = "mock:,interface=modern,ring=split",
      .breaks = LAPSE_RULES(PCI_COMMON_CONFIGURED_BEFORE_ENABLE));

/* An act. */
LAPSE_KICK_AT(notified_early, READY, "a virtqueue is notified before DRIVER_OK",
	      .needs = "mock:,interface=modern",
	      .breaks = LAPSE_RULES(INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK));

/* A feature. */
LAPSE_ACCEPT(accepts_what_is_not_offered, VIRTIO_F_ADMIN_VQ, "accepts ADMIN_VQ without an offer",
	     .needs = "mock:,interface=modern", .breaks = LAPSE_RULES(FEATURES_ONLY_OFFERED));

/* Memory. */
LAPSE(descriptors_misaligned, "the descriptor table is at no multiple of 16",
      .shift = { [VS_AREA_DESC] = 8 }, .needs = "mock:,interface=modern,ring=split",
      .breaks = LAPSE_RULES(SPLIT_AREA_ALIGNMENT));

/* Code, with a value that says how far it goes. The device has to hold the buffer for a while and
 * to have been called since it got it, or nobody could see it: so it is one of the first queue,
 * when the second was notified. */
static void alter(struct lapse_run *l, enum lapse_moment moment)
{
	uint64_t most = l->value == 0 ? 1 : UINT64_MAX;
	struct vs_queue *first = l->life->s.queues;
	const struct ref_slot *slot;

	if (moment != LAPSE_AT_FLIGHT || l->q == first || l->state[0] == most)
		return;
	slot = ref_slot_out(l->life, first);
	if (!slot)
		return;
	first->area[VS_AREA_DESC][(size_t)slot->id * VIRTQ_DESC_SIZE + VIRTQ_DESC_LEN] ^= 1;
	l->state[0]++;
}
LAPSE(descriptor_altered, "a descriptor is altered while the device has it", .at = alter,
      .values = "once always", .needs = "mock:blk,ring=split,quirk=requests-slow",
      .breaks = LAPSE_RULES(CLEANUP_EXPOSED_BUFFERS_UNALTERED));
