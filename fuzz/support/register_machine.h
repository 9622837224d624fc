/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mock devices whose registers are accessed: one of each class, interface and byte order, made when
 * it is first wanted and put back to power-on for each input. The memory of its guest is all zeroes
 * everywhere and keeps nothing, so that any ring is an empty one.
 */
#ifndef FUZZ_REGISTER_MACHINE_H
#define FUZZ_REGISTER_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct mock;

#define REGISTER_HEAD   4u
#define REGISTER_RECORD 12u

/* A record: 0 what, 1 where, 2 width (log2), 3 through what, 4 offset, 8 value. */
struct register_record {
	uint8_t what, where, width, through;
	uint32_t offset, value;
};

struct fuzz_input;
struct fuzz_seeds;
struct register_record register_record(struct fuzz_input *in);
void register_seed(struct fuzz_seeds *seeds, const char *name, const uint8_t *head,
		   const struct register_record *records, unsigned count);

/* How many messages were sent, and where the INTx line is, since the device was put back. */
struct register_events {
	unsigned messages;
	bool line;
};

struct register_device {
	struct mock *mock;
	const struct register_events *events;
};

enum register_interface { REGISTER_MODERN, REGISTER_TRANSITIONAL, REGISTER_LEGACY };
#define REGISTER_INTERFACES 3u

/* `choice` modulo 4: the class; 4 and up: packed rings (modern), a big-endian guest (others). */
struct register_device register_device(enum register_interface interface, unsigned choice);
#define REGISTER_CHOICES 8u

#endif
