/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses of start-up (3.1). */
#include "drivers/reference/life.h"
#include "spec/blk.h"

LAPSE_SKIP_WRITE(no_reset, VS_DEVICE_STATUS, LAPSE_IN(RESET), "the device is not reset at first",
		 .breaks = LAPSE_RULES(INIT_RESET_FIRST),
		 .needs = "mock:blk|net|rng|console,interface=modern|transitional|legacy");

LAPSE(driver_before_acknowledge, "DRIVER is set before ACKNOWLEDGE",
      .rows = { { LAPSE_BITS, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(CLEAN), .nth = 1,
		  .clear = VIRTIO_STATUS_ACKNOWLEDGE, .value = VIRTIO_STATUS_DRIVER } },
      .breaks = LAPSE_RULES(INIT_STATUS_ORDER),
      .needs = "mock:blk|net|rng|console,interface=modern|transitional");

/* It knows already what there is to read. */
#define KNOWN (1u << (VIRTIO_F_VERSION_1 - 32) | 1u << (VIRTIO_F_NOTIF_CONFIG_DATA - 32))
LAPSE(offer_unread, "features are accepted without a look at the offer",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_DEVICE_FEATURE), .nth = 2, .has_value = true,
		  .value = KNOWN },
		{ LAPSE_SKIP, LAPSE_READS(VS_DEVICE_FEATURE), .has_value = true } },
      .breaks = LAPSE_RULES(INIT_FEATURES_BEFORE_FEATURES_OK),
      .also = LAPSE_RULES(RESERVED_ACCEPTS_RING_PACKED), .needs = "mock:blk|net|console");

LAPSE_IGNORE_READ(refusal_unheeded, VS_DEVICE_STATUS, LAPSE_IN(FEATURES_OK),
		  "the driver goes on though FEATURES_OK reads back clear",
		  .breaks = LAPSE_RULES(INIT_FEATURES_OK_CHECKED),
		  .needs = "mock:blk,quirk=feature-insisted-on=9");

LAPSE(features_ok_late, "FEATURES_OK is set after the virtqueues were set up",
      .rows = { { LAPSE_LATE, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(CHOSEN),
		  .until = LAPSE_AT_READY },
		{ LAPSE_SKIP, LAPSE_READS(VS_DEVICE_STATUS), .in = LAPSE_IN(FEATURES_OK) } },
      .acts = { LAPSE_READ(READY, VS_DEVICE_STATUS) },
      .breaks = LAPSE_RULES(INIT_QUEUES_AFTER_FEATURES), .needs = "mock:blk|net|rng|console");

LAPSE(config_vector_late, "the vector of configuration changes is set after DRIVER_OK",
      .rows = { { LAPSE_LATE, LAPSE_WRITES(VS_CONFIG_MSIX_VECTOR), .until = LAPSE_AT_LIVE },
		{ LAPSE_SKIP, LAPSE_READS(VS_CONFIG_MSIX_VECTOR), .in = LAPSE_IN(SETTLED) } },
      .acts = { LAPSE_READ(LIVE, VS_CONFIG_MSIX_VECTOR) },
      .breaks = LAPSE_RULES(INIT_SETUP_BEFORE_DRIVER_OK), .needs = "mock:blk|net|console");

LAPSE_WRITE_AT(driver_ok_early, SETTLED, VS_DEVICE_STATUS, 0x0f,
	       "DRIVER_OK is set before the virtqueues are set up",
	       .breaks = LAPSE_RULES(INIT_SETUP_BEFORE_DRIVER_OK),
	       .needs = "mock:blk|net|rng,interface=modern|transitional");

static void write_config_early(struct lapse_run *l, enum lapse_moment moment)
{
	struct vs_session *s = &l->life->s;

	if (moment == LAPSE_AT_DRIVER && s->device)
		vs_cap_write(s, s->device, 0, 1, 0);
}
LAPSE(config_written_early, "the device configuration is written before FEATURES_OK",
      .at = write_config_early, .breaks = LAPSE_RULES(INIT_CONFIG_NOT_WRITTEN_EARLY),
      .needs = "mock:net");

static void accept_more(struct lapse_run *l, enum lapse_moment moment)
{
	const struct vs_features *accepted = &l->life->s.accepted;

	if (moment != LAPSE_AT_SETTLED)
		return;
	lapse_write(l, VS_DRIVER_FEATURE_SELECT, 0);
	lapse_write(l, VS_DRIVER_FEATURE, accepted->window[0] | 1u << VIRTIO_BLK_F_FLUSH);
}
LAPSE(feature_added, "another feature is accepted after FEATURES_OK", .at = accept_more,
      .breaks = LAPSE_RULES(INIT_FEATURES_FROZEN), .needs = "mock:blk");

LAPSE_SKIP_WRITE(gives_up_in_silence, VS_DEVICE_STATUS, LAPSE_IN(GIVE_UP),
		 "a start-up is abandoned without FAILED",
		 .breaks = LAPSE_RULES(INIT_FAILED_ON_ERROR),
		 .needs = "mock:console,quirk=num-queues-low");

LAPSE(goes_on_after_failed, "DRIVER_OK is set after FAILED",
      .rows = { { LAPSE_AFTER, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(GIVE_UP),
		  .other = VS_DEVICE_STATUS, .value = 0x8f } },
      .breaks = LAPSE_RULES(INIT_STOPS_AFTER_FAILURE),
      .needs = "mock:console,quirk=num-queues-low");
