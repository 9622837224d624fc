/* SPDX-License-Identifier: BSD-3-Clause */
/* Accessors of the session: every byte to and from the function passes here. */
#include "driver/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/legacy.h"
#include "driver/native.h"
#include "spec/byteorder.h"
#include "spec/virtio_pci.h"

/* How long a driver waits for a device to do what it has to, and one look from the next. */
#define PATIENCE_NS   UINT64_C(1000000000)
#define LOOK_AGAIN_NS UINT64_C(100000)

/* A wait that gets long is looked at less often: each pause is this part of it. What is slow is
 * seen that much late, and a second in vain costs some hundred looks, where each may be a message
 * to another process. */
#define LOOKS_A_WAIT 16u

const char *vs_view_name(enum vs_view view)
{
	static const char *const names[VS_VIEW_COUNT] = { "modern", "packed", "legacy" };

	return names[view];
}

void vs_session_open(struct vs_session *s, struct vs_bus *bus, const struct vs_function *fn)
{
	*s = (struct vs_session){
		.bus = bus,
		.fn = fn,
		.patience_ns = PATIENCE_NS,
		.deadline = UINT64_MAX,
		.config_vector = VIRTIO_MSI_NO_VECTOR,
		.queue_vector = VIRTIO_MSI_NO_VECTOR,
		.trouble.rule = -1,
	};
}

struct vs_block {
	struct vs_block *next;
	uint64_t memory[];
};

void *vs_session_alloc(struct vs_session *s, size_t size)
{
	struct vs_block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		return NULL;
	block->next = s->blocks;
	s->blocks = block;
	return block->memory;
}

void vs_session_close(struct vs_session *s)
{
	while (s->blocks) {
		struct vs_block *block = s->blocks;

		s->blocks = block->next;
		free(block);
	}
}

void vs_session_renew(struct vs_session *s, struct vs_setup setup)
{
	struct vs_session old;

	vs_guard_look(s);
	old = *s;
	vs_session_close(s);
	vs_session_open(s, old.bus, old.fn);
	s->view = old.view;
	s->setup = setup;
	s->patience_ns = old.patience_ns;
	s->deadline = old.deadline;
	s->lost = old.lost;
	s->lost_context = old.lost_context;
	s->breach = old.breach;
	s->hooks = old.hooks;
}

int vs_trouble(struct vs_session *s, int rule, const char *format, ...)
{
	va_list args;

	s->trouble.rule = rule;
	va_start(args, format);
	vsnprintf(s->trouble.text, sizeof(s->trouble.text), format, args);
	va_end(args);
	return -1;
}

static void check_lost(struct vs_session *s, int failed)
{
	if ((failed || vs_bus_now(s->bus) > s->deadline) && s->lost)
		s->lost(s->lost_context);
}

uint32_t vs_config_read(struct vs_session *s, unsigned offset, unsigned width)
{
	uint32_t value = UINT32_MAX;

	check_lost(s, vs_bus_config_read(s->bus, offset, width, &value));
	return value;
}

void vs_config_write(struct vs_session *s, unsigned offset, unsigned width, uint32_t value)
{
	check_lost(s, vs_bus_config_write(s->bus, offset, width, value));
}

uint64_t vs_bar_read(struct vs_session *s, unsigned bar, uint64_t offset, unsigned width)
{
	uint64_t value = UINT64_MAX;

	check_lost(s, vs_bus_bar_read(s->bus, bar, offset, width, &value));
	return value;
}

void vs_bar_write(struct vs_session *s, unsigned bar, uint64_t offset, unsigned width,
		  uint64_t value)
{
	check_lost(s, vs_bus_bar_write(s->bus, bar, offset, width, value));
}

/* Where a byte of a structure inside configuration space lies (draft of 2013); what the device says
 * to be further off than there is space lies outside, and not where the number wraps to. */
static unsigned config_place(const struct vs_cap *cap, uint64_t offset)
{
	uint64_t place = cap->pos + cap->offset + offset;

	return place < PCIE_CONFIG_SIZE ? (unsigned)place : PCIE_CONFIG_SIZE;
}

bool vs_cap_placed(const struct vs_session *s, const struct vs_cap *cap)
{
	if (cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG)
		return s->fn->draft;
	return cap->bar < PCI_BAR_COUNT && s->bus->bars[cap->bar].address != 0;
}

uint64_t vs_cap_room(const struct vs_session *s, const struct vs_cap *cap)
{
	if (cap->bar >= PCI_BAR_COUNT)
		return cap->length;
	return s->bus->bars[cap->bar].size - cap->offset;
}

/* Configuration space is reached by 32 bits at the most. */
static uint64_t config_read_wide(struct vs_session *s, unsigned offset, unsigned width)
{
	uint64_t low;

	if (width <= 4)
		return vs_config_read(s, offset, width);
	low = vs_config_read(s, offset, 4);
	return low | (uint64_t)vs_config_read(s, offset + 4, 4) << 32;
}

static void config_write_wide(struct vs_session *s, unsigned offset, unsigned width, uint64_t value)
{
	vs_config_write(s, offset, width <= 4 ? width : 4, (uint32_t)value);
	if (width > 4)
		vs_config_write(s, offset + 4, 4, (uint32_t)(value >> 32));
}

uint64_t vs_cap_read(struct vs_session *s, const struct vs_cap *cap, uint64_t offset,
		     unsigned width)
{
	if (cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG)
		return config_read_wide(s, config_place(cap, offset), width);
	return vs_bar_read(s, cap->bar, cap->offset + offset, width);
}

void vs_cap_write(struct vs_session *s, const struct vs_cap *cap, uint64_t offset, unsigned width,
		  uint64_t value)
{
	if (cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG)
		config_write_wide(s, config_place(cap, offset), width, value);
	else
		vs_bar_write(s, cap->bar, cap->offset + offset, width, value);
}

static const struct vs_common_field_info *place_of(const struct vs_session *s,
						   enum vs_common_field field)
{
	return s->view == VS_VIEW_LEGACY ? &vs_legacy_fields[field] : &vs_common_fields[field];
}

uint64_t vs_get(struct vs_session *s, enum vs_common_field field)
{
	const struct vs_common_field_info *info = place_of(s, field);
	uint64_t value;

	if (info->width == 0)
		return 0;
	if (info->width < 8)
		return vs_cap_read(s, s->common, info->offset, info->width);
	value = vs_cap_read(s, s->common, info->offset, 4);
	return value | vs_cap_read(s, s->common, info->offset + 4u, 4) << 32;
}

void vs_set(struct vs_session *s, enum vs_common_field field, uint64_t value)
{
	const struct vs_common_field_info *info = place_of(s, field);

	if (info->width == 0)
		return;
	if (info->width < 8) {
		vs_cap_write(s, s->common, info->offset, info->width, value);
		return;
	}
	vs_cap_write(s, s->common, info->offset, 4, value & UINT32_MAX);
	vs_cap_write(s, s->common, info->offset + 4u, 4, value >> 32);
}

uint64_t vs_queue_get(struct vs_session *s, uint16_t queue, enum vs_common_field field)
{
	vs_set(s, VS_QUEUE_SELECT, queue);
	return vs_get(s, field);
}

void vs_queue_set(struct vs_session *s, uint16_t queue, enum vs_common_field field, uint64_t value)
{
	vs_set(s, VS_QUEUE_SELECT, queue);
	vs_set(s, field, value);
}

bool vs_has_field(const struct vs_session *s, enum vs_common_field field)
{
	const struct vs_common_field_info *info = place_of(s, field);

	return info->width && s->common &&
	       s->common->length >= (uint64_t)info->offset + info->width;
}

uint64_t vs_device_read(struct vs_session *s, uint64_t offset, unsigned width)
{
	uint8_t bytes[8];

	vs_store_le(bytes, width, vs_cap_read(s, s->device, offset, width));
	return vs_native_load(s, bytes, width);
}

uint8_t vs_status(struct vs_session *s)
{
	return (uint8_t)vs_get(s, VS_DEVICE_STATUS);
}

void vs_set_status(struct vs_session *s, uint8_t status)
{
	vs_set(s, VS_DEVICE_STATUS, status);
}

uint8_t vs_isr(struct vs_session *s)
{
	return (uint8_t)vs_cap_read(s, s->isr, 0, 1);
}

/* The legacy header has no select registers, and one window. */
static bool has_window(const struct vs_session *s, uint32_t window)
{
	return s->view != VS_VIEW_LEGACY || window == 0;
}

uint32_t vs_offered_window(struct vs_session *s, uint32_t window)
{
	if (!has_window(s, window))
		return 0;
	vs_set(s, VS_DEVICE_FEATURE_SELECT, window);
	return (uint32_t)vs_get(s, VS_DEVICE_FEATURE);
}

void vs_accept_window(struct vs_session *s, uint32_t window, uint32_t bits)
{
	if (!has_window(s, window))
		return;
	vs_set(s, VS_DRIVER_FEATURE_SELECT, window);
	vs_set(s, VS_DRIVER_FEATURE, bits);
}

uint32_t vs_accepted_window(struct vs_session *s, uint32_t window)
{
	if (!has_window(s, window))
		return 0;
	vs_set(s, VS_DRIVER_FEATURE_SELECT, window);
	return (uint32_t)vs_get(s, VS_DRIVER_FEATURE);
}

int vs_reset(struct vs_session *s)
{
	vs_set_status(s, 0);
	return vs_wait_until(s, vs_status(s) == 0) ? 0 : -1;
}

uint64_t vs_now(struct vs_session *s)
{
	return vs_bus_now(s->bus);
}

void vs_relax(struct vs_session *s)
{
	check_lost(s, vs_bus_relax(s->bus, LOOK_AGAIN_NS));
}

void vs_relax_longer(struct vs_session *s, uint64_t since)
{
	uint64_t waited = vs_now(s) - since, pause = waited / LOOKS_A_WAIT;

	if (pause < LOOK_AGAIN_NS)
		pause = LOOK_AGAIN_NS;
	if (waited < s->patience_ns && pause > s->patience_ns - waited)
		pause = s->patience_ns - waited;
	check_lost(s, vs_bus_relax(s->bus, pause));
}

void vs_settle(struct vs_session *s)
{
	check_lost(s, vs_bus_settle(s->bus));
}

void *vs_dma_alloc(struct vs_session *s, size_t size, size_t align)
{
	size_t from = s->dma_used, limit = s->bus->dma.size, fill = from;
	size_t at = (from + VS_GUARD_SIZE + align - 1) & ~(align - 1);
	uint8_t *host = s->bus->dma.host;

	if (at < from || at > limit || size > limit - at || VS_GUARD_SIZE > limit - at - size)
		return NULL;
	/* The zone behind the last one stays as it is, or a breach of it would be lost. */
	if (s->grant_count &&
	    s->grants[s->grant_count - 1].at + s->grants[s->grant_count - 1].size == from)
		fill += VS_GUARD_SIZE;
	s->dma_used = at + size;
	memset(host + fill, VS_GUARD_BYTE, at - fill);
	memset(host + at, 0, size);
	memset(host + at + size, VS_GUARD_BYTE, VS_GUARD_SIZE);
	check_lost(s, vs_bus_push(s->bus, host + fill, at + size + VS_GUARD_SIZE - fill));
	vs_guard_add(s, (struct vs_grant){ from, at, size });
	return host + at;
}

uint64_t vs_dma_address(const struct vs_session *s, const void *at)
{
	return s->bus->dma.address + (uint64_t)((const uint8_t *)at - s->bus->dma.host);
}
