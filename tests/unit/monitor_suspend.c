/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of suspension. */
#include "monitor_fixture.h"

#include "driver/features.h"

#define SUSPEND   VIRTIO_STATUS_SUSPEND
#define DRIVER_OK VIRTIO_STATUS_DRIVER_OK

#define WHEN     RULE(DRIVER_SUSPEND_ONLY_WHEN_LIVE)
#define VERIFIED RULE(DRIVER_SUSPEND_VERIFIED)
#define BUFFERS  RULE(DRIVER_SUSPEND_NO_NEW_BUFFERS)
#define NOTIFIES RULE(DRIVER_SUSPEND_NO_NOTIFICATIONS)
#define CONFIG   RULE(DRIVER_SUSPEND_CONFIG_UNWRITTEN)
#define WAITS    RULE(DRIVER_SUSPEND_WAITS_FOR_RESUME)

#define OFFER    .offered = VS_BIT(VIRTIO_F_SUSPEND)
#define BUFFER() EVENT(AVAILABLE, .length = 1)

static const struct step able[] = { PLAY(step_driver),
				    PLAY(step_offer),
				    W(DRIVER_FEATURE_SELECT, 1),
				    W(DRIVER_FEATURE, 1 | 1u << (VIRTIO_F_SUSPEND - 32)),
				    PLAY(step_held),
				    W(QUEUE_SELECT, 0),
				    PLAY(step_queue),
				    END };
static const struct step live[] = { PLAY(able), W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step asked[] = { PLAY(live), W(DEVICE_STATUS, STEP_LIVE | SUSPEND), END };
static const struct step asleep[] = { PLAY(asked), R(DEVICE_STATUS, STEP_LIVE | SUSPEND),
				      R(DEVICE_STATUS, STEP_FEATURES | SUSPEND), END };
static const struct step waking[] = { PLAY(asleep), W(DEVICE_STATUS, STEP_LIVE | SUSPEND), END };
static const struct step awake[] = { PLAY(waking),
				     R(DEVICE_STATUS, STEP_FEATURES | SUSPEND),
				     R(DEVICE_STATUS, STEP_LIVE),
				     BUFFER(),
				     NOTIFY(0),
				     DEVICE_WRITE(0, 1, 1),
				     END };
static const struct step too_early[] = { PLAY(able), W(DEVICE_STATUS, STEP_FEATURES | SUSPEND),
					 END };
static const struct step not_accepted[] = { PLAY(step_live), W(DEVICE_STATUS, STEP_LIVE | SUSPEND),
					    END };
static const struct step echoed[] = { PLAY(step_queues), R(DEVICE_STATUS, STEP_FEATURES | SUSPEND),
				      W(DEVICE_STATUS, STEP_LIVE | SUSPEND), END };
static const struct step unlooked[] = { PLAY(asked), W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step woken_unlooked[] = { PLAY(asked), W(DEVICE_STATUS, STEP_LIVE | SUSPEND),
					      R(DEVICE_STATUS, STEP_LIVE), END };
static const struct step asked_again[] = { PLAY(asked), R(DEVICE_STATUS, STEP_LIVE | SUSPEND),
					   W(DEVICE_STATUS, STEP_LIVE | SUSPEND),
					   R(DEVICE_STATUS, STEP_FEATURES | SUSPEND), END };
static const struct step refused[] = { PLAY(asked), R(DEVICE_STATUS, STEP_LIVE | SUSPEND),
				       W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step needs_reset[] = {
	PLAY(asked),     R(DEVICE_STATUS, STEP_LIVE | SUSPEND | VIRTIO_STATUS_NEEDS_RESET),
	PLAY(step_live), BUFFER(),
	NOTIFY(0),       END
};
static const struct step feeds[] = { PLAY(asleep), BUFFER(), END };
static const struct step kicks[] = { PLAY(asked), NOTIFY(0), END };
static const struct step writes[] = { PLAY(asleep), DEVICE_WRITE(0, 1, 1), END };
static const struct step feeds_waking[] = { PLAY(waking), BUFFER(), END };
static const struct step kicks_waking[] = { PLAY(waking), NOTIFY(0), END };

static const struct play plays[] = {
	{ "a live device", asked, .keeps = WHEN, .breaks = VERIFIED, OFFER },
	{ "before DRIVER_OK", too_early, .breaks = WHEN, OFFER },
	{ "without the feature", not_accepted, .breaks = WHEN },
	{ "given back as read", echoed, .idle = WHEN },

	{ "looked", awake, .keeps = VERIFIED, OFFER },
	{ "resumed unlooked", unlooked, .breaks = VERIFIED, OFFER },
	{ "woken unlooked", woken_unlooked, .breaks = VERIFIED, OFFER },
	{ "asked again", asked_again, .keeps = VERIFIED, OFFER },
	{ "a device that refuses", refused, .keeps = VERIFIED, OFFER },
	{ "no suspension", live, .idle = VERIFIED, OFFER },

	{ "no buffers", awake, .keeps = BUFFERS, OFFER },
	{ "a buffer", feeds, .breaks = BUFFERS, OFFER },
	{ "a buffer that is out of order", feeds, .idle = BUFFERS, OFFER, .blind = VS_BLIND_ORDER },
	{ "after a reset", needs_reset, .keeps = BUFFERS, OFFER },
	{ "no notification", awake, .keeps = NOTIFIES, OFFER },
	{ "a notification", kicks, .breaks = NOTIFIES, .also = VERIFIED, OFFER },
	{ "notified after a reset", needs_reset, .keeps = NOTIFIES, OFFER },
	{ "no configuration", awake, .keeps = CONFIG, OFFER },
	{ "configuration", writes, .breaks = CONFIG, OFFER },
	{ "never asleep", live, .idle = CONFIG, OFFER },

	{ "awake", awake, .keeps = WAITS, OFFER },
	{ "a buffer before", feeds_waking, .breaks = WAITS, OFFER },
	{ "a notification before", kicks_waking, .breaks = WAITS, OFFER },
	{ "asleep for ever", asleep, .idle = WAITS, OFFER },
};

static void suspend_monitors(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(suspend_monitors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
