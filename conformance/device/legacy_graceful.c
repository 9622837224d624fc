/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.11: a device without legacy interface that legacy drivers would take for theirs. */
#include "engine/check.h"
#include "spec/legacy.h"

#define LOOKED_AT 64u /* bytes of a BAR */

static void need_mistakable(struct vs_ctx *t)
{
	const struct vs_function *fn = t->s->fn;

	if (fn->vendor != VIRTIO_PCI_VENDOR || fn->revision != 0 ||
	    fn->device < VIRTIO_PCI_DEVICE_FIRST || fn->device >= VIRTIO_PCI_DEVICE_MODERN)
		vs_skip(t, "no legacy driver takes %04x:%04x, revision %u, for its device",
			fn->vendor, fn->device, fn->revision);
}

static void graceful_bar(struct vs_ctx *t)
{
	const struct vs_bar *bar = &t->s->bus->bars[VIRTIO_LEGACY_BAR];

	need_mistakable(t);
	vs_expect(t, bar->size && bar->io, "an I/O BAR for a legacy driver to fail at", "%s",
		  bar->size ? "BAR 0 is in memory space" : "BAR 0 is not implemented");
}
VS_DEVICE_CHECK(graceful_bar, .rules = VS_RULES(LEGACY_GRACEFUL_FAILURE_BAR),
		.stage = VS_STAGE_FUNCTION, .views = VS_ON(MODERN));

static void expect_zeroes(struct vs_ctx *t, unsigned bar, const char *when)
{
	const struct vs_bar *b = &t->s->bus->bars[bar];

	if (!b->address)
		return;
	for (unsigned at = 0; at < LOOKED_AT && at + 4 <= b->size; at += 4) {
		uint64_t value = vs_bar_read(t->s, bar, at, 4);

		vs_where(t, "BAR %u%s", bar, when);
		if (!vs_expect(t, value == 0, "zeroes on every BAR", "%#" PRIx64 " at %u", value,
			       at))
			return;
	}
}

/* Nothing says how such a device comes back; so it is only tried where it can be started anew. */
static void graceful_answer(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	const struct vs_bar *bars = s->bus->bars;

	need_mistakable(t);
	if (!bars[0].io || bars[0].size <= VIRTIO_LEGACY_DEVICE_STATUS)
		vs_skip(t, "BAR 0 is not an I/O BAR that has a byte at 18");
	if (!(s->bus->features & VS_BUS_RESTART))
		vs_skip(t, "this bus cannot start the device anew afterwards");
	vs_bar_write(s, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_DEVICE_STATUS, 1, 0);
	for (unsigned bar = 0; bar < PCI_BAR_COUNT; bar++)
		expect_zeroes(t, bar, "");
	/* The selects of common configuration are what takes any value. */
	vs_set(s, VS_DEVICE_FEATURE_SELECT, 1);
	vs_set(s, VS_DEVICE_STATUS, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_bar_write(s, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_DEVICE_STATUS, 1,
		     VIRTIO_STATUS_ACKNOWLEDGE);
	for (unsigned bar = 0; bar < PCI_BAR_COUNT; bar++)
		expect_zeroes(t, bar, ", after writes");
	if (vs_bus_restart(s->bus))
		s->lost(s->lost_context);
	s->stage = VS_STAGE_FUNCTION;
}
VS_DEVICE_CHECK(graceful_answer, .rules = VS_RULES(LEGACY_GRACEFUL_FAILURE_ANSWER),
		.stage = VS_STAGE_COMMON, .views = VS_ON(MODERN));
