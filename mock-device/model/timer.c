/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual clock and what is to happen on it. */
#include <stdlib.h>

#include "mock-device/model/base.h"

struct mock_timer {
	struct mock_timer *next; /* due later, or at the same time and set later */
	uint64_t due;
	void (*act)(struct mock *mock, void *argument);
	void *argument;
};

static uint64_t later(const struct mock *mock, uint64_t ns)
{
	return ns > UINT64_MAX - mock->now ? UINT64_MAX : mock->now + ns;
}

void mock_after(struct mock *mock, uint64_t ns, void (*act)(struct mock *mock, void *argument),
		void *argument)
{
	struct mock_timer *timer = malloc(sizeof(*timer));
	struct mock_timer **link = &mock->timers;

	/* Without memory it happens at once: early, but not never. */
	if (!timer) {
		act(mock, argument);
		return;
	}
	*timer = (struct mock_timer){ .due = later(mock, ns), .act = act, .argument = argument };
	while (*link && (*link)->due <= timer->due)
		link = &(*link)->next;
	timer->next = *link;
	*link = timer;
}

void mock_forget_timers(struct mock *mock)
{
	while (mock->timers) {
		struct mock_timer *timer = mock->timers;

		mock->timers = timer->next;
		free(timer);
	}
}

void mock_advance(struct mock *mock, uint64_t ns)
{
	uint64_t end = later(mock, ns);

	while (mock->timers && mock->timers->due <= end) {
		struct mock_timer timer = *mock->timers;

		free(mock->timers);
		mock->timers = timer.next;
		mock->now = timer.due;
		timer.act(mock, timer.argument);
		mock_run(mock);
	}
	mock->now = end;
	if (mock_alive(mock))
		mock_op_tick(mock->top);
	mock_run(mock);
}

uint64_t mock_now(const struct mock *mock)
{
	return mock->now;
}

uint64_t mock_due(const struct mock *mock)
{
	if (!mock->timers)
		return UINT64_MAX;
	return mock->timers->due > mock->now ? mock->timers->due - mock->now : 0;
}

void mock_base_tick(struct mock_layer *layer)
{
	(void)layer;
}
