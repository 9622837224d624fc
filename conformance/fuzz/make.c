/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments made up, bent, and made simpler. */
#include "driver/common.h"
#include "driver/session.h"
#include "fuzz/sequence.h"
#include "fuzz/world.h"
#include "spec/split_ring.h"

/* Numbers at which things go wrong. */
static uint64_t number(struct vs_fuzz_maker *m)
{
	static const uint64_t edges[] = {
		0,          1,          2,          3,          4,          7,
		8,          15,         16,         17,         31,         63,
		64,         127,        128,        255,        256,        257,
		511,        512,        513,        1023,       1024,       4095,
		4096,       0x7fff,     0x8000,     0xfffe,     0xffff,     0x10000,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 1ull << 32, (1ull << 32) + 1,
		1ull << 46, 1ull << 63, 0 - 16ull,  UINT64_MAX,
	};
	uint64_t value;

	switch (vs_random_below(&m->random, 4)) {
	case 0:
		return vs_random_below(&m->random, 16);
	case 1:
		return UINT64_C(1) << vs_random_below(&m->random, 64);
	case 2:
		value = vs_random(&m->random); /* in this order, whoever compiles it */
		return value >> vs_random_below(&m->random, 64);
	default:
		return edges[vs_random_below(&m->random, sizeof(edges) / sizeof(edges[0]))];
	}
}

static struct vs_fuzz_arg place(struct vs_fuzz_maker *m)
{
	static const uint8_t often[] = { VS_FUZZ_BUFFER, VS_FUZZ_BUFFER, VS_FUZZ_BUFFER,
					 VS_FUZZ_BUFFER, VS_FUZZ_TABLE,  VS_FUZZ_TABLE,
					 VS_FUZZ_DESC,   VS_FUZZ_DRIVER, VS_FUZZ_DEVICE,
					 VS_FUZZ_END,    VS_FUZZ_BAR,    VS_FUZZ_RAW };
	struct vs_fuzz_arg arg = { .base = often[vs_random_below(&m->random, sizeof(often))] };

	if (arg.base == VS_FUZZ_BUFFER)
		arg.number = (uint8_t)vs_random_below(&m->random, VS_FUZZ_BUFFERS);
	else if (arg.base == VS_FUZZ_TABLE)
		arg.number = (uint8_t)vs_random_below(&m->random, VS_FUZZ_TABLES);
	else if (arg.base == VS_FUZZ_BAR)
		arg.number = (uint8_t)vs_random_below(&m->random, 6);
	else if (arg.base != VS_FUZZ_RAW && arg.base != VS_FUZZ_END)
		arg.number = (uint8_t)vs_random_below(&m->random, 2);
	if (arg.base == VS_FUZZ_RAW)
		arg.value = number(m);
	else if (arg.base == VS_FUZZ_END)
		arg.value = 0 - vs_random_below(&m->random, 4096);
	else if (vs_random_one_in(&m->random, 3))
		arg.value = vs_random_below(&m->random, VS_FUZZ_BUFFER_SIZE);
	return arg;
}

static struct vs_fuzz_arg block(struct vs_fuzz_maker *m)
{
	struct vs_fuzz_arg arg = {
		.base = VS_FUZZ_BUFFER,
		.number = (uint8_t)vs_random_below(&m->random, VS_FUZZ_BUFFERS),
	};

	if (vs_random_one_in(&m->random, 16))
		return place(m);
	if (vs_random_one_in(&m->random, 4))
		arg.value = vs_random_below(&m->random, 64);
	return arg;
}

static uint64_t options(struct vs_fuzz_maker *m)
{
	uint64_t some = vs_random(&m->random), less = vs_random(&m->random);

	if (!vs_random_one_in(&m->random, 4))
		some &= ~(uint64_t)VS_FUZZ_OPTION_ALL_QUEUES;
	return some & less & m->options;
}

static uint64_t view(struct vs_fuzz_maker *m)
{
	uint64_t some;

	for (unsigned i = 0; i < 16; i++) {
		some = vs_random_below(&m->random, VS_VIEW_COUNT);
		if (m->views >> some & 1)
			return some;
	}
	return (uint64_t)__builtin_ctz(m->views | 1u << VS_VIEW_LEGACY);
}

static uint64_t field(struct vs_fuzz_maker *m)
{
	static const uint8_t often[] = { VS_DEVICE_STATUS, VS_QUEUE_SELECT, VS_QUEUE_ENABLE,
					 VS_QUEUE_SIZE,    VS_QUEUE_DESC,   VS_QUEUE_MSIX_VECTOR };

	return vs_random_one_in(&m->random, 3) ? often[vs_random_below(&m->random, sizeof(often))]
					       : vs_random_below(&m->random, VS_COMMON_FIELD_COUNT);
}

static uint64_t length(struct vs_fuzz_maker *m)
{
	static const uint16_t usual[] = {
		0, 1, 2, 3, 8, 10, 12, 16, 17, 20, 32, 64, 512, 513, 4096
	};

	return vs_random_one_in(&m->random, 4)
		       ? number(m) & UINT32_MAX
		       : usual[vs_random_below(&m->random, sizeof(usual) / sizeof(usual[0]))];
}

static uint64_t flags(struct vs_fuzz_maker *m)
{
	uint64_t some = vs_random(&m->random) &
			(VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT);

	if (vs_random_one_in(&m->random, 2))
		some &= ~(uint64_t)VIRTQ_DESC_F_INDIRECT;
	return vs_random_one_in(&m->random, 8) ? some ^ (number(m) & UINT16_MAX) : some;
}

static uint64_t stage(struct vs_fuzz_maker *m)
{
	return vs_random_one_in(&m->random, 4)
		       ? VS_STAGE_CAPS + vs_random_below(&m->random, VS_STAGE_LIVE - VS_STAGE_CAPS)
		       : VS_STAGE_LIVE;
}

static uint64_t region(struct vs_fuzz_maker *m)
{
	return vs_random_one_in(&m->random, 4) ? vs_random_below(&m->random, VS_FUZZ_REGIONS)
					       : vs_random_below(&m->random, VS_FUZZ_IN_BAR0);
}

/* Structures are short. */
static uint64_t offset(struct vs_fuzz_maker *m)
{
	switch (vs_random_below(&m->random, 4)) {
	case 0:
		return 0;
	case 1:
		return number(m);
	default:
		return vs_random_below(&m->random, 72);
	}
}

static uint64_t size(struct vs_fuzz_maker *m)
{
	static const uint8_t sizes[] = { 8, 4, 16, 2, 1, 3, 0 };
	uint8_t some = sizes[vs_random_below(&m->random, sizeof(sizes))];

	return m->sizes >> some & 1 ? some : 0;
}

static uint64_t plain(struct vs_fuzz_maker *m, enum vs_fuzz_type type)
{
	switch (type) {
	case VS_FUZZ_VIEW:
		return view(m);
	case VS_FUZZ_STAGE:
		return stage(m);
	case VS_FUZZ_SIZE:
		return size(m);
	case VS_FUZZ_OPTIONS:
		return options(m);
	case VS_FUZZ_QUEUE:
		return vs_random_below(&m->random, 3);
	case VS_FUZZ_FIELD:
		return field(m);
	case VS_FUZZ_REGION:
		return region(m);
	case VS_FUZZ_OFFSET:
		return offset(m);
	case VS_FUZZ_WIDTH:
		return UINT64_C(1) << vs_random_below(&m->random, 4);
	case VS_FUZZ_LENGTH:
		return length(m);
	case VS_FUZZ_FLAGS:
		return flags(m);
	case VS_FUZZ_COUNT:
		return 1 + vs_random_below(&m->random, 3);
	case VS_FUZZ_FORM:
		return vs_random_below(&m->random, 2);
	case VS_FUZZ_SMALL:
		return vs_random_one_in(&m->random, 6) ? number(m)
						       : vs_random_below(&m->random, 16);
	case VS_FUZZ_INDEX:
		return vs_random_one_in(&m->random, 8) ? number(m) & UINT16_MAX
						       : vs_random_below(&m->random, 9);
	default:
		return number(m);
	}
}

struct vs_fuzz_arg vs_fuzz_make_arg(struct vs_fuzz_maker *m, enum vs_fuzz_type type)
{
	if (type == VS_FUZZ_PLACE)
		return place(m);
	if (type == VS_FUZZ_BLOCK)
		return block(m);
	return (struct vs_fuzz_arg){ .value = plain(m, type) };
}

void vs_fuzz_bend_arg(struct vs_fuzz_maker *m, enum vs_fuzz_type type, struct vs_fuzz_arg *arg)
{
	bool numeric = type >= VS_FUZZ_OFFSET && type != VS_FUZZ_WIDTH && type != VS_FUZZ_FORM;

	switch (numeric ? vs_random_below(&m->random, 4) : 0) {
	case 1:
		arg->value += 1;
		break;
	case 2:
		arg->value -= 1;
		break;
	case 3:
		arg->value ^= UINT64_C(1) << vs_random_below(&m->random, 17);
		break;
	default:
		*arg = vs_fuzz_make_arg(m, type);
	}
}

bool vs_fuzz_simpler_arg(enum vs_fuzz_type type, struct vs_fuzz_arg arg, unsigned turn,
			 struct vs_fuzz_arg *simpler)
{
	static const uint64_t usual[] = { 0, 1, 16 };
	uint64_t value = arg.value;

	*simpler = arg;
	switch (type) {
	case VS_FUZZ_VIEW:
		simpler->value = VS_VIEW_MODERN;
		return turn == 0 && value != VS_VIEW_MODERN;
	case VS_FUZZ_STAGE:
	case VS_FUZZ_REGION:
	case VS_FUZZ_FIELD:
		return false;
	case VS_FUZZ_WIDTH:
		simpler->value = 1;
		return turn == 0 && value > 1;
	default:
		break;
	}
	if (turn < 3) {
		simpler->value = usual[turn];
		return value > usual[turn] || turn < 2;
	}
	simpler->value = turn == 3 ? value / 2 : value - 1;
	return turn <= 4 && value > 1;
}
