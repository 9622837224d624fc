/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong to do in the draft of 2013 alone. */
#include "drivers/reference/lapses/walk.h"

#define DRAFT    ",profile=draft-2013"
#define AS_DRAFT .scenario = "profile=draft-2013"
#define MODERN   "mock:blk,interface=modern" DRAFT

LAPSE_ACCEPT(draft_reserved_accepted, VIRTIO_F_ACCESS_PLATFORM, "bit 33 is accepted",
	     .needs = MODERN, AS_DRAFT, .breaks = LAPSE_RULES(DRAFT_RESERVED_BITS_UNTOUCHED));

LAPSE_KICK_AT(draft_notified_early, READY, "a virtqueue is notified before DRIVER_OK",
	      .needs = MODERN, AS_DRAFT, .breaks = LAPSE_RULES(DRAFT_INIT_ORDER));

/* The last two parts of a buffer, if the one ends where the other begins. */
static unsigned join(struct lapse_run *l, struct vs_element *elements, unsigned count,
		     bool *indirect)
{
	struct vs_element *last = &elements[count - 1], *before = last - 1;

	(void)l;
	(void)indirect;
	if (count < 2 || before->writable != last->writable ||
	    (const uint8_t *)before->at + before->size != (const uint8_t *)last->at)
		return count;
	before->size += last->size;
	return count - 1;
}
LAPSE(draft_status_joined, "data and status stand in one descriptor without ANY_LAYOUT",
      .decline = VS_BIT(VIRTIO_F_ANY_LAYOUT), .elements = join,
      .needs = "mock:blk,interface=legacy" DRAFT, AS_DRAFT,
      .breaks = LAPSE_RULES(DRAFT_CONSERVATIVE_FRAMING));

/* Who the function is. */

static bool reads_revision(const struct lapse_access *a)
{
	return !a->write && a->region == LAPSE_CONFIG_SPACE && a->offset == PCI_REVISION_ID;
}

static void ignore_revision(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (reads_revision(a))
		a->value = (a->value & ~(uint64_t)UINT8_MAX) | 1;
}
LAPSE(draft_revision_ignored, "drives a function of a revision that it does not know",
      .access = ignore_revision, .needs = MODERN ",quirk=draft-revision=2", AS_DRAFT,
      .breaks = LAPSE_RULES(DRAFT_REVISION_OTHERS_REFUSED));

static void refuse_revision(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (reads_revision(a) && (a->value & UINT8_MAX) == l->value)
		l->life->fn.config[PCI_VENDOR_ID] = 0;
}
LAPSE(draft_old_revision_refused, "takes no function of revision 0", .access = refuse_revision,
      .needs = "mock:blk,interface=transitional" DRAFT,
      .scenario = "profile=draft-2013 mock=blk-transitional",
      .breaks = LAPSE_RULES(DRAFT_TRANSITIONAL_REVISIONS_MATCHED),
      .also = LAPSE_RULES(ROBUST_LEGAL_DEVICE_SERVED));

static void refuse_new(struct lapse_run *l, struct lapse_access *a)
{
	l->value = 1;
	refuse_revision(l, a);
}
LAPSE(draft_new_revision_refused, "takes no function of revision 1", .access = refuse_new,
      .needs = MODERN, .scenario = "profile=draft-2013 mock=blk-modern",
      .breaks = LAPSE_RULES(DRAFT_NON_TRANSITIONAL_REVISION_MATCHED),
      .also = LAPSE_RULES(ROBUST_LEGAL_DEVICE_SERVED));

/* A driver of the old days, that looks in the wrong BAR first. */
static void other_bar(struct lapse_run *l, struct lapse_access *a)
{
	struct lapse_access look = { .region = 1, .width = 4 };

	l->life->may_modern = false;
	if (!l->state[0]++)
		lapse_ordinary_access(l, &look);
	lapse_ordinary_access(l, a);
}
LAPSE(draft_other_bar, "a legacy driver looks for its registers in another BAR",
      .access = other_bar, .needs = "mock:blk,interface=legacy" DRAFT, AS_DRAFT,
      .breaks = LAPSE_RULES(DRAFT_LEGACY_REGISTERS_ASSUMED));

LAPSE(draft_size_assumed, "the size of a virtqueue is not read",
      .rows = LAPSE_ROW(LAPSE_SKIP, LAPSE_READS(VS_QUEUE_SIZE), .has_value = true, .value = 16),
      .needs = MODERN ",quirk=queue-size=16", AS_DRAFT, .breaks = LAPSE_RULES(DRAFT_QUEUE_SETUP));

/* Behind the indexes: the first entry of the ring. */
static void leave_junk(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_CONFIGURED)
		l->q->area[VS_AREA_DEVICE][4] = 1;
}
LAPSE(draft_junk_left, "a virtqueue is enabled with something in it", .at = leave_junk,
      .needs = MODERN, AS_DRAFT, .breaks = LAPSE_RULES(DRAFT_QUEUE_SETUP));
