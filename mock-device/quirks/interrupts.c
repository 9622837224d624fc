/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts that must not be: of events without a vector (4.1.5.3, 4.1.5.4). */
#include "mock-device/quirks/quirk.h"

enum way { VECTOR, LINE };

/* What a device does that takes NO_VECTOR for vector 0, or for "use the line". */
static void interrupt_anyway(struct mock_layer *q, uint8_t bit)
{
	struct mock *mock = q->mock;

	if (q->value == VECTOR) {
		mock_op_send_message(mock->top, 0);
		return;
	}
	mock->isr |= bit;
	mock->line = true; /* so that the model lowers it, at a reset at the latest */
	mock_op_set_line(mock->top, true);
}

static void queue_anyway(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_raise_queue_interrupt(q->below, queue);
	if (mock_msix_enabled(q->mock) && queue->vector == VIRTIO_MSI_NO_VECTOR)
		interrupt_anyway(q, VIRTIO_ISR_QUEUE);
}
MOCK_QUIRK(unmapped_queue_interrupts, .kind = MOCK_VIOLATION,
	   .says = "a queue without a vector interrupts through another one, or by the line",
	   .breaks = MOCK_RULES(PCI_INTERRUPT_QUEUE_UNMAPPED_SILENT), .values = "vector line",
	   .needs = "mock:blk|net|console", .ops = { .raise_queue_interrupt = queue_anyway });

static void config_anyway(struct mock_layer *q)
{
	mock_op_raise_config_interrupt(q->below);
	if (mock_msix_enabled(q->mock) && q->mock->config_vector == VIRTIO_MSI_NO_VECTOR)
		interrupt_anyway(q, VIRTIO_ISR_CONFIG);
}
MOCK_QUIRK(unmapped_config_interrupts, .kind = MOCK_VIOLATION,
	   .says = "a configuration change without a vector interrupts through one, or by the line",
	   .breaks = MOCK_RULES(PCI_INTERRUPT_CONFIG_UNMAPPED_SILENT), .values = "vector line",
	   .ops = { .raise_config_interrupt = config_anyway });
