/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Robustness of the PCI configuration access capability (4.1.4.9): a driver can point it anywhere.
 * The device is live meanwhile. What is written is 0, so that a device that takes a blow for an
 * access to its registers at least changes little.
 */
#include "engine/check.h"

/* Reads and writes through the window as it is pointed. */
static void strike(struct vs_ctx *t, uint8_t bar, uint32_t offset, uint32_t length)
{
	struct vs_session *s = t->s;

	vs_window_point(s, bar, offset, length);
	vs_config_read(s, vs_window_data(s), 4);
	vs_config_write(s, vs_window_data(s), 4, 0);
}

static bool is_upper_half(const struct vs_bus *bus, unsigned bar)
{
	return bar && bus->bars[bar - 1].is64;
}

/* Reserved values, and those of BARs that this function does not have. */
static void window_bad_bar(struct vs_ctx *t)
{
	static const uint8_t reserved[] = { 6, 7, 8, 15, 127, 255 };

	for (size_t i = 0; i < sizeof(reserved); i++)
		strike(t, reserved[i], 0, 4);
	for (uint8_t bar = 0; bar < PCI_BAR_COUNT; bar++)
		if (t->s->bus->bars[bar].size == 0 || is_upper_half(t->s->bus, bar))
			strike(t, bar, 0, 4);
	vs_window_close(t->s);
	vs_expect_recovery(t, "accesses through the window to BARs that are not there");
}
VS_DEVICE_CHECK(window_bad_bar, .rules = VS_RULES(ROBUST_WINDOW_BAD_BAR), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_WINDOW, .breaks = VS_BREAKS(DRIVER_PCI_WINDOW_INSIDE_STRUCTURE));

static void window_bad_length(struct vs_ctx *t)
{
	static const uint32_t lengths[] = { 0, 3, 5, 8, 16, 0x100, 0x7fffffff, UINT32_MAX };
	const struct vs_cap *common = t->s->common;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		strike(t, common->bar, (uint32_t)common->offset, lengths[i]);
	vs_window_close(t->s);
	vs_expect_recovery(t, "accesses through the window of a length that is not 1, 2 or 4");
}
VS_DEVICE_CHECK(window_bad_length, .rules = VS_RULES(ROBUST_WINDOW_BAD_LENGTH),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_WINDOW,
		.breaks = VS_BREAKS(DRIVER_PCI_WINDOW_INSIDE_STRUCTURE,
				    DRIVER_PCI_WINDOW_OFFSET_ALIGNED));

/* At the end, across it, far behind it, and where offset plus length wraps. */
static void strike_end(struct vs_ctx *t, uint8_t bar, uint64_t size)
{
	const uint64_t offsets[] = { size - 1, size - 2, size, size + 1, size + 0x1000 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		if (offsets[i] <= UINT32_MAX)
			strike(t, bar, (uint32_t)offsets[i], 4);
	if (size <= UINT32_MAX - 3) {
		strike(t, bar, UINT32_MAX - 3, 4);
		strike(t, bar, UINT32_MAX, 4);
		strike(t, bar, UINT32_MAX, 2);
		strike(t, bar, UINT32_MAX, 1);
	}
}

static void window_past_bar(struct vs_ctx *t)
{
	for (uint8_t bar = 0; bar < PCI_BAR_COUNT; bar++)
		if (t->s->bus->bars[bar].size && !is_upper_half(t->s->bus, bar))
			strike_end(t, bar, t->s->bus->bars[bar].size);
	vs_window_close(t->s);
	vs_expect_recovery(t, "accesses through the window at and past the end of its BAR");
}
VS_DEVICE_CHECK(window_past_bar, .rules = VS_RULES(ROBUST_WINDOW_OFFSET_PAST_BAR),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_WINDOW,
		.breaks = VS_BREAKS(DRIVER_PCI_WINDOW_INSIDE_STRUCTURE,
				    DRIVER_PCI_WINDOW_OFFSET_ALIGNED));

/* At a register of that length which takes a 0 without consequences. */
static void point_at_select(struct vs_ctx *t, unsigned length)
{
	static const enum vs_common_field fields[] = {
		[1] = VS_DEVICE_STATUS, [2] = VS_QUEUE_SELECT, [4] = VS_DEVICE_FEATURE_SELECT
	};
	const struct vs_cap *common = t->s->common;

	vs_window_point(t->s, common->bar,
			(uint32_t)common->offset + vs_common_fields[fields[length]].offset, length);
}

/* Every part of pci_cfg_data by itself, with a length that is more than the write has. */
static void window_short_write(struct vs_ctx *t)
{
	unsigned data = vs_window_data(t->s);

	for (unsigned length = 2; length <= 4; length *= 2) {
		point_at_select(t, length);
		for (unsigned width = 1; width < length; width *= 2) {
			for (unsigned at = 0; at < 4; at += width) {
				vs_config_write(t->s, data + at, width, 0);
				vs_config_read(t->s, data + at, width);
			}
		}
	}
	vs_window_close(t->s);
	vs_expect_recovery(t, "writes of pci_cfg_data that are narrower than the length says");
}
VS_DEVICE_CHECK(window_short_write, .rules = VS_RULES(ROBUST_WINDOW_SHORT_WRITE),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_WINDOW);

/* Configuration space in front of the window and behind it; the status register has a life of its
 * own. */
static uint32_t look(struct vs_ctx *t, unsigned offset)
{
	return vs_config_read(t->s, offset, offset == PCI_COMMAND ? 2 : 4);
}

static bool belongs_to_window(const struct vs_ctx *t, unsigned offset)
{
	unsigned pos = t->s->window->pos;

	return offset >= pos + offsetof(struct virtio_pci_cap, bar) &&
	       offset < pos + sizeof(struct virtio_pci_cfg_cap);
}

static void window_own_bytes(struct vs_ctx *t)
{
	uint32_t before[PCI_CONFIG_SIZE / 4] = { 0 };

	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i += 4)
		if (!belongs_to_window(t, i))
			before[i / 4] = look(t, i);
	for (unsigned length = 1; length <= 4; length *= 2) {
		point_at_select(t, length);
		vs_config_read(t->s, vs_window_data(t->s), length);
		vs_config_write(t->s, vs_window_data(t->s), length, 0);
	}
	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i += 4) {
		uint32_t after = belongs_to_window(t, i) ? before[i / 4] : look(t, i);

		vs_where(t, "configuration space, offset %#x", i);
		vs_expect(t, after == before[i / 4], "bytes that use of the window leaves alone",
			  "%#010" PRIx32 " became %#010" PRIx32, before[i / 4], after);
	}
	vs_window_close(t->s);
}
VS_DEVICE_CHECK(window_own_bytes, .rules = VS_RULES(ROBUST_WINDOW_OWN_BYTES_ONLY),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_WINDOW);
