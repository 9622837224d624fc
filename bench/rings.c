/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/rings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/clock.h"
#include "bus/way.h"
#include "driver/queue.h"
#include "driver/request.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"

#define ROUNDS    5u
#define REQUESTS  (UINT32_C(1) << 17) /* in a round */
#define DEPTH_MAX 128u
#define ENTRIES   512u /* of a queue: two descriptors a request, and room */

#define TARGET "mock:blk,ring=packed,quirk=queue-size=1024"

/* What the floor touches: rings and buffers as large as the queue's. */
struct floor_memory {
	uint8_t desc[ENTRIES * VIRTQ_DESC_SIZE], avail[VIRTQ_AVAIL_SIZE(ENTRIES)],
		used[VIRTQ_USED_SIZE(ENTRIES) + 2];
	uint8_t out[DEPTH_MAX][16], in[DEPTH_MAX][513];
	uint8_t disk[16][512];
	uint8_t header[16];
};

/*
 * The bytes that a request moves, and the barriers that order them, without anything that is looked
 * up or checked: two descriptors, an entry of each ring and its index, the header, the sector.
 */
static void floor_request(struct floor_memory *m, uint32_t i, uint32_t slot)
{
	uint8_t *desc = m->desc + (size_t)(2 * slot) * VIRTQ_DESC_SIZE;
	uint8_t read[2 * VIRTQ_DESC_SIZE];
	uint32_t used[2] = { 2 * slot, 513 };
	uint16_t idx = (uint16_t)i;

	memset(desc, (int)slot, sizeof(read));
	memcpy(m->avail + VIRTQ_AVAIL_RING(i % ENTRIES), &idx, sizeof(idx));
	vs_ring_barrier();
	memcpy(m->avail + VIRTQ_AVAIL_IDX, &idx, sizeof(idx));
	vs_ring_barrier();
	memcpy(read, desc, sizeof(read));
	memcpy(m->header, m->out[slot], sizeof(m->header));
	memcpy(m->in[slot], m->disk[read[0] % 16], 512);
	m->in[slot][512] = 0;
	memcpy(m->used + VIRTQ_USED_RING((size_t)(i % ENTRIES)), used, sizeof(used));
	vs_ring_barrier();
	memcpy(m->used + VIRTQ_USED_IDX, &idx, sizeof(idx));
	vs_ring_barrier();
	memcpy(used, m->used + VIRTQ_USED_RING((size_t)(i % ENTRIES)), sizeof(used));
	__asm__ volatile("" : : "r"(m), "r"(used[1]) : "memory");
}

static double floor_rate(uint32_t depth)
{
	struct floor_memory *m = calloc(1, sizeof(*m));
	double since = bench_seconds();

	if (!m)
		return 0;
	for (uint32_t i = 0; i < REQUESTS; i++)
		floor_request(m, i, i % depth);
	free(m);
	return REQUESTS / (bench_seconds() - since);
}

/* Sends as many as may be in flight, waits for all of them, and so on. */
static int serve(struct vs_queue *q, struct vs_request *requests, uint32_t depth)
{
	for (uint32_t done = 0; done < REQUESTS;) {
		struct vs_used used;
		uint32_t sent = 0, back = 0;

		while (sent < depth) {
			struct vs_request *r = &requests[sent];

			if (q->ring->offer(q, r->elements, r->count, false) < 0)
				return -1;
			sent++;
		}
		if (q->ring->wants_notification(q))
			vs_queue_notify(q);
		for (; back < sent; back++)
			if (!vs_queue_wait(q, &used))
				return -1;
		done += sent;
	}
	return 0;
}

static double ring_rate(enum vs_view view, uint32_t depth)
{
	static struct vs_request requests[DEPTH_MAX];
	const struct vs_bus_options options = { 0 };
	char error[256] = "";
	struct vs_bus *bus = vs_bus_open(TARGET, &options, error, sizeof(error));
	struct vs_function fn;
	struct vs_session s;
	double rate = 0, since;

	if (!bus || vs_function_read(bus, &fn, false))
		return 0;
	vs_session_open(&s, bus, &fn);
	s.view = view;
	s.setup.queue_size = ENTRIES;
	if (vs_session_advance(&s, VS_STAGE_LIVE) == 0) {
		for (uint32_t i = 0; i < depth; i++)
			vs_request_make(&s, &requests[i]);
		since = bench_seconds();
		if (serve(requests[0].q, requests, depth) == 0)
			rate = REQUESTS / (bench_seconds() - since);
	}
	vs_session_close(&s);
	vs_bus_close(bus);
	return rate;
}

int bench_rings(void)
{
	static const uint32_t depths[] = { 1, DEPTH_MAX };
	static const char *const names[] = {
		[VS_VIEW_MODERN] = "split", [VS_VIEW_PACKED] = "packed"
	};

	printf("mock:blk, reads of a sector, driver and device in one thread\n");
	for (size_t d = 0; d < sizeof(depths) / sizeof(depths[0]); d++) {
		for (unsigned view = VS_VIEW_MODERN; view <= VS_VIEW_PACKED; view++) {
			double rates[ROUNDS], floors[ROUNDS], ratios[ROUNDS];

			for (unsigned i = 0; i < ROUNDS; i++) {
				rates[i] = ring_rate(view, depths[d]);
				floors[i] = floor_rate(depths[d]);
				if (rates[i] <= 0 || floors[i] <= 0) {
					fprintf(stderr,
						"virtspec-bench: %s ring: no request was served\n",
						names[view]);
					return -1;
				}
				ratios[i] = floors[i] / rates[i];
			}
			printf("  %-6s ring, %3u in flight: %.2f M requests/s, %.1f times the time "
			       "of "
			       "plain copies\n",
			       names[view], depths[d], bench_median(rates, ROUNDS) / 1e6,
			       bench_median(ratios, ROUNDS));
		}
	}
	return 0;
}
