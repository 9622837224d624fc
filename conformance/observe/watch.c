/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/watch.h"

#include "spec/byteorder.h"

int vs_subject_read(struct vs_subject *subject, struct vs_bus *bus)
{
	struct vs_trace *trace = bus->trace;
	int result = 0;

	bus->trace = NULL;
	for (unsigned i = 0; i < PCI_CONFIG_SIZE && !result; i += 4) {
		uint32_t value;

		result = vs_bus_config_read(bus, i, 4, &value);
		vs_store_le32(subject->config + i, value);
	}
	bus->trace = trace;
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		subject->bars[i] = bus->bars[i];
	for (unsigned i = 0; bus->ops->offers && i < VS_FEATURE_WINDOWS; i++)
		subject->offered.window[i] = bus->ops->offers(bus, i);
	subject->big_endian = bus->features & VS_BUS_BIG_ENDIAN;
	return result;
}

static void before(void *context)
{
	vs_rings_before(((struct vs_watch *)context)->rings);
}

static void tell_changes(struct vs_watch *watch)
{
	struct vs_bus *bus = watch->bus;
	uint64_t changes = bus->ops->config_changes ? bus->ops->config_changes(bus) : 0;

	if (changes != watch->changes)
		vs_watch_tell(watch, (struct vs_event){ .kind = VS_EVENT_CHANGE });
	watch->changes = changes;
}

static void after(void *context)
{
	struct vs_watch *watch = context;

	vs_rings_after(watch->rings);
	tell_changes(watch);
}

/* What the rings tell comes from them; all else they need to know. */
static void heard(void *context, const struct vs_event *event)
{
	struct vs_watch *watch = context;

	if (event->kind < VS_EVENT_QUEUE)
		vs_rings_hear(watch->rings, event);
	if (watch->heard)
		watch->heard(watch->context, event);
}

int vs_watch_open(struct vs_watch *watch, struct vs_bus *bus, struct vs_subject *subject,
		  struct vs_trace *trace, const struct vs_rings_memory *memory)
{
	*watch = (struct vs_watch){ .bus = bus, .subject = subject, .trace = trace };
	watch->rings = vs_rings_open(subject, memory, trace);
	if (!watch->rings)
		return -1;
	watch->watcher = (struct vs_bus_watcher){ before, after, watch };
	if (bus->ops->config_changes)
		watch->changes = bus->ops->config_changes(bus);
	else
		subject->blind |= VS_BLIND_INTERNAL;
	trace->heard = heard;
	trace->context = watch;
	bus->trace = trace;
	bus->watcher = &watch->watcher;
	return 0;
}

void vs_watch_close(struct vs_watch *watch)
{
	watch->bus->watcher = NULL;
	watch->bus->trace = NULL;
	watch->trace->heard = NULL;
	vs_rings_close(watch->rings);
}

void vs_watch_tell(struct vs_watch *watch, struct vs_event event)
{
	event.time = vs_bus_now(watch->bus);
	event.region = VS_REGION_NONE;
	vs_trace_add(watch->trace, &event);
}
