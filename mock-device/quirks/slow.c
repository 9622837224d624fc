/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that take time. */
#include "mock-device/quirks/slow.h"

/* The buffer taken longest ago among those not begun; the slot has the serial of the last begun. */
static struct mock_chain *not_begun(const struct mock_layer *q)
{
	struct mock_chain *first = NULL;

	for (unsigned i = 0; i < q->mock->queue_total; i++) {
		struct mock_chain *chain = q->mock->queues[i].taken;

		for (; chain; chain = chain->next) {
			if (chain->serial > q->state[MOCK_SLOW_SLOT] &&
			    (!first || chain->serial < first->serial))
				first = chain;
		}
	}
	return first;
}

/* A reset drops buffers but not timers: then there may be nothing to begin. */
static void begin(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;
	struct mock_chain *chain = not_begun(q);

	(void)mock;
	if (!chain)
		return;
	q->state[MOCK_SLOW_SLOT] = chain->serial;
	mock_op_execute(q->below, chain);
}

void mock_execute_later(struct mock_layer *q, uint64_t ns)
{
	mock_after(q->mock, ns, begin, q);
}

void mock_execute_slowly(struct mock_layer *q, struct mock_chain *chain)
{
	(void)chain;
	mock_execute_later(q, MOCK_SLOW_NS);
}

static void by_value(struct mock_layer *q, struct mock_chain *chain)
{
	(void)chain;
	mock_execute_later(q, (uint64_t)q->value * MOCK_NS_PER_US);
}
MOCK_QUIRK(slow_requests, .kind = MOCK_VARIATION,
	   .says = "a request takes so many microseconds to be carried out", .values = "50 5 400",
	   .ops = { .execute = by_value });
