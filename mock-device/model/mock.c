/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a mock device: made, powered, described, gone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/model/base.h"

static int configure(struct mock *mock, const struct mock_settings *settings, char *error,
		     size_t size)
{
	if (mock->class->configure)
		return mock->class->configure(mock, settings, error, size);
	if (settings->disk) {
		snprintf(error, size, "a %s device has no disk; disk=FILE is for blk",
			 mock->class->name);
		return -1;
	}
	return 0;
}

struct mock *mock_create(const struct mock_settings *settings, const struct mock_host *host,
			 char *error, size_t size)
{
	struct mock *mock = calloc(1, sizeof(*mock));

	if (!mock) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	mock->host = *host;
	if (mock_stack_layers(mock, settings, error, size) < 0 ||
	    mock_build(mock, error, size) < 0 || configure(mock, settings, error, size) < 0) {
		mock_destroy(mock);
		return NULL;
	}
	mock_power_on(mock);
	return mock;
}

void mock_destroy(struct mock *mock)
{
	if (!mock)
		return;
	mock_forget_timers(mock);
	mock_unbuild(mock);
	free(mock);
}

void mock_power_on(struct mock *mock)
{
	for (unsigned i = 0; i < mock->layer_count; i++)
		memset(mock->layers[i].state, 0, sizeof(mock->layers[i].state));
	mock->health = MOCK_ALIVE;
	mock_op_power_on(mock->top);
}

enum mock_health mock_health(const struct mock *mock)
{
	return mock->health;
}

bool mock_alive(const struct mock *mock)
{
	return mock->health == MOCK_ALIVE;
}

void mock_end(struct mock *mock, enum mock_health health)
{
	mock->health = health;
	mock_forget_timers(mock);
}

const char *mock_describe(struct mock *mock)
{
	return mock->description;
}
