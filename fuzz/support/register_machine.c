/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/register_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/support/plain.h"
#include "fuzz/support/rewind.h"
#include "fuzz/support/target.h"
#include "mock-device/model/mock.h"

FUZZ_PLAIN

struct machine {
	struct mock *mock;
	struct register_events events;
	struct rewind rewind;
};

static void *no_map(void *context, uint64_t address, size_t size)
{
	(void)context;
	(void)address;
	(void)size;
	return NULL;
}

static int zeroes(void *context, uint64_t address, void *data, size_t size)
{
	(void)context;
	(void)address;
	memset(data, 0, size);
	return 0;
}

static int nowhere(void *context, uint64_t address, const void *data, size_t size)
{
	(void)context;
	(void)address;
	(void)data;
	(void)size;
	return 0;
}

static void message(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	struct register_events *events = context;

	(void)vector;
	(void)address;
	(void)data;
	events->messages++;
}

static void line(void *context, bool level)
{
	struct register_events *events = context;

	events->line = level;
}

static void make(struct machine *machine, enum register_interface interface, unsigned choice)
{
	static const char *const classes[] = { "blk", "net", "console", "rng" };
	static const enum mock_interface interfaces[REGISTER_INTERFACES] = { MOCK_MODERN,
									     MOCK_TRANSITIONAL,
									     MOCK_LEGACY };
	struct mock_settings settings = {
		.class_name = classes[choice % 4],
		.interface = interfaces[interface],
		.packed = !interface && choice >= 4,
		.big_endian = interface && choice >= 4,
	};
	struct mock_host host = { .context = &machine->events,
				  .dma_map = no_map,
				  .dma_read = zeroes,
				  .dma_write = nowhere,
				  .msi = message,
				  .intx = line };
	char error[256];

	machine->mock = mock_create(&settings, &host, error, sizeof(error));
	if (!machine->mock) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	rewind_take(&machine->rewind, machine->mock, NULL, 0);
}

struct register_device register_device(enum register_interface interface, unsigned choice)
{
	static struct machine machines[REGISTER_INTERFACES][REGISTER_CHOICES];
	struct machine *machine = &machines[interface][choice % REGISTER_CHOICES];

	if (!machine->mock)
		make(machine, interface, choice % REGISTER_CHOICES);
	rewind_back(&machine->rewind, machine->mock);
	machine->events = (struct register_events){ 0 };
	return (struct register_device){ machine->mock, &machine->events };
}

struct register_record register_record(struct fuzz_input *in)
{
	struct register_record record;

	record.what = (uint8_t)fuzz_number(in, 1);
	record.where = (uint8_t)fuzz_number(in, 1);
	record.width = (uint8_t)fuzz_number(in, 1);
	record.through = (uint8_t)fuzz_number(in, 1);
	record.offset = (uint32_t)fuzz_number(in, 4);
	record.value = (uint32_t)fuzz_number(in, 4);
	return record;
}

void register_seed(struct fuzz_seeds *seeds, const char *name, const uint8_t *head,
		   const struct register_record *records, unsigned count)
{
	uint8_t bytes[REGISTER_HEAD + 64 * REGISTER_RECORD];
	size_t size = REGISTER_HEAD;

	memcpy(bytes, head, REGISTER_HEAD);
	for (unsigned i = 0; i < count && i < 64; i++) {
		const struct register_record *record = &records[i];

		bytes[size++] = record->what;
		bytes[size++] = record->where;
		bytes[size++] = record->width;
		bytes[size++] = record->through;
		for (unsigned j = 0; j < 32; j += 8)
			bytes[size++] = (uint8_t)(record->offset >> j);
		for (unsigned j = 0; j < 32; j += 8)
			bytes[size++] = (uint8_t)(record->value >> j);
	}
	fuzz_seed(seeds, name, bytes, size);
}

FUZZ_PLAIN_END
