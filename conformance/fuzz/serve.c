/* SPDX-License-Identifier: BSD-3-Clause */
/* A benign request, there and back, with an interrupt: what a device that works does. */
#include "driver/interrupt.h"
#include "driver/split.h"
#include "fuzz/steps.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* Whether the device told of what it has used. */
static bool heard(struct vs_session *s)
{
	if (s->msix_enabled)
		return vs_msix_arrived(s, s->queue_vector);
	return s->isr && vs_isr(s) & VIRTIO_ISR_QUEUE;
}

/* Asks for the next interrupt, whatever was asked for before, and forgets those that came. */
static void listen(struct vs_queue *q)
{
	if (q->ring == &vs_split_ring)
		vs_ring_store16(q->s, q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_FLAGS, 0);
	q->ring->interrupts(q, true);
	heard(q->s);
}

void vs_fuzz_serve(struct vs_fuzz_world *w, enum vs_fuzz_oracle oracle, const char *when)
{
	struct vs_session *s = &w->s;
	struct vs_request request;
	bool told = s->msix_enabled ? w->usual[s->view].messages : w->usual[s->view].interrupts;

	w->served = vs_request_kind(w->fn.type) == NULL;
	if (w->served || (!w->probing && !w->usual[s->view].serves))
		return;
	w->trusted = true;
	w->served = vs_request_make(s, &request) == 0;
	if (w->served && request.count <= request.q->size) {
		listen(request.q);
		w->served = w->answered = vs_request_return(&request) == 0;
	}
	w->trusted = false;
	if (!w->served)
		vs_fuzz_find(w, oracle, s->trouble.text, "%s: %s", when, s->trouble.text);
	if (!w->answered || !(w->probing || told))
		return;
	w->interrupted = vs_wait_until(s, heard(s));
	if (!w->interrupted)
		vs_fuzz_find(w, VS_FUZZ_STALLED, "no interrupt",
			     "%s: a benign request (%s) is used without an interrupt", when,
			     request.kind->what);
}

/* Only where nothing that came before excuses a device that does not serve. */
VS_FUZZ_STEP(serve)
{
	const struct vs_request_kind *kind = vs_request_kind(w->fn.type);
	int index = kind ? vs_request_queue(&w->s, kind, 0) : -1;
	struct vs_queue *q = index < 0 ? NULL : vs_queue_of(&w->s, (uint16_t)index);
	struct vs_fuzz_track *track;

	if (!q || !w->tracks || w->s.stage != VS_STAGE_LIVE || vs_fuzz_may_have_given_up(w))
		return;
	track = &w->tracks[q - w->s.queues];
	vs_fuzz_collect(w, (unsigned)(q - w->s.queues));
	if (track->halted || track->mixed || track->waiting || w->mapped ||
	    w->finding.oracle != VS_FUZZ_FINE || vs_status(&w->s) & VIRTIO_STATUS_NEEDS_RESET)
		return;
	w->answered = w->interrupted = false;
	vs_fuzz_serve(w, VS_FUZZ_STALLED, "on a live device");
	vs_fuzz_saw(w, step, "served", w->answered);
}
