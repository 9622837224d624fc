/* SPDX-License-Identifier: BSD-3-Clause */
/* Device-specific configuration (2.5.1). */
#include "drivers/reference/lapses/walk.h"
#include "spec/blk.h"
#include "spec/config_fields.h"
#include "spec/feature_table.h"

LAPSE(torn_value_taken, "takes the generation for unchanged without comparing",
      .rows = LAPSE_ROW(LAPSE_DEAF, LAPSE_READS(VS_CONFIG_GENERATION), .in = LAPSE_IN(CONFIG)),
      .needs = "mock:blk,interface=modern,quirk=config-changes-between-halves",
      .breaks = LAPSE_RULES(CONFIG_TORN_READ_REPEATED));

/* What was read behind the last value stands for what should be read before the next. */
static void skip_before(struct lapse_run *l, struct lapse_access *a)
{
	if (a->write || a->place != LAPSE_COMMON || a->field != VS_CONFIG_GENERATION) {
		lapse_ordinary_access(l, a);
		return;
	}
	if (l->state[0]++ % 2) {
		lapse_ordinary_access(l, a);
		l->state[1] = a->value;
	} else {
		a->value = l->state[1];
	}
}
LAPSE(generation_once, "config_generation is read after a value, not before it",
      .access = skip_before, .needs = "mock:blk,interface=modern",
      .breaks = LAPSE_RULES(CONFIG_GENERATION_CHECKED));

/* The first field that the structure has room for and no feature brings along. */
static void read_optional(struct lapse_run *l, enum lapse_moment moment)
{
	struct vs_session *s = &l->life->s;
	const struct vs_config_field *field;

	if (moment != LAPSE_AT_SETTLED || !s->device)
		return;
	vs_for_each_config_field(field, l->life->fn.type) {
		if (field->feature == VS_FEATURE_NO_NEED ||
		    vs_features_has(&s->offered, field->feature) ||
		    field->or_feature != VS_FEATURE_NO_NEED || field->width > 4 ||
		    field->offset + (uint64_t)field->width > s->device->length)
			continue;
		vs_cap_read(s, s->device, field->offset, field->width);
		return;
	}
}
LAPSE(optional_field_read, "reads a field of a feature that is not offered", .at = read_optional,
      .needs = "mock:blk,interface=modern|legacy",
      .breaks = LAPSE_RULES(CONFIG_OPTIONAL_FIELDS_GUARDED));

static void length_exact(struct lapse_run *l, struct lapse_access *a)
{
	bool other;

	lapse_ordinary_access(l, a);
	if (walk_read(l, a) != (int)offsetof(struct virtio_pci_cap, length) ||
	    walk_type(l) != VIRTIO_PCI_CAP_DEVICE_CFG)
		return;
	other = l->value == 0 ? a->value > sizeof(struct virtio_blk_config)
			      : a->value < sizeof(struct virtio_blk_config);
	if (other)
		walk_refuse(l);
}
LAPSE(config_size_limited, "takes no device configuration longer than it knows it",
      .access = length_exact, .needs = "mock:blk,interface=modern,quirk=config-longer=256",
      .breaks = LAPSE_RULES(CONFIG_LARGER_SIZE_ACCEPTED));

static void length_least(struct lapse_run *l, struct lapse_access *a)
{
	l->value = 1;
	length_exact(l, a);
}
LAPSE(config_size_demanded, "takes no device configuration shorter than it knows it",
      .access = length_least, .needs = "mock:blk,interface=modern,quirk=config-exact",
      .breaks = LAPSE_RULES(CONFIG_SUFFICIENT_SIZE_ACCEPTED));
