/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong to do to common configuration, and at which width (4.1.3.1, 4.1.4.3.2). */
#include "drivers/reference/life.h"
#include "spec/virtio_pci.h"

/* clang-format off */
#define WRITTEN_WITH(number, to) \
	{ .acts = true, .when = LAPSE_AT_SETTLED, .field = (to), .with = (number) }
/* clang-format on */

LAPSE(read_only_written, "writes a field that is to be read only",
      .values = "num-queues device-feature config-generation queue-notify-off",
      .acts = { WRITTEN_WITH(1, VS_NUM_QUEUES), WRITTEN_WITH(2, VS_DEVICE_FEATURE),
		WRITTEN_WITH(3, VS_CONFIG_GENERATION), WRITTEN_WITH(4, VS_QUEUE_NOTIFY_OFF) },
      .needs = "mock:blk|net,interface=modern",
      .breaks = LAPSE_RULES(PCI_COMMON_READ_ONLY_UNTOUCHED));

LAPSE_WRITE_AT(notif_config_data_written, CONFIGURED, VS_QUEUE_NOTIF_CONFIG_DATA, 7,
	       "writes queue_notif_config_data", .needs = "mock:blk,interface=modern",
	       .breaks = LAPSE_RULES(PCI_COMMON_NOTIF_CONFIG_DATA_UNTOUCHED));

LAPSE(queue_size_odd, "tries a queue_size that is no power of two",
      .rows = LAPSE_ROW(LAPSE_BEFORE, LAPSE_WRITES(VS_QUEUE_SIZE), .other = VS_QUEUE_SIZE,
			.value = 48),
      .needs = "mock:blk,interface=modern,ring=split,quirk=queue-size=1024",
      .breaks = LAPSE_RULES(PCI_COMMON_QUEUE_SIZE_VALID));
LAPSE(queue_size_zero, "tries a queue_size of 0",
      .rows = LAPSE_ROW(LAPSE_BEFORE, LAPSE_WRITES(VS_QUEUE_SIZE), .other = VS_QUEUE_SIZE),
      .needs = "mock:blk,interface=modern,ring=packed,quirk=packed-queue-size=1000",
      .breaks = LAPSE_RULES(PCI_COMMON_QUEUE_SIZE_VALID));
LAPSE(queue_size_raised, "tries a queue_size above the one offered",
      .rows = LAPSE_ROW(LAPSE_BEFORE, LAPSE_WRITES(VS_QUEUE_SIZE), .other = VS_QUEUE_SIZE,
			.value = 2048),
      .needs = "mock:blk,interface=modern,quirk=queue-size=1024",
      .breaks = LAPSE_RULES(PCI_COMMON_QUEUE_SIZE_REDUCED_ONLY));

static void set_up_absent(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (!a->write && a->place == LAPSE_COMMON && a->field == VS_QUEUE_SIZE && a->value == 0)
		lapse_write(l, VS_QUEUE_DESC, 0x10000);
}
LAPSE(absent_queue_set_up, "writes an address for a queue that is not there",
      .access = set_up_absent, .needs = "mock:blk,interface=modern,quirk=queue-gap",
      .breaks = LAPSE_RULES(PCI_COMMON_ABSENT_QUEUE_UNTOUCHED));

LAPSE_WRITE_AT(queue_enable_cleared, CONFIGURED, VS_QUEUE_ENABLE, 0, "writes 0 to queue_enable",
	       .needs = "mock:blk|net,interface=modern",
	       .breaks = LAPSE_RULES(PCI_COMMON_QUEUE_ENABLE_NEVER_ZERO));

/* Right in most cases: the others end where they begin. */
static void assume_index(struct lapse_run *l, struct lapse_access *a)
{
	if (!a->write && a->place == LAPSE_COMMON && a->field == VS_ADMIN_QUEUE_INDEX)
		a->value = l->life->s.num_queues;
	else
		lapse_ordinary_access(l, a);
}
LAPSE(admin_queue_assumed, "enables an administration virtqueue with no look where they are",
      .access = assume_index, .needs = "mock:blk,interface=modern,quirk=admin-queue",
      .breaks = LAPSE_RULES(PCI_COMMON_ADMIN_QUEUE_RANGE));

LAPSE(width_unnatural, "accesses a field at another width than its own",
      .values = "narrow wide bytes",
      .rows = { { LAPSE_PIECES, LAPSE_READS(VS_NUM_QUEUES), .with = 1, .width = 1 },
		{ LAPSE_WIDE, LAPSE_READS(VS_NUM_QUEUES), .with = 2, .width = 4 },
		{ LAPSE_PIECES, LAPSE_READS_AT(LAPSE_DEVICE), .with = 3, .width = 1 } },
      .needs = "mock:blk,interface=modern", .breaks = LAPSE_RULES(PCI_LAYOUT_NATURAL_WIDTH));
