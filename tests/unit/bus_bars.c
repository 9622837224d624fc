/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizing and placing BARs against a function that answers whatever it likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"

#define BAR(i)     (PCI_BAR0 + 4 * (i))
#define CONFIG_END 64u
#define NEVER      0xffffffffu

/* What the command register holds, and has to hold again. */
#define COMMAND (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

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
	bool stuck;          /* registers answer all ones to sizing, and take no address */
	unsigned accesses;   /* so far */
	unsigned dies_at;    /* this access kills the function */
	bool decoded_sizing; /* a BAR was written while decoding was on */
	bool strayed;        /* something other than BARs and command was accessed */
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
	f->held[PCI_COMMAND / 4] = COMMAND;
}

static void assert_inside(const struct vs_bar *bar, uint64_t start, uint64_t end)
{
	assert_true(bar->address >= start && bar->size <= end - bar->address);
}

/* What holds for every function, however it answers. */
static void check_always(struct function *f)
{
	const struct vs_bar *bars = f->bus.bars;

	assert_int_equal(f->held[PCI_COMMAND / 4], COMMAND);
	assert_false(f->decoded_sizing);
	assert_false(f->strayed);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *b = &bars[i];

		if (!b->size)
			assert_int_equal(b->address, 0);
		if (!b->address)
			continue;
		if (b->io)
			assert_inside(b, window.io, window.io_end);
		else if (b->address >> 32)
			assert_inside(b, window.memory64, window.memory64_end);
		else
			assert_inside(b, window.memory, window.memory_end);
		assert_true(b->is64 || !(b->address >> 32));
		for (unsigned j = 0; j < i; j++)
			assert_true(!bars[j].address || bars[j].io != b->io ||
				    bars[j].address + bars[j].size <= b->address ||
				    b->address + b->size <= bars[j].address);
	}
	assert_false(bars[PCI_BAR_COUNT - 1].is64);
}

static int setup(void **state)
{
	*state = malloc(sizeof(struct function));
	assert_non_null(*state);
	init(*state);
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void map(struct function *f)
{
	assert_int_equal(vs_bus_map_bars(&f->bus, &window), 0);
	check_always(f);
}

static void assert_bar(const struct function *f, unsigned i, uint64_t size, uint64_t address)
{
	assert_int_equal(f->bus.bars[i].size, size);
	assert_int_equal(f->bus.bars[i].address, address);
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
	struct function *f = *state;

	f->writable[0] = 0xffffffe0u;
	f->fixed[0] = PCI_BAR_SPACE_IO;
	set_memory(f, 1, 0x1000, 0);
	set_memory64(f, 4, 0x4000, PCI_BAR_MEM_PREFETCH);
	map(f);
	assert_true(f->bus.bars[0].io);
	assert_bar(f, 0, 32, 0xe000);
	assert_int_equal(f->bus.bars[0].raw, 0xffffffe1u);
	assert_bar(f, 1, 0x1000, 0xe0000000u);
	assert_false(f->bus.bars[1].is64 || f->bus.bars[1].prefetch);
	assert_int_equal(f->bus.bars[2].size, 0);
	assert_bar(f, 4, 0x4000, 0xe0004000u);
	assert_true(f->bus.bars[4].is64 && f->bus.bars[4].prefetch);
	assert_int_equal(f->bus.bars[5].size, 0);
	assert_int_equal(f->bus.bars[5].raw, 0xffffffffu);
	assert_true(f->held[BAR(4) / 4] == 0xe0004000u && !f->held[BAR(5) / 4]);
}

/* What registers 0 and 1 answer to sizing, and what BAR 0 is taken for. */
static void answers_and_sizes(void **state)
{
	static const struct {
		uint32_t writable, fixed, upper;
		uint64_t size, address;
	} rows[] = {
		/* An I/O BAR may have no upper half: there are 64 KiB of ports anyway. */
		{ 0x0000ff00, 1, 0, 0x100, 0xe000 },
		{ 0xffffff00, 1, 0, 0x100, 0xe000 },
		{ 0xfffc0000, 1, 0, 0x40000, 0 },
		/* A mask with holes is said as it is, and usable if an address sticks. */
		{ 0xffffd000, 0, 0, 0x3000, 0xe0000000 },
		{ 0x1ffff000, 0, 0, 0xe0001000, 0 },
		{ 0xfffffff0, 0, 0, 16, 0xe0000000 },
		{ 0x80000000, 0, 0, 0x80000000, 0 },
		/* 64 bits; the upper half may be hard-wired, against the rules. */
		{ 0xffffc000, 4, 0xffffffff, 0x4000, 0xe0000000 },
		{ 0xc0000000, 4, 0xffffffff, 0x40000000, UINT64_C(0x8000000000) },
		{ 0xffffc000, 4, 0, UINT64_C(0xffffffff00004000), 0 },
		{ 0, 4, 0xffffff00, UINT64_C(0x10000000000), 0 },
		{ 0, 4, 0, 0, 0 },
		{ 0, 0, 0, 0, 0 },
		/* Reserved types count as 32 bits. */
		{ 0xfffff000, 2, 0, 0x1000, 0xe0000000 },
		{ 0xfffff000, 6, 0, 0x1000, 0xe0000000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct function *f = *state;

		init(f);
		f->writable[0] = rows[i].writable;
		f->fixed[0] = rows[i].fixed;
		f->writable[1] = rows[i].upper;
		map(f);
		assert_bar(f, 0, rows[i].size, rows[i].address);
	}
}

/* Larger than what lies below 4 GiB: above it if 64 bits wide, else nowhere. */
static void large(void **state)
{
	struct function *f = *state;

	set_memory64(f, 0, UINT64_C(0x40000000), 0);
	set_memory(f, 2, 0x80000000u, 0);
	map(f);
	assert_int_equal(f->bus.bars[0].address, window.memory64);
	assert_int_equal(f->held[BAR(1) / 4], window.memory64 >> 32);
	assert_bar(f, 2, 0x80000000u, 0);
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
		/* The window has room for exactly one of 4 GiB. */
		assert_bar(&f, 0, size, shifts[i] == 32 ? window.memory64 : 0);
		assert_bar(&f, 2, size, 0);
	}
}

/* The upper half is no BAR of its own, whatever its low bits look like. */
static void upper_half_that_looks_like_a_bar(void **state)
{
	struct function *f = *state;

	set_memory64(f, 0, 0x4000, 0);
	f->writable[1] = 0xfffffff0u;
	f->fixed[1] = PCI_BAR_MEM_TYPE_64;
	set_memory(f, 2, 0x1000, 0);
	map(f);
	assert_true(f->bus.bars[0].is64);
	assert_int_equal(f->bus.bars[0].address, 0);
	assert_int_equal(f->bus.bars[1].size, 0);
	assert_int_equal(f->bus.bars[1].raw, 0xfffffff4u);
	assert_bar(f, 2, 0x1000, 0xe0000000u);
}

/* There is no seventh register: what lies behind BAR 5 is left alone. */
static void last_bar_claims_64_bits(void **state)
{
	struct function *f = *state;

	set_memory(f, 5, 0x1000, PCI_BAR_MEM_TYPE_64);
	map(f);
	assert_false(f->bus.bars[5].is64);
	assert_bar(f, 5, 0x1000, 0xe0000000u);
	assert_int_equal(f->bus.bars[5].raw, 0xfffff004u);
}

static void all_ones(void **state)
{
	struct function *f = *state;

	memset(f->fixed, 0xff, sizeof(f->fixed));
	map(f);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		assert_int_equal(f->bus.bars[i].size, 0);
		assert_int_equal(f->bus.bars[i].raw, 0xffffffffu);
	}
}

static void takes_no_address(void **state)
{
	struct function *f = *state;

	f->stuck = true;
	set_memory(f, 0, 0x1000, 0);
	set_memory64(f, 2, 0x1000, 0);
	map(f);
	assert_bar(f, 0, 0x1000, 0);
	assert_int_equal(f->bus.bars[2].address, 0);
}

/* Where registers do not reach the device, they are sized, put back, and nothing is placed. */
static void not_raw(void **state)
{
	struct function *f = *state;

	f->bus.features = 0;
	set_memory(f, 0, 0x1000, 0);
	f->held[BAR(0) / 4] = 0xe1230000u;
	assert_int_equal(vs_bus_map_bars(&f->bus, &window), 0);
	assert_bar(f, 0, 0x1000, 0xe1230000u);
	assert_int_equal(f->held[BAR(0) / 4], 0xe1230000u);
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ordinary),
		TEST(answers_and_sizes),
		TEST(large),
		TEST(huge),
		TEST(upper_half_that_looks_like_a_bar),
		TEST(last_bar_claims_64_bits),
		TEST(all_ones),
		TEST(takes_no_address),
		TEST(not_raw),
		TEST(dies),
		TEST(random_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
