/* SPDX-License-Identifier: BSD-3-Clause */
/* The watch over memory that nobody gave to the device, on a bus that shares memory or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/queue.h"

#define SIZE 4u

static uint8_t host[16384], behind[16384], shadow[16384]; /* behind: as the device sees it */
static struct vs_bus bus;
static struct vs_bus_ops ops;
static struct vs_session s;
static struct vs_queue q;
static uint8_t *buffer;

static uint64_t now(struct vs_bus *b)
{
	(void)b;
	return 0;
}

static int pull(struct vs_bus *b, size_t offset, size_t size)
{
	(void)b;
	memcpy(host + offset, behind + offset, size);
	return 0;
}

static int push(struct vs_bus *b, size_t offset, size_t size)
{
	(void)b;
	memcpy(behind + offset, host + offset, size);
	return 0;
}

static void start(bool shared)
{
	memset(host, 0x11, sizeof(host));
	memset(behind, 0x22, sizeof(behind));
	ops = (struct vs_bus_ops){ .name = "none", .now = now };
	if (!shared) {
		ops.pull = pull;
		ops.push = push;
	}
	bus = (struct vs_bus){ .ops = &ops, .shadow = shadow };
	bus.dma = (struct vs_dma){ host, 0x100000, sizeof(host) };
	vs_session_open(&s, &bus, NULL);
	q = (struct vs_queue){ .s = &s, .ring = &vs_split_ring, .index = 7, .size = SIZE };
	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		q.area[i] = vs_dma_alloc(&s, q.ring->area_size(&q, i), q.ring->area_align(i));
	s.queues = &q;
	s.queue_count = 1;
	buffer = vs_dma_alloc(&s, 100, 16);
	assert_non_null(buffer);
}

static int begin_shared(void **state)
{
	(void)state;
	start(true);
	return 0;
}

static int begin_apart(void **state)
{
	(void)state;
	start(false);
	return 0;
}

static int end(void **state)
{
	(void)state;
	vs_session_close(&s);
	return 0;
}

static void device_writes(const uint8_t *at)
{
	uint8_t *memory = bus.ops->pull ? behind : host;

	memory[at - host] ^= 0x40;
}

static void look(const char *where, const char *text)
{
	vs_guard_look(&s);
	assert_int_equal(s.breach.found, where != NULL);
	if (where) {
		assert_string_equal(s.breach.where, where);
		assert_non_null(strstr(s.breach.text, text));
	}
}

static void test_own_memory(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		device_writes(buffer + i);
	for (unsigned i = 0; i < q.ring->area_size(&q, VS_AREA_DEVICE); i++)
		device_writes(q.area[VS_AREA_DEVICE] + i);
	look(NULL, NULL);
}

static void test_behind(void **state)
{
	(void)state;
	device_writes(buffer + 100);
	look("buffer of 100 bytes", "1 byte(s) changed, from address");
}

static void test_end_of_zone(void **state)
{
	(void)state;
	device_writes(buffer + 100 + VS_GUARD_SIZE - 1);
	look("buffer of 100 bytes", "(63 behind its end)");
}

static void test_before(void **state)
{
	(void)state;
	device_writes(buffer - 2);
	look("buffer of 100 bytes", "(2 before it)");
}

static void test_first_byte(void **state)
{
	(void)state;
	device_writes(host);
	look("descriptor area of queue 7", "(64 before it)");
}

static void test_areas(void **state)
{
	(void)state;
	device_writes(q.area[VS_AREA_DRIVER] + 1);
	look("driver area of queue 7", "(byte 1 of it)");
}

static void test_driver_writes(void **state)
{
	(void)state;
	q.area[VS_AREA_DESC][5] = 1;
	vs_bus_push(&bus, q.area[VS_AREA_DESC] + 5, 1);
	look(NULL, NULL);
	device_writes(q.area[VS_AREA_DESC] + 5);
	look("descriptor area of queue 7", "(byte 5 of it)");
}

/* What was found stays found when memory is handed out once more, within a session or after it. */
static void test_lasts(void **state)
{
	(void)state;
	device_writes(buffer + 101);
	assert_non_null(vs_dma_alloc(&s, 8, 2));
	vs_session_renew(&s, (struct vs_setup){ 0 });
	assert_non_null(vs_dma_alloc(&s, 8, 2));
	look("buffer of 100 bytes", "(1 behind its end)");
}

static void test_no_room(void **state)
{
	(void)state;
	assert_null(vs_dma_alloc(&s, sizeof(host) - s.dma_used - VS_GUARD_SIZE, 1));
	assert_null(vs_dma_alloc(&s, SIZE_MAX, 1));
	assert_null(vs_dma_alloc(&s, 1, sizeof(host)));
	assert_non_null(vs_dma_alloc(&s, sizeof(host) - s.dma_used - (size_t)2 * VS_GUARD_SIZE, 1));
	look(NULL, NULL);
}

#define BOTH(test)                                                \
	cmocka_unit_test_setup_teardown(test, begin_shared, end), \
		cmocka_unit_test_setup_teardown(test, begin_apart, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_own_memory), BOTH(test_behind),        BOTH(test_end_of_zone),
		BOTH(test_before),     BOTH(test_first_byte),    BOTH(test_areas),
		BOTH(test_lasts),      BOTH(test_driver_writes), BOTH(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
