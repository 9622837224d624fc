/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bus behind a vfio-user server. Time is real and interrupts are eventfds,
 * unless the server has a tester's panel (spec/tester_panel.h), as ours does: then the device's
 * clock is ours to move, waiting costs nothing, and MSI-X messages are looked for in memory, where
 * the vector table sends them.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bus/line_channel.h"
#include "bus/vfio_user_bus.h"
#include "spec/tester_panel.h"

#define MSI_DATA 1u

/* Waiting in real time: short looks first, then naps that grow. */
#define LOOKS       16u
#define NAP_NS      UINT64_C(20000)
#define NAP_DOUBLES 6u
#define SETTLE_NS   UINT64_C(5000000)

static uint64_t panel_get(const struct vs_vfio_user_bus *b, unsigned offset)
{
	return __atomic_load_n((const uint64_t *)(const void *)(b->page + offset),
			       __ATOMIC_ACQUIRE);
}

int vs_vfio_user_panel_put(struct vs_vfio_user_bus *b, unsigned offset, uint64_t value)
{
	return vs_vfio_user_region_write(&b->v, b->v.panel, offset, sizeof(value), value);
}

static int config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	uint64_t wide;
	int result = vs_vfio_user_region_read(&vs_vfio_user_bus_of(bus)->v, VFIO_USER_REGION_CONFIG,
					      offset, width, &wide);

	vs_vfio_user_bus_of(bus)->relaxed = 0;
	*value = (uint32_t)wide;
	return result;
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	vs_vfio_user_bus_of(bus)->relaxed = 0;
	return vs_vfio_user_region_write(&vs_vfio_user_bus_of(bus)->v, VFIO_USER_REGION_CONFIG,
					 offset, width, value);
}

static int bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value)
{
	return vs_vfio_user_region_read(&vs_vfio_user_bus_of(bus)->v, bar, offset, width, value);
}

/* Each write is waited for: the next thing that the driver does may be to memory, which the device
 * is to see as it was. */
static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	vs_vfio_user_bus_of(bus)->relaxed = 0;
	return vs_vfio_user_region_write(&vs_vfio_user_bus_of(bus)->v, bar, offset, width, value);
}

static bool fired(int fd)
{
	uint64_t count;

	return fd >= 0 && read(fd, &count, sizeof(count)) == sizeof(count);
}

/* The eventfd tells of a rising line, which masks itself; unmasked, it fires again if it is up. */
static int intx_level(struct vs_bus *bus, bool *level)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);
	bool before;
	int result;

	*level = b->page && panel_get(b, TESTER_PANEL_LINE);
	if (b->page || b->intx < 0)
		return 0;
	before = fired(b->intx);
	result =
		vs_vfio_user_set_irq(&b->v, VFIO_USER_IRQ_INTX, 0, VFIO_USER_IRQ_ACTION_UNMASK, -1);
	*level = fired(b->intx) || (result > 0 && before);
	return result < 0 ? -1 : 0;
}

static int msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);

	assert(vector < PCI_MSIX_MAX_VECTORS);
	*address = VS_VFIO_USER_MSI_ADDRESS + (uint64_t)vector * VS_VFIO_USER_MSI_STRIDE;
	*data = MSI_DATA;
	if (b->page || b->vectors[vector] >= 0)
		return 0;
	b->vectors[vector] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->vectors[vector] < 0)
		return vs_bus_fail(bus, VS_BUS_DIED, "no eventfd for vector %u: %s", vector,
				   strerror(errno));
	return vs_vfio_user_set_irq(&b->v, VFIO_USER_IRQ_MSIX, vector, VFIO_USER_IRQ_ACTION_TRIGGER,
				    b->vectors[vector]) < 0
		       ? -1
		       : 0;
}

static int msix_take(struct vs_bus *bus, unsigned vector, bool *arrived)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);
	uint32_t *words = (uint32_t *)(void *)b->v.memories[VS_VFIO_USER_MESSAGES].host;

	assert(vector < PCI_MSIX_MAX_VECTORS);
	if (b->page)
		*arrived = __atomic_exchange_n(&words[vector], 0, __ATOMIC_ACQ_REL) != 0;
	else
		*arrived = fired(b->vectors[vector]);
	return 0;
}

static uint64_t now(struct vs_bus *bus)
{
	const struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);

	return b->page ? panel_get(b, TESTER_PANEL_CLOCK) : vs_monotonic_ns();
}

static int relax(struct vs_bus *bus, uint64_t ns)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);
	unsigned doubles;
	uint64_t nap;

	if (b->page)
		return vs_vfio_user_panel_put(b, TESTER_PANEL_ADVANCE, ns);
	if (++b->relaxed <= LOOKS)
		return vs_vfio_user_listen(&b->v, 0);
	doubles = (b->relaxed - LOOKS) / 4;
	nap = NAP_NS << (doubles < NAP_DOUBLES ? doubles : NAP_DOUBLES);
	return vs_vfio_user_listen(&b->v, nap < ns ? nap : ns);
}

/* What a device does by itself it does within this time, unless it means to be slow. */
static int settle(struct vs_bus *bus)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);

	if (b->page)
		return vs_vfio_user_panel_put(b, TESTER_PANEL_ADVANCE, 1000000);
	return vs_vfio_user_listen(&b->v, SETTLE_NS);
}

static int provoke(struct vs_bus *bus, enum vs_provocation what)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);

	if (!b->page || what != VS_PROVOKE_CONFIG_CHANGE)
		return 1;
	if (vs_vfio_user_panel_put(b, TESTER_PANEL_PROVOKE, TESTER_CONFIG_CHANGE))
		return -1;
	return panel_get(b, TESTER_PANEL_PROVOKE) ? 1 : 0;
}

static const char *describe(struct vs_bus *bus)
{
	return vs_vfio_user_bus_of(bus)->about;
}

const struct vs_bus_ops vs_vfio_user_ops = {
	.name = "vfio-user",
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.intx = intx_level,
	.msix_route = msix_route,
	.msix_take = msix_take,
	.now = now,
	.relax = relax,
	.settle = settle,
	.provoke = provoke,
	.restart = vs_vfio_user_restart,
	.describe = describe,
	.close = vs_vfio_user_close,
};
