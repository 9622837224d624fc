/* SPDX-License-Identifier: BSD-3-Clause */
/* The function of plain bytes that vfio_user_fixture.h has served, and what it has seen. */
#ifndef VFIO_USER_FUNCTION_H
#define VFIO_USER_FUNCTION_H

#include <stdint.h>
#include <string.h>

#include "mock-device/expose/vfio_user.h"
#include "spec/byteorder.h"
#include "spec/pci.h"
#include "spec/tester_panel.h"

#define BAR_SIZE     0x2000u
#define MSIX_AT      0x40u
#define MSIX_VECTORS 4u
#define MSIX_TABLE   0x1000u
#define BAR_ADDRESS  0xe0000000u
#define DOORBELL     0x800u /* a write here makes the device look at memory */

struct fixture {
	struct expose_server *server;
	int client;
	char path[64];
	unsigned descriptors;
	/* The function. */
	uint8_t config[PCIE_CONFIG_SIZE], bar[BAR_SIZE];
	enum expose_health health;
	struct expose_place place; /* of the last access to a BAR */
	unsigned width;
	unsigned accesses, resets, maps, unmaps, attached, detached, power_cycles;
	uint64_t clock;
	/* What the doorbell does. */
	uint64_t dma_address;
	uint8_t dma[64];
	size_t dma_size;
	bool dma_writes;
	int dma_result;
};

static inline uint32_t fix_config_read(void *context, unsigned offset, unsigned width)
{
	struct fixture *f = context;

	f->width = width;
	return (uint32_t)vs_load_le(f->config + offset, width);
}

static inline void fix_config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
	struct fixture *f = context;

	f->accesses++;
	f->width = width;
	vs_store_le(f->config + offset, width, value);
}

static inline uint64_t fix_bar_read(void *context, const struct expose_place *at, unsigned width)
{
	struct fixture *f = context;

	assert_true(at->bar == 0 && at->offset < BAR_SIZE && width <= BAR_SIZE - at->offset);
	f->accesses++;
	f->place = *at;
	f->width = width;
	return vs_load_le(f->bar + at->offset, width);
}

static inline void fix_bar_write(void *context, const struct expose_place *at, unsigned width,
				 uint64_t value)
{
	struct fixture *f = context;

	assert_true(at->bar == 0 && at->offset < BAR_SIZE && width <= BAR_SIZE - at->offset);
	f->accesses++;
	f->place = *at;
	f->width = width;
	vs_store_le(f->bar + at->offset, width, value);
	if (at->offset != DOORBELL)
		return;
	f->dma_result = f->dma_writes
				? expose_dma_write(f->server, f->dma_address, f->dma, f->dma_size)
				: expose_dma_read(f->server, f->dma_address, f->dma, f->dma_size);
}

static inline void fix_reset(void *context)
{
	((struct fixture *)context)->resets++;
}

static inline struct expose_bar fix_bar_info(void *context, unsigned bar)
{
	(void)context;
	return (struct expose_bar){ bar ? 0 : BAR_SIZE, false, false };
}

static inline uint64_t fix_quiet_read(void *context, unsigned bar, uint64_t offset, unsigned width)
{
	struct fixture *f = context;

	assert_int_equal(bar, 0);
	return vs_load_le(f->bar + offset, width);
}

static inline void fix_quiet_write(void *context, unsigned bar, uint64_t offset, unsigned width,
				   uint64_t value)
{
	struct fixture *f = context;

	assert_int_equal(bar, 0);
	vs_store_le(f->bar + offset, width, value);
}

static inline enum expose_health fix_health(void *context)
{
	return ((struct fixture *)context)->health;
}

static inline void fix_mapped(void *context, uint64_t address, uint64_t size, bool readable,
			      bool writable)
{
	(void)address;
	(void)size;
	assert_true(readable || writable);
	((struct fixture *)context)->maps++;
}

static inline void fix_unmapped(void *context, uint64_t address, uint64_t size)
{
	(void)address;
	(void)size;
	((struct fixture *)context)->unmaps++;
}

static inline void fix_attached(void *context)
{
	((struct fixture *)context)->attached++;
}

static inline void fix_detached(void *context)
{
	((struct fixture *)context)->detached++;
}

static inline uint64_t fix_clock(void *context)
{
	return ((struct fixture *)context)->clock;
}

static inline void fix_advance(void *context, uint64_t ns)
{
	((struct fixture *)context)->clock += ns;
}

static inline void fix_power_cycle(void *context)
{
	((struct fixture *)context)->power_cycles++;
}

static inline bool fix_provoke(void *context, unsigned what)
{
	(void)context;
	return what == TESTER_CONFIG_CHANGE;
}

static inline uint64_t fix_flags(void *context)
{
	(void)context;
	return TESTER_PANEL_FLAG_LONG;
}

#endif
