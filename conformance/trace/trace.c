/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace/trace.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
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

static void format_region(const struct vs_event *event, char *text, size_t size)
{
	if (event->region < VS_REGION_CONFIG)
		snprintf(text, size, "bar%u+%#" PRIx64, event->region, event->offset);
	else
		snprintf(text, size, "config+%#" PRIx64, event->offset);
}

void vs_event_format(const struct vs_event *event, char *text, size_t size)
{
	const char *note = event->note ? event->note : "";
	char where[48];

	switch (event->kind) {
	case VS_EVENT_READ:
	case VS_EVENT_WRITE:
		format_region(event, where, sizeof(where));
		snprintf(text, size, "%s%u %s %s %#" PRIx64 "%s%s",
			 event->kind == VS_EVENT_READ ? "read" : "write", event->width * 8u, where,
			 event->kind == VS_EVENT_READ ? "=" : "<-", event->value, *note ? "  " : "",
			 note);
		break;
	case VS_EVENT_INTERRUPT:
		if (event->offset == VS_INTX)
			snprintf(text, size, "INTx %s", event->value ? "asserted" : "deasserted");
		else
			snprintf(text, size, "MSI-X vector %" PRIu64, event->offset);
		break;
	case VS_EVENT_RESET:
		snprintf(text, size, "reset: %s", note);
		break;
	default:
		snprintf(text, size, "# %s", note);
		break;
	}
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
