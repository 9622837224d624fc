/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability parser: a table of configuration spaces and what it has to find odd in each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/caps.h"
#include "spec/byteorder.h"
#include "spec/virtio_pci.h"

#define COMMON VIRTIO_PCI_CAP_COMMON_CFG
#define NOTIFY VIRTIO_PCI_CAP_NOTIFY_CFG
#define SHARED VIRTIO_PCI_CAP_SHARED_MEMORY_CFG

/* One capability as it lies in configuration space. */
struct raw {
	uint8_t pos, id, next, cap_len, cfg_type, bar;
	uint32_t offset, length, extra, extra_hi;
};

struct row {
	const char *name;
	uint8_t first;
	bool no_bit;
	struct raw raw[4];
	unsigned count, list_odd;
	unsigned odd[4];
};

/* 16 KiB in BAR 2, 256 bytes of I/O in BAR 3; nothing else. */
static const struct vs_bar bars[PCI_BAR_COUNT] = {
	[2] = { .size = 0x4000, .address = 0xe0000000 },
	[3] = { .size = 0x100, .address = 0xc000, .io = true },
};

#define CAP(at, nx, type, b, off, len)                                           \
	{                                                                        \
		.pos = (at), .id = PCI_CAP_ID_VNDR, .next = (nx), .cap_len = 24, \
		.cfg_type = (type), .bar = (b), .offset = (off), .length = (len) \
	}

static const struct row rows[] = {
	{ "an empty list", .first = 0, .count = 0 },
	{ "one good structure", .first = 0x40, .raw = { CAP(0x40, 0, COMMON, 2, 0, 56) },
	  .count = 1 },
	{ "no capabilities bit in the status register", .first = 0x40, .no_bit = true,
	  .raw = { CAP(0x40, 0, COMMON, 2, 0, 56) }, .count = 1, .list_odd = VS_CAPS_NO_BIT },
	{ "a list that bites its tail", .first = 0x40,
	  .raw = { CAP(0x40, 0x60, COMMON, 2, 0, 56), CAP(0x60, 0x40, NOTIFY, 2, 0, 4) },
	  .count = 2, .list_odd = VS_CAPS_CYCLE },
	{ "a capability that points at itself", .first = 0x40,
	  .raw = { CAP(0x40, 0x40, COMMON, 2, 0, 56) }, .count = 1, .list_odd = VS_CAPS_CYCLE },
	{ "a pointer into the header", .first = 0x40, .raw = { CAP(0x40, 0x10, COMMON, 2, 0, 56) },
	  .count = 1, .list_odd = VS_CAPS_IN_HEADER },
	{ "a first pointer into the header", .first = 0x3c, .count = 0,
	  .list_odd = VS_CAPS_IN_HEADER },
	{ "pointers with their reserved bits set", .first = 0x43,
	  .raw = { CAP(0x40, 0x61, COMMON, 2, 0, 56), CAP(0x60, 0, NOTIFY, 2, 0, 4) }, .count = 2,
	  .list_odd = VS_CAPS_UNALIGNED },
	{ "a body that runs past the end", .first = 0xf0, .raw = { CAP(0xf0, 0, NOTIFY, 2, 0, 4) },
	  .count = 1, .odd = { VS_CAP_PAST_END } },
	{ "the last four bytes", .first = 0xfc,
	  .raw = { { .pos = 0xfc, .id = PCI_CAP_ID_VNDR, .cap_len = 16, .cfg_type = COMMON } },
	  .count = 1, .odd = { VS_CAP_PAST_END | VS_CAP_BAR_ABSENT } },
	{ "a capability inside another", .first = 0x40,
	  .raw = { CAP(0x40, 0x50, COMMON, 2, 0, 56), CAP(0x50, 0, COMMON, 2, 0, 56) }, .count = 2,
	  .odd = { 0, VS_CAP_OVERLAP } },
	{ "cap_len too small for a notification", .first = 0x40,
	  .raw = { { .pos = 0x40,
		     .id = PCI_CAP_ID_VNDR,
		     .cap_len = 16,
		     .cfg_type = NOTIFY,
		     .bar = 2,
		     .length = 4 } },
	  .count = 1, .odd = { VS_CAP_SHORT } },
	{ "cap_len of nothing", .first = 0x40,
	  .raw = { { .pos = 0x40,
		     .id = PCI_CAP_ID_VNDR,
		     .cap_len = 0,
		     .cfg_type = COMMON,
		     .bar = 2,
		     .length = 56 } },
	  .count = 1, .odd = { VS_CAP_SHORT } },
	{ "a reserved bar", .first = 0x40, .raw = { CAP(0x40, 0, COMMON, 6, 0, 56) }, .count = 1,
	  .odd = { VS_CAP_BAR_RESERVED } },
	{ "a BAR that is not there", .first = 0x40, .raw = { CAP(0x40, 0, COMMON, 1, 0, 56) },
	  .count = 1, .odd = { VS_CAP_BAR_ABSENT } },
	{ "the whole of a BAR", .first = 0x40, .raw = { CAP(0x40, 0, NOTIFY, 2, 0, 0x4000) },
	  .count = 1 },
	{ "one byte more than a BAR", .first = 0x40, .raw = { CAP(0x40, 0, NOTIFY, 2, 0, 0x4001) },
	  .count = 1, .odd = { VS_CAP_OUTSIDE } },
	{ "an offset at the end of a BAR", .first = 0x40,
	  .raw = { CAP(0x40, 0, NOTIFY, 3, 0x100, 1) }, .count = 1, .odd = { VS_CAP_OUTSIDE } },
	{ "offset and length that wrap together", .first = 0x40,
	  .raw = { CAP(0x40, 0, NOTIFY, 2, 0xffffffff, 0x10) }, .count = 1,
	  .odd = { VS_CAP_OUTSIDE } },
	{ "a shared memory region whose high half decides", .first = 0x40,
	  .raw = { { .pos = 0x40,
		     .id = PCI_CAP_ID_VNDR,
		     .cap_len = 24,
		     .cfg_type = SHARED,
		     .bar = 2,
		     .length = 0x1000,
		     .extra = 1 } },
	  .count = 1, .odd = { VS_CAP_OUTSIDE } },
	{ "a reserved type is not looked into", .first = 0x40,
	  .raw = { CAP(0x40, 0, 7, 9, 0xffffffff, 0xffffffff) }, .count = 1 },
};

static void lay_out(const struct row *row, uint8_t *config)
{
	memset(config, 0, PCI_CONFIG_SIZE);
	vs_store_le16(config + PCI_STATUS, row->no_bit ? 0 : PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = row->first;
	for (unsigned i = 0; i < 4 && row->raw[i].pos; i++) {
		const struct raw *raw = &row->raw[i];
		uint8_t body[24] = { raw->id, raw->next, raw->cap_len, raw->cfg_type, raw->bar };
		size_t room = PCI_CONFIG_SIZE - raw->pos;

		vs_store_le32(body + 8, raw->offset);
		vs_store_le32(body + 12, raw->length);
		vs_store_le32(body + 16, raw->extra);
		vs_store_le32(body + 20, raw->extra_hi);
		memcpy(config + raw->pos, body, room < sizeof(body) ? room : sizeof(body));
	}
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		uint8_t config[PCI_CONFIG_SIZE];
		struct vs_caps caps;

		lay_out(row, config);
		vs_caps_parse(config, bars, false, &caps);
		if (caps.count != row->count || caps.odd != row->list_odd)
			fail_msg("%s: %u capabilities, list %#x", row->name, caps.count, caps.odd);
		for (unsigned c = 0; c < caps.count; c++)
			if (caps.list[c].odd != row->odd[c])
				fail_msg("%s: capability %u is %#x, not %#x", row->name, c,
					 caps.list[c].odd, row->odd[c]);
	}
}

/* The fields of each kind of structure land where they belong. */
static void fields(void **state)
{
	const struct row row = {
		.first = 0x40,
		.raw = { { .pos = 0x40,
			   .id = PCI_CAP_ID_VNDR,
			   .next = 0x60,
			   .cap_len = 20,
			   .cfg_type = NOTIFY,
			   .bar = 3,
			   .offset = 0x10,
			   .length = 0x20,
			   .extra = 0x1000 },
			 { .pos = 0x60,
			   .id = PCI_CAP_ID_VNDR,
			   .next = 0x80,
			   .cap_len = 24,
			   .cfg_type = SHARED,
			   .bar = 2,
			   .offset = 0x1000,
			   .length = 0x800 },
			 { .pos = 0x80,
			   .id = PCI_CAP_ID_VNDR,
			   .cap_len = 8,
			   .cfg_type = VIRTIO_PCI_CAP_VENDOR_CFG,
			   .bar = 0x34 } },
	};
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;

	(void)state;
	lay_out(&row, config);
	vs_caps_parse(config, bars, false, &caps);
	assert_int_equal(caps.count, 3);
	assert_int_equal(caps.list[0].notify_off_multiplier, 0x1000);
	assert_int_equal(caps.list[0].bar, 3);
	assert_int_equal(caps.list[0].offset, 0x10);
	assert_int_equal(caps.list[0].length, 0x20);
	assert_int_equal(caps.list[1].length, 0x800);
	assert_int_equal(caps.list[2].vendor_id, 0x34);
}

/* The first usable one is taken, not the first, and not the last (4.1.4.1). */
static void first_usable(void **state)
{
	const struct row row = {
		.first = 0x40,
		.raw = { CAP(0x40, 0x60, COMMON, 6, 0, 56), CAP(0x60, 0x80, COMMON, 2, 0, 8),
			 CAP(0x80, 0xa0, COMMON, 2, 0x100, 64), CAP(0xa0, 0, COMMON, 2, 0, 64) },
	};
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;

	(void)state;
	lay_out(&row, config);
	vs_caps_parse(config, bars, false, &caps);
	assert_int_equal(vs_caps_any(&caps, COMMON)->pos, 0x40);
	assert_int_equal(vs_caps_first(&caps, COMMON, VIRTIO_PCI_COMMON_CFG_MIN)->pos, 0x80);
	assert_null(vs_caps_first(&caps, NOTIFY, 2));
}

/* The draft of 2013 has structures in configuration space, which later versions know nothing of. */
static void structures_in_config(void **state)
{
	const struct row row = {
		.first = 0x40,
		.raw = { CAP(0x40, 0x50, COMMON, 0xf, 16, 176),
			 CAP(0x50, 0, COMMON, 0xf, 16, 161) },
	};
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;

	(void)state;
	lay_out(&row, config);
	vs_caps_parse(config, bars, true, &caps);
	assert_true(vs_cap_usable(&caps.list[0], 176));
	assert_int_equal(caps.list[1].odd & VS_CAP_OUTSIDE, VS_CAP_OUTSIDE);
	vs_caps_parse(config, bars, false, &caps);
	assert_int_equal(caps.list[0].odd, VS_CAP_BAR_RESERVED);
}

/* Whatever the bytes, the parser ends and stays inside its array; sanitizers watch it. */
static void any_bytes(void **state)
{
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;
	uint32_t x = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
			x = x * 1664525u + 1013904223u;
			config[i] = (uint8_t)(x >> 24);
			/* Vendor-specific ones, and pointers, come up more often than by chance. */
			if (i % 4 == 0 && x & 0x10000)
				config[i] = PCI_CAP_ID_VNDR;
		}
		vs_caps_parse(config, bars, round % 2, &caps);
		assert_true(caps.count <= PCI_CAP_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),        cmocka_unit_test(fields),
		cmocka_unit_test(first_usable), cmocka_unit_test(structures_in_config),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
