/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the description of the function to its bytes: places of the structures in the BARs, sizes of
 * the BARs, regions that answer there, the header and the linked capabilities.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/model/base.h"
#include "spec/legacy.h"
#include "spec/notification.h"
#include "spec/pci_function.h"

#define COMMAND_BITS                                                                     \
	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | \
	 PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)
#define DEVCTL_BITS  0x001fu /* error reporting and relaxed ordering */
#define BAR_SIZE_MAX (UINT64_C(1) << 46)

/* Which registers stand behind a capability; NULL: none. */
static const struct mock_registers *registers_of(const struct mock_cap *cap)
{
	if (cap->id == PCI_CAP_ID_MSIX)
		return &mock_msix_registers;
	if (cap->id != PCI_CAP_ID_VNDR)
		return NULL;
	switch (cap->type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		return &mock_common_registers;
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return &mock_notify_registers;
	case VIRTIO_PCI_CAP_ISR_CFG:
		return &mock_isr_registers;
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		return &mock_device_config_registers;
	case VIRTIO_PCI_CAP_SHARED_MEMORY_CFG:
		return &mock_shared_registers;
	default:
		return NULL;
	}
}

/* Long enough for every queue there can be, and for a 32-bit notification at each (4.1.4.4.1); the
 * draft of 2013 has 16-bit ones only. */
static uint64_t notify_length(struct mock *mock, uint32_t multiplier)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < mock->queue_total; i++) {
		struct mock_queue_info info = { 0 };
		uint64_t at;

		mock_op_queue_info(mock->top, i, &info);
		at = (uint64_t)info.notify_off * multiplier;
		if (at > last)
			last = at;
	}
	return last + (mock->draft ? sizeof(uint16_t) : sizeof(uint32_t));
}

static uint64_t true_length(struct mock *mock, const struct mock_cap *cap)
{
	if (cap->id == PCI_CAP_ID_MSIX)
		return (uint64_t)cap->vectors * PCI_MSIX_ENTRY_SIZE;
	switch (cap->type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		return mock->draft ? VIRTIO_PCI_COMMON_CFG_MIN
				   : sizeof(struct virtio_pci_common_cfg);
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return notify_length(mock, cap->multiplier);
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		return mock->class->config_size;
	case VIRTIO_PCI_CAP_SHARED_MEMORY_CFG:
		return MOCK_PAGE;
	default:
		return 1;
	}
}

static uint64_t round_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

/* The pending bit array is read by 64 bits, so it has whole ones of them (PCI 3.0, 6.8.2). */
static uint64_t pba_length(const struct mock_cap *cap)
{
	return round_up(cap->vectors, 64) / 8;
}

static void add_region(struct mock *mock, const struct mock_cap *cap,
		       const struct mock_registers *registers, unsigned bar, uint64_t offset,
		       uint64_t length)
{
	struct mock_region *region = &mock->regions[mock->region_count];

	if (mock->region_count == MOCK_REGIONS_MAX || bar >= PCI_BAR_COUNT || length == 0)
		return;
	*region = (struct mock_region){
		.registers = registers, .bar = bar, .offset = offset, .length = length, .cap = cap
	};
	if (registers == &mock_shared_registers) {
		region->memory_size = length < MOCK_SHARED_MEMORY ? length : MOCK_SHARED_MEMORY;
		region->memory = calloc(1, region->memory_size);
		if (!region->memory)
			region->memory_size = 0;
	}
	mock->region_count++;
}

/* Settles an offset: the next free place of the BAR, unless the description names one. */
static uint64_t settle(struct mock *mock, uint64_t *ends, unsigned bar, uint64_t offset,
		       uint64_t length)
{
	enum mock_bar_kind kind;

	if (bar >= PCI_BAR_COUNT)
		return offset == MOCK_AUTO ? 0 : offset;
	kind = mock->bars.bar[bar].kind;
	if (offset == MOCK_AUTO)
		offset = round_up(ends[bar], kind == MOCK_BAR_IO ? MOCK_IO_SPACING : MOCK_PAGE);
	if (offset < BAR_SIZE_MAX && length < BAR_SIZE_MAX && offset + length > ends[bar])
		ends[bar] = offset + length;
	return offset;
}

static void place_structures(struct mock *mock)
{
	uint64_t ends[PCI_BAR_COUNT] = { [VIRTIO_LEGACY_BAR] = mock_legacy_length(mock) };

	add_region(mock, NULL, &mock_legacy_registers, VIRTIO_LEGACY_BAR, 0,
		   ends[VIRTIO_LEGACY_BAR]);
	for (unsigned i = 0; i < mock->caps.count; i++) {
		struct mock_cap *cap = &mock->caps.cap[i];
		const struct mock_registers *registers = registers_of(cap);

		if (!registers)
			continue;
		if (cap->length == MOCK_AUTO || cap->id == PCI_CAP_ID_MSIX)
			cap->length = true_length(mock, cap);
		cap->offset = settle(mock, ends, cap->bar, cap->offset, cap->length);
		add_region(mock, cap, registers, cap->bar, cap->offset, cap->length);
		if (cap->id != PCI_CAP_ID_MSIX)
			continue;
		cap->pba_offset =
			settle(mock, ends, cap->pba_bar, cap->pba_offset, pba_length(cap));
		add_region(mock, cap, &mock_pba_registers, cap->pba_bar, cap->pba_offset,
			   pba_length(cap));
	}
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		struct mock_bar *bar = &mock->bars.bar[i];
		uint64_t least = bar->kind == MOCK_BAR_IO ? PCI_BAR_IO_MIN : MOCK_PAGE;

		if (bar->kind == MOCK_BAR_NONE || bar->size)
			continue;
		for (bar->size = least; bar->size < ends[i];)
			bar->size *= 2;
	}
}

static void write_bars(struct mock *mock)
{
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct mock_bar *bar = &mock->bars.bar[i];
		uint8_t *bytes = &mock->shape.bytes[PCI_BAR0 + PCI_BAR_SIZEOF * i];
		uint8_t *writable = &mock->shape.writable[PCI_BAR0 + PCI_BAR_SIZEOF * i];
		uint64_t address = ~(bar->size - 1);

		switch (bar->kind) {
		case MOCK_BAR_NONE:
			continue;
		case MOCK_BAR_IO:
			bytes[0] = PCI_BAR_SPACE_IO;
			vs_store_le32(writable, (uint32_t)address & PCI_BAR_IO_MASK);
			continue;
		case MOCK_BAR_MEMORY64:
			bytes[0] |= PCI_BAR_MEM_TYPE_64;
			if (i + 1 < PCI_BAR_COUNT)
				vs_store_le32(writable + PCI_BAR_SIZEOF, (uint32_t)(address >> 32));
			break;
		case MOCK_BAR_MEMORY:
			break;
		}
		if (bar->prefetch)
			bytes[0] |= PCI_BAR_MEM_PREFETCH;
		vs_store_le32(writable, (uint32_t)address & PCI_BAR_MEM_MASK);
	}
}

static void write_header(struct mock *mock)
{
	const struct mock_identity *identity = &mock->identity;
	uint8_t *bytes = mock->shape.bytes, *writable = mock->shape.writable;

	vs_store_le16(bytes + PCI_VENDOR_ID, identity->vendor);
	vs_store_le16(bytes + PCI_DEVICE_ID, identity->device);
	bytes[PCI_REVISION_ID] = identity->revision;
	bytes[PCI_CLASS_PROG] = (uint8_t)identity->class_code;
	vs_store_le16(bytes + PCI_CLASS_DEVICE, (uint16_t)(identity->class_code >> 8));
	bytes[PCI_HEADER_TYPE] = identity->header_type;
	vs_store_le16(bytes + PCI_SUBSYSTEM_VENDOR, identity->subsystem_vendor);
	vs_store_le16(bytes + PCI_SUBSYSTEM_ID, identity->subsystem);
	bytes[PCI_INTERRUPT_PIN] = identity->interrupt_pin;

	vs_store_le16(writable + PCI_COMMAND, COMMAND_BITS);
	vs_store_le16(mock->shape.clear + PCI_STATUS, PCI_STATUS_ERRORS);
	writable[PCI_CACHE_LINE_SIZE] = UINT8_MAX;
	writable[PCI_INTERRUPT_LINE] = UINT8_MAX;
	write_bars(mock);
}

/* The bytes of a capability in front of its extra ones. */
static unsigned known_size(const struct mock_cap *cap)
{
	if (cap->id == PCI_CAP_ID_MSIX)
		return PCI_MSIX_SIZEOF;
	if (cap->id != PCI_CAP_ID_VNDR)
		return PCI_CAP_SIZEOF;
	switch (cap->type) {
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return sizeof(struct virtio_pci_notify_cap);
	case VIRTIO_PCI_CAP_PCI_CFG:
		return sizeof(struct virtio_pci_cfg_cap);
	case VIRTIO_PCI_CAP_SHARED_MEMORY_CFG:
		return sizeof(struct virtio_pci_cap64);
	case VIRTIO_PCI_CAP_VENDOR_CFG:
		return offsetof(struct virtio_pci_vndr_data, vendor_id);
	default:
		return sizeof(struct virtio_pci_cap);
	}
}

static void write_structure_cap(const struct mock_cap *cap, uint8_t *bytes, uint8_t *writable)
{
	bytes[offsetof(struct virtio_pci_cap, cap_len)] = (uint8_t)cap->size;
	if (cap->cap_len)
		bytes[offsetof(struct virtio_pci_cap, cap_len)] = cap->cap_len;
	bytes[offsetof(struct virtio_pci_cap, cfg_type)] = cap->type;
	if (cap->type == VIRTIO_PCI_CAP_VENDOR_CFG)
		return;
	bytes[offsetof(struct virtio_pci_cap, bar)] = cap->bar;
	bytes[offsetof(struct virtio_pci_cap, id)] = cap->shmid;
	vs_store_le32(bytes + offsetof(struct virtio_pci_cap, offset), (uint32_t)cap->offset);
	vs_store_le32(bytes + offsetof(struct virtio_pci_cap, length), (uint32_t)cap->length);
	if (cap->type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
		vs_store_le32(bytes + offsetof(struct virtio_pci_notify_cap, notify_off_multiplier),
			      cap->multiplier);
	} else if (cap->type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap64, offset_hi),
			      (uint32_t)(cap->offset >> 32));
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap64, length_hi),
			      (uint32_t)(cap->length >> 32));
	} else if (cap->type == VIRTIO_PCI_CAP_PCI_CFG) {
		writable[offsetof(struct virtio_pci_cap, bar)] = UINT8_MAX;
		vs_store_le32(writable + offsetof(struct virtio_pci_cap, offset), UINT32_MAX);
		vs_store_le32(writable + offsetof(struct virtio_pci_cap, length), UINT32_MAX);
		vs_store_le32(writable + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data),
			      UINT32_MAX);
	}
}

static void write_cap(struct mock *mock, const struct mock_cap *cap)
{
	uint8_t *bytes = mock->shape.bytes + cap->position;
	uint8_t *writable = mock->shape.writable + cap->position;

	bytes[PCI_CAP_ID] = cap->id;
	memcpy(bytes + known_size(cap), cap->extra, cap->extra_size);
	if (cap->id == PCI_CAP_ID_VNDR) {
		write_structure_cap(cap, bytes, writable);
	} else if (cap->id == PCI_CAP_ID_MSIX) {
		vs_store_le16(bytes + PCI_MSIX_CONTROL,
			      (cap->vectors - 1u) & PCI_MSIX_CONTROL_SIZE);
		vs_store_le16(writable + PCI_MSIX_CONTROL,
			      PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK);
		vs_store_le32(bytes + PCI_MSIX_TABLE, (uint32_t)cap->offset | cap->bar);
		vs_store_le32(bytes + PCI_MSIX_PBA, (uint32_t)cap->pba_offset | cap->pba_bar);
	} else if (cap->id == PCI_CAP_ID_EXP && cap->size >= PCI_EXP_SIZEOF_RC_END) {
		vs_store_le16(writable + PCI_EXP_DEVCTL, DEVCTL_BITS);
	}
}

/* Links the capabilities in the order of the list, dword by dword behind the header. */
static int write_caps(struct mock *mock, char *error, size_t size)
{
	uint8_t *link = &mock->shape.bytes[PCI_CAPABILITY_LIST];
	unsigned at = PCI_HEADER_SIZE;

	for (unsigned i = 0; i < mock->caps.count; i++) {
		struct mock_cap *cap = &mock->caps.cap[i];

		at = (unsigned)round_up(at + cap->gap, sizeof(uint32_t));
		cap->position = at;
		cap->size = known_size(cap) + cap->extra_size;
		at += cap->size;
		if (at > PCI_CONFIG_SIZE || cap->extra_size > MOCK_EXTRA_MAX) {
			snprintf(error, size,
				 "the capabilities that these quirks add up to do not "
				 "fit into configuration space");
			return -1;
		}
		write_cap(mock, cap);
		*link = (uint8_t)cap->position;
		link = &mock->shape.bytes[cap->position + PCI_CAP_NEXT];
	}
	if (mock->caps.count)
		vs_store_le16(mock->shape.bytes + PCI_STATUS, PCI_STATUS_CAP_LIST);
	return 0;
}

int mock_layout(struct mock *mock, char *error, size_t size)
{
	place_structures(mock);
	write_header(mock);
	return write_caps(mock, error, size);
}
