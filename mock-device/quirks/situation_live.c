/* SPDX-License-Identifier: BSD-3-Clause */
/* What can become of a driver that is live: errors, silence, interrupts too many and too few. */
#include "mock-device/model/ring.h"
#include "mock-device/quirks/quirk.h"
#include "spec/net.h"
#include "spec/split_ring.h"

#define NS_PER_US UINT64_C(1000)

/* state[0]: requests so far, since power-on. */
static void breaks_once(struct mock_layer *q, struct mock_chain *chain)
{
	if (++q->state[0] == (uint64_t)q->value)
		mock_op_needs_reset(q->mock->top, "an error in the middle of the work");
	else
		mock_op_execute(q->below, chain);
}
MOCK_QUIRK(
	needs_reset_in_flight, .kind = MOCK_SITUATION,
	.says = "at this request DEVICE_NEEDS_RESET is set, and the request is not served; after "
		"a reset all is well",
	.values = "1 2 20", .ops = { .execute = breaks_once });

static void never_from(struct mock_layer *q, struct mock_chain *chain)
{
	if (++q->state[0] < (uint64_t)q->value)
		mock_op_execute(q->below, chain);
}
MOCK_QUIRK(requests_never_done, .kind = MOCK_SITUATION,
	   .says = "from this request on, buffers are taken and never used", .values = "1 2 20",
	   .ops = { .execute = never_from });

/* The control queue is the last one that there is with these features (5.1.2). */
static bool is_control(struct mock *mock, const struct mock_queue *queue)
{
	unsigned last = mock->queue_count;

	while (last > 0 && mock->queues[last - 1].max_size == 0)
		last--;
	return mock_in_force(mock, VIRTIO_NET_F_CTRL_VQ) && queue->index + 1 == last;
}

static void never_control(struct mock_layer *q, struct mock_chain *chain)
{
	if (!is_control(q->mock, chain->queue))
		mock_op_execute(q->below, chain);
}
MOCK_QUIRK(control_never_done, .kind = MOCK_SITUATION,
	   .says = "commands on the control queue are taken and never used", .needs = "mock:net",
	   .ops = { .execute = never_control });

enum { LOST_ALWAYS, LOST_FIRST };

static void lost(struct mock_layer *q, struct mock_queue *queue)
{
	if (q->value == LOST_FIRST && q->state[0]++)
		mock_op_raise_queue_interrupt(q->below, queue);
}
MOCK_QUIRK(interrupts_lost, .kind = MOCK_SITUATION,
	   .says = "used buffers are not interrupted about: ever, or the first time",
	   .values = "always first", .ops = { .raise_queue_interrupt = lost });

/* ---- Interrupts for nothing ---- */

enum { FOR_QUEUES, FOR_CONFIG, FOR_BOTH };

#define SPURIOUS_NS   (20 * NS_PER_US)
#define SPURIOUS_MANY 200u /* and then no more: time may be free */

/* state[0]: how many there have been since DRIVER_OK. */
static void interrupt_again(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	if (!mock_live(mock))
		return;
	for (unsigned i = 0; q->value != FOR_CONFIG && i < mock->queue_count; i++)
		if (mock->queues[i].enabled)
			mock_op_raise_queue_interrupt(mock->top, &mock->queues[i]);
	if (q->value != FOR_QUEUES)
		mock_op_raise_config_interrupt(mock->top);
	if (++q->state[0] < SPURIOUS_MANY)
		mock_after(mock, SPURIOUS_NS, interrupt_again, q);
}

static void begin_interrupting(struct mock_layer *q)
{
	mock_op_driver_ok(q->below);
	q->state[0] = 0;
	mock_after(q->mock, SPURIOUS_NS, interrupt_again, q);
}
MOCK_QUIRK(interrupts_spurious, .kind = MOCK_SITUATION,
	   .says = "interrupts keep coming for some time with nothing used and nothing changed",
	   .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_SPLIT_SPURIOUS_INTERRUPT_HARMLESS),
	   .values = "queues config both", .ops = { .driver_ok = begin_interrupting });

/* Both bits at once, and a change of the configuration that is none. */
static void with_config(struct mock_layer *q, struct mock_queue *queue)
{
	q->mock->isr |= VIRTIO_ISR_CONFIG;
	mock_op_raise_queue_interrupt(q->below, queue);
}

static void with_queues(struct mock_layer *q)
{
	q->mock->isr |= VIRTIO_ISR_QUEUE;
	mock_op_raise_config_interrupt(q->below);
}
MOCK_QUIRK(isr_bits_together, .kind = MOCK_SITUATION,
	   .says = "every interrupt by the line has both bits of the ISR status",
	   .drivers = MOCK_DRIVER_WORKS, .tries = MOCK_RULES(DRIVER_PCI_INTERRUPT_SHARED_HANDLED),
	   .ops = { .raise_queue_interrupt = with_config, .raise_config_interrupt = with_queues });

/* With MSI-X: whatever happens, all vectors that are mapped send. */
static void send_all(struct mock_layer *q, unsigned vector)
{
	struct mock *mock = q->mock;

	mock_op_send_message(q->below, vector);
	for (unsigned i = 0; i < mock->queue_count; i++)
		if (mock->queues[i].vector < mock->msix.count && mock->queues[i].vector != vector)
			mock_op_send_message(q->below, mock->queues[i].vector);
	if (mock->config_vector < mock->msix.count && mock->config_vector != vector)
		mock_op_send_message(q->below, mock->config_vector);
}
MOCK_QUIRK(messages_together, .kind = MOCK_SITUATION,
	   .says = "with every message go the messages of all other events that have a vector",
	   .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_SPLIT_SPURIOUS_INTERRUPT_HARMLESS,
			       DRIVER_PCI_INTERRUPT_SHARED_HANDLED),
	   .ops = { .send_message = send_all });

/* ---- Notifications ---- */

#define POLL_NS (20 * NS_PER_US)

/* state[0]: a look at the queues is due. */
static void poll_queues(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	q->state[0] = mock->status & (VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_SUSPEND);
	if (!q->state[0])
		return;
	mock_kick_all(mock);
	mock_after(mock, POLL_NS, poll_queues, q);
}

static void begin_polling(struct mock_layer *q)
{
	mock_op_driver_ok(q->below);
	if (!q->state[0])
		mock_after(q->mock, POLL_NS, poll_queues, q);
	q->state[0] = 1;
}

static void unwanted(struct mock_layer *q, struct mock_queue *queue, bool on)
{
	(void)on;
	mock_op_ask_notifications(q->below, queue, false);
}

enum { UNWANTED_BY_EVENT, UNWANTED_BY_FLAG };

static void by_flag(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	if (q->value == UNWANTED_BY_FLAG)
		mock_features_remove(features, VIRTIO_F_EVENT_IDX);
}
MOCK_QUIRK(notifications_unwanted, .kind = MOCK_SITUATION,
	   .says = "no queue ever wants a notification, as far as EVENT_IDX goes, or by its flags, "
		   "without EVENT_IDX: the device polls",
	   .drivers = MOCK_DRIVER_WORKS, .values = "event flag",
	   .ops = { .offered_features = by_flag,
		    .ask_notifications = unwanted,
		    .driver_ok = begin_polling });

/* One that comes all the same is of no use. */
static void unheard(struct mock_layer *q, struct mock_queue *queue)
{
	if (!(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		mock_op_queue_notified(q->below, queue);
}
MOCK_QUIRK(notifications_unheard, .kind = MOCK_SITUATION,
	   .says = "no queue ever wants a notification, and none is looked at without one",
	   .ops = { .ask_notifications = unwanted, .queue_notified = unheard });

/* Where avail_event would be: a number that keeps a driver quiet if it goes by it. */
static void misleading(struct mock_layer *q, struct mock_queue *queue, bool on)
{
	mock_op_ask_notifications(q->below, queue, on);
	if (queue->ring == &mock_split_ring && !mock_has(q->mock, VIRTIO_F_EVENT_IDX))
		mock_ring_store16(q->mock, queue->device_area + VIRTQ_USED_AVAIL_EVENT(queue->size),
				  (uint16_t)(queue->next_avail + INT16_MAX));
}

static void no_events(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_remove(features, VIRTIO_F_EVENT_IDX);
}
MOCK_QUIRK(avail_event_misleads, .kind = MOCK_SITUATION,
	   .says = "EVENT_IDX is not offered, and avail_event says all the same that notifications "
		   "are not wanted yet",
	   .needs = "mock:,ring=split",
	   .ops = { .offered_features = no_events, .ask_notifications = misleading });
