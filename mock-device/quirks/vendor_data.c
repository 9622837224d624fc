/* SPDX-License-Identifier: BSD-3-Clause */
/* Vendor data capabilities (4.1.4.8). */
#include <string.h>

#include "mock-device/quirks/quirk.h"

#define HEADER offsetof(struct virtio_pci_vndr_data, vendor_id)

static void own_id(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_VENDOR_CFG);
	if (cap)
		vs_store_le16(cap->extra, VIRTIO_PCI_VENDOR);
}
MOCK_QUIRK(vendor_data_id, .kind = MOCK_VIOLATION,
	   .says = "the vendor data are those of vendor 0x1af4",
	   .breaks = MOCK_RULES(PCI_VENDOR_DATA_VENDOR_ID), .ops = { .build_caps = own_id });

static void odd_length(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_VENDOR_CFG);
	if (cap)
		cap->extra_size = (uint8_t)(q->value - (long)HEADER);
}
MOCK_QUIRK(vendor_data_length, .kind = MOCK_VIOLATION,
	   .says = "the length of the vendor data capability is no multiple of 4",
	   .breaks = MOCK_RULES(PCI_VENDOR_DATA_LENGTH_ALIGNED), .values = "10 6 7 13",
	   .ops = { .build_caps = odd_length });

/* The words of vendor_data_read: what a read changes on a live device. */
enum effect { BYTES, SELECT, STATUS, HEADER_BYTES };

static void take_effect(struct mock_layer *q, const struct mock_cap *cap)
{
	struct mock *mock = q->mock;

	switch ((enum effect)q->value) {
	case BYTES:
		mock->config[cap->position + cap->size - 1]++;
		break;
	case SELECT:
		mock->queue_select++;
		break;
	case STATUS:
		mock_op_needs_reset(mock->top, "somebody looked");
		break;
	case HEADER_BYTES:
		mock->config[PCI_INTERRUPT_LINE]++;
		break;
	}
}

static uint32_t read(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_VENDOR_CFG);
	uint32_t value = mock_op_config_read(q->below, offset, width);

	if (cap && offset < cap->position + cap->size && offset + width > cap->position + HEADER &&
	    mock_live(q->mock))
		take_effect(q, cap);
	return value;
}
MOCK_QUIRK(vendor_data_read, .kind = MOCK_VIOLATION,
	   .says = "reading the vendor data changes them, a register or the header",
	   .breaks = MOCK_RULES(PCI_VENDOR_DATA_READS_HARMLESS),
	   .values = "bytes select status header", .ops = { .config_read = read });

/* Several of one vendor, of this function's vendor, and one with nothing in it. */
static void many(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap cap = { .id = PCI_CAP_ID_VNDR, .type = VIRTIO_PCI_CAP_VENDOR_CFG };

	mock_op_build_caps(q->below, caps);
	cap.extra_size = VIRTIO_PCI_VNDR_DATA_MIN - HEADER;
	vs_store_le16(cap.extra, 0x1234);
	mock_caps_insert(caps, 0, &cap);
	vs_store_le16(cap.extra, 0xffff);
	mock_caps_insert(caps, caps->count, &cap);
}
MOCK_QUIRK(vendor_data_many, .kind = MOCK_VARIATION,
	   .says = "there are three vendor data capabilities, two of them of the same vendor",
	   .ops = { .build_caps = many });

static void no_data(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_VENDOR_CFG));
}
MOCK_QUIRK(vendor_data_none, .kind = MOCK_VARIATION, .says = "there is no vendor data capability",
	   .ops = { .build_caps = no_data });
