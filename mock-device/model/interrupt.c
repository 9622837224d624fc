/* SPDX-License-Identifier: BSD-3-Clause */
/* Notifications to the driver: ISR status, the INTx line, and which message stands for what. */
#include "mock-device/model/base.h"

/* With messages in use the line rests. A configuration bit that nobody read stays in the ISR status
 * and makes the line rise when messages are turned off again: it is the OR of the bits then. */
void mock_update_line(struct mock *mock)
{
	bool level = mock->isr && !mock_msix_enabled(mock) &&
		     !(vs_load_le16(mock->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE);

	if (level == mock->line || !mock_alive(mock))
		return;
	mock->line = level;
	mock_op_set_line(mock->top, level);
}

void mock_base_set_line(struct mock_layer *layer, bool level)
{
	layer->mock->host.intx(layer->mock->host.context, level);
}

void mock_base_raise_queue_interrupt(struct mock_layer *layer, struct mock_queue *queue)
{
	struct mock *mock = layer->mock;

	if (mock_msix_enabled(mock)) {
		if (queue->vector != VIRTIO_MSI_NO_VECTOR)
			mock_op_send_message(mock->top, queue->vector);
		return;
	}
	mock->isr |= VIRTIO_ISR_QUEUE;
	mock_update_line(mock);
}

/* The configuration bit is set whatever carries the interrupt (4.1.4.5.1), the queue bit is not. */
void mock_base_raise_config_interrupt(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	mock->isr |= VIRTIO_ISR_CONFIG;
	if (mock_msix_enabled(mock)) {
		if (mock->config_vector != VIRTIO_MSI_NO_VECTOR)
			mock_op_send_message(mock->top, mock->config_vector);
		return;
	}
	mock_update_line(mock);
}

uint8_t mock_base_isr_read(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;
	uint8_t isr = mock->isr;

	mock->isr = 0;
	mock_update_line(mock);
	return isr;
}

/* An access of any width reads, and thereby clears, the one register that there is. */
static uint64_t isr_region_read(struct mock *mock, const struct mock_region *region,
				uint64_t offset, unsigned width)
{
	(void)region;
	(void)width;
	return offset ? 0 : mock_op_isr_read(mock->top);
}

static void isr_region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			     unsigned width, uint64_t value)
{
	/* Read-only to the driver. */
	(void)mock;
	(void)region;
	(void)offset;
	(void)width;
	(void)value;
}

const struct mock_registers mock_isr_registers = {
	.name = "ISR status",
	.face = MOCK_FACE_MODERN,
	.read = isr_region_read,
	.write = isr_region_write,
};

/* A mapping fails only where there is no such vector (4.1.5.1.2.1). */
uint16_t mock_base_map_vector(struct mock_layer *layer, uint16_t vector)
{
	return vector < layer->mock->msix.count ? vector : VIRTIO_MSI_NO_VECTOR;
}
