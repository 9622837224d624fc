/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of packed virtqueues. */
#include "monitor_rings.h"
#include "spec/blk.h"

#define PLAIN  LOW(0), HIGH(BH(VERSION_1) | BH(RING_PACKED)), RING(8)
#define TABLES LOW(B(INDIRECT_DESC)), HIGH(BH(VERSION_1) | BH(RING_PACKED)), RING(8)
#define WRAP   VIRTQ_EVENT_WRAP
#define FIRST  VS_CHANGED_FIRST
#define ANEW   VS_CHANGED_AVAIL

/* ---- Areas, lists, tables ---- */

#define AREAS(desc, driver, device)                                                     \
	HIGH(BH(VERSION_1) | BH(RING_PACKED)), W(QUEUE_SELECT, 0), W(QUEUE_DESC, desc), \
		WH(QUEUE_DESC, 0), W(QUEUE_DRIVER, driver), WH(QUEUE_DRIVER, 0),        \
		W(QUEUE_DEVICE, device), WH(QUEUE_DEVICE, 0), W(QUEUE_ENABLE, 1)

static const struct step good_areas[] = { AREAS(0x1000, 0x2004, 0x3004), RING(8), END };
static const struct step odd_driver[] = { AREAS(0x1000, 0x2002, 0x3004), RING(8), END };
static const struct step split_areas[] = { HIGH(BH(VERSION_1)), W(QUEUE_SELECT, 0),
					   W(QUEUE_DESC, 0x1000), W(QUEUE_ENABLE, 1), END };

static const struct step one[] = { PLAIN, DESC(0, 0, 0, 64), BUFFER(1), END };
static const struct step list[] = { PLAIN, DESC(0, NX, 0, 16), DESC(1, WR, 0, 16), BUFFER(2), END };
static const struct step order_wrong[] = { PLAIN, DESC(0, NX | WR, 0, 16), DESC(1, 0, 0, 16),
					   BUFFER(2), END };
static const struct step nine[] = { TABLES, DESC(0, IN, 0, 144), BUFFER_AS(9, VS_CHAIN_TOO_LONG),
				    END };
static const struct step five[] = { TABLES, DESC(0, IN, 0, 80), BUFFER(5), END };
static const struct step no_room[] = { PLAIN, DESC(7, NX, 0, 16),
				       BUFFER_AS(1, VS_CHAIN_INCOMPLETE | VS_CHAIN_NO_ROOM), END };
static const struct step head_first[] = { PLAIN, DESC(0, NX, 0, 16),
					  BUFFER_AS(1, VS_CHAIN_INCOMPLETE), END };
static const struct step table[] = {
	TABLES, DESC(0, IN, 0, 32), ENTRY(0, 0, 0, 16), ENTRY(1, WR, 0, 16), BUFFER(2), END
};
static const struct step unasked_table[] = { PLAIN, DESC(0, IN, 0, 16), ENTRY(0, 0, 0, 16),
					     BUFFER(1), END };
static const struct step table_flags[] = {
	TABLES, DESC(0, IN, 0, 32), ENTRY(0, NX, 0, 16), ENTRY(1, WR, 0, 16), BUFFER(2), END
};
static const struct step chained_table[] = {
	TABLES, DESC(0, NX, 0, 16), DESC(1, IN, 0, 16), ENTRY(0, WR, 0, 16), BUFFER(2), END
};
static const struct step split_list[] = { HIGH(BH(VERSION_1)), RING(8),   DESC(0, NX, 1, 16),
					  DESC(1, WR, 0, 16),  BUFFER(2), END };

#define SEGMENTS(n) DEVICE_READ(12, 4, n)
#define MINDS_SEGMENTS                                        \
	LOW(B(INDIRECT_DESC) | VS_BIT(VIRTIO_BLK_F_SEG_MAX)), \
		HIGH(BH(VERSION_1) | BH(RING_PACKED)), RING(8)
static const struct step segments[] = { SEGMENTS(3), MINDS_SEGMENTS, DESC(0, IN, 0, 80), BUFFER(5),
					END };
static const struct step segment_more[] = { SEGMENTS(2), MINDS_SEGMENTS, DESC(0, IN, 0, 80),
					    BUFFER(5), END };
static const struct step unminded[] = { SEGMENTS(2), TABLES, DESC(0, IN, 0, 80), BUFFER(5), END };

static const struct play lists[] = {
	{ "aligned", good_areas, .keeps = PACKED(AREA_ALIGNMENT) },
	{ "driver area at 2", odd_driver, .breaks = PACKED(AREA_ALIGNMENT) },
	{ "a split ring", split_areas, .idle = PACKED(AREA_ALIGNMENT) },
	{ "in order", list, .keeps = PACKED(WRITABLE_AFTER_READABLE) },
	{ "out of order", order_wrong, .breaks = PACKED(WRITABLE_AFTER_READABLE) },
	{ "of a split ring", split_list, .idle = PACKED(WRITABLE_AFTER_READABLE) },
	{ "two elements", list, .keeps = PACKED(LIST_WITHIN_QUEUE_SIZE) },
	{ "nine elements", nine, .breaks = PACKED(LIST_WITHIN_QUEUE_SIZE) },
	{ "a split chain", split_list, .idle = PACKED(LIST_WITHIN_QUEUE_SIZE) },
	{ "five elements", five, .keeps = PACKED(LIST_WITHIN_DEVICE_LIMIT) },
	{ "five where four are allowed", five, .breaks = PACKED(LIST_WITHIN_DEVICE_LIMIT),
	  .list_limit = 4 },
	{ "as many segments as it takes", segments, .keeps = PACKED(LIST_WITHIN_DEVICE_LIMIT) },
	{ "a segment more", segment_more, .breaks = PACKED(LIST_WITHIN_DEVICE_LIMIT) },
	{ "SEG_MAX is not accepted", unminded, .keeps = PACKED(LIST_WITHIN_DEVICE_LIMIT) },
	{ "nine are the queue's matter", nine, .idle = PACKED(LIST_WITHIN_DEVICE_LIMIT),
	  .also = PACKED(LIST_WITHIN_QUEUE_SIZE), .list_limit = 4 },
	{ "room", list, .keeps = PACKED(LIST_SPACE) },
	{ "no room", no_room, .breaks = PACKED(LIST_SPACE) },
	{ "no list", one, .idle = PACKED(LIST_SPACE) },
	{ "head last", list, .keeps = PACKED(HEAD_LAST) },
	{ "head first", head_first, .breaks = PACKED(HEAD_LAST) },
	{ "no head", one, .idle = PACKED(HEAD_LAST) },
	{ "a table", table, .keeps = PACKED(INDIRECT_NEGOTIATED) },
	{ "a table that nobody asked for", unasked_table, .breaks = PACKED(INDIRECT_NEGOTIATED) },
	{ "no table in a split ring", split_list, .idle = PACKED(INDIRECT_NEGOTIATED) },
	{ "a table with WRITE", table, .keeps = PACKED(INDIRECT_FLAGS) },
	{ "a table with NEXT", table_flags, .breaks = PACKED(INDIRECT_FLAGS) },
	{ "no table", list, .idle = PACKED(INDIRECT_FLAGS) },
	{ "a table by itself", table, .keeps = PACKED(INDIRECT_NOT_CHAINED) },
	{ "a table in a list", chained_table, .breaks = PACKED(INDIRECT_NOT_CHAINED) },
	{ "a list without", list, .idle = PACKED(INDIRECT_NOT_CHAINED) },
};

static void test_lists(void **state)
{
	(void)state;
	play_all(lists, ROWS(lists));
}

/* ---- What stays ---- */

static const struct step used[] = { PLAIN, BUFFER_AT(1, WRAP), USED(0), END };
static const struct step out[] = { PLAIN, BUFFER_AT(1, WRAP), END };
static const struct step rounds[] = { PLAIN, BUFFER_AT(1, WRAP), USED(0), BUFFER_AT(1, 0), END };
static const struct step second_round[] = { PLAIN, BUFFER_AT(1, 0), USED(0), BUFFER_AT(1, WRAP | 1),
					    END };
static const struct step later[] = { PLAIN, BUFFER_AT(1, WRAP), CHANGED(0), END };
static const struct step late[] = { PLAIN, BUFFER_AT(1, WRAP), CHANGED(FIRST), END };
static const struct step anew[] = { PLAIN, BUFFER_AT(1, WRAP), CHANGED(ANEW), END };
static const struct step anew_first[] = { PLAIN, BUFFER_AT(1, WRAP), CHANGED(ANEW | FIRST), END };
static const struct step lies[] = { PLAIN, BUFFER_AT(1, WRAP), USED_AS(7, VS_USED_UNKNOWN), END };

static const struct play stays[] = {
	{ "stays", used, .keeps = PACKED(NO_CHANGE_AFTER_AVAILABLE) },
	{ "changes", later, .breaks = PACKED(NO_CHANGE_AFTER_AVAILABLE) },
	{ "is still out", out, .idle = PACKED(NO_CHANGE_AFTER_AVAILABLE) },
	{ "complete", used, .keeps = PACKED(PUBLISHED_COMPLETE) },
	{ "complete too late", late, .breaks = PACKED(PUBLISHED_COMPLETE) },
	{ "a lie", lies, .idle = PACKED(PUBLISHED_COMPLETE) },
	{ "used, then filled", rounds, .keeps = PACKED(NO_CHANGE_BEFORE_USED) },
	{ "and in the next round", second_round, .keeps = PACKED(NO_CHANGE_BEFORE_USED) },
	{ "filled anew", anew, .breaks = PACKED(NO_CHANGE_BEFORE_USED) },
	{ "filled anew at once", anew_first, .breaks = PACKED(NO_CHANGE_BEFORE_USED) },
	{ "the first round", used, .idle = PACKED(NO_CHANGE_BEFORE_USED) },
};

static void test_stays(void **state)
{
	(void)state;
	play_all(stays, ROWS(stays));
}

/* ---- Notifications with data ---- */

#define DATA                                                                                       \
	LOW(0), HIGH(BH(VERSION_1) | BH(RING_PACKED) | BH(NOTIFICATION_DATA)), W(QUEUE_SELECT, 0), \
		R(QUEUE_NOTIFY_OFF, 0), RING(4)
#define SAYS(off, wrap) \
	ACCESS(WRITE, STAGE_BAR, STAGE_NOTIFY, 4, (uint64_t)(off) << 16 | (uint64_t)(wrap) << 31)
#define LIST(place, turn) DESC(place, NX, 0, 16), DESC((place) + 1, 0, 0, 16), BUFFER_AT(2, turn)

static const struct step says_next[] = { DATA, LIST(0, WRAP), SAYS(2, 1), END };
static const struct step says_wrap[] = { DATA,       LIST(0, WRAP),
					 SAYS(2, 1), LIST(2, WRAP | 2),
					 SAYS(0, 0), END };
static const struct step says_head[] = { DATA, LIST(0, WRAP), SAYS(0, 1), END };
static const struct step says_wrong_wrap[] = { DATA, LIST(0, WRAP), SAYS(2, 0), END };
static const struct step says_past[] = { DATA, LIST(0, WRAP), LIST(2, WRAP | 2), SAYS(4, 1), END };
static const struct step says_late[] = { DATA, LIST(0, WRAP), LIST(2, WRAP | 2), SAYS(2, 1), END };
static const struct step says_short[] = { DATA, LIST(0, WRAP), NOTIFY(0), END };
static const struct step after_reset[] = { DATA, LIST(0, WRAP), W(DEVICE_STATUS, 0),
					   DATA, SAYS(0, 1),    END };

static const struct play positions[] = {
	{ "the next place", says_next, .keeps = PACKED(NOTIFICATION_OFFSET) },
	{ "in the next round", says_wrap, .keeps = PACKED(NOTIFICATION_OFFSET) },
	{ "the head", says_head, .breaks = PACKED(NOTIFICATION_OFFSET) },
	{ "another round", says_wrong_wrap, .breaks = PACKED(NOTIFICATION_OFFSET) },
	{ "behind the ring", says_past, .breaks = PACKED(NOTIFICATION_OFFSET) },
	{ "late", says_late, .breaks = PACKED(NOTIFICATION_OFFSET) },
	{ "late, concurrently", says_late, .keeps = PACKED(NOTIFICATION_OFFSET),
	  .blind = VS_BLIND_ORDER },
	{ "16 bits", says_short, .idle = PACKED(NOTIFICATION_OFFSET) },
	{ "after a reset", after_reset, .keeps = PACKED(NOTIFICATION_OFFSET) },
};

static void test_positions(void **state)
{
	(void)state;
	play_all(positions, ROWS(positions));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_positions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
