/* SPDX-License-Identifier: BSD-3-Clause */
#include "monitor/buffers.h"

#include "spec/split_ring.h"

unsigned vs_queue_size(const struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);

	return q ? q->entries : 0;
}

/* Descriptors of a buffer come one after the other, and VS_EVENT_AVAILABLE behind them. */
enum { READABLE, WRITABLE, MISPLACED };

void vs_judge_order(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *state = j->state;

	if (vs_is(seen, VS_EVENT_DESCRIPTOR)) {
		bool writable = seen->event->flags & VIRTQ_DESC_F_WRITE;

		/* What points to a table is no element; its WRITE means nothing. */
		if (seen->event->flags & VIRTQ_DESC_F_INDIRECT)
			return;
		if (!writable && state[WRITABLE] && !state[MISPLACED])
			state[MISPLACED] = seen->event->index + 1u;
		state[writable ? WRITABLE : READABLE]++;
		return;
	}
	if (state[READABLE] && state[WRITABLE])
		vs_keep(j, !state[MISPLACED], "readable elements before writable ones",
			"queue %d, buffer %u: element %u is readable", seen->queue,
			seen->event->index, (unsigned)state[MISPLACED] - 1);
	state[READABLE] = state[WRITABLE] = state[MISPLACED] = 0;
}

void vs_judge_indirect(struct vs_judge *j, const struct vs_seen *seen)
{
	bool negotiated = vs_model_negotiated(j->model, VIRTIO_F_INDIRECT_DESC);
	bool indirect = seen->event->flags & VIRTQ_DESC_F_INDIRECT;

	if (vs_in_table(seen) || (negotiated && !indirect))
		return;
	vs_keep(j, !indirect || negotiated, "no INDIRECT without INDIRECT_DESC",
		"queue %d, place %u: flags %#x", seen->queue,
		VS_DESCRIPTOR_PLACE(seen->event->value), seen->event->flags);
}

void vs_judge_alignment(struct vs_judge *j, const struct vs_seen *seen, const unsigned align[3])
{
	static const char *const area[] = { "descriptor area", "driver area", "device area" };
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);

	if (!q || !seen->whole || !vs_writes(seen, VS_QUEUE_ENABLE) || !(seen->event->value & 1))
		return;
	for (unsigned i = 0; i < 3; i++)
		if (q->written & VS_BIT(VS_QUEUE_DESC + i))
			vs_keep(j, q->address[i] % align[i] == 0, "an aligned address",
				"queue %d: %s at %#" PRIx64 ", not a multiple of %u", seen->queue,
				area[i], q->address[i], align[i]);
}
