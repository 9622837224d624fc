/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the server and the mock: every call becomes an event on its way. */
#include "exam/listen_internal.h"

void vs_listen_record(struct vs_listen *l, enum vs_event_kind kind, unsigned region,
		      uint64_t offset, unsigned width, uint64_t value)
{
	vs_listen_tell(l, (struct vs_event){ .kind = (uint8_t)kind,
					     .region = (uint8_t)region,
					     .offset = offset,
					     .width = (uint8_t)width,
					     .value = value });
}

void vs_listen_look_before(struct vs_listen *l)
{
	if (l->open)
		vs_rings_before(l->rings);
}

void vs_listen_look_after(struct vs_listen *l)
{
	uint64_t changes = mock_config_changes(l->mock.mock);

	if (l->open)
		vs_rings_after(l->rings);
	if (changes != l->changes)
		vs_listen_tell(l, (struct vs_event){ .kind = VS_EVENT_CHANGE,
						     .region = VS_REGION_NONE });
	l->changes = changes;
}

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
	struct vs_listen *l = context;
	uint32_t value;

	vs_listen_look_before(l);
	value = l->below.config_read(l->below.context, offset, width);
	vs_listen_record(l, VS_EVENT_READ, VS_REGION_CONFIG, offset, width, value);
	vs_listen_look_after(l);
	return value;
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
	struct vs_listen *l = context;

	vs_listen_look_before(l);
	/* It may be the window to a BAR: what the device answers comes behind it. */
	vs_listen_record(l, VS_EVENT_WRITE, VS_REGION_CONFIG, offset, width, value);
	l->below.config_write(l->below.context, offset, width, value);
	vs_listen_look_after(l);
}

static uint64_t bar_read(void *context, const struct expose_place *at, unsigned width)
{
	struct vs_listen *l = context;
	uint64_t value;

	vs_listen_look_before(l);
	value = l->below.bar_read(l->below.context, at, width);
	vs_listen_record(l, VS_EVENT_READ, VS_REGION_BAR0 + at->bar, at->offset, width, value);
	vs_listen_look_after(l);
	return value;
}

static void bar_write(void *context, const struct expose_place *at, unsigned width, uint64_t value)
{
	struct vs_listen *l = context;

	vs_listen_look_before(l);
	/* The device may answer the write at once: what follows from it comes behind it. */
	vs_listen_record(l, VS_EVENT_WRITE, VS_REGION_BAR0 + at->bar, at->offset, width, value);
	l->below.bar_write(l->below.context, at, width, value);
	vs_listen_look_after(l);
}

static void reset(void *context)
{
	struct vs_listen *l = context;

	l->below.reset(l->below.context);
	vs_listen_record(l, VS_EVENT_RESET, VS_REGION_NONE, 0, 0, 0);
}

static struct expose_bar bar_info(void *context, unsigned bar)
{
	struct vs_listen *l = context;

	return l->below.bar_info(l->below.context, bar);
}

static uint32_t quiet_config_read(void *context, unsigned offset, unsigned width)
{
	struct vs_listen *l = context;

	return l->below.quiet_config_read(l->below.context, offset, width);
}

static uint64_t quiet_bar_read(void *context, unsigned bar, uint64_t offset, unsigned width)
{
	struct vs_listen *l = context;

	return l->below.quiet_bar_read(l->below.context, bar, offset, width);
}

static void quiet_bar_write(void *context, unsigned bar, uint64_t offset, unsigned width,
			    uint64_t value)
{
	struct vs_listen *l = context;

	l->below.quiet_bar_write(l->below.context, bar, offset, width, value);
}

static enum expose_health health(void *context)
{
	struct vs_listen *l = context;

	return l->below.health(l->below.context);
}

static void dma_mapped(void *context, uint64_t address, uint64_t size, bool readable, bool writable)
{
	(void)readable;
	(void)writable;
	vs_listen_record(context, VS_EVENT_MAP, VS_REGION_NONE, address, 0, size);
}

static void dma_unmapped(void *context, uint64_t address, uint64_t size)
{
	vs_listen_record(context, VS_EVENT_UNMAP, VS_REGION_NONE, address, 0, size);
}

static void detached(void *context)
{
	struct vs_listen *l = context;

	if (l->below.detached)
		l->below.detached(l->below.context);
}

static void attached(void *context)
{
	struct vs_listen *l = context;

	if (l->below.attached)
		l->below.attached(l->below.context);
}

static void interrupted(void *context, unsigned vector, bool level)
{
	vs_listen_record(context, VS_EVENT_INTERRUPT, VS_REGION_NONE,
			 vector == EXPOSE_INTX ? VS_INTX : vector, 0, level);
}

void vs_listen_stand_between(struct vs_listen *l, struct expose_function *function)
{
	expose_mock_function(&l->mock, &l->below);
	*function = (struct expose_function){
		.context = l,
		.config_read = config_read,
		.config_write = config_write,
		.bar_read = bar_read,
		.bar_write = bar_write,
		.reset = reset,
		.bar_info = bar_info,
		.quiet_config_read = quiet_config_read,
		.quiet_bar_read = quiet_bar_read,
		.quiet_bar_write = quiet_bar_write,
		.health = health,
		.dma_mapped = dma_mapped,
		.dma_unmapped = dma_unmapped,
		.attached = attached,
		.detached = detached,
		.interrupted = interrupted,
	};
}
