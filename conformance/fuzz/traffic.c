/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps that use virtqueues as drivers do. What buffers hold may mean anything. */
#include "driver/native.h"
#include "fuzz/steps.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

#define OFTEN  512u /* notifications of one step, at the most */
#define PIECES 4u   /* elements that one part of a buffer is cut in, at the most */

/* Whether the driver may offer buffers; if not, what it does is a mistake. */
static bool may_offer(const struct vs_fuzz_world *w, unsigned slot)
{
	return w->s.stage == VS_STAGE_LIVE && !w->tracks[slot].halted;
}

VS_FUZZ_STEP(request)
{
	struct vs_request request;
	unsigned slot;

	(void)step;
	if (!w->tracks || !vs_request_kind(w->fn.type) || vs_request_make(&w->s, &request) ||
	    request.count > request.q->size)
		return;
	slot = (unsigned)(request.q - w->s.queues);
	if (!may_offer(w, slot))
		vs_fuzz_bend(w, slot);
	w->trusted = true;
	if (vs_request_send(&request) == 0) {
		vs_fuzz_departed(w, slot, request.id, request.in ? request.kind->in_size : 0);
		w->tracks[slot].benign[request.id] = true;
		w->tracks[slot].waiting++;
	}
	w->trusted = false;
	vs_fuzz_saw(w, step, "sent", request.id >= 0);
}

/* One part of a buffer, cut in pieces. What does not lie in one block of ours is left out. */
static unsigned cut(struct vs_fuzz_world *w, struct vs_fuzz_arg at, uint64_t length,
		    uint64_t pieces, bool writable, struct vs_element *elements)
{
	uint8_t *memory;
	uint32_t piece, done = 0;
	unsigned count = 0;

	if (length == 0 || length > VS_FUZZ_BUFFER_SIZE || at.base != VS_FUZZ_BUFFER ||
	    at.value > VS_FUZZ_BUFFER_SIZE - length)
		return 0;
	memory = vs_fuzz_memory(w, at, length);
	if (!memory)
		return 0;
	pieces = pieces < 1 ? 1 : pieces > PIECES ? PIECES : pieces;
	piece = (uint32_t)(length / pieces);
	while (done < length) {
		bool last = count + 1 == pieces || piece == 0;
		uint32_t size = last ? (uint32_t)length - done : piece;

		elements[count++] = (struct vs_element){ memory + done, size, writable };
		done += size;
	}
	return count;
}

VS_FUZZ_STEP(chain)
{
	const struct vs_fuzz_arg *args = step->args;
	struct vs_element elements[2 * PIECES];
	unsigned slot, count, readable;
	struct vs_queue *q = vs_fuzz_queue(w, args[0], &slot);
	bool indirect = args[6].value && vs_features_has(&w->s.accepted, VIRTIO_F_INDIRECT_DESC);
	int id;

	if (!q)
		return;
	readable = count = cut(w, args[1], args[2].value, args[5].value, false, elements);
	count += cut(w, args[3], args[4].value, args[5].value, true, elements + count);
	if (!count || count > q->size)
		return;
	if (!may_offer(w, slot))
		vs_fuzz_bend(w, slot);
	w->trusted = true;
	id = q->ring->offer(q, elements, count, indirect);
	w->trusted = false;
	if (id < 0)
		return;
	vs_fuzz_departed(w, slot, id, count > readable ? (uint32_t)args[4].value : 0);
	w->tracks[slot].mixed = true;
}

VS_FUZZ_STEP(notify)
{
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], NULL);

	if (!q)
		return;
	vs_queue_notify(q);
	vs_relax(&w->s);
}

VS_FUZZ_STEP(notify_often)
{
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], NULL);

	for (uint64_t i = 0; q && i < step->args[1].value && i < OFTEN; i++)
		vs_queue_notify(q);
}

VS_FUZZ_STEP(collect)
{
	unsigned slot;

	if (vs_fuzz_queue(w, step->args[0], &slot))
		vs_fuzz_collect(w, slot);
}

/* Which interrupts, and where from, the driver asks for. */
VS_FUZZ_STEP(events)
{
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], NULL);
	uint16_t flags = (uint16_t)step->args[1].value, event = (uint16_t)step->args[2].value;
	uint8_t *area;

	if (!q)
		return;
	area = q->area[VS_AREA_DRIVER];
	if (q->ring == &vs_packed_ring) {
		vs_ring_store16(&w->s, area + VIRTQ_EVENT_DESC, event);
		vs_ring_store16(&w->s, area + VIRTQ_EVENT_FLAGS, flags);
	} else {
		vs_ring_store16(&w->s, area + VIRTQ_AVAIL_FLAGS, flags);
		vs_ring_store16(&w->s, area + VIRTQ_AVAIL_USED_EVENT(q->size), event);
	}
}

static bool has_queue_reset(const struct vs_fuzz_world *w)
{
	return w->s.stage == VS_STAGE_LIVE &&
	       vs_features_has(&w->s.accepted, VIRTIO_F_RING_RESET) &&
	       vs_has_field(&w->s, VS_QUEUE_RESET);
}

VS_FUZZ_STEP(queue_reset)
{
	unsigned slot;
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], &slot);

	if (!q || !has_queue_reset(w))
		return;
	vs_queue_set(&w->s, q->index, VS_QUEUE_RESET, 1);
	if (w->dirty || w->tracks[slot].bent) {
		vs_fuzz_saw(w, step, "queue_reset", vs_get(&w->s, VS_QUEUE_RESET));
		return;
	}
	if (!vs_wait_until(&w->s, vs_get(&w->s, VS_QUEUE_RESET) == 0))
		vs_fuzz_find(w, VS_FUZZ_STALLED, "queue_reset", "queue_reset stays %u",
			     (unsigned)vs_get(&w->s, VS_QUEUE_RESET));
	w->tracks[slot].halted = true;
}

VS_FUZZ_STEP(queue_restart)
{
	unsigned slot;
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], &slot);
	struct vs_fuzz_track *track;

	if (!q || !has_queue_reset(w))
		return;
	track = &w->tracks[slot];
	if (!track->halted) {
		vs_fuzz_bend(w, slot);
		w->blind = true;
	}
	if (vs_queue_restart(q))
		w->dirty = true;
	track->halted = track->mixed = false;
	track->waiting = 0;
	for (unsigned i = 0; i < q->size; i++)
		track->out[i] = track->benign[i] = false;
}

/* Widths of the fields behind one another, by kind of step: the layouts of chapter 5. */
static const struct {
	const char *name;
	uint8_t widths[VS_FUZZ_ARGS];
} headers[] = {
	{ "blk-header", { 4, 0x84, 8 } }, /* type, a reserved field, sector */
	{ "blk-range", { 8, 4, 4 } },     { "net-header", { 1, 1, 2, 2, 2, 2, 2 } },
	{ "net-command", { 1, 1, 8 } },   { "console-command", { 4, 2, 2 } },
};

#define GAP 0x80u /* a field that no argument fills */

VS_FUZZ_STEP(header)
{
	const char *name = vs_fuzz_kinds[step->kind].name;
	struct vs_fuzz_arg at = step->args[0];
	unsigned arg = 1;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		for (unsigned j = 0; headers[i].name == name && headers[i].widths[j]; j++) {
			unsigned width = headers[i].widths[j] & ~GAP;
			bool gap = headers[i].widths[j] & GAP;

			vs_fuzz_store(w, at, width, gap ? 0 : step->args[arg].value);
			arg += !gap;
			at.value += width;
		}
	}
}
