/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that accesses to registers harm which no driver makes (4.1.3.1, 4.1.4.3, 4.1.4.5). */
#include "mock-device/quirks/harm.h"

#define BEHIND      16u /* bytes */
#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

/* Whether the access lies in the structure of this type; its offset in there. */
static bool lies_in(const struct mock_layer *q, uint8_t type, unsigned bar, uint64_t offset,
		    uint64_t *inside)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, type);

	if (!cap || bar != cap->bar || offset < cap->offset || offset - cap->offset >= cap->length)
		return false;
	*inside = offset - cap->offset;
	return true;
}

/* An 8-byte access, one that is not aligned, or one byte of a wider field. */
static bool is_odd(const struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	static const uint8_t bytes[] = { FIELD(device_status), FIELD(config_generation) };
	uint64_t inside;

	if (!lies_in(q, VIRTIO_PCI_CAP_COMMON_CFG, bar, offset, &inside))
		return false;
	return width == 8 || inside % width ||
	       (width == 1 && inside != bytes[0] && inside != bytes[1]);
}

static uint64_t odd_read(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (is_odd(q, bar, offset, width))
		mock_harm(q);
	return mock_op_bar_read(q->below, bar, offset, width);
}
MOCK_QUIRK(common_odd_read_harms, .kind = MOCK_VIOLATION,
	   .says = "reading common configuration at another width than a field's does harm",
	   .breaks = MOCK_RULES(ROBUST_COMMON_ODD_ACCESS), .values = MOCK_HARM_VALUES,
	   .ops = { .bar_read = odd_read, MOCK_HARM_OPS });

static void odd_write(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
		      uint64_t value)
{
	if (is_odd(q, bar, offset, width))
		mock_harm(q);
	mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(common_odd_write_harms, .kind = MOCK_VIOLATION,
	   .says = "writing common configuration at another width than a field's does harm",
	   .breaks = MOCK_RULES(ROBUST_COMMON_ODD_ACCESS), .values = MOCK_HARM_VALUES,
	   .ops = { .bar_write = odd_write, MOCK_HARM_OPS });

/* Half a field is taken for the whole of it, and the bytes of an odd access land where they may:
 * strange, but nobody gets hurt. */
static void widened(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t value)
{
	if (is_odd(q, bar, offset, width))
		mock_op_bar_write(q->below, bar, offset & ~UINT64_C(3), 4, value & UINT32_MAX);
	else
		mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(common_odd_widened, .kind = MOCK_VARIATION,
	   .says = "a write of another width is taken for one of 4 bytes",
	   .ops = { .bar_write = widened });

static uint64_t odd_ones(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (is_odd(q, bar, offset, width))
		return UINT64_MAX;
	return mock_op_bar_read(q->below, bar, offset, width);
}
MOCK_QUIRK(common_odd_refused, .kind = MOCK_VARIATION,
	   .says = "a read of another width gives all ones", .ops = { .bar_read = odd_ones });

/* Right behind a structure, and not in another. */
static bool is_behind(const struct mock *mock, unsigned bar, uint64_t offset)
{
	bool behind = false;

	for (unsigned i = 0; i < mock->region_count; i++) {
		const struct mock_region *region = &mock->regions[i];
		uint64_t end = region->offset + region->length;

		if (region->bar != bar)
			continue;
		if (offset >= region->offset && offset < end)
			return false;
		if (offset >= end && offset < end + BEHIND)
			behind = region->registers == &mock_common_registers ||
				 region->registers == &mock_notify_registers;
	}
	return behind;
}

static uint64_t read_behind(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (is_behind(q->mock, bar, offset))
		mock_harm(q);
	return mock_op_bar_read(q->below, bar, offset, width);
}
MOCK_QUIRK(read_past_structure_harms, .kind = MOCK_VIOLATION,
	   .says = "reading behind a structure does harm",
	   .breaks = MOCK_RULES(ROBUST_ACCESS_PAST_STRUCTURE), .values = "dies deaf",
	   .ops = { .bar_read = read_behind, MOCK_HARM_OPS });

static void write_behind(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
			 uint64_t value)
{
	if (is_behind(q->mock, bar, offset))
		mock_harm(q);
	mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(write_past_structure_harms, .kind = MOCK_VIOLATION,
	   .says = "writing behind a structure does harm",
	   .breaks = MOCK_RULES(ROBUST_ACCESS_PAST_STRUCTURE), .values = MOCK_HARM_VALUES,
	   .ops = { .bar_write = write_behind, MOCK_HARM_OPS });

/* Only on a live device: before, it is the rule on read-only fields that would notice. */
static void write_read_only(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(num_queues) && value != q->mock->queue_count && mock_live(q->mock))
		mock_harm(q);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(num_queues_write_harms, .kind = MOCK_VIOLATION,
	   .says = "writing num_queues on a live device does harm",
	   .breaks = MOCK_RULES(ROBUST_READ_ONLY_REGISTERS_WRITTEN), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = write_read_only, MOCK_HARM_OPS });

static void write_isr(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
		      uint64_t value)
{
	uint64_t inside;

	if (lies_in(q, VIRTIO_PCI_CAP_ISR_CFG, bar, offset, &inside) && mock_live(q->mock))
		mock_harm(q);
	mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(isr_write_harms, .kind = MOCK_VIOLATION,
	   .says = "writing the ISR status on a live device does harm",
	   .breaks = MOCK_RULES(ROBUST_READ_ONLY_REGISTERS_WRITTEN), .values = MOCK_HARM_VALUES,
	   .ops = { .bar_write = write_isr, MOCK_HARM_OPS });
