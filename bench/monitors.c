/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/monitors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/clock.h"
#include "driver/common.h"
#include "monitor/jury.h"
#include "observe/recording.h"
#include "spec/byteorder.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define ROUNDS     7u
#define EVENTS     (1u << 18)
#define EVENTS_MAX (1u << 22) /* of a recording */
#define ENTRIES    256u

/* The function of the generated trace: structures in BAR 4, a page apart. */
#define BAR        4u
#define ISR_AT     0x1000u
#define DEVICE_AT  0x2000u
#define NOTIFY_AT  0x3000u
#define STATUS_AT  offsetof(struct virtio_pci_common_cfg, device_status)
#define FIRST_CAP  PCI_HEADER_SIZE
#define NEXT_CAP   20u
#define MULTIPLIER 4u

struct tape {
	struct vs_subject subject;
	struct vs_event *events, *copy;
	size_t count, room;
};

static void make_subject(struct vs_subject *s)
{
	static const struct {
		uint8_t type;
		uint32_t offset;
	} caps[] = {
		{ VIRTIO_PCI_CAP_COMMON_CFG, 0 },
		{ VIRTIO_PCI_CAP_ISR_CFG, ISR_AT },
		{ VIRTIO_PCI_CAP_DEVICE_CFG, DEVICE_AT },
		{ VIRTIO_PCI_CAP_NOTIFY_CFG, NOTIFY_AT },
	};
	const size_t count = sizeof(caps) / sizeof(*caps);

	*s = (struct vs_subject){ .profile = VS_PROFILE_1_4, .device = "generated" };
	vs_store_le16(s->config + PCI_VENDOR_ID, VIRTIO_PCI_VENDOR);
	vs_store_le16(s->config + PCI_DEVICE_ID, VIRTIO_PCI_DEVICE_MODERN + VIRTIO_ID_BLOCK);
	vs_store_le16(s->config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	s->config[PCI_CAPABILITY_LIST] = FIRST_CAP;
	for (size_t i = 0; i < count; i++) {
		uint8_t *cap = s->config + FIRST_CAP + i * NEXT_CAP;

		cap[PCI_CAP_ID] = PCI_CAP_ID_VNDR;
		cap[PCI_CAP_NEXT] = (uint8_t)(i + 1 < count ? FIRST_CAP + (i + 1) * NEXT_CAP : 0);
		cap[offsetof(struct virtio_pci_cap, cap_len)] = NEXT_CAP;
		cap[offsetof(struct virtio_pci_cap, cfg_type)] = caps[i].type;
		cap[offsetof(struct virtio_pci_cap, bar)] = BAR;
		vs_store_le32(cap + offsetof(struct virtio_pci_cap, offset), caps[i].offset);
		vs_store_le32(cap + offsetof(struct virtio_pci_cap, length), ISR_AT);
		vs_store_le32(cap + offsetof(struct virtio_pci_notify_cap, notify_off_multiplier),
			      MULTIPLIER);
	}
	s->bars[BAR] = (struct vs_bar){ .size = 2 * (uint64_t)NOTIFY_AT, .is64 = true };
	vs_features_add(&s->offered, VIRTIO_F_VERSION_1);
	vs_features_add(&s->offered, VIRTIO_F_EVENT_IDX);
}

static void put(struct tape *t, struct vs_event event)
{
	if (t->count < t->room) {
		event.time = t->count * UINT64_C(1000);
		t->events[t->count++] = event;
	}
}

static void access_bar(struct tape *t, bool write, uint64_t offset, uint8_t width, uint64_t value)
{
	put(t, (struct vs_event){ .kind = write ? VS_EVENT_WRITE : VS_EVENT_READ,
				  .region = BAR,
				  .offset = offset,
				  .width = width,
				  .value = value });
}

static void read_config(struct tape *t, uint64_t offset, uint8_t width)
{
	const uint8_t *from = t->subject.config + offset;

	put(t, (struct vs_event){ .kind = VS_EVENT_READ,
				  .region = VS_REGION_CONFIG,
				  .offset = offset,
				  .width = width,
				  .value = width == 1 ? *from : vs_load_le32(from) });
}

/* The capability list. */
static void put_search(struct tape *t)
{
	uint8_t cap = t->subject.config[PCI_CAPABILITY_LIST];

	read_config(t, PCI_CAPABILITY_LIST, 1);
	for (; cap; cap = t->subject.config[cap + PCI_CAP_NEXT]) {
		read_config(t, cap, 4);
		read_config(t, cap + offsetof(struct virtio_pci_cap, bar), 1);
		read_config(t, cap + offsetof(struct virtio_pci_cap, offset), 4);
		read_config(t, cap + offsetof(struct virtio_pci_cap, length), 4);
	}
}

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

/* From the reset to DRIVER_OK, with one virtqueue. */
static void put_start(struct tape *t)
{
	static const uint8_t steps[] = { 0, 1, 3 };
	const uint32_t choice[2] = { UINT32_C(1) << VIRTIO_F_EVENT_IDX,
				     UINT32_C(1) << (VIRTIO_F_VERSION_1 - 32) };

	for (size_t i = 0; i < sizeof(steps); i++) {
		access_bar(t, true, STATUS_AT, 1, steps[i]);
		access_bar(t, false, STATUS_AT, 1, steps[i]);
	}
	for (uint32_t window = 0; window < 2; window++) {
		access_bar(t, true, FIELD(device_feature_select), 4, window);
		access_bar(t, false, FIELD(device_feature), 4, choice[window]);
		access_bar(t, true, FIELD(driver_feature_select), 4, window);
		access_bar(t, true, FIELD(driver_feature), 4, choice[window]);
	}
	access_bar(t, true, STATUS_AT, 1, 11);
	access_bar(t, false, STATUS_AT, 1, 11);
	access_bar(t, true, FIELD(queue_select), 2, 0);
	access_bar(t, false, FIELD(queue_size), 2, ENTRIES);
	access_bar(t, false, FIELD(queue_notify_off), 2, 0);
	for (uint32_t area = 0; area < 3; area++) {
		access_bar(t, true, FIELD(queue_desc_lo) + (size_t)8 * area, 4,
			   (area + 1) * UINT64_C(0x10000));
		access_bar(t, true, FIELD(queue_desc_hi) + (size_t)8 * area, 4, 0);
	}
	access_bar(t, true, FIELD(queue_enable), 2, 1);
	put(t, (struct vs_event){ .kind = VS_EVENT_QUEUE,
				  .index = ENTRIES,
				  .flags = VS_QUEUE_DESC_MEMORY | VS_QUEUE_DRIVER_MEMORY |
					   VS_QUEUE_DEVICE_MEMORY | VS_QUEUE_ZEROED });
	access_bar(t, true, STATUS_AT, 1, 15);
}

/* A request of three elements, as a driver makes it that has one in flight. */
static void put_request(struct tape *t, uint16_t number)
{
	uint16_t head = (uint16_t)(number * 4 % ENTRIES);

	put(t, (struct vs_event){ .kind = VS_EVENT_AVAIL_INDEX,
				  .offset = number,
				  .value = (uint16_t)(number + 1) });
	for (uint16_t i = 0; i < 3; i++)
		put(t, (struct vs_event){ .kind = VS_EVENT_DESCRIPTOR,
					  .offset = UINT64_C(0x100000) + UINT64_C(0x1000) * i,
					  .length = 512,
					  .index = i,
					  .value = VS_DESCRIPTOR_VALUE(head + i, head + i + 1, 0),
					  .flags = (uint16_t)((i < 2 ? VIRTQ_DESC_F_NEXT : 0) |
							      (i ? VIRTQ_DESC_F_WRITE : 0)) });
	put(t, (struct vs_event){
		       .kind = VS_EVENT_AVAILABLE, .index = head, .value = number, .length = 3 });
	access_bar(t, true, NOTIFY_AT, 2, 0);
	put(t, (struct vs_event){ .kind = VS_EVENT_AVAIL_EVENT, .value = (uint16_t)(number + 1) });
	put(t, (struct vs_event){
		       .kind = VS_EVENT_USED, .index = head, .value = number, .length = 513 });
	put(t, (struct vs_event){ .kind = VS_EVENT_INTERRUPT,
				  .region = VS_REGION_NONE,
				  .offset = VS_INTX,
				  .value = 1 });
	access_bar(t, false, ISR_AT, 1, VIRTIO_ISR_QUEUE);
	put(t, (struct vs_event){
		       .kind = VS_EVENT_INTERRUPT, .region = VS_REGION_NONE, .offset = VS_INTX });
	put(t, (struct vs_event){ .kind = VS_EVENT_USED_EVENT, .value = (uint16_t)(number + 1) });
}

static int generate(struct tape *t)
{
	t->room = EVENTS;
	t->events = calloc(EVENTS, sizeof(*t->events));
	if (!t->events)
		return -1;
	make_subject(&t->subject);
	put_search(t);
	put_start(t);
	for (uint16_t number = 0; t->count < t->room; number++)
		put_request(t, number);
	return 0;
}

static int hear_subject(void *context, const struct vs_subject *subject)
{
	struct tape *t = context;

	if (t->count)
		return 1; /* the next trace */
	t->subject = *subject;
	return 0;
}

static int hear_event(void *context, const struct vs_event *event)
{
	struct tape *t = context;

	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 4096;
		struct vs_event *grown = realloc(t->events, room * sizeof(*grown));

		if (!grown || room > EVENTS_MAX) {
			t->events = grown ? grown : t->events;
			return 1;
		}
		t->events = grown;
		t->room = room;
	}
	t->events[t->count] = *event;
	t->events[t->count++].note = NULL;
	return 0;
}

static int load(struct tape *t, const char *path)
{
	const struct vs_recording_handler handler = { hear_subject, hear_event, NULL, t };
	char error[512];
	struct vs_recording *recording = vs_recording_open(path, error, sizeof(error));
	int result = recording ? vs_recording_read(recording, &handler, error, sizeof(error)) : -1;

	vs_recording_close(recording);
	if (result < 0)
		fprintf(stderr, "virtspec-bench: %s\n", error);
	else if (!t->count)
		fprintf(stderr, "virtspec-bench: %s holds no event\n", path);
	return result < 0 || !t->count ? -1 : 0;
}

/* One trial; the seconds, or below 0 without memory. */
static double judge(struct vs_jury *jury, const struct tape *t, uint64_t *broken)
{
	double since = bench_seconds();

	if (vs_jury_init(jury, &t->subject))
		return -1;
	for (size_t i = 0; i < t->count; i++)
		vs_jury_hear(jury, &t->events[i]);
	vs_jury_close(jury);
	since = bench_seconds() - since;
	*broken = 0;
	for (unsigned i = 0; i < VS_RULE_COUNT; i++)
		*broken += jury->rules[i].broken;
	vs_jury_free(jury);
	return jury->failed ? -1 : since;
}

static double copy(const struct tape *t)
{
	double since = bench_seconds();

	memcpy(t->copy, t->events, t->count * sizeof(*t->events));
	__asm__ volatile("" ::"r"(t->copy) : "memory");
	return bench_seconds() - since;
}

static int measure(struct tape *t, const char *what)
{
	struct vs_jury *jury = calloc(1, sizeof(*jury));
	double times[ROUNDS], floors[ROUNDS], ratios[ROUNDS];
	uint64_t broken = 0;
	int result = 0;

	t->copy = calloc(t->count, sizeof(*t->copy));
	if (!jury || !t->copy)
		result = -1;
	for (unsigned i = 0; i < ROUNDS && !result; i++) {
		floors[i] = copy(t);
		times[i] = judge(jury, t, &broken);
		ratios[i] = times[i] / floors[i];
		result = times[i] < 0 ? -1 : 0;
	}
	if (result)
		fprintf(stderr, "virtspec-bench: there is no memory for the monitors\n");
	else
		printf("monitors, %s: %zu events, %.2f M events/s, %.0f ns each; copying them "
		       "takes %.1f ns each: %.0f times that floor; %" PRIu64 " breaches\n",
		       what, t->count, (double)t->count / bench_median(times, ROUNDS) / 1e6,
		       bench_median(times, ROUNDS) * 1e9 / (double)t->count,
		       bench_median(floors, ROUNDS) * 1e9 / (double)t->count,
		       bench_median(ratios, ROUNDS), broken);
	free(t->copy);
	free(jury);
	return result;
}

int bench_monitors(const char *path)
{
	struct tape t = { .count = 0 };
	int result = path ? load(&t, path) : generate(&t);

	if (!result)
		result = measure(&t, path ? path : "generated");
	else if (!path)
		fprintf(stderr, "virtspec-bench: there is no memory for events\n");
	free(t.events);
	return result;
}
