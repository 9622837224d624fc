/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses of resets, of the device and of a virtqueue (2.4, 2.6.1), and of clean-up (3.3). */
#include "drivers/reference/life.h"
#include "spec/split_ring.h"

LAPSE(reset_unawaited, "the driver goes on without reading 0 from the status",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_DEVICE_STATUS), .in = LAPSE_IN(RESET),
		  .has_value = true } },
      .breaks = LAPSE_RULES(RESET_WAITS_FOR_ZERO), .needs = "mock:blk|net|rng|console");

LAPSE(reset_again_and_again, "a reset that is done is followed by two more",
      .acts = { LAPSE_WRITE(CLEAN, VS_DEVICE_STATUS, 0), LAPSE_READ(CLEAN, VS_DEVICE_STATUS),
		LAPSE_WRITE(CLEAN, VS_DEVICE_STATUS, 0), LAPSE_READ(CLEAN, VS_DEVICE_STATUS) },
      .breaks = LAPSE_RULES(RESET_COMPLETE_ON_ZERO),
      .needs = "mock:blk|net|rng|console,interface=modern|transitional|legacy");

static void read_on(struct lapse_run *l, enum lapse_moment moment)
{
	for (unsigned i = 0; moment == LAPSE_AT_CLEAN && i < 10; i++)
		lapse_read(l, VS_DEVICE_STATUS);
}
LAPSE(reset_waited_on, "the status is read on and on after it was 0", .at = read_on,
      .breaks = LAPSE_RULES(RESET_COMPLETE_ON_ZERO), .needs = "mock:blk|net|rng|console");

LAPSE(queue_reset_unread, "queue_reset is not read back",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_QUEUE_RESET), .in = LAPSE_IN(QUEUE_RESET),
		  .has_value = true } },
      .breaks = LAPSE_RULES(QUEUE_RESET_VERIFIED), .needs = "mock:blk|net|rng|console");

LAPSE_SKIP_WRITE(queue_not_reconfigured, VS_QUEUE_DESC, LAPSE_IN(QUEUE_DOWN),
		 "a virtqueue that was reset is enabled without the address of its descriptors",
		 .breaks = LAPSE_RULES(QUEUE_RESET_RECONFIGURED),
		 .needs = "mock:blk|net|rng|console");

/* A buffer of those that wait for what the device receives. */
static int any_out(const struct vs_queue *q)
{
	for (unsigned i = 0; i < q->size; i++)
		if (q->chain_len[i])
			return (int)i;
	return -1;
}

static void touch_exposed(struct lapse_run *l, enum lapse_moment moment)
{
	int id;

	if (moment != LAPSE_AT_FLIGHT || l->state[0]++)
		return;
	id = any_out(l->q);
	if (id < 0)
		return;
	/* The device has had its look. */
	lapse_read(l, VS_DEVICE_STATUS);
	lapse_read(l, VS_DEVICE_STATUS);
	l->q->area[VS_AREA_DESC][(size_t)id * VIRTQ_DESC_SIZE + VIRTQ_DESC_NEXT] ^= 1;
}
LAPSE(exposed_altered, "a descriptor is changed while the device has it", .at = touch_exposed,
      .breaks = LAPSE_RULES(CLEANUP_EXPOSED_BUFFERS_UNALTERED), .needs = "mock:net,ring=split");

static void take_back(struct lapse_run *l, enum lapse_moment moment)
{
	struct ref_life *life = l->life;

	if (moment == LAPSE_AT_REMOVE)
		ref_bus_close(life);
}
LAPSE(memory_taken_back, "the driver takes its memory back before it resets the device",
      .at = take_back, .breaks = LAPSE_RULES(CLEANUP_RESET_BEFORE_REMOVAL), .needs = "mock:net");
