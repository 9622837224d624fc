/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of when a driver of split virtqueues notifies. */
#include "monitor_rings.h"

#define LIVE(low)                                                                           \
	LOW(low), HIGH(BH(VERSION_1)), W(DEVICE_STATUS, STEP_FEATURES), W(QUEUE_SELECT, 0), \
		R(QUEUE_NOTIFY_OFF, 0), RING(8), W(DEVICE_STATUS, STEP_LIVE)
#define FLAGS  LIVE(0)
#define EVENTS LIVE(B(EVENT_IDX))
#define RESET  W(DEVICE_STATUS, 0)
#define OFFERS B(EVENT_IDX)

/* ---- Notifications that are due ---- */

static const struct step sends[] = { FLAGS, MOVE(0, 1), NOTIFY(0), RESET, END };
static const struct step forgets[] = { FLAGS, MOVE(0, 1), NOTIFY(0), MOVE(1, 2), RESET, END };
static const struct step forgets_last[] = { FLAGS, MOVE(0, 1), END };
static const struct step batches[] = { FLAGS, MOVE(0, 1), MOVE(1, 3), NOTIFY(0), END };
static const struct step excused[] = { FLAGS, DEVICE_FLAGS(1), MOVE(0, 1), RESET, END };
static const struct step excused_late[] = { FLAGS, MOVE(0, 1), DEVICE_FLAGS(1), RESET, END };
static const struct step not_live[] = { LOW(0), RING(8), MOVE(0, 1), RESET, END };
static const struct step early[] = { LOW(0),    RING(8), MOVE(0, 1), W(DEVICE_STATUS, STEP_LIVE),
				     NOTIFY(0), RESET,   END };
static const struct step broken[] = { FLAGS, MOVE(0, 1),
				      R(DEVICE_STATUS, STEP_LIVE | VIRTIO_STATUS_NEEDS_RESET),
				      RESET, END };
static const struct step other_place[] = { FLAGS, MOVE(0, 1),
					   ACCESS(WRITE, STAGE_BAR, STAGE_NOTIFY + 8, 2, 0), RESET,
					   END };
static const struct step queue_reset[] = { FLAGS, MOVE(0, 1), W(QUEUE_RESET, 1), END };
static const struct step hung[] = { FLAGS, MOVE(0, 1), BUFFER(1), LIFE(HUNG), END };

static const struct step scribbled[] = {
	FLAGS, AVAIL_EVENT(100), MOVE(0, 1), NOTIFY(0), RESET, END
};
static const struct step obeys_event[] = { FLAGS, AVAIL_EVENT(100), MOVE(0, 1), RESET, END };

static const struct step at_event[] = { EVENTS, MOVE(0, 1), NOTIFY(0), RESET, END };
static const struct step misses_event[] = { EVENTS, MOVE(0, 1), RESET, END };
static const struct step misses_within[] = { EVENTS, AVAIL_EVENT(2), MOVE(0, 4), RESET, END };
static const struct step before_event[] = { EVENTS, AVAIL_EVENT(2), MOVE(0, 2), RESET, END };
static const struct step moved_on[] = { EVENTS, MOVE(0, 1), AVAIL_EVENT(1), RESET, END };
static const struct step moved_within[] = { EVENTS, MOVE(0, 2), AVAIL_EVENT(1), RESET, END };
static const struct step flag_and_event[] = { EVENTS,    DEVICE_FLAGS(1), MOVE(0, 1),
					      NOTIFY(0), RESET,           END };
static const struct step obeys_flag[] = { EVENTS, DEVICE_FLAGS(1), MOVE(0, 1), RESET, END };

static const struct play due[] = {
	{ "sends", sends, .keeps = SPLIT(NOTIFICATION_SENT) },
	{ "forgets one", forgets, .breaks = SPLIT(NOTIFICATION_SENT) },
	{ "forgets the last", forgets_last, .breaks = SPLIT(NOTIFICATION_SENT) },
	{ "one for several", batches, .keeps = SPLIT(NOTIFICATION_SENT) },
	{ "not wanted", excused, .idle = SPLIT(NOTIFICATION_SENT) },
	{ "not wanted any more", excused_late, .idle = SPLIT(NOTIFICATION_SENT) },
	{ "never up", not_live, .idle = SPLIT(NOTIFICATION_SENT) },
	{ "buffers before DRIVER_OK", early, .keeps = SPLIT(NOTIFICATION_SENT) },
	{ "a broken device", broken, .idle = SPLIT(NOTIFICATION_SENT) },
	{ "to another place", other_place, .keeps = SPLIT(NOTIFICATION_SENT) },
	{ "the queue is reset", queue_reset, .breaks = SPLIT(NOTIFICATION_SENT) },
	{ "concurrently", forgets, .keeps = SPLIT(NOTIFICATION_SENT), .blind = VS_BLIND_ORDER },
	{ "concurrently, and hung", hung, .breaks = SPLIT(NOTIFICATION_SENT),
	  .blind = VS_BLIND_ORDER },
	{ "with EVENT_IDX", at_event, .idle = SPLIT(NOTIFICATION_SENT), .offered = OFFERS },
	{ "minds no event", scribbled, .keeps = SPLIT(AVAIL_EVENT_IGNORED) },
	{ "minds an event", obeys_event, .breaks = SPLIT(AVAIL_EVENT_IGNORED) },
	{ "nothing to mind", sends, .idle = SPLIT(AVAIL_EVENT_IGNORED) },
	{ "at the event", at_event, .keeps = SPLIT(NOTIFICATION_AT_AVAIL_EVENT) },
	{ "misses the event", misses_event, .breaks = SPLIT(NOTIFICATION_AT_AVAIL_EVENT) },
	{ "misses it in a batch", misses_within, .breaks = SPLIT(NOTIFICATION_AT_AVAIL_EVENT) },
	{ "before the event", before_event, .idle = SPLIT(NOTIFICATION_AT_AVAIL_EVENT) },
	{ "the event moves on", moved_on, .idle = SPLIT(NOTIFICATION_AT_AVAIL_EVENT) },
	{ "the event moves within", moved_within, .breaks = SPLIT(NOTIFICATION_AT_AVAIL_EVENT) },
	{ "minds no flags", flag_and_event, .keeps = SPLIT(USED_FLAGS_IGNORED_WITH_EVENT_IDX) },
	{ "minds flags", obeys_flag, .breaks = SPLIT(USED_FLAGS_IGNORED_WITH_EVENT_IDX) },
	{ "no flags to mind", at_event, .idle = SPLIT(USED_FLAGS_IGNORED_WITH_EVENT_IDX) },
};

static void test_due(void **state)
{
	(void)state;
	play_all(due, ROWS(due));
}

/* ---- Notifications that nobody wants ---- */

static const struct step silent[] = { FLAGS, DEVICE_FLAGS(1), MOVE(0, 1), USED(0), END };
static const struct step noisy[] = { FLAGS, DEVICE_FLAGS(1), MOVE(0, 1), NOTIFY(0), END };
static const struct step flag_goes[] = { FLAGS,           DEVICE_FLAGS(1), MOVE(0, 1),
					 DEVICE_FLAGS(0), NOTIFY(0),       END };
static const struct step flag_comes[] = { FLAGS, MOVE(0, 1), DEVICE_FLAGS(1), NOTIFY(0), END };
static const struct step no_news[] = { FLAGS, DEVICE_FLAGS(1), NOTIFY(0), END };
static const struct step noisy_twice[] = { FLAGS,      DEVICE_FLAGS(1), MOVE(0, 1), NOTIFY(0),
					   MOVE(1, 2), NOTIFY(0),       END };

static const struct step noisy_after_all[] = {
	FLAGS, DEVICE_FLAGS(1), EVENT(INTERRUPT, .value = 1), MOVE(0, 1), NOTIFY(0), END
};

static const struct step off_event[] = { EVENTS, AVAIL_EVENT(9), MOVE(0, 1), NOTIFY(0), END };
static const struct step keeps_quiet[] = { EVENTS, AVAIL_EVENT(9), MOVE(0, 1), END };
static const struct step passes_later[] = { EVENTS,     AVAIL_EVENT(1), MOVE(0, 1),
					    MOVE(1, 2), NOTIFY(0),      END };
static const struct step event_comes[] = { EVENTS,         AVAIL_EVENT(9), MOVE(0, 2),
					   AVAIL_EVENT(1), NOTIFY(0),      END };

static const struct play unwanted[] = {
	{ "silent", silent, .keeps = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG) },
	{ "noisy", noisy, .breaks = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG) },
	{ "wanted after all", flag_goes, .keeps = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG) },
	{ "unwanted too late", flag_comes, .idle = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG) },
	{ "without news", no_news, .idle = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG) },
	{ "seen late", noisy, .idle = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG),
	  .blind = VS_BLIND_ORDER },
	{ "seen between", noisy_after_all, .breaks = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG),
	  .blind = VS_BLIND_ORDER },
	{ "still noisy", noisy_twice, .breaks = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG),
	  .blind = VS_BLIND_ORDER },
	{ "off the event", off_event, .breaks = SPLIT(NO_NOTIFICATION_OFF_AVAIL_EVENT) },
	{ "off the event, quiet", keeps_quiet, .keeps = SPLIT(NO_NOTIFICATION_OFF_AVAIL_EVENT) },
	{ "past it later", passes_later, .keeps = SPLIT(NO_NOTIFICATION_OFF_AVAIL_EVENT) },
	{ "the event comes", event_comes, .keeps = SPLIT(NO_NOTIFICATION_OFF_AVAIL_EVENT) },
	{ "at the event", at_event, .idle = SPLIT(NO_NOTIFICATION_OFF_AVAIL_EVENT) },
	{ "flags", noisy, .idle = SPLIT(NO_NOTIFICATION_OFF_AVAIL_EVENT),
	  .also = SPLIT(NOTIFICATION_SUPPRESSED_BY_FLAG) },
};

static void test_unwanted(void **state)
{
	(void)state;
	play_all(unwanted, ROWS(unwanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_unwanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
