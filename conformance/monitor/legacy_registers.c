/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers and device configuration behind the legacy header (2.5.4, 4.1.4.10). */
#include "monitor/config_fields.h"
#include "spec/legacy.h"

/* Device configuration looked for where the vector registers are. */
static bool is_misplaced_config(const struct vs_model *model, const struct vs_seen *seen)
{
	return model->msix_enabled && seen->place == VS_PLACE_LEGACY && !seen->whole &&
	       seen->at >= VIRTIO_LEGACY_CONFIG_VECTOR && vs_is_read(seen);
}

static void header_used(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	bool whole = seen->whole;

	if (!seen->legacy || is_misplaced_config(j->model, seen))
		return;
	if (seen->place == VS_PLACE_ISR)
		whole = e->width == 1;
	else if (seen->place == VS_PLACE_NOTIFY)
		whole = e->width == 2 && seen->at == 0;
	vs_keep(j, whole, "a register at its own width", "%u bytes %s at %" PRIu64 " of BAR 0",
		e->width, vs_is_read(seen) ? "read" : "written", e->offset);
}
VS_MONITOR(legacy_header_used, .rule = VS_RULE_DRIVER_LEGACY_HEADER_USED,
	   .at = VS_AT(LEGACY) | VS_AT(NOTIFY) | VS_AT(ISR), .step = header_used);

/*
 * A driver that takes MSI-X for on begins 4 bytes too late: it never touches the first 4 bytes of
 * the structure, and begins in the middle of a field.
 */
#define SHIFT       (VIRTIO_LEGACY_CONFIG(true) - VIRTIO_LEGACY_CONFIG(false))
#define FIRST_BYTES (VS_BIT(SHIFT) - 1)

enum { TOUCHED, WITH_MSIX };

static void close_offset(struct vs_judge *j)
{
	const struct vs_config_field *field = vs_config_field_at(j->model->type, SHIFT);
	uint64_t touched = j->state[TOUCHED];

	j->state[TOUCHED] = 0;
	if (touched & FIRST_BYTES)
		vs_arm(j);
	else if ((touched >> SHIFT & 1) && field && field->offset < SHIFT)
		vs_keep(j, false, "device configuration at 20 while MSI-X is off",
			"%s read from its byte %u on", field->name, SHIFT - field->offset);
}

static void config_offset(struct vs_judge *j, const struct vs_seen *seen)
{
	if (seen->event->kind != VS_EVENT_RESET && !seen->legacy)
		return;
	if (seen->event->kind == VS_EVENT_RESET || vs_writes(seen, VS_DEVICE_STATUS) ||
	    j->state[WITH_MSIX] != j->model->msix_enabled)
		close_offset(j);
	j->state[WITH_MSIX] = j->model->msix_enabled;
	if (is_misplaced_config(j->model, seen))
		vs_keep(j, false, "device configuration at 24 while MSI-X is on",
			"%u bytes read at %" PRIu64 " of BAR 0", seen->event->width, seen->at);
	else if (seen->place == VS_PLACE_DEVICE && seen->at < UINT64_C(2) * SHIFT)
		j->state[TOUCHED] |= (VS_BIT(seen->event->width) - 1) << seen->at;
}
VS_MONITOR(legacy_config_offset, .rule = VS_RULE_DRIVER_LEGACY_CONFIG_OFFSET,
	   .at = VS_AT(LEGACY) | VS_AT(DEVICE), .hears = VS_HEARS(RESET), .step = config_offset,
	   .end = close_offset);

/* The fields that change under way stand first in their structures. */
static unsigned changing_bytes(uint16_t type)
{
	const struct vs_config_field *field = vs_config_field_at(type, 0);

	if (!field || (type != VIRTIO_ID_BLOCK && type != VIRTIO_ID_NET))
		return 0;
	return (unsigned)field->width * field->count;
}

/* Bytes read so far of the reading under way, and their value; the value of the last whole reading;
 * how many there were; whether two in a row agreed. */
enum { MASK, VALUE, LAST, READINGS, AGREED };

static void note_reading(struct vs_judge *j, const struct vs_seen *seen, unsigned size)
{
	for (unsigned i = 0; i < seen->event->width && seen->at + i < size; i++) {
		uint64_t at = seen->at + i;

		if (j->state[MASK] >> at & 1)
			j->state[MASK] = j->state[VALUE] = 0;
		j->state[MASK] |= VS_BIT(at);
		j->state[VALUE] |= (seen->event->value >> 8 * i & 0xff) << 8 * at;
	}
	if (j->state[MASK] != VS_BIT(size) - 1)
		return;
	j->state[AGREED] |= j->state[READINGS] && j->state[LAST] == j->state[VALUE];
	j->state[LAST] = j->state[VALUE];
	j->state[READINGS]++;
	j->state[MASK] = j->state[VALUE] = 0;
}

static void close_readings(struct vs_judge *j)
{
	uint64_t readings = j->state[READINGS];

	j->state[READINGS] = j->state[MASK] = j->state[VALUE] = 0;
	if (readings)
		vs_keep(j, j->state[AGREED], "read until two readings agree",
			"%s read %" PRIu64 " times, no two in a row the same",
			vs_config_field_at(j->model->type, 0)->name, readings);
	j->state[AGREED] = 0;
}

static void read_twice(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned size = changing_bytes(j->model->type);

	if (seen->event->kind == VS_EVENT_RESET || vs_writes(seen, VS_DEVICE_STATUS))
		close_readings(j);
	else if (seen->legacy && seen->place == VS_PLACE_DEVICE && vs_is_read(seen) &&
		 seen->at < size)
		note_reading(j, seen, size);
}
VS_MONITOR(legacy_config_read_twice, .rule = VS_RULE_DRIVER_LEGACY_CONFIG_READ_TWICE,
	   .at = VS_AT(LEGACY) | VS_AT(DEVICE), .hears = VS_HEARS(RESET), .step = read_twice,
	   .end = close_readings);
