/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue of the reference driver in plain memory, without a device: the test plays it by hand. */
#ifndef RING_FIXTURE_H
#define RING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/queue.h"
#include "spec/byteorder.h"
#include "spec/virtio.h"

#define SIZE 8u

struct ring_fixture {
	uint64_t memory[8192];
	struct vs_bus bus;
	struct vs_bus_ops ops;
	struct vs_session s;
	struct vs_queue q;
	uint16_t lists[VS_QUEUE_LISTS * SIZE];
};

static struct ring_fixture f;

static uint64_t ring_now(struct vs_bus *bus)
{
	(void)bus;
	return 0;
}

static inline void ring_open(const struct vs_ring_ops *ring)
{
	memset(&f, 0, sizeof(f));
	f.ops = (struct vs_bus_ops){ .name = "none", .now = ring_now };
	f.bus = (struct vs_bus){ .ops = &f.ops };
	f.bus.dma = (struct vs_dma){ (uint8_t *)f.memory, 0x100000, sizeof(f.memory) };
	vs_session_open(&f.s, &f.bus, NULL);
	f.q = (struct vs_queue){ .s = &f.s, .ring = ring, .size = SIZE };
	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		f.q.area[i] = vs_dma_alloc(&f.s, ring->area_size(&f.q, i), ring->area_align(i));
	f.q.free_list = f.lists;
	f.q.chain_len = f.lists + SIZE;
	f.q.chain_next = f.lists + (size_t)2 * SIZE;
	f.q.flight = f.lists + (size_t)3 * SIZE;
	ring->init(&f.q);
}

static inline void ring_close(void)
{
	vs_session_close(&f.s);
}

/* A buffer of so many elements of four bytes, all but the first writable. */
static inline int ring_offer(unsigned count, bool indirect)
{
	uint8_t *buffer = vs_dma_alloc(&f.s, 16, 1);
	struct vs_element elements[SIZE + 1];

	for (unsigned i = 0; i < count; i++)
		elements[i] = (struct vs_element){ buffer, 4, i > 0 };
	return f.q.ring->offer(&f.q, elements, count, indirect);
}

#endif
