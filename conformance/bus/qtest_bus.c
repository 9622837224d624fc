/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/qtest_bus.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "spec/byteorder.h"

/* A message's data, different for every vector and never zero. */
#define MESSAGE_DATA(vector) (0x56530000u | (vector))

/*
 * relax makes this many round trips without a pause; then a wait is a long one, and it sleeps as
 * well, ten microseconds first and doubling every fourth time.
 */
#define RELAX_TURNS     24u
#define RELAX_FIRST_NS  10000u
#define RELAX_DOUBLINGS 6u

/*
 * settle. What a device does by itself takes turns of QEMU's main loop: one for an ioeventfd or a
 * bottom half, another where one leads to the next. Measured on 7.2 and 11.1, from the notification
 * on: rng and net needed at most 2 turns until the used ring moved and the interrupt came, whatever
 * else the machine did. blk differs: a thread of its own does the work, up to 7 turns on an idle
 * machine and 2 more until the interrupt, and 25 turns and more when other programs keep the
 * processor busy; but any pause of ours lets it run.
 *
 * Hence turns, pauses between them, and turns after the last: with 4 to 12 busy programs on two
 * processors, not one of 132,000 requests and their interrupts was late. 0.4 ms when nothing else
 * runs.
 */
#define SETTLE_TURNS    4u
#define SETTLE_ROUNDS   3u
#define SETTLE_SLEEP_NS 20000

/* Interrupt lines as QEMU reports them; other devices' lines are none of ours. */
static void line_changed(void *context, unsigned line, bool level)
{
	struct vs_qtest_bus *qb = context;

	if (line == qb->host.line)
		qb->intx = level;
}

/* The level before the first change is reported: what the function itself says. */
static int first_level(struct vs_qtest_bus *qb)
{
	uint32_t command, status;

	if (vs_pci_host_read(&qb->host, PCI_COMMAND, 2, &command) ||
	    vs_pci_host_read(&qb->host, PCI_STATUS, 2, &status))
		return -1;
	qb->intx = status & PCI_STATUS_INTERRUPT && !(command & PCI_COMMAND_INTX_DISABLE);
	return 0;
}

int vs_qtest_bus_find(struct vs_qtest_bus *qb, unsigned number, unsigned devfn, char *error,
		      size_t size)
{
	uint32_t id;
	int result;

	qb->qtest.irq = line_changed;
	qb->qtest.context = qb;
	qb->intx = false;
	qb->relaxed = 0;
	if (vs_qtest_hello(&qb->qtest))
		return -1;
	result = vs_pci_host_open(&qb->host, &qb->qtest, number, devfn, error, size);
	if (result)
		return result;
	if (vs_pci_host_read(&qb->host, PCI_VENDOR_ID, 4, &id))
		return -1;
	if ((id & 0xffffu) != 0xffffu)
		return 0;
	snprintf(error, size, "there is no PCI function at %02x:%02x.%x of the %s machine", number,
		 devfn >> 3, devfn & 7, qb->host.machine->name);
	return 1;
}

int vs_qtest_bus_prepare(struct vs_qtest_bus *qb)
{
	struct vs_bus *bus = &qb->bus;

	if (vs_pci_host_intercept(&qb->host) || first_level(qb))
		return -1;
	bus->features |= VS_BUS_RAW_BARS | VS_BUS_MASTERING;
	if (qb->host.machine->messages)
		bus->features |= VS_BUS_MSIX;
	if (qb->host.machine->big_endian)
		bus->features |= VS_BUS_BIG_ENDIAN;
	if (qb->host.line != VS_NO_LINE)
		bus->features |= VS_BUS_INTX;
	if (qb->host.ecam)
		bus->features |= VS_BUS_EXTENDED_CONFIG;
	return vs_bus_map_bars(bus, &qb->host.machine->window);
}

int vs_qtest_bus_config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	return vs_pci_host_read(&vs_qtest_bus_of(bus)->host, offset, width, value);
}

int vs_qtest_bus_config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);

	qb->relaxed = 0;
	return vs_pci_host_write(&qb->host, offset, width, value);
}

int vs_qtest_bus_bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
			  uint64_t *value)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);
	uint64_t address = bus->bars[bar].address + offset;
	uint64_t high;

	if (!bus->bars[bar].io)
		return vs_qtest_memory_read(&qb->qtest, address, width, value);
	if (width < 8)
		return vs_pci_host_io_read(&qb->host, address, width, value);
	/* Ports have no 64-bit accesses: the lower half first. */
	if (vs_pci_host_io_read(&qb->host, address, 4, value) ||
	    vs_pci_host_io_read(&qb->host, address + 4, 4, &high))
		return -1;
	*value |= high << 32;
	return 0;
}

int vs_qtest_bus_bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
			   uint64_t value)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);
	uint64_t address = bus->bars[bar].address + offset;

	qb->relaxed = 0;
	if (!bus->bars[bar].io)
		return vs_qtest_memory_write(&qb->qtest, address, width, value);
	if (width < 8)
		return vs_pci_host_io_write(&qb->host, address, width, value);
	if (vs_pci_host_io_write(&qb->host, address, 4, value & 0xffffffffu))
		return -1;
	return vs_pci_host_io_write(&qb->host, address + 4, 4, value >> 32);
}

int vs_qtest_bus_intx(struct vs_bus *bus, bool *level)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);

	/* QEMU reports a change when it happens, so what there is to know has arrived. */
	if (vs_qtest_drain(&qb->qtest))
		return -1;
	*level = qb->intx;
	return 0;
}

int vs_qtest_bus_msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data)
{
	assert(vector < PCI_MSIX_MAX_VECTORS);
	*address = vs_qtest_bus_of(bus)->messages + 4ull * vector;
	*data = MESSAGE_DATA(vector);
	return 0;
}

int vs_qtest_bus_msix_take(struct vs_bus *bus, unsigned vector, bool *arrived)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);
	uint64_t address = qb->messages + 4ull * vector;
	uint64_t word;

	assert(vector < PCI_MSIX_MAX_VECTORS);
	if (qb->words) {
		uint32_t raw = __atomic_exchange_n(&qb->words[vector], 0, __ATOMIC_ACQ_REL);

		*arrived = vs_load_le32(&raw) == MESSAGE_DATA(vector);
		return 0;
	}
	if (vs_qtest_memory_read(&qb->qtest, address, 4, &word))
		return -1;
	*arrived = word == MESSAGE_DATA(vector);
	return word ? vs_qtest_memory_write(&qb->qtest, address, 4, 0) : 0;
}

uint64_t vs_qtest_bus_now(struct vs_bus *bus)
{
	(void)bus;
	return vs_monotonic_ns();
}

int vs_qtest_bus_relax(struct vs_bus *bus, uint64_t ns)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);
	uint64_t start = vs_monotonic_ns();
	uint64_t spent, sleep;
	unsigned doublings;

	if (vs_qtest_turn(&qb->qtest))
		return -1;
	if (++qb->relaxed <= RELAX_TURNS)
		return 0;
	/* A long wait: leave the processor to the others in steps that grow with it. */
	doublings = (qb->relaxed - RELAX_TURNS) / 4;
	sleep = (uint64_t)RELAX_FIRST_NS
		<< (doublings < RELAX_DOUBLINGS ? doublings : RELAX_DOUBLINGS);
	spent = vs_monotonic_ns() - start;
	if (spent >= ns)
		return 0;
	if (sleep > ns - spent)
		sleep = ns - spent;
	nanosleep(&(struct timespec){ .tv_nsec = (long)sleep }, NULL);
	return 0;
}

int vs_qtest_bus_settle(struct vs_bus *bus)
{
	struct vs_qtest_bus *qb = vs_qtest_bus_of(bus);

	for (unsigned i = 0; i < SETTLE_ROUNDS * SETTLE_TURNS; i++) {
		if (i && i % SETTLE_TURNS == 0)
			nanosleep(&(struct timespec){ .tv_nsec = SETTLE_SLEEP_NS }, NULL);
		if (vs_qtest_turn(&qb->qtest))
			return -1;
	}
	return 0;
}
