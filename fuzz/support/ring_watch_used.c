/* SPDX-License-Identifier: BSD-3-Clause */
/* Of the watch: used buffers, notifications, and what has to be so when the device is at rest. */
#include "fuzz/support/plain.h"
#include "fuzz/support/ring_watch.h"
#include "spec/virtio_pci.h"

FUZZ_PLAIN

unsigned watch_push(struct ring_watch *watch, unsigned queue, uint32_t id, uint32_t length)
{
	unsigned older = 0;

	for (unsigned i = 0; i < watch->out; i++) {
		const struct watch_chain *chain = &watch->chain[watch->order[i]];

		if (chain->queue != queue)
			continue;
		if (chain->id != id) {
			older++;
			continue;
		}
		if (watch->in_order && older)
			fuzz_oracle("used-order", "buffer %u is used before an older one", id);
		if (length > chain->writable || (!chain->vague && length != chain->prefix))
			fuzz_oracle("used-len", "%u bytes, %llu of %llu were written", length,
				    (unsigned long long)chain->prefix,
				    (unsigned long long)chain->writable);
		watch_let_go(watch, i);
		return chain->descriptors;
	}
	fuzz_oracle("used-id", "buffer %u is not the device's", id);
}

static void settle_interrupt(struct ring_watch *watch, unsigned queue)
{
	struct watch_queue *q = &watch->queue[queue];

	if (!q->pending)
		return;
	q->pending = false;
	if (!q->known)
		fuzz_oracle("interrupt-lost", "nobody asked whether queue %u wants one", queue);
	if (!watch->messages) {
		watch->isr |= q->wanted ? VIRTIO_ISR_QUEUE : 0;
		return;
	}
	if (q->wanted && !q->raised && q->vector != VIRTIO_MSI_NO_VECTOR)
		fuzz_oracle("interrupt-lost", "queue %u, used %u to %u", queue, q->from, q->to);
}

void watch_publish(struct ring_watch *watch, unsigned queue)
{
	struct watch_queue *q = &watch->queue[queue];

	settle_interrupt(watch, queue);
	q->from = q->published;
	q->to = q->published = q->pushed;
	q->pending = true;
	q->known = q->wanted = q->raised = false;
}

void watch_know(struct watch_queue *queue, bool wanted)
{
	if (!queue->pending || queue->known)
		return;
	queue->known = true;
	queue->wanted = wanted;
}

void ring_watch_message(struct ring_watch *watch, unsigned vector)
{
	if (!watch->live && !watch->config_expected)
		fuzz_oracle("not-live", "message %u", vector);
	if (watch->muddled)
		return;
	for (unsigned i = 0; i < WATCH_QUEUES; i++) {
		struct watch_queue *q = &watch->queue[i];

		if (!q->enabled || q->vector != vector)
			continue;
		if (!q->pending || !q->wanted || q->raised)
			fuzz_oracle("interrupt-unwanted", "queue %u", i);
		q->raised = true;
		return;
	}
	if (vector || !watch->config_expected)
		fuzz_oracle("interrupt-unwanted", "message %u", vector);
	watch->config_expected = false;
}

bool watch_give_back(struct ring_watch *watch, unsigned queue)
{
	for (unsigned i = watch->out; i--;) {
		if (watch->chain[watch->order[i]].queue != queue)
			continue;
		if (watch->chain[watch->order[i]].touched)
			return false;
		watch_let_go(watch, i);
		return true;
	}
	return false;
}

void ring_watch_settle(struct ring_watch *watch, uint8_t isr, bool needs_reset)
{
	if (watch->muddled)
		return;
	if (watch->walk.active)
		fuzz_oracle("walk", "a list was left in the middle");
	for (unsigned i = 0; i < WATCH_QUEUES; i++) {
		if (watch->queue[i].enabled && watch->queue[i].too_far && needs_reset)
			watch_trouble(watch);
	}
	if (needs_reset != watch->trouble)
		fuzz_oracle("needs-reset", needs_reset ? "without an error" : "not after an error");
	watch->live &= !needs_reset;
	/* Once something is wrong notifications may stop anywhere. */
	for (unsigned i = 0; i < WATCH_QUEUES && !watch->trouble; i++)
		settle_interrupt(watch, i);
	if (!watch->trouble && isr != watch->isr)
		fuzz_oracle(isr & ~watch->isr ? "interrupt-unwanted" : "interrupt-lost",
			    "the ISR status is 0x%x, not 0x%x", isr, watch->isr);
	if (!watch->messages && watch->line != !!isr)
		fuzz_oracle("isr", "0x%x, and the line is %d", isr, watch->line);
}

void ring_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest)
{
	if (!watch->live || watch->muddled || watch->trouble || !watch->queue[queue].enabled ||
	    !watch->queue[queue].greedy)
		return;
	if (watch->queue[queue].too_far)
		fuzz_oracle("left-behind", "nobody minds an index that cannot be");
	if (watch->packed)
		packed_watch_idle(watch, queue, guest);
	else
		split_watch_idle(watch, queue, guest);
}

FUZZ_PLAIN_END
