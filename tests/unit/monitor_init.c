/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of start-up. */
#include "monitor_fixture.h"

#include "spec/console.h"

#define FAILED    VIRTIO_STATUS_FAILED
#define FEATURES  VIRTIO_STATUS_FEATURES_OK
#define DRIVER_OK VIRTIO_STATUS_DRIVER_OK

#define FIRST    RULE(DRIVER_INIT_RESET_FIRST)
#define ORDER    RULE(DRIVER_INIT_STATUS_ORDER)
#define CHOOSES  RULE(DRIVER_INIT_FEATURES_BEFORE_FEATURES_OK)
#define CHECKED  RULE(DRIVER_INIT_FEATURES_OK_CHECKED)
#define QUEUES   RULE(DRIVER_INIT_QUEUES_AFTER_FEATURES)
#define SETUP    RULE(DRIVER_INIT_SETUP_BEFORE_DRIVER_OK)
#define CONFIG   RULE(DRIVER_INIT_CONFIG_NOT_WRITTEN_EARLY)
#define FROZEN   RULE(DRIVER_INIT_FEATURES_FROZEN)
#define TELLS    RULE(DRIVER_INIT_FAILED_ON_ERROR)
#define STOPS    RULE(DRIVER_INIT_STOPS_AFTER_FAILURE)
#define NOTIFIES RULE(DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK)

static const struct step no_reset[] = { W(DEVICE_STATUS, STEP_ACK),
					W(DEVICE_STATUS, STEP_DRIVER),
					PLAY(step_offer),
					PLAY(step_choice),
					PLAY(step_held),
					END };
static const struct step bus_reset[] = { EVENT(RESET, .value = 0), PLAY(no_reset), END };
static const struct step twice[] = { PLAY(step_live), PLAY(step_live), END };

static const struct step swapped[] = { PLAY(step_reset), W(DEVICE_STATUS, 2), W(DEVICE_STATUS, 3),
				       END };
static const struct step at_once[] = { PLAY(step_reset), W(DEVICE_STATUS, STEP_DRIVER), END };
static const struct step all_at_once[] = { PLAY(step_driver), PLAY(step_offer), PLAY(step_choice),
					   W(DEVICE_STATUS, STEP_LIVE), END };
/* The device shows DRIVER_OK before anybody set it, and the driver gives it back. */
static const struct step lied_to[] = { PLAY(step_reset),
				       W(DEVICE_STATUS, STEP_ACK),
				       R(DEVICE_STATUS, STEP_ACK | DRIVER_OK),
				       W(DEVICE_STATUS, STEP_DRIVER | DRIVER_OK),
				       PLAY(step_offer),
				       PLAY(step_choice),
				       PLAY(step_held),
				       W(QUEUE_SELECT, 0),
				       PLAY(step_queue),
				       W(DEVICE_STATUS, STEP_LIVE),
				       END };

static const struct step unchosen[] = { PLAY(step_driver), PLAY(step_offer), PLAY(step_held), END };
static const struct step unread[] = { PLAY(step_driver), PLAY(step_choice), PLAY(step_held), END };
static const struct step known[] = { PLAY(step_live), PLAY(unread), END };
static const struct step too_soon[] = { PLAY(step_reset),  PLAY(step_offer),
					PLAY(step_choice), W(DEVICE_STATUS, STEP_DRIVER),
					PLAY(step_held),   END };

static const struct step choice[] = { PLAY(step_driver), PLAY(step_offer), PLAY(step_choice),
				      W(DEVICE_STATUS, STEP_FEATURES), END };
static const struct step unlooked[] = { PLAY(choice), W(QUEUE_SELECT, 0), PLAY(step_queue), END };
static const struct step unlooked_live[] = { PLAY(choice), W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step in_spite[] = { PLAY(choice), R(DEVICE_STATUS, STEP_DRIVER),
					W(QUEUE_SELECT, 0), PLAY(step_queue), END };
static const struct step heeded[] = { PLAY(choice), R(DEVICE_STATUS, STEP_DRIVER),
				      W(DEVICE_STATUS, STEP_DRIVER | FAILED), END };
static const struct step all_ones[] = { PLAY(choice), R(DEVICE_STATUS, 0xff), W(QUEUE_SELECT, 0),
					PLAY(step_queue), END };

static const struct step queues_first[] = { PLAY(step_driver),
					    PLAY(step_offer),
					    PLAY(step_choice),
					    W(QUEUE_SELECT, 0),
					    PLAY(step_queue),
					    PLAY(step_held),
					    END };
static const struct step vector_freed[] = { PLAY(step_reset),
					    W(QUEUE_SELECT, 0),
					    W(QUEUE_MSIX_VECTOR, 0xffff),
					    W(DEVICE_STATUS, STEP_DRIVER),
					    PLAY(step_offer),
					    PLAY(step_choice),
					    PLAY(step_held),
					    END };

static const struct step late_queue[] = { PLAY(step_live), W(QUEUE_SELECT, 1), PLAY(step_queue),
					  END };
static const struct step late_vector[] = { PLAY(step_live), W(CONFIG_MSIX_VECTOR, 0),
					   R(CONFIG_MSIX_VECTOR, 0), END };
static const struct step late_queue_vector[] = { PLAY(step_live), W(QUEUE_MSIX_VECTOR, 1), END };
static const struct step other_vector[] = { PLAY(step_features),
					    W(CONFIG_MSIX_VECTOR, 1),
					    W(QUEUE_SELECT, 0),
					    PLAY(step_queue),
					    W(DEVICE_STATUS, STEP_LIVE),
					    W(CONFIG_MSIX_VECTOR, 0),
					    END };
static const struct step never_enabled[] = { PLAY(step_features),
					     W(QUEUE_SELECT, 0),
					     R(QUEUE_NOTIFY_OFF, 0),
					     W(QUEUE_DESC, 0x10000),
					     W(DEVICE_STATUS, STEP_LIVE),
					     NOTIFY(0),
					     END };
static const struct step reset_queue[] = { PLAY(step_live), W(QUEUE_RESET, 1), R(QUEUE_RESET, 0),
					   PLAY(step_queue), END };
static const struct step console_port[] = { PLAY(step_driver),
					    PLAY(step_offer),
					    W(DRIVER_FEATURE_SELECT, 0),
					    W(DRIVER_FEATURE, 1u << VIRTIO_CONSOLE_F_MULTIPORT),
					    W(DRIVER_FEATURE_SELECT, 1),
					    W(DRIVER_FEATURE, 1),
					    PLAY(step_held),
					    W(QUEUE_SELECT, 0),
					    PLAY(step_queue),
					    W(DEVICE_STATUS, STEP_LIVE),
					    W(QUEUE_SELECT, 4),
					    PLAY(step_queue),
					    END };

static const struct step early_config[] = { PLAY(step_driver), DEVICE_WRITE(0, 1, 1), END };
static const struct step emergency[] = { PLAY(step_driver), DEVICE_WRITE(8, 4, 'x'), END };
static const struct step live_config[] = { PLAY(step_live), DEVICE_WRITE(0, 1, 1), END };

static const struct step more_features[] = { PLAY(step_live), W(DRIVER_FEATURE_SELECT, 0),
					     W(DRIVER_FEATURE, 4), END };
static const struct step fewer_features[] = { PLAY(step_live), W(DRIVER_FEATURE_SELECT, 1),
					      W(DRIVER_FEATURE, 1), END };
static const struct step another_try[] = { PLAY(choice), R(DEVICE_STATUS, STEP_DRIVER),
					   W(DRIVER_FEATURE_SELECT, 0), W(DRIVER_FEATURE, 4), END };

static const struct step silent[] = { LIFE(PROBE),  PLAY(step_features), LIFE(DOWN),
				      LIFE(REMOVE), PLAY(step_reset),    LIFE(REMOVED),
				      END };
static const struct step silent_reset[] = { PLAY(step_features), PLAY(step_reset), END };
static const struct step second_try[] = { PLAY(step_features), PLAY(step_live), END };
static const struct step told[] = {
	LIFE(PROBE),      PLAY(step_features), W(DEVICE_STATUS, STEP_FEATURES | FAILED),
	PLAY(step_reset), LIFE(DOWN),          END
};
static const struct step power_off[] = { PLAY(step_features), EVENT(RESET, .value = 0), END };
static const struct step hangs[] = { PLAY(step_features), LIFE(HUNG), END };
static const struct step leaves[] = { PLAY(step_live), PLAY(step_reset), LIFE(REMOVED), END };

static const struct step goes_on[] = { PLAY(step_features),
				       W(DEVICE_STATUS, STEP_FEATURES | FAILED),
				       W(DEVICE_STATUS, STEP_LIVE | FAILED), END };
static const struct step sets_up[] = { PLAY(step_features),
				       W(DEVICE_STATUS, STEP_FEATURES | FAILED), W(QUEUE_SELECT, 0),
				       PLAY(step_queue), END };
static const struct step tidies[] = { PLAY(told), W(QUEUE_MSIX_VECTOR, 0xffff), END };
static const struct step fails_live[] = { PLAY(step_live), W(DEVICE_STATUS, STEP_LIVE | FAILED),
					  END };

static const struct step kicks_early[] = { PLAY(step_queues), NOTIFY(0),
					   W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step kicks[] = { PLAY(step_live), NOTIFY(0), END };
static const struct step kicks_late[] = { PLAY(step_live), PLAY(step_reset), NOTIFY(0), END };

static const struct play order[] = {
	{ "a start-up", step_live, .keeps = FIRST },
	{ "no reset", no_reset, .breaks = FIRST },
	{ "a reset of the function alone", bus_reset, .breaks = FIRST },
	{ "two start-ups", twice, .keeps = FIRST },
	{ "legacy, no reset", step_legacy_live, .keeps = FIRST, .legacy = true },

	{ "steps in order", step_live, .keeps = ORDER },
	{ "DRIVER, then ACKNOWLEDGE", swapped, .breaks = ORDER },
	{ "both at once", at_once, .keeps = ORDER },
	{ "FEATURES_OK and DRIVER_OK at once", all_at_once, .breaks = ORDER },
	{ "a bit that the device invents", lied_to, .keeps = ORDER },
	{ "legacy", step_legacy_live, .idle = ORDER, .legacy = true },

	{ "features chosen", step_features, .keeps = CHOOSES },
	{ "no choice", unchosen, .breaks = CHOOSES },
	{ "no reading", unread, .breaks = CHOOSES },
	{ "read in an earlier life", known, .keeps = CHOOSES },
	{ "before DRIVER", too_soon, .breaks = CHOOSES },
	{ "no FEATURES_OK", step_driver, .idle = CHOOSES },

	{ "FEATURES_OK read back", step_live, .keeps = CHECKED },
	{ "queues without a look", unlooked, .breaks = CHECKED },
	{ "DRIVER_OK without a look", unlooked_live, .breaks = CHECKED },
	{ "queues in spite of a refusal", in_spite, .breaks = CHECKED },
	{ "a refusal heeded", heeded, .idle = CHECKED },
	{ "all ones", all_ones, .keeps = CHECKED },

	{ "queues after features", step_live, .keeps = QUEUES },
	{ "queues before features", queues_first, .breaks = QUEUES },
	{ "a vector taken away before", vector_freed, .keeps = QUEUES },
	{ "queues without a look are another matter", unlooked, .keeps = QUEUES, .also = CHECKED },
};

static const struct play live[] = {
	{ "all set up", step_live, .keeps = SETUP },
	{ "a queue enabled late", late_queue, .breaks = SETUP },
	{ "the vector set late", late_vector, .breaks = SETUP },
	{ "a queue's vector set late", late_queue_vector, .breaks = SETUP },
	{ "the vector moved", other_vector, .keeps = SETUP },
	{ "a queue that nobody enabled", never_enabled, .breaks = SETUP },
	{ "a queue that was reset", reset_queue, .keeps = SETUP },
	{ "queues of a port", console_port, .keeps = SETUP, .type = VIRTIO_ID_CONSOLE,
	  .offered = 1u << VIRTIO_CONSOLE_F_MULTIPORT },
	{ "no DRIVER_OK", step_queues, .idle = SETUP },

	{ "configuration left alone", step_features, .keeps = CONFIG },
	{ "configuration written", early_config, .breaks = CONFIG },
	{ "emergency output", emergency, .idle = CONFIG, .type = VIRTIO_ID_CONSOLE },
	{ "configuration written later", live_config, .keeps = CONFIG },

	{ "features frozen", step_live, .keeps = FROZEN },
	{ "features added", more_features, .breaks = FROZEN },
	{ "features written again", fewer_features, .keeps = FROZEN },
	{ "a second try after a refusal", another_try, .idle = FROZEN },

	{ "a notification", kicks, .keeps = NOTIFIES },
	{ "a notification before DRIVER_OK", kicks_early, .breaks = NOTIFIES },
	{ "one after the reset", kicks_late, .idle = NOTIFIES },
	{ "one that nobody can see", kicks_early, .idle = NOTIFIES, .blind = VS_BLIND_NOTIFY },
};

static const struct play failure[] = {
	{ "down without a word", silent, .breaks = TELLS },
	{ "reset without a word", silent_reset, .breaks = TELLS },
	{ "reset, and another try", second_try, .idle = TELLS },
	{ "FAILED", told, .keeps = TELLS },
	{ "power gone", power_off, .idle = TELLS },
	{ "the driver hangs", hangs, .idle = TELLS },
	{ "the driver leaves", leaves, .idle = TELLS },

	{ "FAILED and an end", told, .keeps = STOPS },
	{ "no FAILED", step_live, .idle = STOPS },
	{ "DRIVER_OK after FAILED", goes_on, .breaks = STOPS },
	{ "queues after FAILED", sets_up, .breaks = STOPS },
	{ "a vector taken away", tidies, .keeps = STOPS },
	{ "FAILED on a live device", fails_live, .idle = STOPS },
};

static void order_of_steps(void **state)
{
	(void)state;
	play_all(order, ROWS(order));
}

static void before_and_after_driver_ok(void **state)
{
	(void)state;
	play_all(live, ROWS(live));
}

static void steps_that_failed(void **state)
{
	(void)state;
	play_all(failure, ROWS(failure));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_steps),
		cmocka_unit_test(before_and_after_driver_ok),
		cmocka_unit_test(steps_that_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
