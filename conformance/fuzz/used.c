/* SPDX-License-Identifier: BSD-3-Clause */
/* Used buffers, judged as long as the driver made no mistake. */
#include "driver/split.h"
#include "fuzz/world.h"
#include "spec/virtio.h"

void vs_fuzz_bend(struct vs_fuzz_world *w, unsigned slot)
{
	if (w->tracks)
		w->tracks[slot].bent = true;
}

void vs_fuzz_departed(struct vs_fuzz_world *w, unsigned slot, int id, uint32_t writable)
{
	struct vs_fuzz_track *track = &w->tracks[slot];

	track->out[id] = true;
	track->benign[id] = false;
	track->writable[id] = writable;
}

static unsigned in_flight(const struct vs_fuzz_track *track, const struct vs_queue *q)
{
	unsigned count = 0;

	for (unsigned i = 0; i < q->size; i++)
		count += track->out[i];
	return count;
}

/* Rings tell of the device, bent or not. */
static void note(struct vs_fuzz_world *w, const struct vs_queue *q, uint64_t what, uint64_t value)
{
	if (w->seen)
		vs_fuzz_see(w->seen, vs_mix64(UINT64_C(0x5eed0000) +
					      (what << 40 | (uint64_t)w->s.view << 56 |
					       (uint64_t)(q->index & 3) << 32) +
					      vs_fuzz_class(value)));
}

/* One used buffer; false when it cannot be. */
static bool judge(struct vs_fuzz_world *w, struct vs_queue *q, struct vs_fuzz_track *track,
		  const struct vs_used *used)
{
	if (used->id >= q->size || !track->out[used->id]) {
		vs_fuzz_find(w, VS_FUZZ_RING, "used id",
			     "queue %u: a used buffer has id %u, which is not in flight", q->index,
			     used->id);
		return false;
	}
	if (!used->unnamed && used->len > track->writable[used->id]) {
		vs_fuzz_find(w, VS_FUZZ_RING,
			     track->benign[used->id] ? "used length of a request" : "used length",
			     "queue %u: used length %u of a buffer with %u writable bytes",
			     q->index, used->len, track->writable[used->id]);
		return false;
	}
	note(w, q, 1, used->len);
	track->out[used->id] = false;
	track->waiting -= track->benign[used->id];
	return true;
}

void vs_fuzz_collect(struct vs_fuzz_world *w, unsigned slot)
{
	struct vs_queue *q = &w->s.queues[slot];
	struct vs_fuzz_track *track = w->tracks ? &w->tracks[slot] : NULL;
	bool split = q->ring == &vs_split_ring;
	struct vs_used used;
	unsigned ahead;

	if (!track)
		return;
	ahead = split ? (uint16_t)(vs_split_used_idx(q) - q->used_idx) : 0;
	if (w->dirty || w->blind || track->bent || track->halted) {
		note(w, q, 2, ahead);
		return;
	}
	if (!q->batch && ahead > in_flight(track, q)) {
		vs_fuzz_find(w, VS_FUZZ_RING, "used index",
			     "queue %u: the used index is %u ahead, with %u buffers in flight",
			     q->index, ahead, in_flight(track, q));
		return;
	}
	for (unsigned i = 0; i <= q->size && q->ring->take(q, &used); i++)
		if (!judge(w, q, track, &used))
			return;
}

static bool came_back(struct vs_fuzz_world *w, unsigned slot)
{
	vs_fuzz_collect(w, slot);
	return w->finding.oracle != VS_FUZZ_FINE || w->tracks[slot].waiting == 0 ||
	       vs_status(&w->s) & VIRTIO_STATUS_NEEDS_RESET;
}

/* A device may give up over one queue, and where there is no DEVICE_NEEDS_RESET it does not say so.
 */
bool vs_fuzz_may_have_given_up(const struct vs_fuzz_world *w)
{
	for (unsigned i = 0; i < w->s.queue_count; i++)
		if (w->tracks[i].bent || (w->tracks[i].mixed && w->s.view == VS_VIEW_LEGACY))
			return true;
	return w->dirty || w->blind;
}

void vs_fuzz_await(struct vs_fuzz_world *w)
{
	if (!w->tracks || w->s.stage != VS_STAGE_LIVE)
		return;
	for (unsigned i = 0; i < w->s.queue_count; i++) {
		const struct vs_fuzz_track *track = &w->tracks[i];

		vs_fuzz_collect(w, i);
		if (w->finding.oracle != VS_FUZZ_FINE || vs_fuzz_may_have_given_up(w))
			return;
		if (track->halted || track->mixed || !track->waiting)
			continue;
		if (!vs_wait_until(&w->s, came_back(w, i)))
			vs_fuzz_find(w, VS_FUZZ_STALLED, "request",
				     "queue %u: %u benign request(s) were not used in time",
				     w->s.queues[i].index, track->waiting);
	}
}
