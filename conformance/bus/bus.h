/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a tester reaches one PCI function: configuration space, BARs, DMA memory, interrupts, time.
 *
 * A bus knows PCI and nothing of virtio. Everything that the function answers is hostile: a bus
 * bounds every wait and turns a peer that vanished, hung or answered nonsense into a state with a
 * sentence, never into a crash. After a failure the bus stays in that state until vs_bus_restart().
 *
 * Functions return 0, or -1 when the bus is not alive (any more); `state` and `reason` say why.
 * Values are host integers of the little-endian number on the wire. Widths are 1, 2, 4 (config) or
 * 1, 2, 4, 8 (BAR) bytes; offsets need no alignment: a bus passes odd accesses on as they are.
 */
#ifndef VS_BUS_H
#define VS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/pci.h"
#include "trace/trace.h"

struct vs_bus;

enum vs_bus_state {
	VS_BUS_ALIVE,
	VS_BUS_DIED, /* the device's process or the device went away */
	VS_BUS_HUNG, /* it no longer answers within the deadline */
};

/* What a bus can do beyond the least, in `features`. */
#define VS_BUS_EXTENDED_CONFIG 0x01u /* 4096 bytes of configuration space, not 256 */
#define VS_BUS_INTX            0x02u /* the INTx line can be observed */
#define VS_BUS_MSIX            0x04u /* MSI-X messages can be observed */
#define VS_BUS_RAW_BARS        0x08u /* BAR registers and decoding reach the device unaltered */
#define VS_BUS_RESTART         0x10u /* vs_bus_restart gives a device at power-on */
#define VS_BUS_FRESH           0x20u /* the device is at power-on: nobody drove it before us */
#define VS_BUS_MASTERING       0x40u /* turning bus mastering off reaches the device */
#define VS_BUS_BIG_ENDIAN      0x80u /* of a big-endian machine: legacy rings are in its order */
/* Checks of very many requests are worth their time. */
#define VS_BUS_LONG            0x100u

/* What a tester may ask of the device's environment, beside the driver's interface. */
enum vs_provocation {
	VS_PROVOKE_CONFIG_CHANGE, /* change a field of the device-specific configuration, once */
};

/* A BAR as found by sizing it (PCI 3.0, 6.2.5.1). size 0: not implemented (or an upper half). */
struct vs_bar {
	uint64_t size;    /* bytes, a power of two on a sane device */
	uint64_t address; /* where the bus placed it */
	uint32_t raw;     /* what the register read back after all ones were written */
	bool io;
	bool is64; /* takes the following register as its upper half */
	bool prefetch;
};

/* Where BARs can go. */
struct vs_bar_window {
	uint64_t memory, memory_end;     /* [memory, memory_end) below 4 GiB */
	uint64_t memory64, memory64_end; /* for 64-bit BARs too large for it; empty if equal */
	uint64_t io, io_end;
};

/*
 * Memory that the device can reach by DMA: one region, mapped in the tester at `host` and seen by
 * the device at `address`. Where it is not shared, vs_bus_pull and vs_bus_push move bytes.
 */
struct vs_dma {
	uint8_t *host;
	uint64_t address; /* of host[0] on the bus, aligned to 64 KiB */
	size_t size;      /* bytes; [0, size) */
};

struct vs_bus_ops {
	const char *name; /* of the way: "mock", "qemu", … */
	int (*config_read)(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value);
	int (*config_write)(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value);
	int (*bar_read)(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
			uint64_t *value);
	int (*bar_write)(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
			 uint64_t value);
	/* NULL where DMA memory is shared: bring [offset, offset + size) of it up to date. */
	int (*pull)(struct vs_bus *bus, size_t offset, size_t size);
	int (*push)(struct vs_bus *bus, size_t offset, size_t size);
	/* Level of the INTx line now. */
	int (*intx)(struct vs_bus *bus, bool *level);
	/* Where to point MSI-X table entry `vector`, so that vs_bus_msix_take sees its messages. */
	int (*msix_route)(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data);
	/* Whether a message of `vector` arrived since the last call. */
	int (*msix_take)(struct vs_bus *bus, unsigned vector, bool *arrived);
	/* Nanoseconds on a clock that never goes back; a bus may run on virtual time. */
	uint64_t (*now)(struct vs_bus *bus);
	/* Lets the device work and up to `ns` pass: waiting loops call this between two looks. */
	int (*relax)(struct vs_bus *bus, uint64_t ns);
	/* Waits until what the device is about to do by itself has been done, as far as can be
	 * told. */
	int (*settle)(struct vs_bus *bus);
	int (*provoke)(struct vs_bus *bus, enum vs_provocation what);
	/* One window of the features that the device offers, where the bus knows; or NULL. */
	uint32_t (*offers)(struct vs_bus *bus, unsigned window);
	/* How often the device-specific configuration has changed, where the bus knows; or NULL. */
	uint64_t (*config_changes)(struct vs_bus *bus);
	/* Puts the device back to power-on, its process started anew where it has one. */
	int (*restart)(struct vs_bus *bus);
	/* What the device's process wrote since the last call, or "". Owned by the bus. */
	const char *(*evidence)(struct vs_bus *bus);
	/* One line about what stands behind the bus ("QEMU 7.2.22, q35"), or NULL for none. */
	const char *(*describe)(struct vs_bus *bus);
	void (*close)(struct vs_bus *bus);
};

/* Who wants to look at DMA memory around every access: what is different before one, the driver has
 * done, what is different after it, the device. */
struct vs_bus_watcher {
	void (*before)(void *context);
	void (*after)(void *context);
	void *context;
};

struct vs_bus {
	const struct vs_bus_ops *ops;
	unsigned features; /* VS_BUS_… */
	struct vs_dma dma;
	uint8_t *shadow; /* of DMA memory: what was pushed last, or NULL; owned by the caller */
	struct vs_bar bars[PCI_BAR_COUNT];
	struct vs_bar_window window;          /* where they were placed; empty if not by us */
	struct vs_trace *trace;               /* where accesses go, or NULL; owned by the caller */
	const struct vs_bus_watcher *watcher; /* or NULL; owned by the caller */
	enum vs_bus_state state;
	char reason[320];     /* one sentence on why it is not alive */
	uint64_t round_trips; /* accesses and waits that went to the peer, for benchmarks */
	uint64_t deadline_ns; /* how long one access may take before the peer counts as hung */
	bool intx_level;      /* as last recorded in the trace */
	unsigned changes;     /* of its configuration, by provocation, since it started */
};

/* Accesses, recorded in the trace. On failure *value is all ones. */
int vs_bus_config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value);
int vs_bus_config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value);
int vs_bus_bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value);
int vs_bus_bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value);

/* Before reading, and after writing, `size` bytes of DMA memory at host address `at`. */
int vs_bus_pull(struct vs_bus *bus, const void *at, size_t size);
int vs_bus_push(struct vs_bus *bus, const void *at, size_t size);

/*
 * Rewrites the registers of a BAR, to which the caller has turned decoding off, and looks for the
 * BAR at that address from now on. Nobody reads the registers back.
 */
int vs_bus_move_bar(struct vs_bus *bus, unsigned bar, uint64_t address);

int vs_bus_intx(struct vs_bus *bus, bool *level);
int vs_bus_msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data);
int vs_bus_msix_take(struct vs_bus *bus, unsigned vector, bool *arrived);
uint64_t vs_bus_now(struct vs_bus *bus);
int vs_bus_relax(struct vs_bus *bus, uint64_t ns);
int vs_bus_settle(struct vs_bus *bus);

/* 0 done, 1 the environment of this device offers no way, -1 the bus is not alive. */
int vs_bus_provoke(struct vs_bus *bus, enum vs_provocation what);

/*
 * The device as after power-on: its process anew where it has one. BARs are placed again; DMA
 * memory stays where it is, with contents undefined. -1 also where there is no VS_BUS_RESTART.
 */
int vs_bus_restart(struct vs_bus *bus);
const char *vs_bus_evidence(struct vs_bus *bus);
const char *vs_bus_describe(struct vs_bus *bus);
void vs_bus_close(struct vs_bus *bus);

/* For backends: enters a state other than ALIVE with a sentence; returns -1. */
int vs_bus_fail(struct vs_bus *bus, enum vs_bus_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Sizes the function's BARs and, where the bus has VS_BUS_RAW_BARS, places them: memory BARs in
 * [window.memory, …), I/O BARs in [window.io, …), each aligned to its size. Leaves decoding as it
 * found it. Fills bus->bars. A BAR that does not fit keeps address 0 and is not usable.
 */
int vs_bus_map_bars(struct vs_bus *bus, const struct vs_bar_window *window);

#endif
