/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizing and placing BARs against a function that answers whatever it likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "bus/bus.h"

#define BAR(i)      (PCI_BAR0 + 4 * (i))
#define CONFIG_END  64u
#define NEVER       0xffffffffu

static const struct vs_bar_window window = {
	.memory = 0xe0000000u,
	.memory_end = 0xf0000000u,
	.memory64 = UINT64_C(0x8000000000),
	.memory64_end = UINT64_C(0x8100000000),
	.io = 0xe000u,
	.io_end = 0x10000u,
};

/* A configuration header whose BAR registers have writable bits and fixed ones. */
struct function {
	struct vs_bus bus; /* first */
	uint32_t held[CONFIG_END / 4];
	uint32_t writable[PCI_BAR_COUNT];
	uint32_t fixed[PCI_BAR_COUNT];
	bool stuck;           /* registers answer all ones to sizing, and take no address */
	unsigned accesses;    /* so far */
	unsigned dies_at;     /* this access kills the function */
	bool decoded_sizing;  /* a BAR was written while decoding was on */
	bool strayed;         /* something other than BARs and command was accessed */
};

static struct function *of(struct vs_bus *bus)
{
	return (struct function *)bus;
}

static bool is_bar(unsigned offset, unsigned width)
{
	return offset >= BAR(0) && offset < BAR(PCI_BAR_COUNT) && offset % 4 == 0 && width == 4;
}

static int touch(struct function *f, unsigned offset, unsigned width)
{
	if (!is_bar(offset, width) && !(offset == PCI_COMMAND && width == 2))
		f->strayed = true;
	if (f->accesses++ == f->dies_at)
		return vs_bus_fail(&f->bus, VS_BUS_DIED, "killed by the test");
	return 0;
}

static int config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	struct function *f = of(bus);

	if (touch(f, offset, width))
		return -1;
	*value = f->held[offset / 4];
	if (is_bar(offset, width)) {
		unsigned i = (offset - BAR(0)) / 4;

		*value = (*value & f->writable[i]) | f->fixed[i];
	}
	return 0;
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	struct function *f = of(bus);

	if (touch(f, offset, width))
		return -1;
	if (is_bar(offset, width) &&
	    f->held[PCI_COMMAND / 4] & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY))
		f->decoded_sizing = true;
	if (!f->stuck || !is_bar(offset, width) || value == NEVER)
		f->held[offset / 4] = value;
	return 0;
}

static const struct vs_bus_ops ops = {
	.name = "fake",
	.config_read = config_read,
	.config_write = config_write,
};

static void init(struct function *f)
{
	*f = (struct function){
		.bus = { .ops = &ops, .features = VS_BUS_RAW_BARS },
		.dies_at = NEVER,
	};
	f->held[PCI_COMMAND / 4] =
		PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;
}

/* What holds for every function, however it answers. */
static void check_always(struct function *f)
{
	const struct vs_bar *bars = f->bus.bars;

	assert_int_equal(f->held[PCI_COMMAND / 4], PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
							   PCI_COMMAND_MASTER |
							   PCI_COMMAND_INTX_DISABLE);
	assert_false(f->decoded_sizing);
	assert_false(f->strayed);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *b = &bars[i];

		if (!b->size)
			assert_int_equal(b->address, 0);
		if (!b->address)
			continue;
		if (b->io)
			assert_true(b->address >= window.io &&
				    b->size <= window.io_end - b->address);
		else if (b->address >> 32)
			assert_true(b->is64 && b->address >= window.memory64 &&
				    b->size <= window.memory64_end - b->address);
		else
			assert_true(b->address >= window.memory &&
				    b->size <= window.memory_end - b->address);
		for (unsigned j = 0; j < i; j++)
			assert_true(!bars[j].address || bars[j].io != b->io ||
				    bars[j].address + bars[j].size <= b->address ||
				    b->address + b->size <= bars[j].address);
	}
	assert_false(bars[PCI_BAR_COUNT - 1].is64);
}

static void map(struct function *f)
{
	assert_int_equal(vs_bus_map_bars(&f->bus, &window), 0);
	check_always(f);
}

static void set_memory(struct function *f, unsigned i, uint32_t size, uint32_t type)
{
	f->writable[i] = ~(size - 1) & PCI_BAR_MEM_MASK;
	f->fixed[i] = type;
}

static void set_memory64(struct function *f, unsigned i, uint64_t size, uint32_t type)
{
	uint64_t mask = ~(size - 1);

	f->writable[i] = (uint32_t)mask & PCI_BAR_MEM_MASK;
	f->fixed[i] = type | PCI_BAR_MEM_TYPE_64;
	f->writable[i + 1] = (uint32_t)(mask >> 32);
}

static void ordinary(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	f.writable[0] = 0xffffffe0u;
	f.fixed[0] = PCI_BAR_SPACE_IO;
	set_memory(&f, 1, 0x1000, 0);
	set_memory64(&f, 4, 0x4000, PCI_BAR_MEM_PREFETCH);
	map(&f);
	assert_true(f.bus.bars[0].io);
	assert_int_equal(f.bus.bars[0].size, 32);
	assert_int_equal(f.bus.bars[0].address, 0xe000);
	assert_int_equal(f.bus.bars[0].raw, 0xffffffe1u);
	assert_int_equal(f.bus.bars[1].size, 0x1000);
	assert_int_equal(f.bus.bars[1].address, 0xe0000000u);
	assert_false(f.bus.bars[1].is64 || f.bus.bars[1].prefetch);
	assert_int_equal(f.bus.bars[2].size, 0);
	assert_int_equal(f.bus.bars[4].size, 0x4000);
	assert_int_equal(f.bus.bars[4].address, 0xe0004000u);
	assert_true(f.bus.bars[4].is64 && f.bus.bars[4].prefetch);
	assert_int_equal(f.bus.bars[5].size, 0);
	assert_int_equal(f.bus.bars[5].raw, 0xffffffffu);
	assert_int_equal(f.held[BAR(4) / 4], 0xe0004000u);
	assert_int_equal(f.held[BAR(5) / 4], 0);
}

static void no_bars(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	map(&f);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		assert_int_equal(f.bus.bars[i].size, 0);
}

/* An I/O BAR may have no upper half; it has 64 KiB of space anyway. */
static void io_of_16_bits(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	f.writable[2] = 0x0000ff00u;
	f.fixed[2] = PCI_BAR_SPACE_IO;
	map(&f);
	assert_int_equal(f.bus.bars[2].size, 256);
	assert_int_equal(f.bus.bars[2].address, 0xe000);
}

/* Larger than what lies below 4 GiB: above it if 64 bits wide, else nowhere. */
static void large(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	set_memory64(&f, 0, UINT64_C(0x40000000), 0);
	set_memory(&f, 2, 0x80000000u, 0);
	map(&f);
	assert_int_equal(f.bus.bars[0].address, window.memory64);
	assert_int_equal(f.held[BAR(1) / 4], window.memory64 >> 32);
	assert_int_equal(f.bus.bars[2].size, 0x80000000u);
	assert_int_equal(f.bus.bars[2].address, 0);
}

static void huge(void **state)
{
	static const unsigned shifts[] = { 32, 33, 40, 62, 63 };

	(void)state;
	for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		struct function f;
		uint64_t size = UINT64_C(1) << shifts[i];

		init(&f);
		set_memory64(&f, 0, size, 0);
		set_memory64(&f, 2, size, 0);
		map(&f);
		assert_int_equal(f.bus.bars[0].size, size);
		/* The window has room for exactly one of 4 GiB. */
		assert_int_equal(f.bus.bars[0].address, shifts[i] == 32 ? window.memory64 : 0);
		assert_int_equal(f.bus.bars[2].address, 0);
	}
}

static void io_too_large(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	f.writable[0] = 0xfffc0000u;
	f.fixed[0] = PCI_BAR_SPACE_IO;
	map(&f);
	assert_int_equal(f.bus.bars[0].size, 0x40000);
	assert_int_equal(f.bus.bars[0].address, 0);
}

/* A mask with holes is no power of two: said as it is, and usable only if an address sticks. */
static void not_a_power_of_two(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	f.writable[0] = 0xffffd000u;
	map(&f);
	assert_int_equal(f.bus.bars[0].size, 0x3000);
	assert_int_equal(f.bus.bars[0].address, 0xe0000000u);

	init(&f);
	f.writable[0] = 0x1ffff000u; /* cannot hold an address of the window */
	map(&f);
	assert_int_equal(f.bus.bars[0].size, 0xe0001000u);
	assert_int_equal(f.bus.bars[0].address, 0);
}

/* The upper half is no BAR of its own, whatever its low bits look like. */
static void upper_half_that_looks_like_a_bar(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	set_memory64(&f, 0, 0x4000, 0);
	f.writable[1] = 0xfffffff0u;
	f.fixed[1] = PCI_BAR_MEM_TYPE_64;
	set_memory(&f, 2, 0x1000, 0);
	map(&f);
	assert_true(f.bus.bars[0].is64);
	assert_int_equal(f.bus.bars[0].address, 0);
	assert_int_equal(f.bus.bars[1].size, 0);
	assert_int_equal(f.bus.bars[1].raw, 0xfffffff4u);
	assert_int_equal(f.bus.bars[2].size, 0x1000);
	assert_int_equal(f.bus.bars[2].address, 0xe0000000u);
}

static void upper_half_hard_wired(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	set_memory64(&f, 0, 0x4000, 0);
	f.writable[1] = 0;
	map(&f);
	assert_int_equal(f.bus.bars[0].size, UINT64_C(0xffffffff00004000));
	assert_int_equal(f.bus.bars[0].address, 0);
}

/* There is no seventh register: what lies behind BAR 5 is left alone. */
static void last_bar_claims_64_bits(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	set_memory(&f, 5, 0x1000, PCI_BAR_MEM_TYPE_64);
	map(&f);
	assert_false(f.bus.bars[5].is64);
	assert_int_equal(f.bus.bars[5].size, 0x1000);
	assert_int_equal(f.bus.bars[5].address, 0xe0000000u);
	assert_int_equal(f.bus.bars[5].raw, 0xfffff004u);
}

static void all_ones(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	memset(f.fixed, 0xff, sizeof(f.fixed));
	map(&f);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		assert_int_equal(f.bus.bars[i].size, 0);
		assert_int_equal(f.bus.bars[i].raw, 0xffffffffu);
	}
}

static void takes_no_address(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	f.stuck = true;
	set_memory(&f, 0, 0x1000, 0);
	set_memory64(&f, 2, 0x1000, 0);
	map(&f);
	assert_int_equal(f.bus.bars[0].size, 0x1000);
	assert_int_equal(f.bus.bars[0].address, 0);
	assert_int_equal(f.bus.bars[2].address, 0);
}

/* Where registers do not reach the device, they are sized, put back, and nothing is placed. */
static void not_raw(void **state)
{
	struct function f;

	(void)state;
	init(&f);
	f.bus.features = 0;
	set_memory(&f, 0, 0x1000, 0);
	f.held[BAR(0) / 4] = 0xe1230000u;
	assert_int_equal(vs_bus_map_bars(&f.bus, &window), 0);
	assert_int_equal(f.bus.bars[0].size, 0x1000);
	assert_int_equal(f.bus.bars[0].address, 0xe1230000u);
	assert_int_equal(f.held[BAR(0) / 4], 0xe1230000u);
}

static void dies(void **state)
{
	unsigned at;

	(void)state;
	for (at = 0; at < 1000; at++) {
		struct function f;

		init(&f);
		set_memory(&f, 0, 0x1000, 0);
		set_memory64(&f, 1, 0x1000, 0);
		f.dies_at = at;
		if (!vs_bus_map_bars(&f.bus, &window))
			break;
		assert_int_equal(f.bus.state, VS_BUS_DIED);
		assert_int_equal(f.accesses, at + 1);
	}
	assert_in_range(at, 20, 100);
}

/* Any answers at all: the entries stay inside the windows and apart. */
static void random_answers(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		struct function f;

		init(&f);
		for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			f.writable[i] = (uint32_t)(seed >> 32) | (round & 1 ? 0xffff0000u : 0);
			f.fixed[i] = (uint32_t)(seed >> 20) & (round & 2 ? 0xfu : NEVER);
		}
		map(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary),
		cmocka_unit_test(no_bars),
		cmocka_unit_test(io_of_16_bits),
		cmocka_unit_test(large),
		cmocka_unit_test(huge),
		cmocka_unit_test(io_too_large),
		cmocka_unit_test(not_a_power_of_two),
		cmocka_unit_test(upper_half_that_looks_like_a_bar),
		cmocka_unit_test(upper_half_hard_wired),
		cmocka_unit_test(last_bar_claims_64_bits),
		cmocka_unit_test(all_ones),
		cmocka_unit_test(takes_no_address),
		cmocka_unit_test(not_raw),
		cmocka_unit_test(dies),
		cmocka_unit_test(random_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
