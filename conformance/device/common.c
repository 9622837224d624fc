/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.3 Common configuration structure layout: the structure and what concerns the device. */
#include "engine/check.h"

static void common_present(struct vs_ctx *t)
{
	vs_expect(t, vs_caps_any(&t->s->fn->caps, VIRTIO_PCI_CAP_COMMON_CFG) != NULL,
		  "a common configuration capability", "there is none");
}
VS_DEVICE_CHECK(common_present, .rules = VS_RULES(PCI_COMMON_PRESENT), .stage = VS_STAGE_CAPS);

/* The fields that features bring have to be inside where the feature is offered. */
static void common_length(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_COMMON_CFG) {
		vs_where(t, "common configuration capability at %#x", cap->pos);
		for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++) {
			const struct vs_common_field_info *f = &vs_common_fields[i];
			uint64_t end = (uint64_t)f->offset + f->width;

			if (f->feature && !vs_offers(t, f->feature))
				continue;
			vs_expect(t, cap->length >= end, "a length that holds every field",
				  "length %" PRIu64 ", %s ends at %" PRIu64, cap->length, f->name,
				  end);
		}
	}
}
VS_DEVICE_CHECK(common_length, .rules = VS_RULES(PCI_COMMON_LENGTH), .stage = VS_STAGE_FEATURES);

/* The four bytes of a select keep what is written, whatever its value names. */
static void expect_select_kept(struct vs_ctx *t, enum vs_common_field field)
{
	static const uint32_t values[] = { 0, 1, 2 };
	const struct vs_common_field_info *f = &vs_common_fields[field];

	vs_where(t, "%s", f->name);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint64_t back;

		vs_set(t->s, field, values[i]);
		back = vs_get(t->s, field);
		vs_expect(t, back == values[i], "what was written to read back",
			  "wrote %#" PRIx32 ", read %#" PRIx64, values[i], back);
	}
}

/* Addresses that lie in memory and differ in every byte, so that no half can hide another. */
static void expect_address_kept(struct vs_ctx *t, enum vs_common_field field, uint64_t address)
{
	const struct vs_common_field_info *f = &vs_common_fields[field];
	uint64_t back;

	vs_set(t->s, field, address);
	back = vs_get(t->s, field);
	vs_where(t, "queue 0, %s", f->name);
	vs_expect(t, back == address, "what was written to read back",
		  "wrote %#" PRIx64 ", read %#" PRIx64, address, back);
}

static void read_write_fields(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	expect_select_kept(t, VS_DEVICE_FEATURE_SELECT);
	expect_select_kept(t, VS_DRIVER_FEATURE_SELECT);
	for (uint32_t i = 0; i < s->num_queues && i < 3; i++) {
		uint16_t back;

		vs_set(s, VS_QUEUE_SELECT, i);
		back = (uint16_t)vs_get(s, VS_QUEUE_SELECT);
		vs_where(t, "queue_select");
		vs_expect(t, back == i, "what was written to read back", "wrote %u, read %u", i,
			  back);
	}
	if (s->num_queues == 0 || vs_queue_get(s, 0, VS_QUEUE_SIZE) == 0)
		return;
	if (vs_get(s, VS_QUEUE_ENABLE))
		vs_block(t, VS_RULE_PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET,
			 "queue 0 is enabled after a reset");
	expect_address_kept(t, VS_QUEUE_DESC, s->bus->dma.address + 0x10000);
	expect_address_kept(t, VS_QUEUE_DRIVER, s->bus->dma.address + 0x21000);
	expect_address_kept(t, VS_QUEUE_DEVICE, s->bus->dma.address + 0x32000);
}
VS_DEVICE_CHECK(read_write_fields, .rules = VS_RULES(PCI_COMMON_READ_WRITE_FIELDS),
		.stage = VS_STAGE_FEATURES);

/* Status is read-write as well, but its bits have a meaning: each step has to show. */
static void status_reads_back(struct vs_ctx *t)
{
	static const uint8_t steps[] = {
		VIRTIO_STATUS_ACKNOWLEDGE,
		VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER,
	};

	vs_where(t, "device_status");
	for (size_t i = 0; i < sizeof(steps); i++) {
		uint8_t back;

		vs_set_status(t->s, steps[i]);
		back = vs_status(t->s);
		vs_expect(t, back == steps[i], "what was written to read back",
			  "wrote %#x, read %#x", steps[i], back);
	}
}
VS_DEVICE_CHECK(status_reads_back, .rules = VS_RULES(PCI_COMMON_READ_WRITE_FIELDS),
		.stage = VS_STAGE_COMMON);

static void expect_unwritable(struct vs_ctx *t, enum vs_common_field field)
{
	const struct vs_common_field_info *f = &vs_common_fields[field];
	uint64_t before, after;

	if ((f->feature && !vs_negotiated(t, f->feature)) || !vs_has_field(t->s, field))
		return;
	before = vs_get(t->s, field);
	vs_set(t->s, field, ~before);
	after = vs_get(t->s, field);
	vs_where(t, "%s", f->name);
	vs_expect(t, after == before, "a field that does not change when written",
		  "%#" PRIx64 " became %#" PRIx64, before, after);
}

static void read_only_fields(struct vs_ctx *t)
{
	for (int field = 0; field < VS_COMMON_FIELD_COUNT; field++)
		if (vs_common_fields[field].read_only)
			expect_unwritable(t, field);
}
VS_DEVICE_CHECK(read_only_fields, .rules = VS_RULES(PCI_COMMON_READ_ONLY_FIELDS),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_READ_ONLY_UNTOUCHED,
				    DRIVER_PCI_COMMON_NOTIF_CONFIG_DATA_UNTOUCHED));

/* Windows in an order that a device with one latch, or with a bound too low, gets wrong. */
static void device_feature_windows(struct vs_ctx *t)
{
	static const uint32_t far[] = { 2, 3, 4, 31, 0x10000, 0x80000000, UINT32_MAX };
	uint32_t low = vs_offered_window(t->s, 0), high = vs_offered_window(t->s, 1);

	vs_where(t, "device_feature");
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		uint32_t bits = vs_offered_window(t->s, far[i]), again;

		/* Bits 64 to 127 belong to device types; beyond that nothing is defined. */
		if (far[i] >= VS_FEATURE_WINDOWS)
			vs_expect(t, bits == 0, "no feature bits beyond 127",
				  "select %#" PRIx32 " shows %#010" PRIx32, far[i], bits);
		again = vs_offered_window(t->s, 0);
		vs_expect(t, again == low, "the same bits in window 0 as before",
			  "%#010" PRIx32 " after select %#" PRIx32 ", was %#010" PRIx32, again,
			  far[i], low);
		again = vs_offered_window(t->s, 1);
		vs_expect(t, again == high, "the same bits in window 1 as before",
			  "%#010" PRIx32 " after select %#" PRIx32 ", was %#010" PRIx32, again,
			  far[i], high);
	}
}
VS_DEVICE_CHECK(device_feature_windows, .rules = VS_RULES(PCI_COMMON_DEVICE_FEATURE_WINDOW),
		.stage = VS_STAGE_COMMON);

static void expect_accepted(struct vs_ctx *t, uint32_t window, uint32_t wrote, const char *when)
{
	uint32_t offered = t->s->offered.window[window];
	uint32_t bits = vs_accepted_window(t->s, window);

	vs_where(t, "driver_feature, window %" PRIu32, window);
	vs_expect(t, (bits & offered) == wrote, "the valid bits that were written",
		  "wrote %#010" PRIx32 ", reads %#010" PRIx32 " %s", wrote, bits, when);
}

/* High before low and back: a device that keeps one register, or shifts, loses a half. */
static void driver_feature_windows(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	const uint32_t *offered = s->offered.window;

	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++)
		s->offered.window[i] = vs_offered_window(s, i);
	for (uint32_t i = VS_FEATURE_WINDOWS; i-- > 0;)
		vs_accept_window(s, i, offered[i]);
	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++)
		expect_accepted(t, i, offered[i], "after all windows were written");
	vs_accept_window(s, 0, 0);
	expect_accepted(t, 1, offered[1], "after window 0 was cleared");
	expect_accepted(t, 0, 0, "after it was cleared");
	vs_accept_window(s, 0, offered[0]);
	vs_accept_window(s, 1, 0);
	expect_accepted(t, 0, offered[0], "after window 1 was cleared");
	vs_accept_window(s, 1, offered[1]);
	vs_accept_window(s, UINT32_MAX, UINT32_MAX);
	vs_accept_window(s, UINT32_MAX - 1, UINT32_MAX);
	expect_accepted(t, 0, offered[0], "after windows that hold nothing were written");
	expect_accepted(t, 1, offered[1], "after windows that hold nothing were written");
}
VS_DEVICE_CHECK(driver_feature_windows, .rules = VS_RULES(PCI_COMMON_DRIVER_FEATURE_WINDOW),
		.stage = VS_STAGE_COMMON,
		.breaks = VS_BREAKS(DRIVER_DRAFT_RESERVED_BITS_UNTOUCHED));

static void admin_queues(struct vs_ctx *t)
{
	uint32_t index = (uint32_t)vs_get(t->s, VS_ADMIN_QUEUE_INDEX);
	uint32_t num = (uint32_t)vs_get(t->s, VS_ADMIN_QUEUE_NUM);

	vs_expect_for(t, PCI_COMMON_ADMIN_QUEUE_INDEX, index >= t->s->num_queues,
		      "an index of num_queues or more", "%" PRIu32 ", num_queues is %u", index,
		      t->s->num_queues);
	vs_expect_for(t, PCI_COMMON_ADMIN_QUEUE_COUNT, index + num <= 0x10000,
		      "administration queues up to index 65535",
		      "%" PRIu32 " of them from %" PRIu32, num, index);
}
VS_DEVICE_CHECK(admin_queues,
		.rules = VS_RULES(PCI_COMMON_ADMIN_QUEUE_INDEX, PCI_COMMON_ADMIN_QUEUE_COUNT),
		.stage = VS_STAGE_FEATURES, .setup = { .accept = VS_BIT(VIRTIO_F_ADMIN_VQ) });
