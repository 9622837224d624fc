/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration space: every byte has its writable and its clear-by-1 bits; some writes have
 * consequences. Accesses of any width at any offset are taken byte by byte.
 */
#include <assert.h>
#include <string.h>

#include "mock-device/model/base.h"

static bool overlaps(unsigned a, unsigned a_size, unsigned b, unsigned b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* What the window capability at `cap` looks at now; false if that is no access (4.1.4.9). */
static bool window_at(struct mock *mock, const struct mock_cap *cap, struct mock_window *window)
{
	const uint8_t *bytes = mock->config + cap->position;

	window->bar = bytes[offsetof(struct virtio_pci_cap, bar)];
	window->offset = vs_load_le32(bytes + offsetof(struct virtio_pci_cap, offset));
	window->length = vs_load_le32(bytes + offsetof(struct virtio_pci_cap, length));
	return window->bar < PCI_BAR_COUNT &&
	       (window->length == 1 || window->length == 2 || window->length == 4);
}

/* The window capability whose pci_cfg_data the access touches, or NULL. */
static const struct mock_cap *window_touched(struct mock *mock, unsigned offset, unsigned width)
{
	for (unsigned i = 0; i < mock->caps.count; i++) {
		const struct mock_cap *cap = &mock->caps.cap[i];
		unsigned data = cap->position + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);

		if (cap->id == PCI_CAP_ID_VNDR && cap->type == VIRTIO_PCI_CAP_PCI_CFG &&
		    overlaps(offset, width, data, sizeof(uint32_t)))
			return cap;
	}
	return NULL;
}

static uint8_t *window_data(struct mock *mock, const struct mock_cap *cap)
{
	return mock->config + cap->position + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);
}

void mock_base_window_read(struct mock_layer *layer, const struct mock_window *window,
			   uint8_t *data)
{
	uint64_t value =
		mock_op_bar_read(layer->mock->top, window->bar, window->offset, window->length);

	vs_store_le(data, window->length, value);
}

void mock_base_window_write(struct mock_layer *layer, const struct mock_window *window,
			    const uint8_t *data)
{
	mock_op_bar_write(layer->mock->top, window->bar, window->offset, window->length,
			  vs_load_le(data, window->length));
}

/* One byte as the driver sees it now. The interrupt bit is not stored anywhere: it is the OR of the
 * ISR status (4.1.4.5.1), and rests while messages are used instead. */
static uint8_t byte_now(const struct mock *mock, unsigned offset)
{
	uint8_t byte;

	if (offset >= PCIE_CONFIG_SIZE)
		return UINT8_MAX;
	byte = mock->config[offset];
	if (offset == PCI_STATUS && mock->isr && !mock_msix_enabled(mock))
		byte |= PCI_STATUS_INTERRUPT;
	return byte;
}

uint32_t mock_base_config_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	struct mock *mock = layer->mock;
	const struct mock_cap *cap = window_touched(mock, offset, width);
	struct mock_window window;
	uint32_t value = 0;

	/* The access through the window has the window's length, whatever the width of this one. */
	if (cap && window_at(mock, cap, &window))
		mock_op_window_read(mock->top, &window, window_data(mock, cap));
	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)byte_now(mock, offset + i) << 8 * i;
	return value;
}

static void command_written(struct mock *mock)
{
	mock_update_line(mock);
	mock_send_pending(mock);
	/* Queues that waited for bus mastering. */
	if (mock_may_master(mock))
		mock_kick_all(mock);
}

/* Whether this write sets the reset bit of the PCI Express capability, which always reads 0. */
static bool starts_function_reset(struct mock *mock, unsigned offset, unsigned width,
				  uint32_t value)
{
	unsigned at = mock_caps_index(&mock->caps, PCI_CAP_ID_EXP, 0);
	unsigned byte;

	if (at == mock->caps.count)
		return false;
	/* The bit lies in the upper byte of the register. */
	byte = mock->caps.cap[at].position + PCI_EXP_DEVCTL + 1;
	return overlaps(offset, width, byte, 1) &&
	       (value >> 8 * (byte - offset) & PCI_EXP_DEVCTL_FLR >> 8);
}

void mock_base_config_write(struct mock_layer *layer, unsigned offset, unsigned width,
			    uint32_t value)
{
	struct mock *mock = layer->mock;
	const struct mock_cap *cap = window_touched(mock, offset, width);
	struct mock_window window;

	for (unsigned i = 0; i < width && offset + i < PCIE_CONFIG_SIZE; i++) {
		uint8_t *byte = &mock->config[offset + i];
		uint8_t written = (uint8_t)(value >> 8 * i);
		uint8_t writable = mock->shape.writable[offset + i];

		*byte = (uint8_t)((*byte & ~writable) | (written & writable));
		*byte &= (uint8_t) ~(written & mock->shape.clear[offset + i]);
	}
	if (starts_function_reset(mock, offset, width, value)) {
		mock_op_function_reset(mock->top);
		return;
	}
	if (overlaps(offset, width, PCI_COMMAND, sizeof(uint16_t)))
		command_written(mock);
	if (mock->msix.position &&
	    overlaps(offset, width, mock->msix.position + PCI_MSIX_CONTROL, sizeof(uint16_t))) {
		mock_update_line(mock);
		mock_send_pending(mock);
	}
	if (cap && window_at(mock, cap, &window))
		mock_op_window_write(mock->top, &window, window_data(mock, cap));
}

void mock_base_function_reset(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	mock_op_reset(mock->top);
	memcpy(mock->config, mock->shape.bytes, sizeof(mock->config));
	mock_msix_power_on(mock);
	mock_update_line(mock);
}

uint32_t mock_config_read(struct mock *mock, unsigned offset, unsigned width)
{
	uint32_t value = UINT32_MAX;

	assert(width == 1 || width == 2 || width == 4);
	if (offset < PCIE_CONFIG_SIZE && mock_alive(mock))
		value = mock_op_config_read(mock->top, offset, width);
	mock_run(mock);
	if (!mock_alive(mock))
		value = UINT32_MAX;
	return value & UINT32_MAX >> (32 - 8 * width);
}

void mock_config_write(struct mock *mock, unsigned offset, unsigned width, uint32_t value)
{
	assert(width == 1 || width == 2 || width == 4);
	if (offset < PCIE_CONFIG_SIZE && mock_alive(mock))
		mock_op_config_write(mock->top, offset, width, value);
	mock_run(mock);
}
