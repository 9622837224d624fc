/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the buses over qtest have in common, whoever started the QEMU: accesses, interrupts, time.
 */
#ifndef VS_QTEST_BUS_H
#define VS_QTEST_BUS_H

#include "bus/pci_host.h"

/* Guest memory that a bus over qtest gives out, unless told otherwise. */
#define VS_QTEST_ARENA_ADDRESS 0x1000000u
#define VS_QTEST_ARENA_SIZE    0x1000000u

/* Memory at the arena's end, not given out, where MSI-X messages land: one word a vector. */
#define VS_QTEST_MESSAGE_SIZE 0x2000u

struct vs_qtest_bus {
	struct vs_bus bus; /* first: a vs_bus of these ways is one of these */
	struct vs_qtest qtest;
	struct vs_pci_host host;
	bool intx;         /* level of the function's line */
	unsigned relaxed;  /* calls of relax since the tester last wrote anything */
	uint64_t messages; /* guest address of the words where MSI-X messages land */
	uint32_t *words;   /* the same words, where memory is shared; else NULL */
};

static inline struct vs_qtest_bus *vs_qtest_bus_of(struct vs_bus *bus)
{
	return (struct vs_qtest_bus *)bus;
}

/*
 * What a connected qtest has to go through before it is a bus, in two steps: finding the function
 * (greets, tells the machine from its host bridge, sees whether a function is there), and making it
 * usable (routes INTx, sizes and places the BARs, sets bus->features). The first returns 0; 1 with
 * a sentence in error where this machine or function cannot be used; both return -1 when the bus
 * is not alive.
 */
int vs_qtest_bus_find(struct vs_qtest_bus *qb, unsigned number, unsigned devfn, char *error,
		      size_t size);
int vs_qtest_bus_prepare(struct vs_qtest_bus *qb);

/* Operations for struct vs_bus_ops. */
int vs_qtest_bus_config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value);
int vs_qtest_bus_config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value);
int vs_qtest_bus_bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
			  uint64_t *value);
int vs_qtest_bus_bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
			   uint64_t value);
int vs_qtest_bus_intx(struct vs_bus *bus, bool *level);
int vs_qtest_bus_msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data);
int vs_qtest_bus_msix_take(struct vs_bus *bus, unsigned vector, bool *arrived);
uint64_t vs_qtest_bus_now(struct vs_bus *bus);
int vs_qtest_bus_relax(struct vs_bus *bus, uint64_t ns);
int vs_qtest_bus_settle(struct vs_bus *bus);

#endif
