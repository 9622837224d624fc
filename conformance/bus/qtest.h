/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tester's side of QEMU's qtest protocol: one command a line, one answer a line, and interrupt
 * lines whenever they please. Knows memory and ports of the machine, nothing of PCI.
 *
 * A failure (connection closed, deadline missed, an answer that is not qtest) becomes the state of
 * the bus, with a sentence. Functions return 0, or -1 when the bus is not alive.
 */
#ifndef VS_QTEST_H
#define VS_QTEST_H

#include "bus/bus.h"
#include "bus/line_channel.h"

struct vs_qtest {
	struct vs_bus *bus; /* its deadline, its counter of round trips, its state */
	struct vs_line_channel channel;
	const char *peer; /* what the sentences call the other side: "QEMU" */
	/* Interrupt line `line` of the intercepted controller changed; or NULL. */
	void (*irq)(void *context, unsigned line, bool level);
	/* The bus has just left ALIVE: the place to make its sentence a better one; or NULL. */
	void (*failed)(void *context);
	void *context;    /* of these two */
	bool big_endian;  /* the peer's machine is */
	bool steps_clock; /* virtual time stands still but for clock_step */
	uint64_t stepped; /* when it was last stepped, on the monotonic clock */
};

/*
 * Takes over fd, a connected stream socket, and fills in *qtest but for the callbacks. Returns 0,
 * or -1 without memory. Exchanges nothing yet. Close with vs_qtest_close.
 */
int vs_qtest_open(struct vs_qtest *qtest, struct vs_bus *bus, int fd, const char *peer);
void vs_qtest_close(struct vs_qtest *qtest);

/*
 * Sends one command (no newline) and waits for its answer. Returns 0 for OK, 1 where the peer
 * refused the command, -1 when the bus is not alive. *rest, unless rest is NULL, is what followed
 * the first word, valid until the next call.
 */
int vs_qtest_command(struct vs_qtest *qtest, const char **rest, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Learns the peer's byte order and whether its virtual time has to be stepped. The first exchange
 * with a peer. */
int vs_qtest_hello(struct vs_qtest *qtest);

/*
 * Memory: width 1, 2, 4, 8; the value is that of a little-endian number. Ports: 1, 2, 4, inside
 * [0, 0x10000). Any alignment.
 */
int vs_qtest_memory_read(struct vs_qtest *qtest, uint64_t address, unsigned width, uint64_t *value);
int vs_qtest_memory_write(struct vs_qtest *qtest, uint64_t address, unsigned width, uint64_t value);
int vs_qtest_port_read(struct vs_qtest *qtest, uint64_t port, unsigned width, uint64_t *value);
int vs_qtest_port_write(struct vs_qtest *qtest, uint64_t port, unsigned width, uint64_t value);

/* Moves size bytes between guest memory at `address` and data. */
int vs_qtest_block_read(struct vs_qtest *qtest, uint64_t address, void *data, size_t size);
int vs_qtest_block_write(struct vs_qtest *qtest, uint64_t address, const void *data, size_t size);

/* The cheapest exchange: QEMU's main loop turns once, and its virtual time catches up. */
int vs_qtest_turn(struct vs_qtest *qtest);

/* Takes interrupt lines that have arrived, without waiting. */
int vs_qtest_drain(struct vs_qtest *qtest);

#endif
