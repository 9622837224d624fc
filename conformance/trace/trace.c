/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace/trace.h"

#include <assert.h>
#include <stdlib.h>

int vs_trace_init(struct vs_trace *trace, size_t capacity)
{
	assert(capacity && (capacity & (capacity - 1)) == 0);
	*trace = (struct vs_trace){ .events = calloc(capacity, sizeof(*trace->events)) };
	trace->capacity = trace->events ? capacity : 0;
	return trace->events ? 0 : -1;
}

void vs_trace_free(struct vs_trace *trace)
{
	if (!trace->borrowed)
		free(trace->events);
	*trace = (struct vs_trace){ 0 };
}

void vs_trace_add(struct vs_trace *trace, const struct vs_event *event)
{
	if (!trace || !trace->events)
		return;
	trace->events[trace->count & (trace->capacity - 1)] = *event;
	trace->count++;
	if (trace->heard)
		trace->heard(trace->context, event);
}

const struct vs_event *vs_trace_at(const struct vs_trace *trace, uint64_t index)
{
	if (index >= trace->count || trace->count - index > trace->capacity)
		return NULL;
	return &trace->events[index & (trace->capacity - 1)];
}

const char *vs_life_name(enum vs_life life)
{
	static const char *const names[VS_LIFE_COUNT] = {
		[VS_LIFE_PROBE] = "probe",     [VS_LIFE_REFUSED] = "refused",
		[VS_LIFE_UP] = "up",           [VS_LIFE_DOWN] = "down",
		[VS_LIFE_SERVED] = "served",   [VS_LIFE_UNSERVED] = "unserved",
		[VS_LIFE_WRONG] = "wrong",     [VS_LIFE_REMOVE] = "remove",
		[VS_LIFE_REMOVED] = "removed", [VS_LIFE_HUNG] = "hung",
		[VS_LIFE_CRASHED] = "crashed",
	};

	return names[life];
}
