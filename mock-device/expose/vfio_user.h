/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vfio-user server: exposes one PCI function to one client at a time over a UNIX socket. It is
 * transport only. What it exposes is a struct of functions, so that an observer can stand between
 * the client and the device.
 *
 * The client is hostile: nothing it sends, withholds or takes away blocks, crashes or grows the
 * server. It gets the protocol's error, or is dropped where its stream makes no sense any more.
 *
 * One thread; everything that is exposed is called from inside expose_step() and expose_close(),
 * and nothing of it may call those. Values are host integers of the little-endian number on the
 * wire.
 */
#ifndef EXPOSE_VFIO_USER_H
#define EXPOSE_VFIO_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a BAR claims: size 0 where there is none, or it is the upper half of the one before. */
struct expose_bar {
	uint64_t size; /* bytes */
	bool io, is64;
};

/* Where an access to a BAR goes. */
struct expose_place {
	unsigned bar;
	uint64_t offset; /* in the BAR; the access lies inside */
	/* Like a host bridge the server remembers what the client wrote to the BAR registers: this
	 * is the bus address that the access has, for a device that decodes addresses itself. */
	uint64_t address;
	bool io;
	bool placed; /* false: the client gave the BAR no address, `address` means nothing */
};

enum expose_health {
	EXPOSE_ALIVE,
	EXPOSE_GONE, /* the client is dropped */
	EXPOSE_HUNG, /* the client is not answered any more, until it goes */
};

/*
 * A tester's panel, beside the device: a region of its own (see spec/tester_panel.h), by which a
 * client that knows of it drives the device's clock and environment.
 */
struct expose_panel {
	uint64_t (*clock)(void *context); /* nanoseconds */
	/* From the first use of these on, time passes only by advance, until the client goes. */
	void (*advance)(void *context, uint64_t ns);
	void (*power_cycle)(void *context);
	/* Whether the environment of the device can do that (enum of spec/tester_panel.h). */
	bool (*provoke)(void *context, unsigned what);
	uint64_t (*flags)(void *context); /* TESTER_PANEL_FLAG_… */
};

/* What is exposed. Functions that are marked may be NULL. */
struct expose_function {
	void *context;

	/* What the client does. Configuration space is 4096 bytes; widths are 1, 2 or 4, in BARs
	 * also 8; offsets need no alignment. Longer accesses of a client come in pieces. */
	uint32_t (*config_read)(void *context, unsigned offset, unsigned width);
	void (*config_write)(void *context, unsigned offset, unsigned width, uint32_t value);
	uint64_t (*bar_read)(void *context, const struct expose_place *at, unsigned width);
	void (*bar_write)(void *context, const struct expose_place *at, unsigned width,
			  uint64_t value);
	/* A function reset; what it does to the INTx line is told by expose_intx() as ever. */
	void (*reset)(void *context);

	/* What a BAR claims now. */
	struct expose_bar (*bar_info)(void *context, unsigned bar);

	/* The server's own looks and touches, which are none of the driver's doing: an observer
	 * lets them pass. Only the MSI-X capability, the interrupt pin and the MSI-X table. */
	uint32_t (*quiet_config_read)(void *context, unsigned offset, unsigned width);
	uint64_t (*quiet_bar_read)(void *context, unsigned bar, uint64_t offset, unsigned width);
	void (*quiet_bar_write)(void *context, unsigned bar, uint64_t offset, unsigned width,
				uint64_t value);

	/* Asked after every call of the above. */
	enum expose_health (*health)(void *context);

	/* For observers; each may be NULL. Memory can be reached inside both dma_mapped and
	 * dma_unmapped; what is mapped when a client goes is unmapped before `detached`. */
	void (*dma_mapped)(void *context, uint64_t address, uint64_t size, bool readable,
			   bool writable);
	void (*dma_unmapped)(void *context, uint64_t address, uint64_t size);
	void (*attached)(void *context); /* a client has negotiated the version */
	void (*detached)(void *context); /* it went, or was dropped */
	/* An interrupt was handed to the client: a vector, or EXPOSE_INTX with its level. */
	void (*interrupted)(void *context, unsigned vector, bool level);

	const struct expose_panel *panel; /* NULL: none is offered */
};

#define EXPOSE_INTX 0xffffffffu

struct expose_server;

/*
 * Listens on `path`; a socket that nobody listens on any more is replaced. `function` is copied.
 * NULL with one sentence in error. SIGPIPE is not an issue.
 */
struct expose_server *expose_listen(const char *path, const struct expose_function *function,
				    char *error, size_t size);

/* Drops the client and removes the socket. */
void expose_close(struct expose_server *server);

/*
 * Waits up to timeout_ms (-1 for ever, 0 not at all) for something to come, and serves at most one
 * message, so that the caller's clock gets its turn. Returns whether a client is attached now, or
 * -1 with errno where the server itself cannot go on. A signal ends the wait.
 */
int expose_step(struct expose_server *server, int timeout_ms);

/* Whether a client is attached, and how many were so far. */
bool expose_attached(const struct expose_server *server);
uint64_t expose_clients(const struct expose_server *server);

/* Why the last client was dropped, one sentence, or NULL where it went by itself. */
const char *expose_complaint(const struct expose_server *server);

/*
 * For the device, to reach the client. DMA: memory that the client mapped. expose_dma_map gives
 * host memory behind the whole range, readable and writable and valid until the call into the
 * device returns; NULL where there is none that cannot be taken away (only memory that is sealed
 * against shrinking is mapped). expose_dma_read and expose_dma_write work in any case, by message
 * if need be; -1 when a byte of the range is not memory, may not be read or written, or the client
 * did not answer. [address, address + size) does not wrap.
 */
void *expose_dma_map(struct expose_server *server, uint64_t address, size_t size);
int expose_dma_read(struct expose_server *server, uint64_t address, void *data, size_t size);
int expose_dma_write(struct expose_server *server, uint64_t address, const void *data, size_t size);

/*
 * An MSI-X message: to memory, where `address` is not 0 and memory that the client mapped; else to
 * the client's eventfd for the vector. An address of 0 is that of a table which the client keeps to
 * itself.
 */
void expose_msi(struct expose_server *server, unsigned vector, uint64_t address, uint32_t data);

/* The INTx line has this level now. */
void expose_intx(struct expose_server *server, bool level);

#endif
