/* SPDX-License-Identifier: BSD-3-Clause */
/* Access by natural widths to what lies behind the capabilities (4.1.3.1). Notifications have a
 * rule of their own. */
#include "monitor/config_fields.h"

/* Whether the width is that of the access: what goes through the access window is as long as the
 * driver told the window. One that is not aligned there has a rule of its own. */
static bool width_known(const struct vs_model *model, const struct vs_seen *seen)
{
	/* A structure that lies in configuration space is read with all the rest of it. */
	if (seen->event->region == VS_REGION_CONFIG && !seen->window && vs_is_read(seen))
		return false;
	return !seen->window || (seen->event->width == model->window_length &&
				 model->window_offset % seen->event->width == 0);
}

/* In the draft of 2013 a field of 64 bits can be accessed at once. */
static bool common_natural(const struct vs_model *model, const struct vs_seen *seen)
{
	return seen->whole && (seen->event->width < 8 || model->subject->draft);
}

/* A write into a field that is not to be written at all is charged for that alone. */
static bool charged_elsewhere(const struct vs_seen *seen)
{
	const struct vs_common_field_info *f = &vs_common_fields[seen->field];

	return vs_is_write(seen) && f->read_only &&
	       seen->at + seen->event->width <= (uint64_t)f->offset + f->width;
}

static void common_width(struct vs_judge *j, const struct vs_seen *seen)
{
	if (seen->field < 0 || charged_elsewhere(seen))
		return;
	vs_keep(j, common_natural(j->model, seen), "the width of the field",
		"%u bytes %s at %" PRIu64 " of common configuration (%s, %u bytes)",
		seen->event->width, vs_is_read(seen) ? "read" : "written", seen->at,
		vs_common_fields[seen->field].name, vs_common_fields[seen->field].width);
}

static void device_width(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_config_field *field = vs_config_field_at(j->model->type, seen->at);
	unsigned width = seen->event->width;
	uint64_t into;
	bool natural;

	if (!field)
		return;
	/* What is in these bytes depends on what was selected. */
	if (j->model->type == VIRTIO_ID_INPUT && field->count > 1)
		return;
	into = seen->at - field->offset;
	natural = width == field->width && into % width == 0;
	if (field->width == 8)
		natural = (width == 4 && into % 4 == 0) || (natural && j->model->subject->draft);
	vs_keep(j, natural, "the width of the field",
		"%u bytes %s at %" PRIu64 " of device configuration (%s, %u bytes)", width,
		vs_is_read(seen) ? "read" : "written", seen->at, field->name, field->width);
}

static void natural_width(struct vs_judge *j, const struct vs_seen *seen)
{
	if (seen->legacy || j->model->caps_doubtful || !width_known(j->model, seen))
		return;
	if (seen->place == VS_PLACE_COMMON)
		common_width(j, seen);
	else if (seen->place == VS_PLACE_DEVICE)
		device_width(j, seen);
	else if (seen->at == 0)
		vs_keep(j, seen->event->width == 1, "the width of the field",
			"%u bytes accessed at the ISR status", seen->event->width);
}
VS_MONITOR(pci_natural_width, .rule = VS_RULE_DRIVER_PCI_LAYOUT_NATURAL_WIDTH,
	   .at = VS_AT(COMMON) | VS_AT(ISR) | VS_AT(DEVICE), .step = natural_width);
