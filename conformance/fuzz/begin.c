/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From one session to the next: what the last left is judged, and the device has to reset, come up
 * and serve a benign request. The start of a sequence is thereby the judge of the one before it.
 */
#include <string.h>

#include "driver/window.h"
#include "fuzz/world.h"
#include "spec/byteorder.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

static void write_back(struct vs_fuzz_world *w, unsigned offset, unsigned width)
{
	vs_config_write(&w->s, offset, width, (uint32_t)vs_load_le(w->fn.config + offset, width));
}

/* Power management first: asleep, a function may have no BARs. Of other capabilities all but
 * virtio's, where only the window has anything to write. */
static void restore_capabilities(struct vs_fuzz_world *w)
{
	const struct vs_cap *power = vs_caps_find(&w->fn.caps, PCI_CAP_ID_PM);

	if (power && power->pos + PCI_PM_CONTROL + 2u <= PCI_CONFIG_SIZE)
		write_back(w, power->pos + PCI_PM_CONTROL, 2);
	for (unsigned i = 0; i < w->fn.caps.count; i++) {
		const struct vs_cap *cap = &w->fn.caps.list[i];
		unsigned size = vs_cap_size(cap);

		if (cap->id == PCI_CAP_ID_VNDR)
			continue;
		for (unsigned at = PCI_CAP_SIZEOF; at + 2 <= size; at += 2)
			if (cap->pos + at + 2 <= PCI_CONFIG_SIZE)
				write_back(w, cap->pos + at, 2);
	}
	if (w->s.window && w->s.view != VS_VIEW_LEGACY)
		vs_window_close(&w->s);
}

void vs_fuzz_restore_config(struct vs_fuzz_world *w)
{
	restore_capabilities(w);
	/* Decoding off while BARs move; the restart turns it on. */
	vs_config_write(&w->s, PCI_COMMAND, 2, 0);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		write_back(w, PCI_BAR0 + 4 * i, 4);
	write_back(w, PCI_EXPANSION_ROM, 4);
	write_back(w, PCI_CACHE_LINE_SIZE, 2);
	write_back(w, PCI_INTERRUPT_LINE, 1);
	vs_config_write(&w->s, PCI_COMMAND, 2,
			PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	w->config_dirty = false;
}

static void leave(struct vs_fuzz_world *w)
{
	struct vs_session *s = &w->s;

	if (!w->open)
		return;
	s->deadline = vs_bus_now(w->bus) + w->timeout_ns;
	if (w->config_dirty)
		vs_fuzz_restore_config(w);
	if (w->bus->changes % 2 && vs_bus_provoke(w->bus, VS_PROVOKE_CONFIG_CHANGE) < 0)
		s->lost(s->lost_context);
	if (s->stage < VS_STAGE_COMMON)
		return;
	if (vs_reset(s))
		vs_fuzz_find(w, VS_FUZZ_LOST, "reset",
			     "device_status did not become 0 after 0 was written");
	vs_fuzz_look_at_memory(w);
}

static void lose(void *context)
{
	struct vs_fuzz_world *w = context;

	longjmp(*w->resume, 1);
}

static void renew(struct vs_fuzz_world *w, enum vs_view view, struct vs_setup setup)
{
	if (!w->open)
		vs_session_open(&w->s, w->bus, &w->fn);
	/* Memory is looked at in a way of our own: the session's would not let us give the device
	 * what it takes for a guard. */
	w->s.breach.found = true;
	w->open = true;
	vs_session_renew(&w->s, setup);
	w->s.view = view;
	w->s.hooks = &w->hooks;
	w->s.lost = lose;
	w->s.lost_context = w;
	w->s.deadline = vs_bus_now(w->bus) + w->timeout_ns;
	w->tracks = NULL;
	memset(w->buffers, 0, sizeof(w->buffers));
	memset(w->tables, 0, sizeof(w->tables));
	w->span_count = 0;
	w->dirty = w->blind = w->mapped = w->trusted = false;
}

static struct vs_setup setup_of(const struct vs_fuzz_step *start)
{
	static const struct {
		unsigned option;
		uint64_t refuse;
	} refusals[] = {
		{ VS_FUZZ_OPTION_NO_EVENTS, VS_BIT(VIRTIO_F_EVENT_IDX) },
		{ VS_FUZZ_OPTION_NO_INDIRECT, VS_BIT(VIRTIO_F_INDIRECT_DESC) },
		{ VS_FUZZ_OPTION_NO_IN_ORDER, VS_BIT(VIRTIO_F_IN_ORDER) },
	};
	uint64_t options = start->args[3].value;
	unsigned size = start->args[2].value % (1u << 15);
	struct vs_setup setup = {
		.queue_size = (uint16_t)size,
		.all_queues = options & VS_FUZZ_OPTION_ALL_QUEUES,
		.msix = options & VS_FUZZ_OPTION_MSIX,
	};

	/* Only packed rings have any size. */
	if (size && start->args[0].value != VS_VIEW_PACKED)
		setup.queue_size = (uint16_t)(1u << (31 - __builtin_clz(size)));
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (options & refusals[i].option)
			setup.refuse |= refusals[i].refuse;
	return setup;
}

static int furnish_queue(struct vs_fuzz_world *w, unsigned slot)
{
	unsigned size = w->s.queues[slot].size;
	struct vs_fuzz_track *track = &w->tracks[slot];

	track->writable = vs_session_alloc(&w->s, size * (sizeof(uint32_t) + 2 * sizeof(bool)));
	if (!track->writable)
		return -1;
	track->out = (bool *)(track->writable + size);
	track->benign = track->out + size;
	return 0;
}

void vs_fuzz_furnish(struct vs_fuzz_world *w)
{
	for (unsigned i = 0; i < VS_FUZZ_BUFFERS && !w->buffers[i]; i++)
		w->buffers[i] = vs_dma_alloc(&w->s, VS_FUZZ_BUFFER_SIZE, 16);
	for (unsigned i = 0; i < VS_FUZZ_TABLES && !w->tables[i]; i++)
		w->tables[i] =
			vs_dma_alloc(&w->s, (size_t)VS_FUZZ_TABLE_SIZE * VIRTQ_DESC_SIZE, 16);
	if (w->s.stage < VS_STAGE_QUEUES || w->tracks)
		return;
	w->tracks = vs_session_alloc(&w->s, (w->s.queue_count + 1) * sizeof(*w->tracks));
	for (unsigned i = 0; w->tracks && i < w->s.queue_count; i++)
		if (furnish_queue(w, i))
			w->tracks = NULL;
}

void vs_fuzz_begin(struct vs_fuzz_world *w, const struct vs_fuzz_step *start)
{
	enum vs_view view = (enum vs_view)(start->args[0].value % VS_VIEW_COUNT);
	enum vs_stage stage = (enum vs_stage)start->args[1].value;

	leave(w);
	if (w->finding.oracle != VS_FUZZ_FINE)
		return;
	w->answered = w->interrupted = false;
	renew(w, view, setup_of(start));
	if (vs_session_advance(&w->s, stage > VS_STAGE_LIVE ? VS_STAGE_LIVE : stage)) {
		if (w->usual[view].comes_up)
			vs_fuzz_find(w, VS_FUZZ_LOST, w->s.trouble.text,
				     "after a reset it does not come up: %s", w->s.trouble.text);
		return;
	}
	vs_fuzz_furnish(w);
	if (w->s.stage == VS_STAGE_LIVE)
		vs_fuzz_serve(w, VS_FUZZ_LOST, "after a reset");
}
