/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The monitors over any trace there can be: struct head is the subject, each struct record an
 * event. They end, stay in their memory, and charge nobody without an event; and a trace that was
 * recorded in between is judged as it was at once.
 *
 * Rooms: vs_monitor
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "driver/common.h"
#include "fuzz/support/recorded.h"
#include "fuzz/support/target.h"
#include "spec/byteorder.h"
#include "spec/legacy.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

struct head {
	uint8_t flags; /* FLAG_… */
	uint8_t profile, blind, type;
	uint8_t multiplier, list_limit;
	uint8_t offered[16];
};
#define FLAG_MODERN 0x01u
#define FLAG_LEGACY 0x02u
#define FLAG_DRAFT  0x04u
#define FLAG_BIG    0x08u
#define FLAG_ROUND  0x10u /* by way of a recording as well */

struct record {
	uint8_t kind, place, width, note, flags[2], queue[2], index[2], length[4];
	uint8_t offset[8], value[8];
};

/* Where an access goes; what is beyond them is a region and an offset as they are. */
enum { TO_COMMON, TO_NOTIFY, TO_ISR, TO_DEVICE, TO_LEGACY, TO_TABLE, PLACES = 16 };

#define MODERN_BAR    4u
#define PAGE          UINT64_C(0x1000)
#define FIRST_CAP     PCI_HEADER_SIZE
#define LIKES(values) (values), sizeof(values) / sizeof(*(values))

static const uint64_t values[] = { 0,       1,          2,      3,      4,         7,     8,
				   0xb,     0xf,        0x40,   0x80,   0xff,      0x100, 0xffff,
				   0x10000, 0xffffffff, 0x1000, 0x1001, UINT64_MAX };
static const uint64_t smalls[] = { 0, 1, 2, 3, 5, 0xff, 0x3ff, 0x400, 0x7fff, 0x8000, 0xffff };

static const struct fuzz_field record_fields[] = {
	{ offsetof(struct record, kind), 1, NULL, 0 },
	{ offsetof(struct record, place), 1, NULL, 0 },
	{ offsetof(struct record, width), 1, LIKES(smalls) },
	{ offsetof(struct record, note), 1, NULL, 0 },
	{ offsetof(struct record, flags), 2, LIKES(smalls) },
	{ offsetof(struct record, queue), 2, LIKES(smalls) },
	{ offsetof(struct record, index), 2, LIKES(smalls) },
	{ offsetof(struct record, length), 4, LIKES(values) },
	{ offsetof(struct record, offset), 8, LIKES(values) },
	{ offsetof(struct record, value), 8, LIKES(values) },
};

static const struct fuzz_field head_fields[] = {
	{ offsetof(struct head, flags), 1, NULL, 0 },
	{ offsetof(struct head, profile), 1, NULL, 0 },
	{ offsetof(struct head, blind), 1, NULL, 0 },
	{ offsetof(struct head, type), 1, NULL, 0 },
	{ offsetof(struct head, multiplier), 1, LIKES(smalls) },
	{ offsetof(struct head, offered), 4, NULL, 0 },
	{ offsetof(struct head, offered) + 4, 4, NULL, 0 },
};

const struct fuzz_shape fuzz_shape = {
	.head = sizeof(struct head),
	.record = sizeof(struct record),
	.fields = record_fields,
	.field_count = sizeof(record_fields) / sizeof(*record_fields),
	.head_fields = head_fields,
	.head_field_count = sizeof(head_fields) / sizeof(*head_fields),
};

/* Each structure on a page of its own; the list is in the order of types. */
static void put_structures(struct vs_subject *subject, uint32_t multiplier)
{
	for (uint8_t type = VIRTIO_PCI_CAP_COMMON_CFG; type <= VIRTIO_PCI_CAP_PCI_CFG; type++) {
		unsigned pos = FIRST_CAP + sizeof(struct virtio_pci_cap64) * (type - 1u);
		unsigned next = pos + (unsigned)sizeof(struct virtio_pci_cap64);
		struct virtio_pci_notify_cap cap = {
			.cap = { .cap_vndr = PCI_CAP_ID_VNDR,
				 .cap_next = type < VIRTIO_PCI_CAP_PCI_CFG ? (uint8_t)next : 0,
				 .cap_len = sizeof(cap),
				 .cfg_type = type,
				 .bar = MODERN_BAR,
				 .offset = htole32((type - 1u) * PAGE),
				 .length = htole32(PAGE) },
			.notify_off_multiplier = htole32(multiplier),
		};

		memcpy(subject->config + pos, &cap, sizeof(cap));
	}
	subject->config[PCI_CAPABILITY_LIST] = FIRST_CAP;
	subject->config[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	subject->bars[MODERN_BAR].size = 8 * PAGE;
}

static void make_subject(const struct head *head, struct vs_subject *subject)
{
	bool legacy = head->flags & FLAG_LEGACY;
	unsigned type = head->type % 0x40;

	*subject = (struct vs_subject){ .profile = head->profile % VS_PROFILE_COUNT,
					.draft = head->flags & FLAG_DRAFT,
					.big_endian = head->flags & FLAG_BIG,
					.blind = head->blind,
					.list_limit = head->list_limit };
	vs_store_le16(subject->config + PCI_VENDOR_ID, VIRTIO_PCI_VENDOR);
	vs_store_le16(subject->config + PCI_DEVICE_ID,
		      (uint16_t)((legacy ? VIRTIO_PCI_DEVICE_FIRST : VIRTIO_PCI_DEVICE_MODERN) +
				 type));
	vs_store_le16(subject->config + PCI_SUBSYSTEM_ID, (uint16_t)type);
	if (head->flags & FLAG_MODERN)
		put_structures(subject, head->multiplier);
	if (legacy)
		subject->bars[VIRTIO_LEGACY_BAR] =
			(struct vs_bar){ .size = 64, .address = 1, .io = true };
	for (unsigned i = 0; i < VS_FEATURE_WINDOWS && i < sizeof(head->offered) / 4; i++)
		subject->offered.window[i] = vs_load_le32(head->offered + (size_t)4 * i);
}

/* An access of a whole field of a table, at its start or, by the odd bit, somewhere. */
static void aim_at_field(const struct vs_common_field_info *fields, unsigned which,
			 struct vs_event *event)
{
	const struct vs_common_field_info *field = &fields[which % VS_FIELD_COUNT];

	event->offset = field->offset;
	event->width = field->width ? field->width : 1;
	if (field->width == 8 && which >= 0x80) {
		event->width = 4;
		event->offset += which & 0x40 ? 4 : 0;
	}
}

static void aim(struct vs_event *event, uint8_t place)
{
	unsigned which = (uint8_t)event->offset;

	event->region = MODERN_BAR;
	switch (place % PLACES) {
	case TO_COMMON:
		aim_at_field(vs_common_fields, which, event);
		break;
	case TO_NOTIFY:
		event->offset = (VIRTIO_PCI_CAP_NOTIFY_CFG - 1) * PAGE + event->offset % PAGE;
		break;
	case TO_ISR:
		event->offset = (VIRTIO_PCI_CAP_ISR_CFG - 1) * PAGE;
		break;
	case TO_DEVICE:
		event->offset = (VIRTIO_PCI_CAP_DEVICE_CFG - 1) * PAGE + event->offset % 64;
		break;
	case TO_LEGACY:
		event->region = VIRTIO_LEGACY_BAR;
		aim_at_field(vs_legacy_fields, which, event);
		break;
	case TO_TABLE:
		event->region = VS_REGION_CONFIG;
		event->offset %= PCIE_CONFIG_SIZE;
		break;
	default:
		event->region = place % VS_REGION_NONE;
	}
	if (event->width < 8)
		event->value &= (UINT64_C(1) << 8 * event->width) - 1;
}

static void make_event(const struct record *record, struct vs_event *event)
{
	static const char *const notes[] = { NULL, "flags", "", "address" };

	*event = (struct vs_event){ .kind = record->kind % VS_EVENT_KIND_COUNT,
				    .region = VS_REGION_NONE,
				    .width = record->width,
				    .note = notes[record->note % 4],
				    .flags = vs_load_le16(record->flags),
				    .queue = vs_load_le16(record->queue),
				    .index = vs_load_le16(record->index),
				    .length = vs_load_le32(record->length),
				    .offset = vs_load_le64(record->offset),
				    .value = vs_load_le64(record->value) };
	if (event->kind <= VS_EVENT_WRITE) {
		event->width = (uint8_t)(1u << record->width % 4);
		aim(event, record->place);
	} else if (event->kind == VS_EVENT_LIFE) {
		event->value %= VS_LIFE_COUNT;
	} else if (event->kind == VS_EVENT_TRIAL) {
		event->value %= VS_RULE_COUNT;
	} else if (event->kind == VS_EVENT_INTERRUPT && record->place % 2) {
		event->offset = VS_INTX;
	}
}

static void by_way_of_a_recording(const struct recorded *list, const struct vs_jury *jury)
{
	struct recorded *back = malloc(sizeof(*back));
	struct vs_jury *second = malloc(sizeof(*second));
	struct recorded_text text = recorded_write(list);
	struct vs_recording *recording;
	char error[400];

	if (!back || !second)
		abort();
	recording = recorded_read(text.bytes, text.size, back, error, sizeof(error));
	if (!recording)
		fuzz_oracle("recording-round", "what was written is refused: %s", error);
	recorded_same(list, back);
	if (recorded_judge(back, 0, second)) {
		recorded_same_verdict(jury, second);
		vs_jury_free(second);
	}
	vs_recording_close(recording);
	free(text.bytes);
	free(second);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	struct recorded *list = malloc(sizeof(*list));
	struct vs_jury *jury = malloc(sizeof(*jury));
	struct record record;
	struct head head;

	if (!list || !jury)
		abort();
	fuzz_bytes(&in, &head, sizeof(head));
	list->traces = 1;
	list->first[0] = list->count = 0;
	make_subject(&head, &list->subject[0]);
	while (fuzz_left(&in) && list->count < RECORDED_EVENTS) {
		fuzz_bytes(&in, &record, sizeof(record));
		make_event(&record, &list->event[list->count]);
		list->event[list->count].time = list->count;
		list->count++;
	}
	if (recorded_judge(list, 0, jury)) {
		if (head.flags & FLAG_ROUND)
			by_way_of_a_recording(list, jury);
		vs_jury_free(jury);
	}
	free(jury);
	free(list);
	return 0;
}

/* One step of a driver: a field of common configuration, or another event. */
struct step {
	uint8_t kind, place, field;
	uint16_t value;
};

static const struct step life[] = {
	{ VS_EVENT_LIFE, 0, 0, VS_LIFE_PROBE },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_STATUS, 0 },
	{ VS_EVENT_READ, TO_COMMON, VS_DEVICE_STATUS, 0 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_STATUS, 1 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_STATUS, 3 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_FEATURE_SELECT, 1 },
	{ VS_EVENT_READ, TO_COMMON, VS_DEVICE_FEATURE, 1 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DRIVER_FEATURE_SELECT, 1 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DRIVER_FEATURE, 1 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_STATUS, 0xb },
	{ VS_EVENT_READ, TO_COMMON, VS_DEVICE_STATUS, 0xb },
	{ VS_EVENT_READ, TO_COMMON, VS_NUM_QUEUES, 1 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_QUEUE_SELECT, 0 },
	{ VS_EVENT_READ, TO_COMMON, VS_QUEUE_SIZE, 8 },
	{ VS_EVENT_MAP, 0, 0, 0x4000 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_QUEUE_DESC, 0x1000 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_QUEUE_DRIVER, 0x2000 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_QUEUE_DEVICE, 0x3000 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_QUEUE_ENABLE, 1 },
	{ VS_EVENT_QUEUE, 0, 0, 0 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_STATUS, 0xf },
	{ VS_EVENT_DESCRIPTOR, 0, 0, 0 },
	{ VS_EVENT_AVAILABLE, 0, 0, 0 },
	{ VS_EVENT_AVAIL_INDEX, 0, 0, 1 },
	{ VS_EVENT_WRITE, TO_NOTIFY, 0, 0 },
	{ VS_EVENT_USED, 0, 0, 0 },
	{ VS_EVENT_INTERRUPT, 0, 0, 1 },
	{ VS_EVENT_READ, TO_DEVICE, 0, 0 },
	{ VS_EVENT_WRITE, TO_COMMON, VS_DEVICE_STATUS, 0 },
	{ VS_EVENT_LIFE, 0, 0, VS_LIFE_REMOVED },
};
#define STEPS (sizeof(life) / sizeof(life[0]))

static void give(struct fuzz_seeds *seeds, const char *name, uint8_t flags, uint8_t profile)
{
	struct {
		struct head head;
		struct record record[STEPS];
	} seed = { .head = { .flags = flags,
			     .profile = profile,
			     .type = VIRTIO_ID_ENTROPY,
			     .multiplier = 4,
			     .offered = { [4] = 1 } } };

	for (size_t i = 0; i < STEPS; i++) {
		struct record *record = &seed.record[i];

		*record = (struct record){ .kind = life[i].kind,
					   .place = life[i].place,
					   .width = 1,
					   .index = { 8 },
					   .length = { 1 },
					   .flags = { life[i].kind == VS_EVENT_QUEUE ? 0xf : 0 } };
		if (flags & FLAG_LEGACY && life[i].place == TO_COMMON)
			record->place = TO_LEGACY;
		record->offset[0] = life[i].field;
		vs_store_le16(record->value, life[i].value);
	}
	fuzz_seed(seeds, name, &seed, sizeof(seed));
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	give(seeds, "modern", FLAG_MODERN | FLAG_ROUND, VS_PROFILE_1_4);
	give(seeds, "old", FLAG_MODERN, VS_PROFILE_1_0);
	give(seeds, "legacy", FLAG_LEGACY | FLAG_BIG, VS_PROFILE_1_2);
	give(seeds, "draft", FLAG_MODERN | FLAG_DRAFT | FLAG_ROUND, VS_PROFILE_DRAFT_2013);
}
