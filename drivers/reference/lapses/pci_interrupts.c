/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts, vectors and the window of configuration space (4.1.4.5, 4.1.4.9, 4.1.5.1.2). */
#include "driver/interrupt.h"
#include "driver/window.h"
#include "drivers/reference/lapses/walk.h"

static void read_isr(struct lapse_run *l, enum lapse_moment moment)
{
	struct vs_session *s = &l->life->s;

	if (moment == LAPSE_AT_INTERRUPT && s->msix_enabled && s->isr)
		vs_isr(s);
}
LAPSE(isr_read_with_msix, "reads the ISR status at each interrupt, with MSI-X too", .at = read_isr,
      .needs = "mock:blk,interface=modern", .breaks = LAPSE_RULES(PCI_ISR_UNTOUCHED_WITH_MSIX));

LAPSE(vector_outside, "tries a vector that the table does not have",
      .rows = LAPSE_ROW(LAPSE_BEFORE, LAPSE_WRITES(VS_QUEUE_MSIX_VECTOR),
			.other = VS_QUEUE_MSIX_VECTOR, .value = 0x7ff),
      .needs = "mock:blk,interface=modern|transitional",
      .breaks = LAPSE_RULES(PCI_MSIX_VECTOR_INSIDE_TABLE));

LAPSE(vector_unverified, "a vector is not read back after it was written", .values = "queue config",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_QUEUE_MSIX_VECTOR), .with = 1 },
		{ LAPSE_SKIP, LAPSE_READS(VS_CONFIG_MSIX_VECTOR), .with = 2 } },
      .needs = "mock:blk,interface=modern|legacy",
      .breaks = LAPSE_RULES(PCI_MSIX_MAPPING_VERIFIED));

/* The control register is in the first dword. */
static void count_vectors(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (walk_read(l, a) == 0 && (a->value & UINT8_MAX) == PCI_CAP_ID_MSIX &&
	    (a->value >> 16 & PCI_MSIX_CONTROL_SIZE) < 2)
		walk_refuse(l);
}
LAPSE(vectors_demanded, "takes no function with fewer vectors than it would like",
      .access = count_vectors, .needs = "mock:blk,interface=modern,quirk=msix-vectors=2",
      .breaks = LAPSE_RULES(PCI_MSIX_ANY_TABLE_SIZE));

/* What comes from the queues at that moment is overlooked, and the driver waits for it ever after.
 */
static void either_or(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (a->write || a->place != LAPSE_ISR ||
	    (a->value & (VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG)) !=
		    (VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG))
		return;
	a->value = VIRTIO_ISR_CONFIG;
	l->life->state = REF_FAILED;
}
LAPSE(interrupt_either_or, "takes an interrupt for a configuration change or for used buffers",
      .access = either_or,
      .needs = "mock:blk,interface=modern,quirk=isr-both-bits,quirk=msix-vectors=0",
      .breaks = LAPSE_RULES(PCI_INTERRUPT_SHARED_HANDLED),
      .also = LAPSE_RULES(PCI_MSIX_ANY_TABLE_SIZE));

/* The window. */

static void window_astray(struct lapse_run *l, enum lapse_moment moment)
{
	struct vs_session *s = &l->life->s;
	const struct vs_cap *common = s->common;
	uint32_t astray, value;

	if (moment != LAPSE_AT_SETTLED || !s->window || !common)
		return;
	astray = l->value == 0 ? vs_common_fields[VS_NUM_QUEUES].offset : (uint32_t)common->length;
	vs_window_point(s, common->bar, (uint32_t)common->offset + astray, 4);
	vs_bus_config_read(&l->life->bus, vs_window_data(s), 4, &value);
	vs_window_close(s);
}
LAPSE(window_misaligned, "reads 4 bytes through the window where they are not aligned",
      .at = window_astray, .needs = "mock:blk,interface=modern",
      .breaks = LAPSE_RULES(PCI_WINDOW_OFFSET_ALIGNED));

static void window_past(struct lapse_run *l, enum lapse_moment moment)
{
	l->value = 1;
	window_astray(l, moment);
}
LAPSE(window_outside, "reads through the window behind the end of a structure", .at = window_past,
      .needs = "mock:blk,interface=modern", .breaks = LAPSE_RULES(PCI_WINDOW_INSIDE_STRUCTURE));
