/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps that touch registers. */
#include "driver/interrupt.h"
#include "driver/window.h"
#include "fuzz/steps.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* Fields of which a value other than the driver's lets the device take other memory for rings, or
 * the same memory for rings of another kind. */
static bool moves_rings(enum vs_common_field field)
{
	switch (field) {
	case VS_QUEUE_SIZE:
	case VS_QUEUE_DESC:
	case VS_QUEUE_DRIVER:
	case VS_QUEUE_DEVICE:
	case VS_DRIVER_FEATURE:
		return true;
	default:
		return false;
	}
}

static bool is_select(enum vs_common_field field)
{
	return field == VS_DEVICE_FEATURE_SELECT || field == VS_DRIVER_FEATURE_SELECT ||
	       field == VS_QUEUE_SELECT;
}

VS_FUZZ_STEP(bring_up)
{
	enum vs_stage stage = (enum vs_stage)step->args[0].value;
	bool reset = w->s.stage < VS_STAGE_FEATURES;

	if (w->s.stage >= stage || stage > VS_STAGE_LIVE)
		return;
	/* Over registers that were written at random it may fail, and that is no finding. */
	if (vs_session_advance(&w->s, stage) && reset && !w->dirty && w->usual[w->s.view].comes_up)
		vs_fuzz_find(w, VS_FUZZ_LOST, w->s.trouble.text, "it does not come up: %s",
			     w->s.trouble.text);
	vs_fuzz_furnish(w);
}

/* What drivers do when they have had enough. */
VS_FUZZ_STEP(reset)
{
	if (!w->s.common || w->s.stage < VS_STAGE_COMMON)
		return;
	/* With decoding off there is nothing to read. */
	if (w->config_dirty)
		vs_fuzz_restore_config(w);
	if (vs_reset(&w->s))
		vs_fuzz_find(w, VS_FUZZ_LOST, "reset",
			     "device_status did not become 0 after 0 was written");
	for (unsigned i = 0; i < w->s.queue_count; i++)
		vs_fuzz_bend(w, i);
	w->dirty = true;
	vs_fuzz_saw(w, step, "device_status", 0);
}

VS_FUZZ_STEP(read)
{
	enum vs_common_field field = (enum vs_common_field)step->args[0].value;

	if (vs_has_field(&w->s, field))
		vs_fuzz_saw(w, step, vs_common_fields[field].name, vs_get(&w->s, field));
}

VS_FUZZ_STEP(write)
{
	enum vs_common_field field = (enum vs_common_field)step->args[0].value;

	if (!vs_has_field(&w->s, field))
		return;
	w->blind |= moves_rings(field);
	w->dirty |= !is_select(field);
	vs_set(&w->s, field, step->args[1].value);
	vs_fuzz_saw(w, step, vs_common_fields[field].name, vs_get(&w->s, field));
}

/* Where a region starts: a structure, a BAR, or configuration space. */
static bool find_region(struct vs_fuzz_world *w, enum vs_fuzz_region region, struct vs_cap *cap)
{
	const struct vs_cap *in_use[] = { w->s.common, w->s.notify, w->s.isr, w->s.device };

	if (region <= VS_FUZZ_IN_DEVICE) {
		if (!in_use[region] || !vs_cap_placed(&w->s, in_use[region]))
			return false;
		*cap = *in_use[region];
		return true;
	}
	*cap = (struct vs_cap){ 0 };
	if (region == VS_FUZZ_IN_MSIX) {
		cap->bar = w->fn.msix_bar;
		cap->offset = w->fn.msix_table;
		return w->fn.msix_vectors > 0;
	}
	cap->bar = (uint8_t)(region - VS_FUZZ_IN_BAR0);
	return w->s.bus->bars[cap->bar].size > 0;
}

VS_FUZZ_STEP(look)
{
	enum vs_fuzz_region region = (enum vs_fuzz_region)step->args[0].value;
	unsigned width = (unsigned)step->args[2].value;
	uint64_t offset = step->args[1].value;
	struct vs_cap cap;

	w->dirty = true;
	if (region == VS_FUZZ_IN_CONFIG)
		vs_fuzz_saw(w, step, "value",
			    vs_config_read(&w->s, (unsigned)(offset % PCIE_CONFIG_SIZE),
					   width > 4 ? 4 : width));
	else if (find_region(w, region, &cap))
		vs_fuzz_saw(w, step, "value", vs_cap_read(&w->s, &cap, offset, width));
}

VS_FUZZ_STEP(poke)
{
	enum vs_fuzz_region region = (enum vs_fuzz_region)step->args[0].value;
	unsigned width = (unsigned)step->args[2].value;
	uint64_t offset = step->args[1].value, value = step->args[3].value;
	struct vs_cap cap;

	w->dirty = true;
	w->blind |= region != VS_FUZZ_IN_MSIX && region != VS_FUZZ_IN_ISR;
	if (region == VS_FUZZ_IN_CONFIG) {
		w->config_dirty = true;
		vs_config_write(&w->s, (unsigned)(offset % PCI_CONFIG_SIZE), width > 4 ? 4 : width,
				(uint32_t)value);
	} else if (find_region(w, region, &cap)) {
		vs_cap_write(&w->s, &cap, offset, width, value);
	}
	vs_fuzz_saw(w, step, "poke", 0);
}

static bool has_window(const struct vs_fuzz_world *w)
{
	return w->s.window && w->s.view != VS_VIEW_LEGACY;
}

static unsigned reach(uint64_t length)
{
	return length == 1 || length == 2 ? (unsigned)length : 4;
}

VS_FUZZ_STEP(window_read)
{
	if (!has_window(w))
		return;
	w->dirty = w->config_dirty = true;
	vs_window_point(&w->s, (uint8_t)step->args[0].value, (uint32_t)step->args[1].value,
			(uint32_t)step->args[2].value);
	vs_fuzz_saw(w, step, "value",
		    vs_config_read(&w->s, vs_window_data(&w->s), reach(step->args[2].value)));
	vs_window_close(&w->s);
}

VS_FUZZ_STEP(window_write)
{
	if (!has_window(w))
		return;
	w->dirty = w->config_dirty = w->blind = true;
	vs_window_point(&w->s, (uint8_t)step->args[0].value, (uint32_t)step->args[1].value,
			(uint32_t)step->args[2].value);
	vs_config_write(&w->s, vs_window_data(&w->s), reach(step->args[2].value),
			(uint32_t)step->args[3].value);
	vs_window_close(&w->s);
}

/* A queue mapped to a vector, or to one that is not there. */
VS_FUZZ_STEP(vector)
{
	struct vs_queue *q = vs_fuzz_queue(w, step->args[0], NULL);

	if (!q || !vs_has_field(&w->s, VS_QUEUE_MSIX_VECTOR))
		return;
	w->mapped = true;
	vs_queue_set(&w->s, q->index, VS_QUEUE_MSIX_VECTOR, step->args[1].value);
	vs_fuzz_saw(w, step, "queue_msix_vector", vs_get(&w->s, VS_QUEUE_MSIX_VECTOR));
}

VS_FUZZ_STEP(change_config)
{
	int result = vs_bus_provoke(w->bus, VS_PROVOKE_CONFIG_CHANGE);

	if (result < 0)
		w->s.lost(w->s.lost_context);
	vs_fuzz_saw(w, step, "changed", result == 0);
}

VS_FUZZ_STEP(settle)
{
	vs_settle(&w->s);
	for (unsigned i = 0; i < w->s.queue_count; i++)
		vs_fuzz_collect(w, i);
	if (w->s.common && w->s.stage >= VS_STAGE_COMMON)
		vs_fuzz_saw(w, step, "device_status", vs_status(&w->s));
}
