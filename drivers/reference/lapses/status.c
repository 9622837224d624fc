/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses of the device status field (2.1). */
#include "drivers/reference/life.h"

/* What would be the first write is none any more. */
LAPSE(never_acknowledges, "ACKNOWLEDGE is left out of the status",
      .rows = { { LAPSE_SKIP, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(CLEAN), .nth = 1 },
		{ LAPSE_BITS, LAPSE_WRITES(VS_DEVICE_STATUS),
		  .clear = VIRTIO_STATUS_ACKNOWLEDGE } },
      .breaks = LAPSE_RULES(STATUS_TRACKS_STEPS),
      .needs = "mock:blk,interface=modern|transitional");

LAPSE(status_bit_cleared, "the write that sets DRIVER_OK clears ACKNOWLEDGE",
      .rows = { { LAPSE_BITS, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(READY),
		  .clear = VIRTIO_STATUS_ACKNOWLEDGE } },
      .breaks = LAPSE_RULES(STATUS_CLEARS_NO_BIT),
      .needs = "mock:blk|net|rng|console,interface=modern|transitional|legacy");

/* The second start-up goes without the reset that the first one had. */
LAPSE(failed_without_reset, "after FAILED the device is started again without a reset",
      .rows = { { LAPSE_SKIP, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(RESET), .nth = 2 },
		{ LAPSE_SKIP, LAPSE_READS(VS_DEVICE_STATUS), .in = LAPSE_IN(RESET), .nth = 2,
		  .has_value = true } },
      .breaks = LAPSE_RULES(STATUS_RESETS_AFTER_FAILED), .also = LAPSE_RULES(STATUS_CLEARS_NO_BIT),
      .needs = "mock:blk,quirk=msix-vector-refused=1");

LAPSE(error_unheeded, "notifications go on after DEVICE_NEEDS_RESET was read",
      .acts = { LAPSE_KICK(NEEDS_RESET) },
      .breaks = LAPSE_RULES(STATUS_NO_RELIANCE_AFTER_NEEDS_RESET),
      .needs = "mock:blk,quirk=suspend-fails");
