/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.8 Vendor data capability. */
#include <string.h>

#include "engine/check.h"

static void vendor_id_of_data(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_VENDOR_CFG) {
		vs_where(t, "vendor data capability at %#x", cap->pos);
		vs_expect(t, cap->vendor_id != VIRTIO_PCI_VENDOR, "a vendor_id other than 0x1af4",
			  "%#x", cap->vendor_id);
	}
}
VS_DEVICE_CHECK(vendor_id_of_data, .rules = VS_RULES(PCI_VENDOR_DATA_VENDOR_ID),
		.stage = VS_STAGE_CAPS);

static void vendor_data_length(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_VENDOR_CFG) {
		vs_where(t, "vendor data capability at %#x", cap->pos);
		vs_expect(t, cap->cap_len % 4 == 0, "a cap_len that is a multiple of 4", "%u",
			  cap->cap_len);
	}
}
VS_DEVICE_CHECK(vendor_data_length, .rules = VS_RULES(PCI_VENDOR_DATA_LENGTH_ALIGNED),
		.stage = VS_STAGE_CAPS);

/* What a driver can see of a device with nothing to do: the header of configuration space, but for
 * the status register, and the registers that every device has, but for the generation, which a
 * change by the environment moves. */
struct view {
	uint32_t config[PCI_HEADER_SIZE / 4];
	uint64_t common[VS_COMMON_FIELD_COUNT];
};

static struct view take_view(struct vs_ctx *t)
{
	struct view view;

	for (unsigned i = 0; i < PCI_HEADER_SIZE; i += 4)
		view.config[i / 4] = vs_config_read(t->s, i, i == PCI_COMMAND ? 2 : 4);
	memset(view.common, 0, sizeof(view.common));
	for (int f = 0; f < VS_COMMON_FIELD_COUNT; f++)
		if (vs_common_fields[f].feature == 0 && f != VS_CONFIG_GENERATION)
			view.common[f] = vs_get(t->s, f);
	return view;
}

static void expect_same_view(struct vs_ctx *t, const struct view *before, const struct view *after)
{
	for (unsigned i = 0; i < PCI_HEADER_SIZE / 4; i++)
		vs_expect(t, after->config[i] == before->config[i],
			  "a header that reading vendor data leaves alone",
			  "offset %#x: %#010" PRIx32 " became %#010" PRIx32, 4 * i,
			  before->config[i], after->config[i]);
	for (int f = 0; f < VS_COMMON_FIELD_COUNT; f++)
		vs_expect(t, after->common[f] == before->common[f],
			  "registers that reading vendor data leaves alone",
			  "%s: %#" PRIx64 " became %#" PRIx64, vs_common_fields[f].name,
			  before->common[f], after->common[f]);
}

/* Reads all of it at every width; each byte has to be what it was when it was first read. */
static void expect_constant(struct vs_ctx *t, const struct vs_cap *cap)
{
	unsigned end = cap->pos + cap->cap_len;

	if (end > PCI_CONFIG_SIZE)
		end = PCI_CONFIG_SIZE;
	for (unsigned width = 1; width <= 4; width *= 2) {
		for (unsigned at = cap->pos; at + width <= end; at += width) {
			uint32_t value = vs_config_read(t->s, at, width);
			uint32_t first = (uint32_t)vs_load_le(t->s->fn->config + at, width);

			vs_expect(t, value == first, "the bytes of the first read",
				  "offset %#x: %#" PRIx32 " became %#" PRIx32, at, first, value);
		}
	}
}

static void vendor_data_reads(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_settle(t->s);
	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_VENDOR_CFG) {
		struct view before = take_view(t), after;

		vs_where(t, "vendor data capability at %#x", cap->pos);
		expect_constant(t, cap);
		vs_settle(t->s);
		after = take_view(t);
		expect_same_view(t, &before, &after);
	}
}
VS_DEVICE_CHECK(vendor_data_reads, .rules = VS_RULES(PCI_VENDOR_DATA_READS_HARMLESS),
		.stage = VS_STAGE_LIVE);
