/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sizing and placing BARs, in place of firmware. None of it is recorded in the trace: it is the
 * platform's work and not the driver's.
 *
 * What a register answers decides nothing but the six entries of bus->bars: a nonsensical size is
 * reported as it is, and a BAR that cannot be placed as it claims is left without an address.
 */
#include <assert.h>
#include <string.h>

#include "bus/bus.h"

/* What the six registers held and what they answered. */
struct probe {
	uint32_t before[PCI_BAR_COUNT];
	uint32_t raw[PCI_BAR_COUNT];
};

/* Next free addresses of the window. */
struct cursor {
	uint64_t memory, memory64, io;
};

static unsigned bar_register(unsigned bar)
{
	return PCI_BAR0 + 4 * bar;
}

static int read_config(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	*value = 0;
	if (bus->state != VS_BUS_ALIVE || bus->ops->config_read(bus, offset, width, value))
		return -1;
	return 0;
}

static int write_config(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	if (bus->state != VS_BUS_ALIVE || bus->ops->config_write(bus, offset, width, value))
		return -1;
	return 0;
}

static int probe_registers(struct vs_bus *bus, struct probe *probe)
{
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		unsigned offset = bar_register(i);

		if (read_config(bus, offset, 4, &probe->before[i]) ||
		    write_config(bus, offset, 4, UINT32_MAX) ||
		    read_config(bus, offset, 4, &probe->raw[i]) ||
		    write_config(bus, offset, 4, probe->before[i]))
			return -1;
	}
	return 0;
}

/* The size that a mask of writable address bits stands for: any number for a mask with holes. */
static uint64_t mask_size(uint64_t mask, unsigned bits)
{
	uint64_t all = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

	return mask ? (~mask & all) + 1 : 0;
}

/* Reads entry i off the answers. An answer of all ones is an absent function's: no BAR. */
static void interpret(struct vs_bus *bus, const struct probe *probe, unsigned i)
{
	struct vs_bar *bar = &bus->bars[i];
	uint32_t raw = probe->raw[i];
	uint32_t mask;

	*bar = (struct vs_bar){ .raw = raw };
	if (!raw || raw == UINT32_MAX)
		return;
	if (raw & PCI_BAR_SPACE_IO) {
		mask = raw & PCI_BAR_IO_MASK;
		bar->io = true;
		/* The upper half may be hard-wired to zero: I/O space has 16 bits on PCs. */
		bar->size = mask_size(mask, mask >> 16 ? 32 : 16);
		bar->address = probe->before[i] & PCI_BAR_IO_MASK;
		return;
	}
	mask = raw & PCI_BAR_MEM_MASK;
	bar->prefetch = raw & PCI_BAR_MEM_PREFETCH;
	bar->address = probe->before[i] & PCI_BAR_MEM_MASK;
	/* The last register has no upper half, whatever it claims. */
	bar->is64 = (raw & PCI_BAR_MEM_TYPE_MASK) == PCI_BAR_MEM_TYPE_64 && i + 1 < PCI_BAR_COUNT;
	if (!bar->is64) {
		bar->size = mask_size(mask, 32);
		return;
	}
	bar->size = mask_size((uint64_t)probe->raw[i + 1] << 32 | mask, 64);
	bar->address |= (uint64_t)probe->before[i + 1] << 32;
}

/* The smallest power of two that is not below size, or 0 when there is none. */
static uint64_t round_up_pow2(uint64_t size)
{
	uint64_t power = 1;

	while (power && power < size)
		power <<= 1;
	return power;
}

/* Takes `size` bytes of [*next, end), aligned to the size. 0 when they do not fit. */
static uint64_t allocate(uint64_t *next, uint64_t end, uint64_t size)
{
	uint64_t align = round_up_pow2(size);
	uint64_t start;

	if (!align || *next > UINT64_MAX - (align - 1))
		return 0;
	start = (*next + align - 1) & ~(align - 1);
	if (start >= end || size > end - start)
		return 0;
	*next = start + size;
	return start;
}

static uint64_t choose(const struct vs_bar *bar, const struct vs_bar_window *window,
		       struct cursor *cursor)
{
	uint64_t address;

	if (bar->io)
		return allocate(&cursor->io, window->io_end, bar->size);
	address = allocate(&cursor->memory, window->memory_end, bar->size);
	if (!address && bar->is64)
		address = allocate(&cursor->memory64, window->memory64_end, bar->size);
	return address;
}

/* Writes the address and looks whether it stuck; a BAR that did not take it is not usable. */
static int place(struct vs_bus *bus, const struct probe *probe, unsigned i, uint64_t address)
{
	struct vs_bar *bar = &bus->bars[i];
	uint32_t mask = bar->io ? PCI_BAR_IO_MASK : PCI_BAR_MEM_MASK;
	uint32_t low, high = 0;

	bar->address = 0;
	if (!address)
		return 0;
	if (bar->is64 && (write_config(bus, bar_register(i + 1), 4, (uint32_t)(address >> 32)) ||
			  read_config(bus, bar_register(i + 1), 4, &high)))
		return -1;
	if (write_config(bus, bar_register(i), 4, (uint32_t)address) ||
	    read_config(bus, bar_register(i), 4, &low))
		return -1;
	if (((uint64_t)high << 32 | (low & mask)) == address) {
		bar->address = address;
		return 0;
	}
	if (write_config(bus, bar_register(i), 4, probe->before[i]))
		return -1;
	return bar->is64 ? write_config(bus, bar_register(i + 1), 4, probe->before[i + 1]) : 0;
}

static int place_all(struct vs_bus *bus, const struct probe *probe,
		     const struct vs_bar_window *window)
{
	struct cursor cursor = { window->memory, window->memory64, window->io };

	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		struct vs_bar *bar = &bus->bars[i];

		if (bar->size && place(bus, probe, i, choose(bar, window, &cursor)))
			return -1;
	}
	return 0;
}

int vs_bus_map_bars(struct vs_bus *bus, const struct vs_bar_window *window)
{
	const uint32_t decode = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
	struct probe probe;
	uint32_t command;

	memset(bus->bars, 0, sizeof(bus->bars));
	if (read_config(bus, PCI_COMMAND, 2, &command) ||
	    write_config(bus, PCI_COMMAND, 2, command & ~decode) || probe_registers(bus, &probe))
		return -1;
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		interpret(bus, &probe, i);
		if (bus->bars[i].is64) {
			i++;
			bus->bars[i].raw = probe.raw[i];
		}
	}
	if (bus->features & VS_BUS_RAW_BARS) {
		assert(window->memory && window->io);
		bus->window = *window;
		if (place_all(bus, &probe, window))
			return -1;
	}
	return write_config(bus, PCI_COMMAND, 2, command);
}

int vs_bus_move_bar(struct vs_bus *bus, unsigned bar, uint64_t address)
{
	struct vs_bar *b = &bus->bars[bar];

	assert(bar < PCI_BAR_COUNT && b->address);
	if (vs_bus_config_write(bus, bar_register(bar), 4, (uint32_t)address) ||
	    (b->is64 &&
	     vs_bus_config_write(bus, bar_register(bar + 1), 4, (uint32_t)(address >> 32))))
		return -1;
	b->address = address;
	return 0;
}
