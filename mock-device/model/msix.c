/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSI-X (PCI 3.0, 6.8): table, pending bits, masks, and messages that wait until they may go.
 */
#include <string.h>

#include "mock-device/model/base.h"

static uint16_t control(const struct mock *mock)
{
	if (!mock->msix.position)
		return 0;
	return vs_load_le16(mock->config + mock->msix.position + PCI_MSIX_CONTROL);
}

bool mock_msix_enabled(const struct mock *mock)
{
	return control(mock) & PCI_MSIX_CONTROL_ENABLE;
}

/* Without bus mastering a function can neither reach memory nor send messages (PCI 3.0, 6.2.2). */
bool mock_may_master(const struct mock *mock)
{
	return vs_load_le16(mock->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static uint8_t *entry(const struct mock *mock, unsigned vector)
{
	return mock->msix.table + (size_t)vector * PCI_MSIX_ENTRY_SIZE;
}

static bool may_send(const struct mock *mock, unsigned vector)
{
	return mock_alive(mock) && mock_may_master(mock) &&
	       !(control(mock) & PCI_MSIX_CONTROL_MASK) &&
	       !(vs_load_le32(entry(mock, vector) + PCI_MSIX_ENTRY_CONTROL) &
		 PCI_MSIX_ENTRY_MASKED);
}

void mock_base_send_message(struct mock_layer *layer, unsigned vector)
{
	struct mock *mock = layer->mock;
	const uint8_t *bytes;

	if (vector >= mock->msix.count || !mock_msix_enabled(mock))
		return;
	mock->msix.pending[vector] = !may_send(mock, vector);
	if (mock->msix.pending[vector])
		return;
	bytes = entry(mock, vector);
	mock->host.msi(mock->host.context, vector, vs_load_le64(bytes + PCI_MSIX_ENTRY_ADDR_LO),
		       vs_load_le32(bytes + PCI_MSIX_ENTRY_DATA));
}

/* Something that held messages back has gone: a mask, or bus mastering was off. */
void mock_send_pending(struct mock *mock)
{
	if (!mock_msix_enabled(mock))
		return;
	for (unsigned i = 0; i < mock->msix.count; i++) {
		if (mock->msix.pending[i] && may_send(mock, i))
			mock_op_send_message(mock->top, i);
	}
}

void mock_msix_power_on(struct mock *mock)
{
	if (mock->msix.count)
		memset(mock->msix.table, 0, (size_t)mock->msix.count * PCI_MSIX_ENTRY_SIZE);
	for (unsigned i = 0; i < mock->msix.count; i++)
		vs_store_le32(entry(mock, i) + PCI_MSIX_ENTRY_CONTROL, PCI_MSIX_ENTRY_MASKED);
	mock_msix_forget_pending(mock);
}

/* A reset ends all notifications (2.4.1), also those that wait behind a mask. */
void mock_msix_forget_pending(struct mock *mock)
{
	for (unsigned i = 0; i < mock->msix.count; i++)
		mock->msix.pending[i] = false;
}

uint64_t mock_base_msix_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	return vs_load_le(layer->mock->msix.table + offset, width);
}

/* What a driver can set in byte `offset` of an entry: addresses are those of whole dwords, and one
 * bit of the control is defined. */
static uint8_t entry_writable(unsigned offset)
{
	switch (offset) {
	case PCI_MSIX_ENTRY_ADDR_LO:
		return UINT8_MAX & ~3u;
	case PCI_MSIX_ENTRY_CONTROL:
		return PCI_MSIX_ENTRY_MASKED;
	default:
		return offset > PCI_MSIX_ENTRY_CONTROL ? 0 : UINT8_MAX;
	}
}

void mock_base_msix_write(struct mock_layer *layer, unsigned offset, unsigned width, uint64_t value)
{
	struct mock *mock = layer->mock;

	for (unsigned i = 0; i < width; i++) {
		uint8_t *byte = &mock->msix.table[offset + i];
		uint8_t mask = entry_writable((offset + i) % PCI_MSIX_ENTRY_SIZE);

		*byte = (uint8_t)((*byte & ~mask) | (value >> 8 * i & mask));
	}
	mock_send_pending(mock);
}

uint64_t mock_base_pba_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	const struct mock_msix *msix = &layer->mock->msix;
	uint64_t value = 0;

	for (unsigned i = 0; i < 8 * width && 8 * offset + i < msix->count; i++)
		value |= (uint64_t)msix->pending[8 * offset + i] << i;
	return value;
}

static uint64_t table_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			   unsigned width)
{
	/* The region may be longer than the table where a layer says so. */
	if (offset + width > (uint64_t)mock->msix.count * PCI_MSIX_ENTRY_SIZE)
		return 0;
	(void)region;
	return mock_op_msix_read(mock->top, (unsigned)offset, width);
}

static void table_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			unsigned width, uint64_t value)
{
	(void)region;
	if (offset + width <= (uint64_t)mock->msix.count * PCI_MSIX_ENTRY_SIZE)
		mock_op_msix_write(mock->top, (unsigned)offset, width, value);
}

static uint64_t pba_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width)
{
	(void)region;
	if (offset > PCI_MSIX_MAX_VECTORS / 8)
		return 0;
	return mock_op_pba_read(mock->top, (unsigned)offset, width);
}

static void pba_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
		      unsigned width, uint64_t value)
{
	/* Read-only to the driver. */
	(void)mock;
	(void)region;
	(void)offset;
	(void)width;
	(void)value;
}

const struct mock_registers mock_msix_registers = {
	.name = "MSI-X table",
	.read = table_read,
	.write = table_write,
};

const struct mock_registers mock_pba_registers = {
	.name = "MSI-X pending bits",
	.read = pba_read,
	.write = pba_write,
};
