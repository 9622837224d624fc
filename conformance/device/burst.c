/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/burst.h"

/* Before a device is notified once more: some milliseconds at the most. */
#define LOOKS 48u

void vs_send_burst(struct vs_ctx *t, struct vs_burst *burst)
{
	struct vs_queue *q;

	*burst = (struct vs_burst){ .count = 0 };
	do {
		vs_make_request(t, &burst->request[burst->count++]);
	} while (burst->count < VS_BURST_MAX &&
		 (burst->count + 1) * burst->request[0].count <= burst->request[0].q->size);
	vs_mark_burst(t, burst);
	q = burst->request[0].q;
	q->ring->interrupts(q, true);
	for (unsigned i = 0; i < burst->count; i++)
		vs_send_request(t, &burst->request[i]);
}

unsigned vs_take_burst(struct vs_burst *burst)
{
	struct vs_queue *q = burst->request[0].q;
	struct vs_used used;

	while (burst->used < burst->count && q->ring->take(q, &used)) {
		burst->used++;
		for (unsigned i = 0; i < burst->count; i++)
			if ((uint32_t)burst->request[i].id == used.id)
				burst->back[i] = true;
	}
	return burst->used;
}

bool vs_burst_begun(struct vs_ctx *t, const struct vs_burst *burst)
{
	for (unsigned i = 0; i < burst->count; i++) {
		const struct vs_request *request = &burst->request[i];

		if (!burst->back[i] && request->in &&
		    !vs_is_marked(t, request->in, request->kind->in_size))
			return true;
	}
	return false;
}

void vs_mark_burst(struct vs_ctx *t, struct vs_burst *burst)
{
	for (unsigned i = 0; i < burst->count; i++)
		if (burst->request[i].in)
			vs_mark(t, burst->request[i].in, burst->request[i].kind->in_size);
}

bool vs_is_burst_marked(struct vs_ctx *t, const struct vs_burst *burst)
{
	for (unsigned i = 0; i < burst->count; i++)
		if (burst->request[i].in &&
		    !vs_is_marked(t, burst->request[i].in, burst->request[i].kind->in_size))
			return false;
	return true;
}

bool vs_served(struct vs_ctx *t, struct vs_used *used)
{
	struct vs_request request;
	struct vs_queue *q;
	bool taken = false;

	vs_make_request(t, &request);
	q = request.q;
	q->ring->interrupts(q, true);
	vs_send_request(t, &request);
	for (unsigned i = 0; i < LOOKS && !taken; i++) {
		taken = q->ring->take(q, used);
		if (!taken)
			vs_relax(t->s);
	}
	if (!taken) {
		vs_queue_notify(q);
		taken = vs_queue_wait(q, used);
	}
	return taken && used->id == (uint32_t)request.id;
}
