/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of buffers in split virtqueues: chains, tables, areas, the available ring. */
#include "monitor_rings.h"

#define PLAIN  LOW(0), HIGH(BH(VERSION_1)), RING(8)
#define TABLES LOW(B(INDIRECT_DESC)), HIGH(BH(VERSION_1)), RING(8)
#define ORDER  LOW(B(INDIRECT_DESC)), HIGH(BH(VERSION_1) | BH(IN_ORDER)), RING(8)
#define OFFERS (B(INDIRECT_DESC) | B(IN_ORDER) | B(EVENT_IDX))

/* ---- Chains ---- */

static const struct step one[] = { PLAIN, DESC(0, 0, 0, 64), BUFFER(1), END };
static const struct step good_chain[] = {
	PLAIN, DESC(0, NX, 1, 16), DESC(1, NX | WR, 2, 512), DESC(2, WR, 0, 1), BUFFER(3), END
};
static const struct step order_wrong[] = {
	PLAIN, DESC(0, NX, 1, 16), DESC(1, NX | WR, 2, 512), DESC(2, 0, 0, 16), BUFFER(3), END
};
static const struct step order_next_buffer[] = { PLAIN,     DESC(0, WR, 0, 16),
						 BUFFER(1), DESC(1, 0, 0, 16),
						 BUFFER(1), END };
static const struct step order_table[] = {
	TABLES, DESC(0, IN | WR, 0, 32), ENTRY(0, NX, 1, 16), ENTRY(1, WR, 0, 16), BUFFER(2), END
};
static const struct step scattered[] = { PLAIN, RING(32), DESC(0, NX, 1, 100), BUFFER(17), END };
static const struct step many_large[] = { PLAIN, RING(32), DESC(0, NX, 1, 272), BUFFER(17), END };
static const struct step too_many_bytes[] = { PLAIN, DESC(0, NX, 1, UINT32_MAX), DESC(1, 0, 0, 2),
					      BUFFER(2), END };
static const struct step most_bytes[] = { PLAIN, DESC(0, NX, 1, UINT32_MAX), DESC(1, 0, 0, 1),
					  BUFFER(2), END };
static const struct step loop[] = { PLAIN, DESC(0, NX, 1, UINT32_MAX), DESC(1, NX, 0, UINT32_MAX),
				    BUFFER_AS(2, VS_CHAIN_LOOP), END };
static const struct step too_long[] = { PLAIN, DESC(0, IN, 0, 144), BUFFER_AS(9, VS_CHAIN_TOO_LONG),
					END };
static const struct step full_length[] = { PLAIN, DESC(0, NX, 1, 512), BUFFER(8), END };

/* ---- IN_ORDER, INDIRECT_DESC ---- */

static const struct step in_order[] = {
	ORDER, DESC(6, NX, 7, 16), DESC(7, NX, 0, 16), DESC(0, WR, 5, 1), BUFFER(3), END
};
static const struct step out_of_order[] = { ORDER, DESC(0, NX, 2, 16), DESC(2, WR, 0, 1), BUFFER(2),
					    END };
static const struct step no_wrap[] = { ORDER, DESC(7, NX, 8, 16), BUFFER_AS(1, VS_CHAIN_OUTSIDE),
				       END };
static const struct step any_order[] = { PLAIN, DESC(3, NX, 1, 16), DESC(1, WR, 0, 1), BUFFER(2),
					 END };
static const struct step table_in_order[] = {
	ORDER, DESC(0, IN, 0, 32), ENTRY(0, NX, 1, 16), ENTRY(1, WR, 0, 16), BUFFER(2), END
};
static const struct step table_out_of_order[] = {
	ORDER, DESC(0, IN, 0, 48), ENTRY(0, NX, 2, 16), ENTRY(2, WR, 0, 16), BUFFER(2), END
};
static const struct step unasked_table[] = { PLAIN, DESC(0, IN, 0, 16), ENTRY(0, 0, 0, 16),
					     BUFFER(1), END };
static const struct step unused_tables[] = { TABLES, DESC(0, 0, 0, 16), BUFFER(1), END };
static const struct step nested[] = { TABLES, DESC(0, IN, 0, 16), ENTRY(0, IN, 0, 16),
				      BUFFER_AS(1, VS_CHAIN_NESTED), END };
static const struct step table_with_next[] = { TABLES, DESC(0, IN | NX, 1, 16), ENTRY(0, 0, 0, 16),
					       BUFFER(1), END };

static const struct play chains[] = {
	{ "one element", one, .idle = SPLIT(WRITABLE_AFTER_READABLE) },
	{ "readable, then writable", good_chain, .keeps = SPLIT(WRITABLE_AFTER_READABLE) },
	{ "readable after writable", order_wrong, .breaks = SPLIT(WRITABLE_AFTER_READABLE) },
	{ "two buffers", order_next_buffer, .idle = SPLIT(WRITABLE_AFTER_READABLE) },
	{ "order in a table", order_table, .keeps = SPLIT(WRITABLE_AFTER_READABLE) },
	{ "one element is not many", one, .idle = SPLIT(DESCRIPTOR_COUNT_REASONABLE) },
	{ "seventeen small ones", scattered, .breaks = SPLIT(DESCRIPTOR_COUNT_REASONABLE) },
	{ "seventeen of a size", many_large, .keeps = SPLIT(DESCRIPTOR_COUNT_REASONABLE) },
	{ "4 GiB and a byte", too_many_bytes, .breaks = SPLIT(CHAIN_BYTE_LIMIT) },
	{ "4 GiB", most_bytes, .keeps = SPLIT(CHAIN_BYTE_LIMIT) },
	{ "a loop", loop, .breaks = SPLIT(CHAIN_LOOP_FREE) },
	{ "a loop is no sum", loop, .idle = SPLIT(CHAIN_BYTE_LIMIT),
	  .also = SPLIT(CHAIN_LOOP_FREE) },
	{ "an end", good_chain, .keeps = SPLIT(CHAIN_LOOP_FREE) },
	{ "one element cannot loop", one, .idle = SPLIT(CHAIN_LOOP_FREE) },
	{ "longer than the queue", too_long, .breaks = SPLIT(CHAIN_WITHIN_QUEUE_SIZE),
	  .also = SPLIT(INDIRECT_NEGOTIATED) },
	{ "as long as the queue", full_length, .keeps = SPLIT(CHAIN_WITHIN_QUEUE_SIZE) },
	{ "a loop has no length", loop, .idle = SPLIT(CHAIN_WITHIN_QUEUE_SIZE),
	  .also = SPLIT(CHAIN_LOOP_FREE) },
	{ "in order", in_order, .keeps = SPLIT(IN_ORDER_NEXT), .offered = OFFERS },
	{ "out of order", out_of_order, .breaks = SPLIT(IN_ORDER_NEXT), .offered = OFFERS },
	{ "no wrap", no_wrap, .breaks = SPLIT(IN_ORDER_NEXT), .offered = OFFERS },
	{ "any order", any_order, .idle = SPLIT(IN_ORDER_NEXT), .offered = OFFERS },
	{ "a table in order", table_in_order, .keeps = SPLIT(IN_ORDER_INDIRECT_NEXT) },
	{ "a table out of order", table_out_of_order, .breaks = SPLIT(IN_ORDER_INDIRECT_NEXT) },
	{ "a table in any order", order_table, .idle = SPLIT(IN_ORDER_INDIRECT_NEXT) },
	{ "a table that nobody asked for", unasked_table, .breaks = SPLIT(INDIRECT_NEGOTIATED) },
	{ "no table", one, .keeps = SPLIT(INDIRECT_NEGOTIATED) },
	{ "a table as negotiated", order_table, .keeps = SPLIT(INDIRECT_NEGOTIATED) },
	{ "tables that are not used", unused_tables, .idle = SPLIT(INDIRECT_NEGOTIATED) },
	{ "a table in a table", nested, .breaks = SPLIT(INDIRECT_NOT_NESTED) },
	{ "a flat table", order_table, .keeps = SPLIT(INDIRECT_NOT_NESTED) },
	{ "no table to nest", unused_tables, .idle = SPLIT(INDIRECT_NOT_NESTED) },
	{ "a table with NEXT", table_with_next, .breaks = SPLIT(INDIRECT_WITHOUT_NEXT) },
	{ "a table without", order_table, .keeps = SPLIT(INDIRECT_WITHOUT_NEXT) },
	{ "nothing to have NEXT", unused_tables, .idle = SPLIT(INDIRECT_WITHOUT_NEXT) },
};

static void test_chains(void **state)
{
	(void)state;
	play_all(chains, ROWS(chains));
}

/* ---- Areas ---- */

#define AREAS(desc, driver, device)                                                    \
	W(QUEUE_SELECT, 0), W(QUEUE_SIZE, 8), W(QUEUE_DESC, desc), WH(QUEUE_DESC, 0),  \
		W(QUEUE_DRIVER, driver), WH(QUEUE_DRIVER, 0), W(QUEUE_DEVICE, device), \
		WH(QUEUE_DEVICE, 0), W(QUEUE_ENABLE, 1)

static const struct step good_areas[] = { AREAS(0x1000, 0x2002, 0x3004), RING(8), END };
static const struct step odd_desc[] = { AREAS(0x1008, 0x2002, 0x3004), END };
static const struct step odd_driver[] = { AREAS(0x1000, 0x2001, 0x3004), END };
static const struct step odd_device[] = { AREAS(0x1000, 0x2002, 0x3002), END };
static const struct step not_enabled[] = { W(QUEUE_SELECT, 0), W(QUEUE_DESC, 0x1008), END };
/* 8 descriptors are 128 bytes, the available ring 22, the used ring 70. */
static const struct step tight[] = { AREAS(0x1000, 0x1080, 0x1098), RING(8), END };
static const struct step overlap[] = { AREAS(0x1000, 0x107e, 0x1098), RING(8), END };
static const struct step used_over_avail[] = { AREAS(0x1000, 0x1080, 0x1094), RING(8), END };
static const struct step no_memory[] = { AREAS(0x1000, 0x2000, 0x3000),
					 RING_AS(8, ALL_MEMORY & ~VS_QUEUE_DRIVER_MEMORY, 0), END };
static const struct step dirty[] = { AREAS(0x1000, 0x2000, 0x3000), RING_AS(8, ALL_MEMORY, 1),
				     END };
static const struct step legacy_queue[] = { LW(QUEUE_SELECT, 0), LR(QUEUE_SIZE, 256),
					    LW(QUEUE_ADDRESS, 0x10), RING(256), END };
static const struct step legacy_flags[] = { LW(QUEUE_SELECT, 0), LR(QUEUE_SIZE, 256),
					    LW(QUEUE_ADDRESS, 0x10),
					    RING_AS(256, ALL_MEMORY, VIRTQ_USED_F_NO_NOTIFY), END };
static const struct step packed_areas[] = { HIGH(BH(RING_PACKED)), AREAS(0x1000, 0x2002, 0x3004),
					    RING(8), END };

static const struct play areas[] = {
	{ "aligned", good_areas, .keeps = SPLIT(AREA_ALIGNMENT) },
	{ "descriptors at 8", odd_desc, .breaks = SPLIT(AREA_ALIGNMENT) },
	{ "available ring at 1", odd_driver, .breaks = SPLIT(AREA_ALIGNMENT) },
	{ "used ring at 2", odd_device, .breaks = SPLIT(AREA_ALIGNMENT) },
	{ "never enabled", not_enabled, .idle = SPLIT(AREA_ALIGNMENT) },
	{ "a page", legacy_queue, .keeps = SPLIT(AREA_ALIGNMENT), .legacy = true },
	{ "packed", packed_areas, .idle = SPLIT(AREA_ALIGNMENT) },
	{ "tight", tight, .keeps = SPLIT(AREA_SIZE) },
	{ "available ring in the table", overlap, .breaks = SPLIT(AREA_SIZE) },
	{ "used ring in the available", used_over_avail, .breaks = SPLIT(AREA_SIZE) },
	{ "not in memory", no_memory, .breaks = SPLIT(AREA_SIZE) },
	{ "memory unknown", no_memory, .keeps = SPLIT(AREA_SIZE), .blind = VS_BLIND_MEMORY },
	{ "pages", legacy_queue, .keeps = SPLIT(AREA_SIZE), .legacy = true },
	{ "packed has no such parts", packed_areas, .idle = SPLIT(AREA_SIZE) },
	{ "flags of 0", good_areas, .keeps = SPLIT(USED_FLAGS_ZEROED) },
	{ "flags of 1", dirty, .breaks = SPLIT(USED_FLAGS_ZEROED) },
	{ "flags of a legacy device", legacy_flags, .idle = SPLIT(USED_FLAGS_ZEROED),
	  .legacy = true },
	{ "a legacy queue", legacy_queue, .keeps = SPLIT(USED_FLAGS_ZEROED), .legacy = true },
	{ "no queue", not_enabled, .idle = SPLIT(USED_FLAGS_ZEROED) },
};

static void test_areas(void **state)
{
	(void)state;
	play_all(areas, ROWS(areas));
}

/* ---- The available ring ---- */

#define EVENTS LOW(B(EVENT_IDX)), HIGH(BH(VERSION_1)), RING(4)
#define SMALL  PLAIN, RING(4)

static const struct step fills[] = { SMALL, MOVE(0, 4), USED(0), MOVE(4, 5), END };
static const struct step overfills[] = { SMALL, MOVE(0, 3), MOVE(3, 5), END };
static const struct step goes_back[] = { SMALL, MOVE(0, 3), MOVE(3, 2), END };
static const struct step wraps[] = { SMALL, MOVE(65534, 1), END };
static const struct step liar[] = { SMALL, MOVE(0, 4), USED_AS(9, VS_USED_UNKNOWN), MOVE(4, 6),
				    END };
static const struct step anew[] = {
	SMALL, MOVE(0, 4), W(DEVICE_STATUS, 0), SMALL, MOVE(0, 4), END
};
static const struct step quiet[] = { SMALL, AVAIL_FLAGS(1), BUFFER(1), AVAIL_FLAGS(0), END };
static const struct step odd_flags[] = { SMALL, AVAIL_FLAGS(2), END };
static const struct step event_flags[] = { EVENTS, AVAIL_FLAGS(1), END };
static const struct step event_quiet[] = { EVENTS, BUFFER(1), END };
static const struct step stays[] = { SMALL, MOVE(0, 1), BUFFER(1), USED(0), END };
static const struct step changes[] = { SMALL, BUFFER(1), CHANGED(0), USED(0), END };
static const struct step late[] = { SMALL, BUFFER(1), CHANGED(VS_CHANGED_FIRST), END };
static const struct step entry[] = { SMALL, BUFFER(1), CHANGED(VS_CHANGED_ENTRY | VS_CHANGED_FIRST),
				     END };
static const struct step only_out[] = { SMALL, BUFFER(1), END };
static const struct step spurious[] = { TRIAL(DRIVER_SPLIT_SPURIOUS_INTERRUPT_HARMLESS), LIFE(UP),
					LIFE(SERVED), END };
static const struct step upset[] = { TRIAL(DRIVER_SPLIT_SPURIOUS_INTERRUPT_HARMLESS), LIFE(UP),
				     LIFE(HUNG), END };

static const struct play avail[] = {
	{ "fills, and goes on", fills, .keeps = SPLIT(AVAIL_IDX_FORWARD) },
	{ "overfills", overfills, .breaks = SPLIT(AVAIL_IDX_FORWARD) },
	{ "goes back", goes_back, .breaks = SPLIT(AVAIL_IDX_FORWARD) },
	{ "wraps", wraps, .keeps = SPLIT(AVAIL_IDX_FORWARD) },
	{ "the device lies", liar, .keeps = SPLIT(AVAIL_IDX_FORWARD) },
	{ "after a reset", anew, .keeps = SPLIT(AVAIL_IDX_FORWARD) },
	{ "nothing available", quiet, .idle = SPLIT(AVAIL_IDX_FORWARD) },
	{ "0 and 1", quiet, .keeps = SPLIT(AVAIL_FLAGS) },
	{ "2", odd_flags, .breaks = SPLIT(AVAIL_FLAGS) },
	{ "1 with EVENT_IDX", event_flags, .breaks = SPLIT(AVAIL_FLAGS) },
	{ "0 with EVENT_IDX", event_quiet, .keeps = SPLIT(AVAIL_FLAGS) },
	{ "no buffer, no flags", fills, .idle = SPLIT(AVAIL_FLAGS) },
	{ "stays", stays, .keeps = SPLIT(PUBLISHED_COMPLETE) },
	{ "changes later", changes, .keeps = SPLIT(PUBLISHED_COMPLETE) },
	{ "complete too late", late, .breaks = SPLIT(PUBLISHED_COMPLETE) },
	{ "another entry", entry, .breaks = SPLIT(PUBLISHED_COMPLETE) },
	{ "still out", only_out, .idle = SPLIT(PUBLISHED_COMPLETE) },
	{ "harmless", spurious, .keeps = SPLIT(SPURIOUS_INTERRUPT_HARMLESS) },
	{ "upset", upset, .breaks = SPLIT(SPURIOUS_INTERRUPT_HARMLESS) },
	{ "no trial", stays, .idle = SPLIT(SPURIOUS_INTERRUPT_HARMLESS) },
};

static void test_avail(void **state)
{
	(void)state;
	play_all(avail, ROWS(avail));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_avail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
