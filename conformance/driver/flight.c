/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/flight.h"

#include "spec/virtio.h"

void vs_flight_init(struct vs_queue *q)
{
	q->free_first = 0;
	q->free_count = q->size;
	q->flight_first = q->flight_count = 0;
	q->batch = 0;
	for (unsigned i = 0; i < q->size; i++) {
		q->free_list[i] = (uint16_t)i;
		q->chain_len[i] = 0;
	}
}

uint16_t vs_flight_free(struct vs_queue *q)
{
	uint16_t id = q->free_list[q->free_first];

	q->free_first = (uint16_t)((q->free_first + 1) % q->size);
	q->free_count--;
	return id;
}

void vs_flight_give(struct vs_queue *q, uint16_t id)
{
	q->free_list[(q->free_first + q->free_count) % q->size] = id;
	q->free_count++;
}

static bool in_order(const struct vs_queue *q)
{
	return vs_features_has(&q->s->accepted, VIRTIO_F_IN_ORDER);
}

/* The id that left `i` buffers after the oldest. */
static uint16_t flown(const struct vs_queue *q, unsigned i)
{
	return q->flight[(q->flight_first + i) % q->size];
}

void vs_flight_depart(struct vs_queue *q, uint16_t id, uint16_t descriptors)
{
	q->chain_len[id] = descriptors;
	if (in_order(q)) {
		q->flight[(q->flight_first + q->flight_count) % q->size] = id;
		q->flight_count++;
	}
}

void vs_flight_arrive(struct vs_queue *q, uint32_t id, uint32_t len, unsigned most)
{
	q->batch = 1;
	q->batch_end = (struct vs_used){ .id = id, .len = len };
	for (unsigned i = 0; in_order(q) && i < q->flight_count && i < most; i++)
		if (flown(q, i) == id)
			q->batch = (uint16_t)(i + 1);
}

unsigned vs_flight_batch_descriptors(const struct vs_queue *q)
{
	unsigned sum = 0;

	if (q->batch == 1)
		return q->batch_end.id < q->size ? q->chain_len[q->batch_end.id] : 0;
	for (unsigned i = 0; i < q->batch; i++)
		sum += q->chain_len[flown(q, i)];
	return sum;
}

/* Only what is in flight gives descriptors back; anything else is a lie to note. */
static uint16_t settle(struct vs_queue *q, uint32_t id)
{
	uint16_t descriptors = id < q->size ? q->chain_len[id] : 0;

	if (descriptors)
		q->chain_len[id] = 0;
	return descriptors;
}

/*
 * Takes an id out of those in flight. It is the oldest, but for a device that returns one out of
 * order: left in the list, it would be there twice once it leaves again, and the list overflow.
 */
static void strike(struct vs_queue *q, uint32_t id)
{
	unsigned i = 0;

	while (i < q->flight_count && flown(q, i) != id)
		i++;
	if (i == q->flight_count)
		return;
	for (; i > 0; i--)
		q->flight[(q->flight_first + i) % q->size] = flown(q, i - 1);
	q->flight_first = (uint16_t)((q->flight_first + 1) % q->size);
	q->flight_count--;
}

struct vs_landing vs_flight_land(struct vs_queue *q)
{
	struct vs_landing landing = { .used = q->batch_end };

	q->batch--;
	if (q->batch)
		landing.used = (struct vs_used){ .id = flown(q, 0), .unnamed = true };
	landing.descriptors = settle(q, landing.used.id);
	if (landing.descriptors && in_order(q))
		strike(q, landing.used.id);
	return landing;
}
