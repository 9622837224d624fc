/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of what notifications say and where they go. */
#include "monitor_rings.h"

/* Queues 0 and 1, with queue_notify_off 0 and 3. */
#define QUEUES                                                                              \
	W(QUEUE_SELECT, 0), R(QUEUE_NOTIFY_OFF, 0), W(QUEUE_ENABLE, 1), W(QUEUE_SELECT, 1), \
		R(QUEUE_NOTIFY_OFF, 3), W(QUEUE_ENABLE, 1)
#define PLAIN                HIGH(BH(VERSION_1)), QUEUES
#define NEWS(q)              EVENT(AVAILABLE, .queue = (q), .length = 1)
#define WRITES(at, bytes, v) ACCESS(WRITE, STAGE_BAR, STAGE_NOTIFY + (at), bytes, v)
#define DATA                                                                                   \
	HIGH(BH(VERSION_1) | BH(NOTIF_CONFIG_DATA)), QUEUES, R(QUEUE_NOTIF_CONFIG_DATA, 0x71), \
		W(QUEUE_SELECT, 0), R(QUEUE_NOTIF_CONFIG_DATA, 0x70)
#define UNREAD HIGH(BH(VERSION_1) | BH(NOTIF_CONFIG_DATA)), QUEUES

static const struct step both[] = { PLAIN, WRITES(0, 2, 0), WRITES(12, 2, 1), END };
static const struct step nothing[] = { PLAIN, END };
static const struct step wide[] = { PLAIN, WRITES(0, 4, 0), END };
static const struct step narrow[] = { PLAIN, WRITES(0, 1, 0), WRITES(1, 1, 0), END };
static const struct step with_data[] = { HIGH(BH(VERSION_1) | BH(NOTIFICATION_DATA)), QUEUES,
					 WRITES(12, 4, 0x20001), END };
static const struct step without_data[] = { HIGH(BH(VERSION_1) | BH(NOTIFICATION_DATA)), QUEUES,
					    WRITES(12, 2, 1), END };
static const struct step wrong_value[] = { PLAIN, NEWS(1), WRITES(12, 2, 0), END };
static const struct step always_one[] = { PLAIN, WRITES(0, 2, 1), END };
static const struct step nobody[] = { PLAIN, WRITES(12, 2, 77), END };
static const struct step wrong_data[] = { HIGH(BH(VERSION_1) | BH(NOTIFICATION_DATA)), QUEUES,
					  WRITES(12, 4, 0x20000), END };
static const struct step first_address[] = { PLAIN, NEWS(1), WRITES(0, 2, 1), END };
static const struct step by_index[] = { PLAIN, NEWS(1), WRITES(4, 2, 1), END };
static const struct step unread[] = { HIGH(BH(VERSION_1)), W(QUEUE_SELECT, 0), W(QUEUE_ENABLE, 1),
				      WRITES(0, 2, 0), END };
static const struct step known_before[] = { PLAIN,
					    W(DEVICE_STATUS, 0),
					    HIGH(BH(VERSION_1)),
					    W(QUEUE_SELECT, 0),
					    W(QUEUE_ENABLE, 1),
					    WRITES(0, 2, 0),
					    END };
static const struct step after_queue_reset[] = {
	PLAIN, W(QUEUE_RESET, 1), R(QUEUE_RESET, 0), W(QUEUE_ENABLE, 1), WRITES(12, 2, 1), END
};
static const struct step legacy[] = { PLAY(step_legacy_live), ACCESS(WRITE, 0, 16, 2, 0), END };
static const struct step names[] = { DATA, WRITES(0, 2, 0x70), WRITES(12, 2, 0x71), END };
static const struct step index_for_name[] = { DATA, WRITES(0, 2, 0), END };
static const struct step other_name[] = { DATA, WRITES(0, 2, 0x71), END };
static const struct step name_unread[] = { UNREAD, WRITES(0, 2, 0), END };
static const struct step name_known[] = { DATA, W(DEVICE_STATUS, 0), UNREAD, WRITES(0, 2, 0x70),
					  END };
static const struct step one_register[] = { HIGH(BH(VERSION_1)),    W(QUEUE_SELECT, 0),
					    R(QUEUE_NOTIFY_OFF, 0), W(QUEUE_ENABLE, 1),
					    W(QUEUE_SELECT, 1),     R(QUEUE_NOTIFY_OFF, 0),
					    W(QUEUE_ENABLE, 1),     WRITES(0, 2, 1),
					    WRITES(0, 2, 0),        END };
static const struct step one_register_wrong[] = { HIGH(BH(VERSION_1)),    W(QUEUE_SELECT, 0),
						  R(QUEUE_NOTIFY_OFF, 0), W(QUEUE_ENABLE, 1),
						  WRITES(0, 2, 1),        END };

static const struct play plays[] = {
	{ "16 bits", both, .keeps = NOTIFIES(WIDTH) },
	{ "32 bits", wide, .breaks = NOTIFIES(WIDTH) },
	{ "8 bits", narrow, .breaks = NOTIFIES(WIDTH) },
	{ "32 bits with data", with_data, .keeps = NOTIFIES(WIDTH) },
	{ "16 bits instead of data", without_data, .breaks = NOTIFIES(WIDTH) },
	{ "no notification", nothing, .idle = NOTIFIES(WIDTH) },
	{ "the legacy register", legacy, .idle = NOTIFIES(WIDTH), .legacy = true },
	{ "indexes", both, .keeps = NOTIFIES(VALUE) },
	{ "the index in data", with_data, .keeps = NOTIFIES(VALUE) },
	{ "another queue's index", wrong_value, .breaks = NOTIFIES(VALUE) },
	{ "always 1", always_one, .breaks = NOTIFIES(VALUE) },
	{ "nobody's index", nobody, .breaks = NOTIFIES(VALUE) },
	{ "another index in data", wrong_data, .breaks = NOTIFIES(VALUE) },
	{ "no index", nothing, .idle = NOTIFIES(VALUE) },
	{ "names for indexes", names, .idle = NOTIFIES(VALUE) },
	{ "one register", one_register, .keeps = NOTIFIES(VALUE) },
	{ "one register, nobody's index", one_register_wrong, .breaks = NOTIFIES(VALUE) },
	{ "addresses", both, .keeps = NOTIFIES(ADDRESS) },
	{ "the first queue's address", first_address, .breaks = NOTIFIES(ADDRESS) },
	{ "an address by index", by_index, .breaks = NOTIFIES(ADDRESS) },
	{ "an address from nowhere", unread, .breaks = NOTIFIES(ADDRESS) },
	{ "an address from before", known_before, .idle = NOTIFIES(ADDRESS) },
	{ "an address after a queue reset", after_queue_reset, .keeps = NOTIFIES(ADDRESS) },
	{ "names", names, .keeps = NOTIFIES(CONFIG_DATA) },
	{ "an index for a name", index_for_name, .breaks = NOTIFIES(CONFIG_DATA) },
	{ "another name", other_name, .breaks = NOTIFIES(CONFIG_DATA) },
	{ "a name that was never read", name_unread, .breaks = NOTIFIES(CONFIG_DATA) },
	{ "a name from before", name_known, .idle = NOTIFIES(CONFIG_DATA) },
	{ "no names", both, .idle = NOTIFIES(CONFIG_DATA) },
};

static void test_notify(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_notify) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
