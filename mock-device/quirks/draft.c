/* SPDX-License-Identifier: BSD-3-Clause */
/* Oddities that the draft of 2013 allows and nobody later. */
#include "mock-device/quirks/quirk.h"

static const struct {
	uint8_t type;
	const struct mock_registers *registers;
} structures[] = {
	{ VIRTIO_PCI_CAP_DEVICE_CFG, &mock_device_config_registers },
	{ VIRTIO_PCI_CAP_ISR_CFG, &mock_isr_registers },
	{ VIRTIO_PCI_CAP_NOTIFY_CFG, &mock_notify_registers },
	{ VIRTIO_PCI_CAP_COMMON_CFG, &mock_common_registers },
};

static const struct mock_cap *structure(const struct mock_layer *q)
{
	return mock_caps_find(&q->mock->caps, structures[q->value].type);
}

static uint64_t length_of(const struct mock *mock, const struct mock_cap *cap)
{
	switch (cap->type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		return VIRTIO_PCI_COMMON_CFG_MIN;
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return (uint64_t)mock->queue_total * cap->multiplier;
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		return mock->class->config_size;
	default:
		return 1;
	}
}

/* The structure follows the fields of its capability at once, as a part of it. Common configuration
 * needs the room of the PCI Express capability. */
static void inline_structure(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, structures[q->value].type);
	if (!cap)
		return;
	cap->bar = VIRTIO_PCI_CAP_BAR_IN_CONFIG;
	cap->offset = cap->type == VIRTIO_PCI_CAP_NOTIFY_CFG ? sizeof(struct virtio_pci_notify_cap)
							     : sizeof(struct virtio_pci_cap);
	cap->length = length_of(q->mock, cap);
	cap->extra_size = (uint8_t)cap->length;
	if (cap->type == VIRTIO_PCI_CAP_COMMON_CFG)
		mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_EXP, 0));
}

/* The offset in the structure of a byte of configuration space, or a number beyond its end. */
static uint64_t inside(struct mock_layer *q, unsigned offset, uint64_t *length)
{
	const struct mock_cap *cap = structure(q);

	*length = cap ? cap->length : 0;
	return cap ? offset - (cap->position + cap->offset) : 0;
}

static struct mock_region region(const struct mock_layer *q)
{
	const struct mock_cap *cap = structure(q);

	return (struct mock_region){ .registers = structures[q->value].registers,
				     .bar = VIRTIO_PCI_CAP_BAR_IN_CONFIG,
				     .length = cap->length,
				     .cap = cap };
}

static uint32_t structure_read(struct mock_layer *q, uint64_t offset, unsigned width)
{
	enum mock_face outer = q->mock->face;
	struct mock_region r = region(q);
	uint64_t value;

	q->mock->face = MOCK_FACE_MODERN;
	value = r.registers->read(q->mock, &r, offset, width);
	q->mock->face = outer;
	return (uint32_t)value;
}

static void structure_write(struct mock_layer *q, uint64_t offset, unsigned width, uint32_t value)
{
	enum mock_face outer = q->mock->face;
	struct mock_region r = region(q);

	q->mock->face = MOCK_FACE_MODERN;
	r.registers->write(q->mock, &r, offset, width, value);
	q->mock->face = outer;
}

static uint32_t inline_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_config_read(q->below, offset, width);
	uint64_t length;

	if (inside(q, offset, &length) < length && inside(q, offset + width - 1, &length) < length)
		return structure_read(q, inside(q, offset, &length), width);
	for (unsigned i = 0; i < width; i++) {
		uint64_t at = inside(q, offset + i, &length);

		if (at >= length)
			continue;
		value &= ~(UINT32_C(0xff) << 8 * i);
		value |= (structure_read(q, at, 1) & UINT8_MAX) << 8 * i;
	}
	return value;
}

static void inline_write(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	uint64_t length;

	mock_op_config_write(q->below, offset, width, value);
	if (inside(q, offset, &length) < length &&
	    inside(q, offset + width - 1, &length) < length) {
		structure_write(q, inside(q, offset, &length), width, value);
		return;
	}
	for (unsigned i = 0; i < width; i++) {
		uint64_t at = inside(q, offset + i, &length);

		if (at < length)
			structure_write(q, at, 1, value >> 8 * i & UINT8_MAX);
	}
}
MOCK_QUIRK(structure_in_config_space, .kind = MOCK_VARIATION,
	   .says = "a structure lies in configuration space, behind its capability",
	   .values = "device isr notify common", .needs = "mock:blk,profile=draft-2013",
	   .ops = { .build_caps = inline_structure,
		    .config_read = inline_read,
		    .config_write = inline_write });
