/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of resets, of the device and of a virtqueue, of suspension and of clean-up. */
#include "monitor_fixture.h"

#include "driver/features.h"

#define WAITS    RULE(DRIVER_RESET_WAITS_FOR_ZERO)
#define COMPLETE RULE(DRIVER_RESET_COMPLETE_ON_ZERO)
#define VERIFIED RULE(DRIVER_QUEUE_RESET_VERIFIED)
#define ANEW     RULE(DRIVER_QUEUE_RESET_RECONFIGURED)
#define EXPOSED  RULE(DRIVER_CLEANUP_EXPOSED_BUFFERS_UNALTERED)
#define REMOVAL  RULE(DRIVER_CLEANUP_RESET_BEFORE_REMOVAL)

#define ZERO R(DEVICE_STATUS, 0)

static const struct step impatient[] = { W(DEVICE_STATUS, 0), R(DEVICE_STATUS, STEP_LIVE),
					 W(DEVICE_STATUS, STEP_ACK), END };
static const struct step patient[] = { W(DEVICE_STATUS, 0), R(DEVICE_STATUS, STEP_LIVE), ZERO,
				       W(DEVICE_STATUS, STEP_ACK), END };
static const struct step desperate[] = { W(DEVICE_STATUS, 0), R(DEVICE_STATUS, STEP_LIVE),
					 W(DEVICE_STATUS, VIRTIO_STATUS_FAILED), END };
static const struct step leaving[] = { PLAY(step_live), W(DEVICE_STATUS, 0),
				       W(QUEUE_MSIX_VECTOR, 0xffff), END };
static const struct step other_face[] = { LW(DEVICE_STATUS, 0), LW(DEVICE_STATUS, STEP_ACK), END };

static const struct step waits_on[] = {
	W(DEVICE_STATUS, 0),        ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO,
	W(DEVICE_STATUS, STEP_ACK), END
};
static const struct step again[] = { PLAY(step_reset), PLAY(step_reset), PLAY(step_reset),
				     W(DEVICE_STATUS, STEP_ACK), END };
static const struct step goes_and_comes[] = { PLAY(step_live),
					      PLAY(step_reset),
					      ZERO,
					      ZERO,
					      PLAY(step_reset),
					      ZERO,
					      W(DEVICE_STATUS, STEP_ACK),
					      END };
static const struct step slow[] = { W(DEVICE_STATUS, 0),        R(DEVICE_STATUS, 7),
				    R(DEVICE_STATUS, 7),        R(DEVICE_STATUS, 7),
				    R(DEVICE_STATUS, 7),        R(DEVICE_STATUS, 7),
				    R(DEVICE_STATUS, 7),        R(DEVICE_STATUS, 7),
				    R(DEVICE_STATUS, 7),        ZERO,
				    W(DEVICE_STATUS, STEP_ACK), END };

static const struct play resets[] = {
	{ "waits", patient, .keeps = WAITS },
	{ "does not wait", impatient, .breaks = WAITS },
	{ "gives up waiting", desperate, .idle = WAITS },
	{ "leaves", leaving, .keeps = WAITS },
	{ "the legacy header", other_face, .idle = WAITS, .legacy = true },

	{ "goes on at zero", step_driver, .keeps = COMPLETE },
	{ "a slow reset", slow, .keeps = COMPLETE },
	{ "reads on", waits_on, .breaks = COMPLETE },
	{ "resets on", again, .breaks = COMPLETE },
	{ "one driver goes, another comes", goes_and_comes, .keeps = COMPLETE },
	{ "no zero", impatient, .idle = COMPLETE, .breaks = WAITS },
};

#define RING_RESET VS_BIT(VIRTIO_F_RING_RESET)
static const struct step with_reset[] = { PLAY(step_driver),
					  PLAY(step_offer),
					  W(DRIVER_FEATURE_SELECT, 1),
					  W(DRIVER_FEATURE, 1 | 1u << (VIRTIO_F_RING_RESET - 32)),
					  PLAY(step_held),
					  W(QUEUE_SELECT, 0),
					  PLAY(step_queue),
					  W(DEVICE_STATUS, STEP_LIVE),
					  END };
static const struct step read_back[] = { PLAY(with_reset), W(QUEUE_RESET, 1), R(QUEUE_RESET, 1),
					 R(QUEUE_RESET, 0), END };
static const struct step anew[] = { PLAY(read_back), PLAY(step_queue), END };
static const struct step unverified[] = { PLAY(with_reset), W(QUEUE_RESET, 1), R(QUEUE_RESET, 1),
					  PLAY(step_queue), END };
static const struct step freed[] = { PLAY(with_reset), W(QUEUE_RESET, 1),
				     EVENT(UNMAP, .offset = 0x10000, .value = 0x1000), END };
static const struct step enabled_only[] = { PLAY(read_back), W(QUEUE_ENABLE, 1), END };
static const struct step no_size[] = { PLAY(read_back),          W(QUEUE_DESC, 0x10000),
				       W(QUEUE_DRIVER, 0x20000), W(QUEUE_DEVICE, 0x30000),
				       W(QUEUE_ENABLE, 1),       END };
static const struct step msix_on[] = {
	CONFIG_WRITE(STAGE_CAP_MSIX + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE), END
};
static const struct step with_vector[] = { PLAY(msix_on),
					   PLAY(step_driver),
					   PLAY(step_offer),
					   W(DRIVER_FEATURE_SELECT, 1),
					   W(DRIVER_FEATURE, 1 | 1u << (VIRTIO_F_RING_RESET - 32)),
					   PLAY(step_held),
					   W(QUEUE_SELECT, 0),
					   W(QUEUE_MSIX_VECTOR, 1),
					   PLAY(step_queue),
					   W(DEVICE_STATUS, STEP_LIVE),
					   W(QUEUE_RESET, 1),
					   R(QUEUE_RESET, 0),
					   PLAY(step_queue),
					   END };

static const struct play queue_resets[] = {
	{ "read back", read_back, .keeps = VERIFIED, .offered = RING_RESET },
	{ "set up before", unverified, .breaks = VERIFIED, .offered = RING_RESET },
	{ "memory taken back before", freed, .breaks = VERIFIED, .offered = RING_RESET },
	{ "unmapped by the machine", freed, .idle = VERIFIED, .offered = RING_RESET,
	  .blind = VS_BLIND_ORDER },
	{ "no queue reset", with_reset, .idle = VERIFIED, .offered = RING_RESET },

	{ "all written anew", anew, .keeps = ANEW, .offered = RING_RESET },
	{ "enabled as it is", enabled_only, .breaks = ANEW, .offered = RING_RESET },
	{ "the size left out", no_size, .breaks = ANEW, .offered = RING_RESET },
	{ "the vector left out", with_vector, .breaks = ANEW, .offered = RING_RESET },
	{ "not enabled again", read_back, .idle = ANEW, .offered = RING_RESET },
};

/* A buffer of two elements in queue 0. */
static const struct step buffer[] = {
	EVENT(DESCRIPTOR, .index = 0, .offset = 0x40000, .length = 16),
	EVENT(DESCRIPTOR, .index = 1, .offset = 0x50000, .length = 512),
	EVENT(AVAILABLE, .index = 7, .length = 2), END
};
static const struct step in_flight[] = { PLAY(step_live), PLAY(buffer), END };
static const struct step used[] = { PLAY(in_flight), EVENT(USED, .index = 7), END };
static const struct step altered[] = { PLAY(in_flight),
				       EVENT(CHANGED, .index = 7, .note = "address"), END };
static const struct step never_whole[] = {
	PLAY(in_flight), EVENT(CHANGED, .index = 7, .note = "address", .flags = VS_CHANGED_FIRST),
	EVENT(USED, .index = 7), END
};
static const struct step reused[] = {
	PLAY(in_flight), EVENT(AVAILABLE, .index = 7, .length = 1, .flags = VS_CHAIN_IN_FLIGHT), END
};
static const struct step not_live[] = { PLAY(step_queues), PLAY(buffer),
					EVENT(CHANGED, .index = 7, .note = "address"), END };

#define UNMAPPED(where) EVENT(UNMAP, .offset = (where), .value = 0x1000)
static const struct step taken_back[] = { PLAY(in_flight), UNMAPPED(0x50000), END };
static const struct step ring_taken_back[] = { PLAY(in_flight), UNMAPPED(0x20000), END };
static const struct step after_use[] = { PLAY(used), UNMAPPED(0x50000), UNMAPPED(0x20000), END };
static const struct step after_reset[] = { PLAY(in_flight),   PLAY(step_reset), UNMAPPED(0x50000),
					   UNMAPPED(0x20000), LIFE(REMOVED),    END };
static const struct step before_zero[] = { PLAY(in_flight), W(DEVICE_STATUS, 0), UNMAPPED(0x50000),
					   END };
static const struct step gone[] = { PLAY(in_flight), LIFE(REMOVED), END };
static const struct step crashed[] = { PLAY(in_flight), LIFE(CRASHED), UNMAPPED(0x50000), END };

static const struct play cleanup[] = {
	{ "a buffer left alone", used, .keeps = EXPOSED },
	{ "a buffer altered", altered, .breaks = EXPOSED },
	{ "a buffer that was never complete", never_whole, .keeps = EXPOSED },
	{ "descriptors used twice", reused, .breaks = EXPOSED },
	{ "a queue that is not live", not_live, .idle = EXPOSED },

	{ "a reset first", after_reset, .keeps = REMOVAL },
	{ "a buffer taken back", taken_back, .breaks = REMOVAL },
	{ "its ring taken back", ring_taken_back, .breaks = REMOVAL },
	{ "a buffer that was used", after_use, .idle = REMOVAL },
	{ "a reset that nobody looked at", before_zero, .breaks = REMOVAL },
	{ "the driver gone, the device live", gone, .breaks = REMOVAL },
	{ "a driver that died", crashed, .idle = REMOVAL },
	{ "unmapped by the machine", taken_back, .idle = REMOVAL, .blind = VS_BLIND_ORDER },
};

static void device_reset(void **state)
{
	(void)state;
	play_all(resets, ROWS(resets));
}

static void queue_reset(void **state)
{
	(void)state;
	play_all(queue_resets, ROWS(queue_resets));
}

static void clean_up(void **state)
{
	(void)state;
	play_all(cleanup, ROWS(cleanup));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(device_reset),
					    cmocka_unit_test(queue_reset),
					    cmocka_unit_test(clean_up) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
