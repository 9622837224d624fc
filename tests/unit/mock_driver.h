/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small driver for the unit tests of the mock device, written for them alone, and a host with one
 * flat piece of memory. It does what it is told, also when that is wrong; what it reads it asserts.
 */
#ifndef TESTS_MOCK_DRIVER_H
#define TESTS_MOCK_DRIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four before it. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "mock-device/model/mock.h"
#include "spec/byteorder.h"
#include "spec/pci.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define TD_BASE         UINT64_C(0x40000000) /* bus address of the memory */
#define TD_MEMORY       (1u << 20)
#define TD_VECTORS      2100u
#define TD_QUEUES       8u
#define TD_FEATURE(bit) (UINT64_C(1) << (bit))

struct td_queue {
	unsigned index;
	uint16_t size;
	uint64_t desc, avail, used;   /* bus addresses */
	uint16_t avail_idx, used_idx; /* ours */
	uint16_t next_desc;
	uint64_t notify; /* offset in the notify BAR */
	uint16_t notify_value;
};

struct td {
	struct mock *mock;
	uint8_t *memory; /* TD_MEMORY bytes: a heap block, so that a sanitizer sees its ends */
	size_t used;     /* of it */
	bool no_map;     /* dma_map gives nothing: memory is reached by copying */
	void (*watch)(struct td *td, uint64_t address); /* before every dma_map, or NULL */
	uint64_t watched;                               /* the watcher's own */
	/* Before every store of 16 bits, or NULL. */
	void (*stores)(struct td *td, uint64_t address, const void *bytes);
	unsigned messages[TD_VECTORS];
	uint64_t message_address;
	uint32_t message_data;
	bool line;
	unsigned edges;
	struct {
		unsigned bar;
		uint64_t offset;
	} common, notify, isr, device, shared;
	uint32_t multiplier;
	unsigned window, msix, express; /* positions in configuration space */
	struct td_queue queues[TD_QUEUES];
};

static inline void *td_at(struct td *td, uint64_t address, size_t size)
{
	assert_true(address >= TD_BASE && address + size <= TD_BASE + TD_MEMORY);
	return td->memory + (address - TD_BASE);
}

static inline bool td_is_memory(uint64_t address, size_t size)
{
	return address >= TD_BASE && address < TD_BASE + TD_MEMORY &&
	       size <= TD_BASE + TD_MEMORY - address;
}

/* A watcher for times at which the device has to leave memory alone. */
static inline void td_no_access(struct td *td, uint64_t address)
{
	(void)td;
	fail_msg("memory at %#lx was touched", (unsigned long)address);
}

static inline void *td_map(void *context, uint64_t address, size_t size)
{
	struct td *td = context;

	assert_true(address + size >= address);
	if (td->watch)
		td->watch(td, address);
	if (td->no_map || !td_is_memory(address, size))
		return NULL;
	return td->memory + (address - TD_BASE);
}

static inline int td_dma_read(void *context, uint64_t address, void *data, size_t size)
{
	struct td *td = context;

	if (!td_is_memory(address, size))
		return -1;
	memcpy(data, td->memory + (address - TD_BASE), size);
	return 0;
}

static inline int td_dma_write(void *context, uint64_t address, const void *data, size_t size)
{
	struct td *td = context;

	if (!td_is_memory(address, size))
		return -1;
	memcpy(td->memory + (address - TD_BASE), data, size);
	return 0;
}

static inline void td_stores(void *context, uint64_t address, const void *bytes)
{
	struct td *td = context;

	if (td->stores)
		td->stores(td, address, bytes);
}

static inline void td_msi(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	struct td *td = context;

	assert_true(vector < TD_VECTORS);
	td->messages[vector]++;
	td->message_address = address;
	td->message_data = data;
}

static inline void td_intx(void *context, bool level)
{
	struct td *td = context;

	assert_int_not_equal(level, td->line);
	td->line = level;
	td->edges++;
}

/* For devices that lie about the line too. */
static inline void td_intx_free(void *context, bool level)
{
	struct td *td = context;

	td->line = level;
	td->edges++;
}

/* ---- Configuration space ---- */

static inline uint32_t td_config(struct td *td, unsigned offset, unsigned width)
{
	return mock_config_read(td->mock, offset, width);
}

static inline void td_set_config(struct td *td, unsigned offset, unsigned width, uint32_t value)
{
	mock_config_write(td->mock, offset, width, value);
}

/* The `number`th capability with this id and, for a vendor one, type; 0: there is none. */
static inline unsigned td_cap(struct td *td, uint8_t id, uint8_t type, unsigned number)
{
	unsigned at = td_config(td, PCI_CAPABILITY_LIST, 1);

	for (unsigned i = 0; at && i < PCI_CAP_MAX; i++) {
		bool fits =
			td_config(td, at + PCI_CAP_ID, 1) == id &&
			(id != PCI_CAP_ID_VNDR ||
			 td_config(td, at + offsetof(struct virtio_pci_cap, cfg_type), 1) == type);

		if (fits && number-- == 0)
			return at;
		at = td_config(td, at + PCI_CAP_NEXT, 1);
	}
	assert_int_equal(at, 0);
	return 0;
}

#define TD_PLACE(td, place, type)                                                                \
	do {                                                                                     \
		unsigned at_ = td_cap(td, PCI_CAP_ID_VNDR, type, 0);                             \
		(td)->place.bar = PCI_BAR_COUNT;                                                 \
		if (at_) {                                                                       \
			(td)->place.bar =                                                        \
				td_config(td, at_ + offsetof(struct virtio_pci_cap, bar), 1);    \
			(td)->place.offset =                                                     \
				td_config(td, at_ + offsetof(struct virtio_pci_cap, offset), 4); \
		}                                                                                \
	} while (0)

static inline void td_find(struct td *td)
{
	unsigned notify = td_cap(td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG, 0);

	TD_PLACE(td, common, VIRTIO_PCI_CAP_COMMON_CFG);
	TD_PLACE(td, notify, VIRTIO_PCI_CAP_NOTIFY_CFG);
	TD_PLACE(td, isr, VIRTIO_PCI_CAP_ISR_CFG);
	TD_PLACE(td, device, VIRTIO_PCI_CAP_DEVICE_CFG);
	TD_PLACE(td, shared, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);
	td->multiplier =
		td_config(td,
			  notify + offsetof(struct virtio_pci_notify_cap, notify_off_multiplier),
			  4);
	td->window = td_cap(td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_PCI_CFG, 0);
	td->msix = td_cap(td, PCI_CAP_ID_MSIX, 0, 0);
	td->express = td_cap(td, PCI_CAP_ID_EXP, 0, 0);
}

static inline void td_command(struct td *td, uint16_t command)
{
	td_set_config(td, PCI_COMMAND, 2, command);
}

static inline void td_open_as(struct td *td, const struct mock_settings *settings)
{
	struct mock_host host = {
		td, td_map, td_dma_read, td_dma_write, td_msi, td_intx, td_stores
	};
	char error[256] = "";

	memset(td, 0, sizeof(*td));
	td->memory = calloc(1, TD_MEMORY);
	assert_non_null(td->memory);
	td->mock = mock_create(settings, &host, error, sizeof(error));
	assert_string_equal(error, "");
	assert_non_null(td->mock);
	td_find(td);
	td_command(td, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* A device of this class with these quirks ("name" or "name=value", NULL at the end); "ring=packed"
 * among them makes it offer that. */
static inline void td_open(struct td *td, const char *class_name, ...)
{
	struct mock_settings settings = { .class_name = class_name };
	char names[MOCK_QUIRKS_MAX][64];
	const char *quirk;
	va_list quirks;

	va_start(quirks, class_name);
	while ((quirk = va_arg(quirks, const char *))) {
		char *name = names[settings.quirk_count];
		char *value;

		if (strcmp(quirk, "ring=packed") == 0) {
			settings.packed = true;
			continue;
		}
		strncpy(name, quirk, sizeof(names[0]) - 1);
		name[sizeof(names[0]) - 1] = '\0';
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		settings.quirks[settings.quirk_count].name = name;
		settings.quirks[settings.quirk_count++].value = value;
	}
	va_end(quirks);
	td_open_as(td, &settings);
}

static inline void td_close(struct td *td)
{
	mock_destroy(td->mock);
	free(td->memory);
}

/* ---- Registers ---- */

static inline uint32_t td_common(struct td *td, size_t offset, size_t width)
{
	return (uint32_t)mock_bar_read(td->mock, td->common.bar, td->common.offset + offset,
				       (unsigned)width);
}

static inline void td_set_common(struct td *td, size_t offset, size_t width, uint64_t value)
{
	mock_bar_write(td->mock, td->common.bar, td->common.offset + offset, (unsigned)width,
		       value);
}

#define TD_MEMBER(field)                               \
	offsetof(struct virtio_pci_common_cfg, field), \
		sizeof(((struct virtio_pci_common_cfg *)0)->field)
#define TD_GET(td, field)        td_common(td, TD_MEMBER(field))
#define TD_SET(td, field, value) td_set_common(td, TD_MEMBER(field), value)

static inline uint64_t td_device(struct td *td, size_t offset, size_t width)
{
	return mock_bar_read(td->mock, td->device.bar, td->device.offset + offset, (unsigned)width);
}

static inline void td_set_device(struct td *td, size_t offset, size_t width, uint64_t value)
{
	mock_bar_write(td->mock, td->device.bar, td->device.offset + offset, (unsigned)width,
		       value);
}

static inline uint8_t td_isr(struct td *td)
{
	return (uint8_t)mock_bar_read(td->mock, td->isr.bar, td->isr.offset, 1);
}

static inline uint8_t td_status(struct td *td)
{
	return (uint8_t)TD_GET(td, device_status);
}

static inline void td_set_status(struct td *td, uint8_t status)
{
	TD_SET(td, device_status, status);
}

static inline uint64_t td_offered(struct td *td)
{
	uint64_t features;

	TD_SET(td, device_feature_select, 0);
	features = TD_GET(td, device_feature);
	TD_SET(td, device_feature_select, 1);
	return features | (uint64_t)TD_GET(td, device_feature) << 32;
}

static inline void td_accept(struct td *td, uint64_t features)
{
	TD_SET(td, driver_feature_select, 0);
	TD_SET(td, driver_feature, (uint32_t)features);
	TD_SET(td, driver_feature_select, 1);
	TD_SET(td, driver_feature, (uint32_t)(features >> 32));
}

/* Resets the device and waits until it says that this is done. */
static inline void td_reset(struct td *td)
{
	td_set_status(td, 0);
	for (unsigned i = 0; i < 1000 && td_status(td); i++)
		mock_advance(td->mock, 1000000);
	assert_int_equal(td_status(td), 0);
}

/* Reset to FEATURES_OK; whether the device granted it. */
static inline bool td_negotiate(struct td *td, uint64_t features)
{
	uint8_t status = VIRTIO_STATUS_ACKNOWLEDGE;

	td_reset(td);
	td_set_status(td, status);
	td_set_status(td, status |= VIRTIO_STATUS_DRIVER);
	td_accept(td, features);
	td_set_status(td, status |= VIRTIO_STATUS_FEATURES_OK);
	return td_status(td) & VIRTIO_STATUS_FEATURES_OK;
}

static inline void td_driver_ok(struct td *td)
{
	td_set_status(td, td_status(td) | VIRTIO_STATUS_DRIVER_OK);
}

#endif
