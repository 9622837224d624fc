/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses of suspension (3.4). */
#include "drivers/reference/life.h"
#include "drivers/reference/requests.h"

#define LIVE                                                                            \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | \
	 VIRTIO_STATUS_DRIVER_OK)
#define ASLEEP ((LIVE & ~VIRTIO_STATUS_DRIVER_OK) | VIRTIO_STATUS_SUSPEND)

LAPSE_WRITE_AT(suspends_early, READY, VS_DEVICE_STATUS, ASLEEP, "SUSPEND is set before DRIVER_OK",
	       .breaks = LAPSE_RULES(SUSPEND_ONLY_WHEN_LIVE),
	       .needs = "mock:blk|net|rng,interface=modern|transitional");

LAPSE(suspend_unverified, "the status is not read after SUSPEND was set",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_DEVICE_STATUS), .in = LAPSE_IN(SUSPENDING),
		  .has_value = true, .value = ASLEEP } },
      .breaks = LAPSE_RULES(SUSPEND_VERIFIED), .needs = "mock:blk|net|rng|console");

/* One of the buffers that wait for what the device receives. */
static void stock_asleep(struct lapse_run *l, enum lapse_moment moment)
{
	struct ref_life *life = l->life;
	struct ref_slot *slot;

	if (moment != LAPSE_AT_SUSPENDED)
		return;
	slot = ref_slot_free(life);
	if (!slot)
		return;
	ref_fill_receive(life, slot, life->s.queues);
	ref_slot_send(life, slot);
}
LAPSE(feeds_asleep, "a buffer is made available while the device is suspended", .at = stock_asleep,
      .breaks = LAPSE_RULES(SUSPEND_NO_NEW_BUFFERS), .needs = "mock:net,ring=split|packed");

LAPSE_KICK_AT(notifies_asleep, SUSPENDED, "a virtqueue is notified while the device is suspended",
	      .breaks = LAPSE_RULES(SUSPEND_NO_NOTIFICATIONS), .needs = "mock:blk|rng");

static void write_config(struct lapse_run *l)
{
	struct vs_session *s = &l->life->s;

	if (s->device)
		vs_cap_write(s, s->device, 0, 1, 0);
}

static void write_asleep(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_SUSPENDED)
		write_config(l);
}
LAPSE(config_written_asleep, "the device configuration is written while the device is suspended",
      .at = write_asleep, .breaks = LAPSE_RULES(SUSPEND_CONFIG_UNWRITTEN), .needs = "mock:net");

static void write_waking(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_RESUMED)
		write_config(l);
}
LAPSE(resume_unawaited, "the device is used before its status shows that it runs again",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_DEVICE_STATUS), .in = LAPSE_IN(RESUMING),
		  .has_value = true, .value = LIVE } },
      .at = write_waking, .breaks = LAPSE_RULES(SUSPEND_WAITS_FOR_RESUME), .needs = "mock:net");
