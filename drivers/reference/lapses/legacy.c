/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong to do on the legacy interface (2.5.4, 2.7.2, 2.7.3, 3.1.2, 4.1.4.10). */
#include <string.h>

#include "drivers/reference/lapses/walk.h"
#include "spec/legacy.h"
#include "spec/split_ring.h"

#define OLD "mock:blk,interface=legacy"

static bool is_legacy(const struct lapse_run *l)
{
	return l->life->s.view == VS_VIEW_LEGACY;
}

/* The bit is there for the driver alone: it is not accepted. */
static void imagine_version_1(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (!a->write && a->place == LAPSE_COMMON && a->field == VS_DEVICE_FEATURE &&
	    l->last[LAPSE_COMMON][VS_DEVICE_FEATURE_SELECT] == 1)
		a->value |= 1;
}

static void drop_version_1(struct lapse_run *l, struct vs_features *accepted)
{
	(void)l;
	vs_features_remove(accepted, VIRTIO_F_VERSION_1);
}
LAPSE(legacy_device_unnoticed, "drives a device through the modern interface without VERSION_1",
      .access = imagine_version_1, .features = drop_version_1,
      .needs = "mock:blk,interface=transitional,quirk=version-one-missing,quirk=features-ok-always",
      .breaks = LAPSE_RULES(LEGACY_DEVICE_DETECTED));
LAPSE(draft_legacy_device_driven, "goes on with a device that does not offer bit 32",
      .access = imagine_version_1, .features = drop_version_1,
      .needs = "mock:blk,interface=modern,profile=draft-2013,quirk=version-one-missing",
      .scenario = "profile=draft-2013", .breaks = LAPSE_RULES(DRAFT_LEGACY_DEVICE_REFUSED));

static void stray(struct lapse_run *l, enum lapse_moment moment)
{
	const struct vs_cap *common = walk_find(l, VIRTIO_PCI_CAP_COMMON_CFG);

	if (moment == LAPSE_AT_LIVE && is_legacy(l) && common)
		vs_cap_read(&l->life->s, common, vs_common_fields[VS_NUM_QUEUES].offset, 2);
}
LAPSE(both_interfaces, "reads a modern structure of a device that it drives in the legacy way",
      .at = stray, .needs = "mock:blk,interface=transitional,quirk=version-one-missing",
      .breaks = LAPSE_RULES(LEGACY_ONE_INTERFACE));

/* Each part is read once and remembered, until it was asked for a second time. */
static void read_once(struct lapse_run *l, struct lapse_access *a)
{
	uint64_t part = a->at / 4;

	if (a->write || a->place != LAPSE_DEVICE || part > 1) {
		lapse_ordinary_access(l, a);
		return;
	}
	if (l->state[part + 2]) {
		a->value = l->state[part];
	} else {
		lapse_ordinary_access(l, a);
		l->state[part] = a->value;
	}
	l->state[part + 2] = !l->state[part + 2];
}
LAPSE(capacity_read_once, "the capacity is read once", .access = read_once, .needs = OLD,
      .breaks = LAPSE_RULES(LEGACY_CONFIG_READ_TWICE));

LAPSE(legacy_features_ok, "FEATURES_OK is set along with DRIVER_OK",
      .rows = LAPSE_ROW(LAPSE_BITS, LAPSE_WRITES(VS_DEVICE_STATUS), .in = LAPSE_IN(READY),
			.value = VIRTIO_STATUS_FEATURES_OK),
      .needs = OLD, .breaks = LAPSE_RULES(LEGACY_INIT_ORDER));

LAPSE_DECLINE(any_layout_declined, VIRTIO_F_ANY_LAYOUT, "ANY_LAYOUT is left clear", .needs = OLD,
	      .breaks = LAPSE_RULES(LEGACY_ACCEPTS_ANY_LAYOUT));
LAPSE_ACCEPT(unused_bit_accepted, VIRTIO_F_UNUSED, "feature bit 30 is accepted",
	     .needs = OLD ",quirk=legacy-unused-bit-offered",
	     .breaks = LAPSE_RULES(LEGACY_UNUSED_BIT_DECLINED));

/* ---- Queues ---- */

/* What other devices have, and this one has too. */
LAPSE(legacy_size_assumed, "the size of a virtqueue is not read",
      .rows = LAPSE_ROW(LAPSE_SKIP, LAPSE_READS(VS_QUEUE_SIZE), .has_value = true, .value = 16),
      .needs = OLD ",quirk=queue-size=16", .breaks = LAPSE_RULES(LEGACY_QUEUE_MEMORY));

/* The available ring begins a little later than it has to. */
static void move_ring(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_ENABLED && is_legacy(l))
		l->q->area[VS_AREA_DRIVER] += UINT64_C(8) * VIRTQ_DESC_ALIGN;
}
LAPSE(available_ring_aligned, "the available ring is put at a multiple of its own", .at = move_ring,
      .needs = OLD, .breaks = LAPSE_RULES(LEGACY_QUEUE_LAYOUT));

static void other_order(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_START)
		l->life->bus.features ^= VS_BUS_BIG_ENDIAN;
}
LAPSE(rings_of_the_other_order, "rings are written in the other order of bytes", .at = other_order,
      .needs = "mock:rng,interface=legacy,endian=big|little",
      .breaks = LAPSE_RULES(LEGACY_RING_NATIVE_ENDIAN),
      .also = LAPSE_RULES(SPLIT_AVAIL_IDX_FORWARD));

LAPSE_WRITE_AT(legacy_size_written, CONFIGURED, VS_QUEUE_SIZE, 16,
	       "the size of a virtqueue is written", .needs = OLD,
	       .breaks = LAPSE_RULES(LEGACY_QUEUE_ADDRESS));

/* ---- Registers ---- */

LAPSE(legacy_status_wide, "the status is read along with the ISR status",
      .rows = LAPSE_ROW(LAPSE_WIDE, LAPSE_READS(VS_DEVICE_STATUS), .in = LAPSE_IN(RESET),
			.width = 2),
      .needs = OLD, .breaks = LAPSE_RULES(LEGACY_HEADER_USED));

LAPSE(legacy_config_shifted, "device configuration is looked for as if MSI-X were on",
      .rows = LAPSE_ROW(LAPSE_MOVE, LAPSE_READS_AT(LAPSE_DEVICE), .value = 4), .needs = OLD,
      .breaks = LAPSE_RULES(LEGACY_CONFIG_OFFSET),
      .also = LAPSE_RULES(CONFIG_OPTIONAL_FIELDS_GUARDED));

/* ---- A device without virtio's capabilities ---- */

static void find_no_queue(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (is_legacy(l) && !a->write && a->place == LAPSE_COMMON && a->field == VS_QUEUE_SIZE)
		a->value = 0;
}
LAPSE(legacy_given_up, "gives up on a device that has the legacy interface alone",
      .access = find_no_queue, .needs = OLD, .scenario = "mock=rng-legacy",
      .breaks = LAPSE_RULES(LEGACY_FALLS_BACK), .also = LAPSE_RULES(ROBUST_LEGAL_DEVICE_SERVED));

/* A driver for the modern interface alone. */
static void poke(struct lapse_run *l, struct lapse_access *a)
{
	struct lapse_access look = { .region = 1, .width = 4 };

	l->life->may_legacy = false;
	lapse_ordinary_access(l, a);
	if (a->region == LAPSE_CONFIG_SPACE && a->offset == PCI_CAPABILITY_LIST && !l->state[0]++)
		lapse_ordinary_access(l, &look);
}
LAPSE(legacy_device_touched, "looks into the BARs of a device that it leaves alone", .access = poke,
      .needs = OLD, .breaks = LAPSE_RULES(LEGACY_REFUSES_LEGACY_DEVICE));
