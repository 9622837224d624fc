/* SPDX-License-Identifier: BSD-3-Clause */
/* Event suppression of the mock device's packed rings (2.8.10): both structures, every boundary. */
#include "mock_packed.h"

#define EVENT TD_FEATURE(VIRTIO_F_EVENT_IDX)
#define NEXT  VIRTQ_PACKED_F_NEXT
#define WRITE VIRTQ_PACKED_F_WRITE

static void ask_interrupts(struct tp *tp, uint16_t flags, uint16_t event)
{
	td_store(&tp->td, tp->event + VIRTQ_EVENT_DESC, 2, event);
	td_store(&tp->td, tp->event + VIRTQ_EVENT_FLAGS, 2, flags);
}

/* Buffers of these many descriptors under one notification; whether an interrupt came. */
static bool interrupts(struct tp *tp, uint64_t buffer, unsigned buffers, unsigned descriptors)
{
	for (unsigned i = 0; i < buffers; i++) {
		for (unsigned j = 0; j < descriptors; j++)
			tp_put(tp, buffer, 1, (uint16_t)i,
			       WRITE | (j + 1 < descriptors ? NEXT : 0));
	}
	tp_notify(tp);
	for (unsigned i = 0; i < buffers; i++)
		tp_expect(tp, (uint16_t)i, descriptors, descriptors);
	return td_isr(&tp->td) == VIRTIO_ISR_QUEUE;
}

static void by_flags(void **state)
{
	/* Reserved bits are for nothing; what means nothing, or nothing without the feature, does
	 * not keep an interrupt back. */
	static const struct {
		uint16_t flags;
		bool comes;
	} cases[] = {
		{ 0, true }, { 1, false }, { 0xfffc, true }, { 0xfffd, false },
		{ 2, true }, { 3, true },  { 1, false },     { 0, true },
	};

	(void)state;
	for (unsigned features = 0; features < 2; features++) {
		struct tp tp;
		uint64_t buffer;

		tp_open(&tp, features ? EVENT : 0, 3, features);
		buffer = td_alloc(&tp.td, 8, 1);
		for (unsigned i = 0; i < 40; i++) {
			unsigned which = i % 8;

			if (features && cases[which].flags == 2)
				continue;
			ask_interrupts(&tp, cases[which].flags, 0x1234);
			assert_int_equal(interrupts(&tp, buffer, 1, 1), cases[which].comes);
		}
		tp_close(&tp);
	}
}

/* Every batch of up to a round, from every place: the event's place decides, and its round. */
static void at_place(uint16_t size, unsigned descriptors)
{
	struct tp tp;
	uint64_t buffer;

	tp_open(&tp, EVENT, size, false);
	buffer = td_alloc(&tp.td, 8, 1);
	for (unsigned count = 1; count * descriptors <= size; count++) {
		for (unsigned i = 0; i < 4u * size; i++) {
			/* All positions there are: they repeat after two rounds. */
			unsigned event = i % (2u * size);
			bool expected = false;

			for (unsigned j = 0; j < count * descriptors; j++)
				expected |= tp_event(&tp, tp.avail + j) == tp_event(&tp, event);
			ask_interrupts(&tp, VIRTQ_EVENT_F_DESC, tp_event(&tp, event));
			assert_int_equal(interrupts(&tp, buffer, count, descriptors), expected);
		}
	}
	/* A place that the ring does not have is never reached. */
	ask_interrupts(&tp, VIRTQ_EVENT_F_DESC, size);
	assert_false(interrupts(&tp, buffer, size / descriptors, descriptors));
	ask_interrupts(&tp, VIRTQ_EVENT_F_DESC, 0xffff);
	assert_false(interrupts(&tp, buffer, size / descriptors, descriptors));
	assert_false(tp_broken(&tp));
	tp_close(&tp);
}

static void by_place(void **state)
{
	(void)state;
	at_place(1, 1);
	at_place(2, 1);
	at_place(5, 1);
	at_place(5, 2);
	at_place(7, 3);
	at_place(8, 8);
}

/* At work, which is when the buffer is written, the device wants no notifications. */
static void while_working(struct td *td, uint64_t address)
{
	if (address != TD_BASE + TD_MEMORY - 8)
		return;
	assert_int_equal(td_load(td, td->watched + VIRTQ_EVENT_FLAGS, 2), VIRTQ_EVENT_F_DISABLE);
	td->messages[0]++;
}

static void notifications(void **state)
{
	(void)state;
	for (unsigned features = 0; features < 2; features++) {
		struct tp tp;

		tp_open(&tp, features ? EVENT : 0, 5, false);
		tp.td.watched = tp.asked;
		for (unsigned i = 0; i < 25; i++) {
			uint16_t event = (uint16_t)td_load(&tp.td, tp.asked + VIRTQ_EVENT_DESC, 2);
			uint64_t flags;

			tp.td.messages[0] = 0;
			tp.td.watch = while_working;
			tp_entropy(&tp, TD_BASE + TD_MEMORY - 8, 8);
			tp.td.watch = NULL;
			assert_int_equal(tp.td.messages[0], 1);
			flags = td_load(&tp.td, tp.asked + VIRTQ_EVENT_FLAGS, 2);
			assert_int_equal(flags,
					 features ? VIRTQ_EVENT_F_DESC : VIRTQ_EVENT_F_ENABLE);
			/* Of the next descriptor it wants to hear. */
			assert_int_equal(td_load(&tp.td, tp.asked + VIRTQ_EVENT_DESC, 2),
					 features ? tp_event(&tp, tp.avail) : event);
		}
		tp_close(&tp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_flags),
		cmocka_unit_test(by_place),
		cmocka_unit_test(notifications),
	};

	return cmocka_run_group_tests_name("mock_packed_events", tests, NULL, NULL);
}
