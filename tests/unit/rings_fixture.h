/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of the tests for the looker at rings: a little memory, register writes as events, and
 * the events that the looker told of in answer.
 */
#ifndef TESTS_RINGS_FIXTURE_H
#define TESTS_RINGS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/common.h"
#include "observe/rings.h"
#include "spec/byteorder.h"
#include "spec/legacy.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define RF_BASE   UINT64_C(0x100000)
#define RF_MEMORY (UINT64_C(4) << 20)
#define RF_DESC   (RF_BASE + 0x0)
#define RF_AVAIL  (RF_BASE + 0x100000)
#define RF_USED   (RF_BASE + 0x180000)
#define RF_TABLE  (RF_BASE + 0x200000) /* indirect tables */
#define RF_DATA   (RF_BASE + 0x300000)
#define RF_TOLD   16384u

struct rf {
	uint8_t *memory;
	uint64_t end; /* of memory */
	struct vs_subject subject;
	struct vs_trace trace;
	struct vs_rings *rings;
	struct vs_event told[RF_TOLD];
	unsigned count, next;
	bool legacy, big_endian;
	uint16_t size;
	uint64_t desc, avail, used;
	uint16_t avail_idx, used_idx;
};

static inline int rf_read(void *context, uint64_t address, void *data, size_t size)
{
	struct rf *f = context;

	if (address < RF_BASE || address > f->end || size > f->end - address)
		return -1;
	memcpy(data, f->memory + (address - RF_BASE), size);
	return 0;
}

static inline uint64_t rf_now(void *context)
{
	(void)context;
	return 1;
}

static inline void rf_heard(void *context, const struct vs_event *event)
{
	struct rf *f = context;

	if (event->kind >= VS_EVENT_QUEUE || event->kind == VS_EVENT_NOTE) {
		assert_true(f->count < RF_TOLD);
		f->told[f->count++] = *event;
	}
}

static inline void rf_put(struct rf *f, uint64_t address, unsigned width, uint64_t value)
{
	if (f->big_endian)
		vs_store_be(f->memory + (address - RF_BASE), width, value);
	else
		vs_store_le(f->memory + (address - RF_BASE), width, value);
}

/* An access of the driver in which the device does nothing. */
static inline void rf_access(struct rf *f, struct vs_event event)
{
	vs_rings_before(f->rings);
	vs_rings_hear(f->rings, &event);
	vs_rings_after(f->rings);
}

static inline void rf_look(struct rf *f)
{
	rf_access(f, (struct vs_event){ .kind = VS_EVENT_READ,
					.region = 4,
					.width = 1,
					.offset = VIRTIO_PCI_COMMON_CFG_MIN + 4096 });
}

/* The device does something in an access. */
#define RF_DEVICE(f, ...)                    \
	do {                                 \
		vs_rings_before((f)->rings); \
		__VA_ARGS__;                 \
		vs_rings_after((f)->rings);  \
	} while (0)

static inline void rf_set(struct rf *f, enum vs_common_field field, uint64_t value)
{
	const struct vs_common_field_info *info =
		f->legacy ? &vs_legacy_fields[field] : &vs_common_fields[field];

	rf_access(f, (struct vs_event){ .kind = VS_EVENT_WRITE,
					.region = f->legacy ? 0 : 4,
					.offset = info->offset,
					.width = info->width,
					.value = value });
}

static inline void rf_open(struct rf *f, bool legacy)
{
	const struct vs_rings_memory memory = { .context = f, .read = rf_read, .now = rf_now };
	uint8_t *config = f->subject.config;

	memset(f, 0, sizeof(*f));
	f->memory = calloc(1, RF_MEMORY);
	assert_non_null(f->memory);
	f->end = RF_BASE + RF_MEMORY;
	f->legacy = legacy;
	vs_store_le16(config + PCI_VENDOR_ID, VIRTIO_PCI_VENDOR);
	vs_store_le16(config + PCI_DEVICE_ID, VIRTIO_PCI_DEVICE_MODERN + VIRTIO_ID_ENTROPY);
	f->subject.bars[0] = (struct vs_bar){ .size = 64, .io = true };
	f->subject.bars[4] = (struct vs_bar){ .size = 0x4000 };
	if (!legacy) {
		const struct virtio_pci_cap common = { .cap_vndr = PCI_CAP_ID_VNDR,
						       .cap_len = sizeof(common),
						       .cfg_type = VIRTIO_PCI_CAP_COMMON_CFG,
						       .bar = 4,
						       .length = VIRTIO_PCI_COMMON_CFG_MIN + 8 };

		vs_store_le16(config + PCI_STATUS, PCI_STATUS_CAP_LIST);
		config[PCI_CAPABILITY_LIST] = PCI_HEADER_SIZE;
		memcpy(config + PCI_HEADER_SIZE, &common, sizeof(common));
	}
	assert_int_equal(vs_trace_init(&f->trace, 16), 0);
	f->trace.heard = rf_heard;
	f->trace.context = f;
	f->rings = vs_rings_open(&f->subject, &memory, &f->trace);
	assert_non_null(f->rings);
}

static inline void rf_close(struct rf *f)
{
	vs_rings_close(f->rings);
	vs_trace_free(&f->trace);
	free(f->memory);
}

static inline void rf_features(struct rf *f, uint64_t features)
{
	if (!f->legacy) {
		rf_set(f, VS_DRIVER_FEATURE_SELECT, 1);
		rf_set(f, VS_DRIVER_FEATURE, features >> 32);
		rf_set(f, VS_DRIVER_FEATURE_SELECT, 0);
	}
	rf_set(f, VS_DRIVER_FEATURE, (uint32_t)features);
}

static inline void rf_half(struct rf *f, enum vs_common_field field, uint64_t value)
{
	for (unsigned half = 0; half < 2; half++)
		rf_access(f,
			  (struct vs_event){ .kind = VS_EVENT_WRITE,
					     .region = 4,
					     .offset = vs_common_fields[field].offset + 4u * half,
					     .width = 4,
					     .value = (uint32_t)(value >> 32 * half) });
}

/* Puts the queue at the usual places and enables it. */
static inline void rf_queue(struct rf *f, unsigned index, uint16_t size)
{
	f->size = size;
	f->desc = RF_DESC;
	f->avail = RF_AVAIL;
	f->used = RF_USED;
	f->avail_idx = f->used_idx = 0;
	rf_set(f, VS_QUEUE_SELECT, index);
	rf_set(f, VS_QUEUE_SIZE, size);
	rf_half(f, VS_QUEUE_DESC, f->desc);
	rf_half(f, VS_QUEUE_DRIVER, f->avail);
	rf_half(f, VS_QUEUE_DEVICE, f->used);
	rf_set(f, VS_QUEUE_ENABLE, 1);
}

/* ---- What it told ---- */

/* The next event, which has to be of this kind. */
static inline const struct vs_event *rf_next(struct rf *f, enum vs_event_kind kind)
{
	assert_true(f->next < f->count);
	assert_int_equal(f->told[f->next].kind, kind);
	return &f->told[f->next++];
}

static inline void rf_quiet(struct rf *f)
{
	if (f->next < f->count)
		assert_int_equal(f->told[f->next].kind, -1);
	f->next = f->count = 0;
}

/* The next event of this kind; others before it are passed over. */
static inline const struct vs_event *rf_find(struct rf *f, enum vs_event_kind kind)
{
	while (f->next < f->count && f->told[f->next].kind != kind)
		f->next++;
	return rf_next(f, kind);
}

static inline void rf_forget(struct rf *f)
{
	f->next = f->count = 0;
}

static inline unsigned rf_number(const struct rf *f, enum vs_event_kind kind)
{
	unsigned number = 0;

	for (unsigned i = 0; i < f->count; i++)
		number += f->told[i].kind == kind;
	return number;
}

/* A split queue of this size on a modern device, live, with these features beside VERSION_1. */
static inline void rf_split(struct rf *f, uint16_t size, uint64_t features)
{
	rf_open(f, false);
	rf_features(f, features | UINT64_C(1) << VIRTIO_F_VERSION_1);
	rf_queue(f, 0, size);
	rf_set(f, VS_DEVICE_STATUS, VIRTIO_STATUS_DRIVER_OK);
	assert_int_equal(rf_next(f, VS_EVENT_QUEUE)->index, size);
	rf_quiet(f);
}

/* ---- Split rings ---- */

static inline void rf_desc_at(struct rf *f, uint64_t at, uint64_t address, uint32_t length,
			      uint16_t flags, uint16_t next)
{
	rf_put(f, at + VIRTQ_DESC_ADDR, 8, address);
	rf_put(f, at + VIRTQ_DESC_LEN, 4, length);
	rf_put(f, at + VIRTQ_DESC_FLAGS, 2, flags);
	rf_put(f, at + VIRTQ_DESC_NEXT, 2, next);
}

static inline void rf_desc(struct rf *f, unsigned place, uint16_t flags, uint16_t next)
{
	rf_desc_at(f, f->desc + VIRTQ_DESC_SIZE * place, RF_DATA + 64 * (place % 1024), 64, flags,
		   next);
}

/* Makes a head available. */
static inline void rf_offer(struct rf *f, uint16_t head)
{
	rf_put(f, f->avail + VIRTQ_AVAIL_RING(f->avail_idx % (unsigned)f->size), 2, head);
	rf_put(f, f->avail + VIRTQ_AVAIL_IDX, 2, ++f->avail_idx);
}

static inline void rf_element(struct rf *f, uint32_t id, uint32_t length)
{
	unsigned slot = f->used_idx++ % (unsigned)f->size;

	rf_put(f, f->used + VIRTQ_USED_RING(slot), 4, id);
	rf_put(f, f->used + VIRTQ_USED_RING_LEN(slot), 4, length);
}

/* 16 bits that the device publishes in front of a driver that runs meanwhile. */
static inline void rf_store(struct rf *f, uint64_t address, uint16_t value)
{
	uint8_t bytes[sizeof(value)];

	if (f->big_endian)
		vs_store_be(bytes, sizeof(bytes), value);
	else
		vs_store_le(bytes, sizeof(bytes), value);
	vs_rings_store(f->rings, address, bytes);
	rf_put(f, address, sizeof(bytes), value);
}

static inline void rf_use(struct rf *f, uint32_t id, uint32_t length)
{
	rf_element(f, id, length);
	rf_put(f, f->used + VIRTQ_USED_IDX, 2, f->used_idx);
}

#endif
