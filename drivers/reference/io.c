/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests on their way to the device and back (5.1.6, 5.2.6, 5.3.6, 5.4.6). */
#include <stdlib.h>
#include <string.h>

#include "driver/native.h"
#include "drivers/reference/life.h"
#include "drivers/reference/requests.h"

/* After so many looks in vain the status is looked at as well: interrupts get lost. */
#define STATUS_LOOKS 50u

void ref_recall(struct ref_life *life, const struct vs_queue *q)
{
	for (unsigned i = 0; i < REF_SLOTS; i++) {
		struct ref_slot *slot = &life->slots[i];

		if (slot->id < 0 || (q && slot->q != q))
			continue;
		slot->id = -1;
		if (slot->job) {
			slot->job->out--;
			slot->job->issued = 0;
			slot->job->whole = false;
		}
		slot->job = NULL;
	}
}

void ref_notify(struct ref_life *life, struct vs_queue *q)
{
	struct lapse_run *run = &life->lapse;
	bool wanted;

	lapse_moment(run, LAPSE_AT_NOTIFY, q);
	wanted = q->ring->wants_notification(q);
	if (run->lapse && run->lapse->notify)
		wanted = run->lapse->notify(run, wanted);
	if (wanted)
		vs_queue_notify(q);
	lapse_moment(run, LAPSE_AT_FLIGHT, q);
}

/* Whether the queue has buffers that nobody was notified of. */
static bool has_news(const struct vs_queue *q)
{
	return q->ring == &vs_packed_ring ? q->slots_new != 0 : q->avail_idx != q->notified_idx;
}

static void notify_all(struct ref_life *life)
{
	struct vs_session *s = &life->s;

	for (unsigned i = 0; i < s->queue_count && life->state == REF_LIVE; i++)
		if (has_news(&s->queues[i]))
			ref_notify(life, &s->queues[i]);
}

void ref_stock(struct ref_life *life)
{
	struct vs_queue *q = life->s.queues;
	unsigned with = 0;

	if (!ref_receives(life) || life->state != REF_LIVE || life->needs_reset)
		return;
	for (unsigned i = 0; i < REF_SLOTS; i++)
		with += life->slots[i].id >= 0 && life->slots[i].q == q;
	for (; with < REF_RECEIVING; with++) {
		struct ref_slot *slot = ref_slot_free(life);

		if (!slot)
			break;
		ref_fill_receive(life, slot, q);
		if (ref_slot_send(life, slot))
			break;
	}
	notify_all(life);
}

static struct ref_slot *slot_of(struct ref_life *life, const struct vs_queue *q, uint32_t id)
{
	for (unsigned i = 0; i < REF_SLOTS; i++)
		if (life->slots[i].id >= 0 && life->slots[i].q == q &&
		    (uint32_t)life->slots[i].id == id)
			return &life->slots[i];
	return NULL;
}

/* The device gave a buffer back. Whether it was one of ours. */
static bool land(struct ref_life *life, struct vs_queue *q, const struct vs_used *used)
{
	struct ref_slot *slot = slot_of(life, q, used->id);
	uint32_t len;

	if (!slot)
		return false;
	slot->id = -1;
	/* Of buffers that are used along with a later one no length is known. */
	len = used->unnamed ? slot->writable : used->len;
	if (slot->job)
		ref_finish(life, slot, len);
	else
		ref_arrive(life, slot, len);
	return true;
}

static void ask_for_interrupts(struct ref_life *life, struct vs_queue *q, bool wanted)
{
	struct lapse_run *run = &life->lapse;

	run->q = q;
	if (run->lapse && run->lapse->interrupts)
		run->lapse->interrupts(run, wanted);
	else
		lapse_ordinary_interrupts(run, wanted);
}

/* Without interrupts while there is something to take, and another look after they are back. */
static bool collect_queue(struct ref_life *life, struct vs_queue *q)
{
	struct vs_used used;
	bool ours = true;

	for (unsigned round = 0; round < 2 && ours && q->ring->pending(q); round++) {
		ask_for_interrupts(life, q, false);
		for (unsigned i = 0; i < q->size && ours && q->ring->take(q, &used); i++)
			ours = land(life, q, &used);
		ask_for_interrupts(life, q, true);
	}
	return ours;
}

void ref_collect(struct ref_life *life)
{
	struct vs_session *s = &life->s;

	for (unsigned i = 0; i < s->queue_count && life->state == REF_LIVE; i++)
		if (!collect_queue(life, &s->queues[i]))
			ref_give_up(life, "the device used a buffer that it did not have");
}

/* As much of the request as there is room for. */
static void issue(struct ref_life *life, struct ref_job *job, unsigned number)
{
	while (!job->whole && !job->over) {
		struct ref_slot *slot = ref_slot_free(life);
		size_t size;
		int result;

		if (!slot)
			return;
		size = ref_fill(life, slot, job, number);
		result = size || job->request->size == 0 ? ref_slot_send(life, slot) : -1;
		if (result < 0) {
			job->failed = job->whole = true;
			job->over = job->out == 0;
		}
		if (result) {
			slot->job = NULL;
			return;
		}
		job->out++;
		job->issued += size;
		job->whole = job->issued >= job->request->size || !ref_in_pieces(job->request);
	}
}

/* One round: what is new goes out, what is done comes in. How many are not over yet. */
static unsigned turn(struct ref_life *life, struct ref_job *jobs, unsigned count)
{
	unsigned left = 0;

	for (unsigned i = 0; i < count && life->state == REF_LIVE; i++) {
		if (ref_is_receive(jobs[i].request))
			ref_deliver(life, &jobs[i]);
		else
			issue(life, &jobs[i], i);
	}
	notify_all(life);
	if (life->state == REF_LIVE && life->lapse.moment != LAPSE_AT_FLIGHT)
		life->lapse.moment = LAPSE_AT_FLIGHT;
	ref_collect(life);
	ref_stock(life);
	for (unsigned i = 0; i < count; i++)
		left += !jobs[i].over;
	return left;
}

/* Only what nobody sent does not come: that is no fault of the device. */
static bool only_receives(const struct ref_job *jobs, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!jobs[i].over && !ref_is_receive(jobs[i].request))
			return false;
	return true;
}

static void work(struct ref_life *life, struct ref_job *jobs, unsigned count)
{
	struct ref_wait wait = ref_wait_start(life);
	unsigned left = count;

	while (life->state == REF_LIVE) {
		unsigned now_left;

		/* Nothing more for a device that has said so. */
		if (life->needs_reset && ref_recover(life))
			return;
		now_left = turn(life, jobs, count);
		if (!now_left)
			return;
		if (now_left < left) {
			left = now_left;
			wait = ref_wait_start(life);
		}
		if (wait.looks % STATUS_LOOKS == STATUS_LOOKS - 1)
			ref_is_well(life);
		if (!ref_wait_on(life, &wait)) {
			if (!only_receives(jobs, count))
				ref_give_up(life, "a request was not answered in time");
			return;
		}
	}
}

int ref_submit(struct ref_life *life, struct virtspec_request *requests, unsigned count)
{
	struct ref_job *jobs = calloc(count ? count : 1, sizeof(*jobs));
	int result = 0;

	if (!jobs)
		return -1;
	lapse_moment(&life->lapse, LAPSE_AT_SUBMIT, NULL);
	for (unsigned i = 0; i < count; i++) {
		jobs[i].request = &requests[i];
		requests[i].status = -1;
		if (requests[i].kind == VIRTSPEC_CONFIG_READ && life->state == REF_LIVE)
			requests[i].status = ref_config_request(life, &requests[i]);
		jobs[i].over = !ref_suits(life, &requests[i]);
	}
	work(life, jobs, count);
	/* Whatever is still out belongs to nobody any more: its slots stay with the device. */
	for (unsigned i = 0; i < REF_SLOTS; i++)
		if (life->slots[i].job)
			life->slots[i].job = NULL;
	for (unsigned i = 0; i < count; i++)
		result |= requests[i].status;
	free(jobs);
	if (life->state == REF_LIVE)
		lapse_moment(&life->lapse, LAPSE_AT_DONE, NULL);
	return result ? -1 : 0;
}
