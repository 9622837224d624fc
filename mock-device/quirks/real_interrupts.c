/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes that real devices made with interrupts (docs/real-bugs.md). */
#include "mock-device/quirks/harm.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

static void unexpected(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(config_msix_vector) && value == VIRTIO_MSI_NO_VECTOR &&
	    q->mock->config_vector != VIRTIO_MSI_NO_VECTOR)
		mock_end(q->mock, MOCK_DEAD);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(config_unmap_fatal, .kind = MOCK_VIOLATION,
	   .says = "the device dies of NO_VECTOR in config_msix_vector when that was mapped",
	   .breaks = MOCK_RULES(PCI_MSIX_UNMAP),
	   .also = MOCK_RULES(PCI_MSIX_ANY_VECTOR, PCI_MSIX_VECTOR_READBACK),
	   .needs = "mock:,interface=modern|transitional", .ops = { .common_write = unexpected });

/* A queue that was live without a vector, and gets one. */
static void map_live(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);

	if (offset == FIELD(queue_msix_vector) && value != VIRTIO_MSI_NO_VECTOR && queue &&
	    queue->enabled && queue->vector == VIRTIO_MSI_NO_VECTOR && mock_live(q->mock))
		mock_harm(q);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(vector_live_harms, .kind = MOCK_VIOLATION,
	   .says = "mapping a queue to a vector when it runs without one does harm",
	   .breaks = MOCK_RULES(ROBUST_VECTOR_CHANGED_LIVE), .values = "dies hangs stuck",
	   .ops = { .common_write = map_live, MOCK_HARM_OPS });

/* The line goes up and nothing says why. */
static void without_a_bit(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock *mock = q->mock;

	bool disabled = vs_load_le16(mock->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;

	if (mock_msix_enabled(mock) || disabled) {
		mock_op_raise_queue_interrupt(q->below, queue);
		return;
	}
	mock->line = true;
	mock_op_set_line(mock->top, true);
}
MOCK_QUIRK(isr_queue_bit_never, .kind = MOCK_VIOLATION,
	   .says = "for a used buffer the line rises and the ISR status stays 0",
	   .breaks = MOCK_RULES(PCI_ISR_QUEUE_BIT_BEFORE_INTERRUPT),
	   .ops = { .raise_queue_interrupt = without_a_bit });
