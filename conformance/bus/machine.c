/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/machine.h"

#include <string.h>

/* cli; hlt; jmp to the cli */
static const uint8_t halt_x86[] = { 0xfa, 0xf4, 0xeb, 0xfc };

/*
 * A G3 halts when MSR.POW is set with a mode chosen in HID0: lis r3,0x80 (doze); mtspr hid0,r3;
 * mfmsr r4; oris r4,r4,4; sync; mtmsr r4; isync; b to the sync.
 */
static const uint8_t halt_g3[] = {
	0x3c, 0x60, 0x00, 0x80, 0x7c, 0x70, 0xfb, 0xa6, 0x7c, 0x80, 0x00,
	0xa6, 0x64, 0x84, 0x00, 0x04, 0x7c, 0x00, 0x04, 0xac, 0x7c, 0x80,
	0x01, 0x24, 0x4c, 0x00, 0x01, 0x2c, 0x4b, 0xff, 0xff, 0xf4,
};

/* The interval timer is off because its interrupts would come over qtest 36 times a second, and
 * fill the connection while we do something else. */
#define X86_START                                               \
	.program = "qemu-system-x86_64", .options = ",pit=off", \
	.firmware = {                                           \
		.size = 0x10000,                                \
		.reset = 0xfff0,                                \
		.code = halt_x86,                               \
		.code_size = sizeof(halt_x86),                  \
	}

#define X86_WINDOW                                                                           \
	{                                                                                    \
		.memory = 0xe0000000u, .memory_end = 0xf0000000u,                            \
		.memory64 = UINT64_C(0x8000000000), .memory64_end = UINT64_C(0x10000000000), \
		.io = 0xe000u, .io_end = 0x10000u,                                           \
	}

static const struct vs_machine machines[] = {
	{
		.name = "q35",
		.bridge = 0x29c08086u,
		.messages = true,
		.config = 0xcf8u,
		.data = 0xcfcu,
		.ecam = true,
		.pic = "ioapic",
		/* Devices 0 to 24 are wired to PIRQ[E-H], these to lines 20 to 23 of the IOAPIC.
		 * Those above have a routing register each, and are not for add-in functions. */
		.first_line = 20,
		.devices = 25,
		.window = X86_WINDOW,
		X86_START,
	},
	{
		.name = "pc",
		.bridge = 0x12378086u,
		.messages = true,
		.config = 0xcf8u,
		.data = 0xcfcu,
		.pic = "ioapic",
		.wiring = VS_WIRED_ROUTED,
		.devices = 32,
		.window = X86_WINDOW,
		X86_START,
	},
	{
		.name = "g3beige",
		.bridge = 0x00021057u,
		.big_endian = true,
		.mapped = true,
		.io = 0xfe000000u,
		.config = 0xfec00000u,
		.data = 0xfee00000u,
		.pic = "pic",
		.first_line = 0x15,
		.devices = 32,
		/* Memory of the bus is seen at its own addresses, from 0x80000000 on. */
		.window = {
			.memory = 0x90000000u,
			.memory_end = 0xf0000000u,
			.io = 0xe000u,
			.io_end = 0x10000u,
		},
		.program = "qemu-system-ppc",
		.options = "",
		.firmware = {
			.size = 0x300200,
			.reset = 0x300100, /* the ROM lies at 0xffc00000 */
			.code = halt_g3,
			.code_size = sizeof(halt_g3),
		},
	},
};

#define MACHINE_COUNT (sizeof(machines) / sizeof(machines[0]))

const struct vs_machine *vs_machine_find(const char *argument)
{
	for (size_t i = 0; i < MACHINE_COUNT; i++) {
		size_t length = strlen(machines[i].name);

		if (!strncmp(argument, machines[i].name, length) &&
		    strchr(",-", argument[length])) /* also the end */
			return &machines[i];
	}
	return &machines[0];
}

const struct vs_machine *vs_machine_at(size_t index)
{
	return index < MACHINE_COUNT ? &machines[index] : NULL;
}
