/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of the device status field. */
#include "monitor_fixture.h"

#define FAILED      VIRTIO_STATUS_FAILED
#define NEEDS_RESET VIRTIO_STATUS_NEEDS_RESET
#define SUSPEND     VIRTIO_STATUS_SUSPEND
#define DRIVER_OK   VIRTIO_STATUS_DRIVER_OK

#define TRACKS   RULE(DRIVER_STATUS_TRACKS_STEPS)
#define CLEARS   RULE(DRIVER_STATUS_CLEARS_NO_BIT)
#define FAILURE  RULE(DRIVER_STATUS_RESETS_AFTER_FAILED)
#define RELIANCE RULE(DRIVER_STATUS_NO_RELIANCE_AFTER_NEEDS_RESET)

static const struct step nothing[] = { PLAY(step_driver), END };
static const struct step no_acknowledge[] = { PLAY(step_reset),     W(DEVICE_STATUS, 2),
					      W(DEVICE_STATUS, 10), R(DEVICE_STATUS, 10),
					      W(DEVICE_STATUS, 14), END };
static const struct step never_live[] = { LIFE(PROBE), PLAY(step_queues), LIFE(UP), LIFE(SERVED),
					  END };
static const struct step early_word[] = { LIFE(PROBE),  PLAY(step_queues),
					  LIFE(UP),     W(DEVICE_STATUS, STEP_LIVE),
					  LIFE(SERVED), END };
static const struct step late_word[] = { PLAY(step_live), PLAY(step_reset), LIFE(UP),
					 W(DEVICE_STATUS, STEP_ACK), END };

static const struct step cleared[] = { PLAY(step_driver), W(DEVICE_STATUS, 2), END };
static const struct step legacy_cleared[] = { PLAY(step_legacy_live), LW(DEVICE_STATUS, DRIVER_OK),
					      END };
static const struct step refused[] = { PLAY(step_driver), W(DEVICE_STATUS, STEP_FEATURES),
				       R(DEVICE_STATUS, STEP_DRIVER),
				       W(DEVICE_STATUS, STEP_DRIVER | FAILED), END };
static const struct step unread_error[] = { PLAY(step_live), W(DEVICE_STATUS, STEP_LIVE | FAILED),
					    END };
static const struct step error_cleared[] = { PLAY(step_live),
					     R(DEVICE_STATUS, STEP_LIVE | NEEDS_RESET),
					     W(DEVICE_STATUS, STEP_LIVE | FAILED), END };
static const struct step unasked[] = { PLAY(step_reset), W(DEVICE_STATUS, STEP_ACK),
				       R(DEVICE_STATUS, STEP_LIVE | 0x20),
				       W(DEVICE_STATUS, STEP_DRIVER), END };
static const struct step gone[] = { PLAY(step_live), R(DEVICE_STATUS, 0xff),
				    W(DEVICE_STATUS, FAILED), END };
static const struct step resumed[] = { PLAY(step_live),
				       W(DEVICE_STATUS, STEP_LIVE | SUSPEND),
				       R(DEVICE_STATUS, STEP_FEATURES | SUSPEND),
				       W(DEVICE_STATUS, STEP_LIVE),
				       R(DEVICE_STATUS, STEP_LIVE),
				       END };

static const struct step again[] = { PLAY(step_live), W(DEVICE_STATUS, STEP_LIVE | FAILED),
				     PLAY(step_driver), END };
static const struct step without_reset[] = { PLAY(step_live),
					     W(DEVICE_STATUS, STEP_LIVE | FAILED),
					     W(DEVICE_STATUS, STEP_LIVE | FAILED),
					     PLAY(step_offer),
					     PLAY(step_choice),
					     END };
static const struct step from_scratch[] = { PLAY(step_live), W(DEVICE_STATUS, STEP_LIVE | FAILED),
					    W(DEVICE_STATUS, STEP_ACK), END };
static const struct step given_up[] = { PLAY(step_live), W(DEVICE_STATUS, STEP_LIVE | FAILED),
					END };

static const struct step obeys[] = { PLAY(step_live), R(DEVICE_STATUS, STEP_LIVE | NEEDS_RESET),
				     PLAY(step_live), NOTIFY(0), END };
static const struct step last_word[] = { PLAY(step_live), R(DEVICE_STATUS, STEP_LIVE | NEEDS_RESET),
					 END };
static const struct step notifies[] = { PLAY(step_live), R(DEVICE_STATUS, STEP_LIVE | NEEDS_RESET),
					NOTIFY(0), END };
static const struct step fills[] = { PLAY(step_live), R(DEVICE_STATUS, STEP_LIVE | NEEDS_RESET),
				     EVENT(AVAILABLE, .queue = 0, .length = 1), END };
static const struct step goes_on[] = { PLAY(notifies), NOTIFY(0), END };
static const struct step reads_ones[] = { PLAY(step_live), R(DEVICE_STATUS, 0xff), NOTIFY(0), END };

static const struct play plays[] = {
	{ "a start-up", step_live, .keeps = TRACKS },
	{ "half a start-up", nothing, .idle = TRACKS },
	{ "the legacy interface", step_legacy_live, .idle = TRACKS, .legacy = true },
	{ "no ACKNOWLEDGE", no_acknowledge, .breaks = TRACKS },
	{ "no DRIVER_OK", never_live, .breaks = TRACKS },
	{ "up a moment before DRIVER_OK", early_word, .keeps = TRACKS },
	{ "up, heard after the reset", late_word, .keeps = TRACKS },

	{ "a start-up, bits kept", step_live, .keeps = CLEARS },
	{ "a reset alone", step_reset, .idle = CLEARS },
	{ "ACKNOWLEDGE cleared", cleared, .breaks = CLEARS },
	{ "cleared in the legacy header", legacy_cleared, .breaks = CLEARS, .legacy = true },
	{ "a bit that the device refused", refused, .keeps = CLEARS },
	{ "FAILED added", unread_error, .keeps = CLEARS },
	{ "an error bit cleared", error_cleared, .breaks = CLEARS },
	{ "bits that the device invented", unasked, .keeps = CLEARS },
	{ "a device that went away", gone, .keeps = CLEARS },
	{ "a suspension ends", resumed, .keeps = CLEARS },

	{ "a reset after FAILED", again, .keeps = FAILURE },
	{ "FAILED at the end", given_up, .idle = FAILURE },
	{ "other features after FAILED", without_reset, .breaks = FAILURE },
	{ "from ACKNOWLEDGE on after FAILED", from_scratch, .breaks = FAILURE, .also = CLEARS },

	{ "no error", step_live, .idle = RELIANCE },
	{ "a reset after the error", obeys, .keeps = RELIANCE },
	{ "an error at the end", last_word, .keeps = RELIANCE },
	{ "a notification after the error", notifies, .breaks = RELIANCE },
	{ "a buffer after the error", fills, .breaks = RELIANCE },
	{ "one notification, concurrently", notifies, .keeps = RELIANCE, .blind = VS_BLIND_ORDER },
	{ "notifications, concurrently", goes_on, .breaks = RELIANCE, .blind = VS_BLIND_ORDER },
	{ "all ones are no error", reads_ones, .idle = RELIANCE },
};

static void status_monitors(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(status_monitors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
