/* SPDX-License-Identifier: BSD-3-Clause */
/* Which vector stands for which event (4.1.5.1.2). */
#include "mock-device/quirks/quirk.h"

#define CONFIG_SLOT                                                                   \
	7u /* of state[]: the configuration vector's; queues have the slots before it \
	    */

static bool is_config_vector(unsigned offset)
{
	return offset == offsetof(struct virtio_pci_common_cfg, config_msix_vector);
}

static bool is_vector(unsigned offset)
{
	return is_config_vector(offset) ||
	       offset == offsetof(struct virtio_pci_common_cfg, queue_msix_vector);
}

/* The vector behind a register, or NULL where no queue is selected. */
static uint16_t *behind(const struct mock_layer *q, unsigned offset)
{
	struct mock_queue *queue = mock_selected_queue(q->mock);

	if (is_config_vector(offset))
		return &q->mock->config_vector;
	return queue ? &queue->vector : NULL;
}

static unsigned slot(const struct mock_layer *q, unsigned offset)
{
	return is_config_vector(offset) ? CONFIG_SLOT : q->mock->queue_select % CONFIG_SLOT;
}

static void forget_slots(struct mock_layer *q)
{
	for (unsigned i = 0; i <= CONFIG_SLOT; i++)
		q->state[i] = 0;
	mock_op_reset(q->below);
}

static uint16_t refuse_one(struct mock_layer *q, uint16_t vector)
{
	return vector == q->value ? VIRTIO_MSI_NO_VECTOR : mock_op_map_vector(q->below, vector);
}
MOCK_QUIRK(msix_vector_refused, .kind = MOCK_VIOLATION,
	   .says = "nothing can be mapped to this vector of the table",
	   .breaks = MOCK_RULES(PCI_MSIX_ANY_VECTOR),
	   .also = MOCK_RULES(ROBUST_VECTOR_CHANGED_LIVE), .values = "1 2",
	   .needs = "mock:blk|net|console", .ops = { .map_vector = refuse_one });

static void astray_queue(struct mock_layer *q, struct mock_queue *queue)
{
	uint16_t vector = queue->vector;

	if (vector == 1)
		queue->vector = 2;
	mock_op_raise_queue_interrupt(q->below, queue);
	queue->vector = vector;
}
MOCK_QUIRK(msix_queue_astray, .kind = MOCK_VIOLATION,
	   .says = "what is mapped to vector 1 interrupts through vector 2",
	   .breaks = MOCK_RULES(PCI_MSIX_ANY_VECTOR), .needs = "mock:blk",
	   .ops = { .raise_queue_interrupt = astray_queue });

static void astray_config(struct mock_layer *q)
{
	uint16_t *vector = &q->mock->config_vector;
	uint16_t before = *vector;

	if (*vector == q->mock->msix.count - 1)
		*vector = 0;
	mock_op_raise_config_interrupt(q->below);
	*vector = before;
}
MOCK_QUIRK(msix_config_astray, .kind = MOCK_VIOLATION,
	   .says = "configuration changes mapped to the last vector interrupt through vector 0",
	   .breaks = MOCK_RULES(PCI_MSIX_ANY_VECTOR), .needs = "mock:blk|net|console",
	   .ops = { .raise_config_interrupt = astray_config });

/* How many events have a vector now. */
static long mapped(const struct mock *mock)
{
	long count = mock->config_vector != VIRTIO_MSI_NO_VECTOR;

	for (unsigned i = 0; i < mock->queue_total; i++)
		count += mock->queues[i].vector != VIRTIO_MSI_NO_VECTOR;
	return count;
}

static uint16_t scarce(struct mock_layer *q, uint16_t vector)
{
	return mapped(q->mock) >= q->value ? VIRTIO_MSI_NO_VECTOR
					   : mock_op_map_vector(q->below, vector);
}
MOCK_QUIRK(msix_mappings_scarce, .kind = MOCK_VIOLATION,
	   .says = "only so many events can have a vector at a time",
	   .breaks = MOCK_RULES(PCI_MSIX_MAPPING_SUCCEEDS), .values = "2 1",
	   .needs = "mock:console", .ops = { .map_vector = scarce });

/* Whether a write takes an event off its vector. */
static bool unmaps(const struct mock_layer *q, unsigned offset, uint32_t value)
{
	const uint16_t *vector = is_vector(offset) ? behind(q, offset) : NULL;

	return vector && value == VIRTIO_MSI_NO_VECTOR && *vector != VIRTIO_MSI_NO_VECTOR;
}

static void ignore_unmap(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (!unmaps(q, offset, value))
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(msix_unmap_ignored, .kind = MOCK_VIOLATION,
	   .says = "NO_VECTOR is ignored by the vector registers",
	   .breaks = MOCK_RULES(PCI_MSIX_UNMAP), .needs = "mock:,interface=modern|transitional",
	   .ops = { .common_write = ignore_unmap });

/* Slots keep what was taken off, plus one; 0: nothing. */
static void note_unmap(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (unmaps(q, offset, value))
		q->state[slot(q, offset)] = *behind(q, offset) + 1u;
	else if (is_vector(offset))
		q->state[slot(q, offset)] = 0;
	mock_op_common_write(q->below, offset, width, value);
}

static void send_old(struct mock_layer *q, uint64_t old)
{
	if (old && mock_msix_enabled(q->mock))
		mock_op_send_message(q->mock->top, (unsigned)old - 1);
}

static void old_queue(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_raise_queue_interrupt(q->below, queue);
	send_old(q, q->state[queue->index % CONFIG_SLOT]);
}

static void old_config(struct mock_layer *q)
{
	mock_op_raise_config_interrupt(q->below);
	send_old(q, q->state[CONFIG_SLOT]);
}
MOCK_QUIRK(msix_unmap_secret, .kind = MOCK_VIOLATION,
	   .says = "the registers take NO_VECTOR, but interrupts go on through the old vector",
	   .breaks = MOCK_RULES(PCI_MSIX_UNMAP, PCI_MSIX_VECTOR_READBACK),
	   .also = MOCK_RULES(ROBUST_VECTOR_CHANGED_LIVE),
	   .needs = "mock:,interface=modern|transitional",
	   .ops = { .common_write = note_unmap,
		    .raise_queue_interrupt = old_queue,
		    .raise_config_interrupt = old_config,
		    .reset = forget_slots });

static uint32_t old_vector(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_common_read(q->below, offset, width);

	if (is_vector(offset) && q->state[slot(q, offset)])
		return (uint32_t)q->state[slot(q, offset)] - 1;
	return value;
}
MOCK_QUIRK(msix_unmap_unseen, .kind = MOCK_VIOLATION,
	   .says = "an event without a vector is silent, but its register reads the old vector",
	   .breaks = MOCK_RULES(PCI_MSIX_VECTOR_READBACK),
	   .needs = "mock:,interface=modern|transitional",
	   .ops = { .common_write = note_unmap, .common_read = old_vector, .reset = forget_slots });

/* state[0]: what the last register written has become, plus one; 0: none was written. */
static void latch(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	mock_op_common_write(q->below, offset, width, value);
	if (is_vector(offset) && behind(q, offset))
		q->state[0] = *behind(q, offset) + 1u;
}

static uint32_t latched(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (is_vector(offset))
		return q->state[0] ? (uint32_t)q->state[0] - 1 : VIRTIO_MSI_NO_VECTOR;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(msix_vector_latch, .kind = MOCK_VIOLATION,
	   .says = "all vector registers read what was written last, whichever it was",
	   .breaks = MOCK_RULES(PCI_MSIX_VECTOR_READBACK),
	   .needs = "mock:,interface=modern|transitional",
	   .ops = { .common_write = latch, .common_read = latched, .reset = forget_slots });

static uint32_t hidden(struct mock_layer *q, unsigned offset, unsigned width)
{
	return is_vector(offset) ? VIRTIO_MSI_NO_VECTOR
				 : mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(msix_vector_hidden, .kind = MOCK_VIOLATION,
	   .says = "vectors can be mapped and work, but the registers read NO_VECTOR",
	   .breaks = MOCK_RULES(PCI_MSIX_VECTOR_READBACK), .also = MOCK_RULES(PCI_MSIX_ANY_VECTOR),
	   .needs = "mock:,interface=modern|transitional", .ops = { .common_read = hidden });

enum bad_vector_lie { KEPT, IGNORED, WRAPPED };

static bool out_of_range(const struct mock_layer *q, unsigned offset, uint32_t value)
{
	return is_vector(offset) && value >= q->mock->msix.count && value != VIRTIO_MSI_NO_VECTOR;
}

static void bad_vector(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	bool bad = out_of_range(q, offset, value);

	if (bad && q->value == IGNORED)
		return;
	if (bad && q->value == WRAPPED)
		value %= q->mock->msix.count;
	mock_op_common_write(q->below, offset, width, value);
	if (bad && q->value == KEPT && behind(q, offset))
		*behind(q, offset) = (uint16_t)value;
}
MOCK_QUIRK(msix_bad_vector, .kind = MOCK_VIOLATION,
	   .says = "a vector past the end of the table is kept, or leaves the old one, or is "
		   "taken modulo the size of the table",
	   .breaks = MOCK_RULES(PCI_MSIX_FAILURE_REPORTED), .values = "kept ignored wrapped",
	   .needs = "mock:blk,interface=modern|transitional",
	   .ops = { .common_write = bad_vector });

enum survivor { CONFIG, QUEUES };

static void survive(struct mock_layer *q)
{
	struct mock *mock = q->mock;
	uint16_t config = mock->config_vector;
	uint16_t queues[CONFIG_SLOT];

	for (unsigned i = 0; i < mock->queue_total && i < CONFIG_SLOT; i++)
		queues[i] = mock->queues[i].vector;
	mock_op_reset(q->below);
	if (q->value == CONFIG)
		mock->config_vector = config;
	for (unsigned i = 0; i < mock->queue_total && i < CONFIG_SLOT && q->value == QUEUES; i++)
		mock->queues[i].vector = queues[i];
}
MOCK_QUIRK(msix_vectors_survive, .kind = MOCK_VIOLATION, .says = "a reset leaves vectors mapped",
	   .breaks = MOCK_RULES(PCI_MSIX_UNMAPPED_AFTER_RESET),
	   .also = MOCK_RULES(RESET_REGISTERS_RESTORED), .values = "config queues",
	   .ops = { .reset = survive });

static void mapped_from_the_start(struct mock_layer *q)
{
	mock_op_power_on(q->below);
	q->mock->config_vector = 0;
}
MOCK_QUIRK(msix_mapped_at_power_on, .kind = MOCK_VIOLATION,
	   .says = "configuration changes have vector 0 at power-on",
	   .breaks = MOCK_RULES(PCI_MSIX_UNMAPPED_AFTER_RESET),
	   .needs = "mock:,interface=modern|transitional",
	   .ops = { .power_on = mapped_from_the_start });
