/* SPDX-License-Identifier: BSD-3-Clause */
/* Oddities that the draft of 2013 allows and nobody later. */
#include "mock-device/quirks/quirk.h"

static const uint8_t structure_types[] = { VIRTIO_PCI_CAP_DEVICE_CFG, VIRTIO_PCI_CAP_ISR_CFG };

static uint8_t structure_type(const struct mock_layer *q)
{
	return structure_types[q->value];
}

/* The structure follows the capability at once, as a part of it. */
static void inline_structure(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, structure_type(q));
	if (!cap)
		return;
	cap->bar = VIRTIO_PCI_CAP_BAR_IN_CONFIG;
	cap->offset = sizeof(struct virtio_pci_cap);
	cap->length = cap->type == VIRTIO_PCI_CAP_ISR_CFG ? 1 : q->mock->class->config_size;
	cap->extra_size = (uint8_t)cap->length;
}

/* The offset in the structure of a byte of configuration space, or a number beyond its end. */
static uint64_t inside(struct mock_layer *q, unsigned offset, uint64_t *length)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, structure_type(q));

	*length = cap ? cap->length : 0;
	return cap ? offset - (cap->position + cap->offset) : 0;
}

static uint32_t structure_read(struct mock_layer *q, uint64_t offset, unsigned width)
{
	enum mock_face outer = q->mock->face;
	uint64_t value = 0;

	q->mock->face = MOCK_FACE_MODERN;
	if (structure_type(q) == VIRTIO_PCI_CAP_DEVICE_CFG)
		value = mock_op_device_config_read(q->mock->top, (unsigned)offset, width);
	else
		value = mock_op_isr_read(q->mock->top);
	q->mock->face = outer;
	return (uint32_t)value;
}

static void structure_write(struct mock_layer *q, uint64_t offset, unsigned width, uint32_t value)
{
	enum mock_face outer = q->mock->face;

	/* ISR status takes nothing. */
	if (structure_type(q) != VIRTIO_PCI_CAP_DEVICE_CFG)
		return;
	q->mock->face = MOCK_FACE_MODERN;
	mock_op_device_config_write(q->mock->top, (unsigned)offset, width, value);
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
	   .values = "device isr", .needs = "mock:blk,profile=draft-2013",
	   .ops = { .build_caps = inline_structure,
		    .config_read = inline_read,
		    .config_write = inline_write });
