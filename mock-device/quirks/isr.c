/* SPDX-License-Identifier: BSD-3-Clause */
/* ISR status, the interrupt line, and what the PCI status register says of them (4.1.4.5). */
#include "mock-device/quirks/quirk.h"

#define LATE_NS UINT64_C(10000)

static void no_isr(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_ISR_CFG));
}
MOCK_QUIRK(isr_missing, .kind = MOCK_VIOLATION, .says = "there is no ISR status capability",
	   .breaks = MOCK_RULES(PCI_ISR_PRESENT), .ops = { .build_caps = no_isr });

static uint8_t peek(struct mock_layer *q)
{
	return q->mock->isr;
}
MOCK_QUIRK(isr_not_cleared, .kind = MOCK_VIOLATION,
	   .says = "reading the ISR status leaves its bits and the line as they are",
	   .breaks = MOCK_RULES(PCI_ISR_CLEARED_BY_READ),
	   .also = MOCK_RULES(PCI_ISR_READ_LOWERS_LINE), .ops = { .isr_read = peek });

static uint8_t more_bits(struct mock_layer *q)
{
	uint8_t isr = mock_op_isr_read(q->below);

	return isr ? (uint8_t)(isr | q->value) : 0;
}
MOCK_QUIRK(isr_reserved_bits, .kind = MOCK_VIOLATION,
	   .says = "a reserved bit of the ISR status is set with the others",
	   .breaks = MOCK_RULES(PCI_ISR_SINGLE_BYTE), .values = "4 128",
	   .ops = { .isr_read = more_bits });

/* Bits that come when the line has been up for a while, unless a reset comes first. state[0]: what
 * they are. */
static void set_late(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	mock->isr |= (uint8_t)q->state[0];
	q->state[0] = 0;
	mock_update_line(mock);
}

static void forget_late(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}

static void bits_late(struct mock_layer *q, uint8_t bits)
{
	struct mock *mock = q->mock;

	if (!mock_msix_enabled(mock)) {
		mock->line = true;
		mock_op_set_line(mock->top, true);
	}
	q->state[0] |= bits;
	mock_after(mock, LATE_NS, set_late, q);
}

enum wrong { OTHER, LATE };

static void queue_bit(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock *mock = q->mock;

	if (mock_msix_enabled(mock)) {
		mock_op_raise_queue_interrupt(q->below, queue);
	} else if (q->value == OTHER) {
		mock->isr |= VIRTIO_ISR_CONFIG;
		mock_update_line(mock);
	} else {
		bits_late(q, VIRTIO_ISR_QUEUE);
	}
}
MOCK_QUIRK(isr_queue_bit, .kind = MOCK_VIOLATION,
	   .says = "for a used buffer the line rises with the other bit of the ISR status, or "
		   "before its own",
	   .breaks = MOCK_RULES(PCI_ISR_QUEUE_BIT_BEFORE_INTERRUPT),
	   .also = MOCK_RULES(QUEUE_RESET_STOPS_NOTIFICATIONS), .values = "other late",
	   .ops = { .raise_queue_interrupt = queue_bit, .reset = forget_late });

static void config_bit(struct mock_layer *q)
{
	struct mock *mock = q->mock;
	uint8_t before = mock->isr;

	if (q->value == LATE && !mock_msix_enabled(mock)) {
		bits_late(q, VIRTIO_ISR_CONFIG);
		return;
	}
	mock_op_raise_config_interrupt(q->below);
	mock->isr = before;
	if (q->value == LATE)
		bits_late(q, VIRTIO_ISR_CONFIG);
	else if (!mock_msix_enabled(mock))
		mock->isr |= VIRTIO_ISR_QUEUE;
}
MOCK_QUIRK(isr_config_bit, .kind = MOCK_VIOLATION,
	   .says = "a configuration change sets the other bit of the ISR status, or its own only "
		   "when the interrupt has been sent",
	   .breaks = MOCK_RULES(PCI_ISR_CONFIG_BIT_BEFORE_INTERRUPT), .values = "other late",
	   .ops = { .raise_config_interrupt = config_bit, .reset = forget_late });

/* With messages a bit for used buffers is nobody's business: some devices set it, some do not. */
static void bit_with_message(struct mock_layer *q, struct mock_queue *queue)
{
	q->mock->isr |= VIRTIO_ISR_QUEUE;
	mock_op_raise_queue_interrupt(q->below, queue);
}
MOCK_QUIRK(isr_set_with_messages, .kind = MOCK_VARIATION,
	   .says = "the ISR status tells of used buffers with MSI-X as well",
	   .ops = { .raise_queue_interrupt = bit_with_message });

static void both_bits(struct mock_layer *q)
{
	q->mock->isr |= VIRTIO_ISR_QUEUE;
	mock_op_raise_config_interrupt(q->below);
}
MOCK_QUIRK(isr_both_bits, .kind = MOCK_VARIATION,
	   .says = "an interrupt for a configuration change has the bit for queues set too",
	   .tries = MOCK_RULES(DRIVER_PCI_INTERRUPT_SHARED_HANDLED),
	   .ops = { .raise_config_interrupt = both_bits });

static uint8_t keep_line(struct mock_layer *q)
{
	uint8_t isr = q->mock->isr;

	if (q->value && !(isr & VIRTIO_ISR_CONFIG))
		return mock_op_isr_read(q->below);
	q->mock->isr = 0;
	return isr;
}
MOCK_QUIRK(isr_line_stays, .kind = MOCK_VIOLATION,
	   .says = "reading the ISR status clears it and leaves the line up: always, or after a "
		   "configuration change",
	   .breaks = MOCK_RULES(PCI_ISR_READ_LOWERS_LINE), .values = "always config",
	   .needs = "mock:blk|net|console", .ops = { .isr_read = keep_line });

enum status_lie { NEVER, ALWAYS, QUEUE_ONLY, MASKED };

static bool status_bit(const struct mock_layer *q, bool truth)
{
	const struct mock *mock = q->mock;

	switch (q->value) {
	case NEVER:
		return false;
	case ALWAYS:
		return true;
	case QUEUE_ONLY:
		return truth && mock->isr & VIRTIO_ISR_QUEUE;
	default:
		return truth &&
		       !(vs_load_le16(mock->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE);
	}
}

static uint32_t status(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_config_read(q->below, offset, width);
	uint32_t bit;

	if (offset > PCI_STATUS || PCI_STATUS - offset >= width)
		return value;
	bit = PCI_STATUS_INTERRUPT << 8 * (PCI_STATUS - offset);
	return status_bit(q, value & bit) ? value | bit : value & ~bit;
}
MOCK_QUIRK(interrupt_status, .kind = MOCK_VIOLATION,
	   .says = "Interrupt Status in the PCI status register is never set, always, not for "
		   "configuration changes, or not while the line is disabled",
	   .breaks = MOCK_RULES(PCI_ISR_INTERRUPT_STATUS_BIT),
	   .values = "never always queue masked", .needs = "mock:blk|net|console",
	   .ops = { .config_read = status });

/* The line without regard to Interrupt Disable: the model lowers it, this puts it up again. */
static void raise_anyway(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock *mock = q->mock;

	mock_op_raise_queue_interrupt(q->below, queue);
	if (!mock_msix_enabled(mock) && !mock->line) {
		mock->line = true;
		mock_op_set_line(mock->top, true);
	}
}
MOCK_QUIRK(interrupt_disable_ignored, .kind = MOCK_VIOLATION,
	   .says = "the interrupt line rises although Interrupt Disable is set",
	   .breaks = MOCK_RULES(PCI_ISR_INTERRUPT_STATUS_BIT),
	   .ops = { .raise_queue_interrupt = raise_anyway });
