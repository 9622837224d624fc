/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The target that drivers are linked to: through the whole life of one, on a mock device that lies
 * as the input says.
 *
 * An input: which of the devices that the driver drives (1 byte), how many lives (1), two quirks
 * (number 2 bytes, value 1; 0: none), and then the lies, ten bytes each: topic, how it is bent,
 * place (2), occasion (2), value (4); see fuzz/plugin/lies.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/plugin/options.h"
#include "fuzz/plugin/plugin.h"
#include "fuzz/support/target.h"
#include "spec/byteorder.h"
#include "spec/split_ring.h"
#include "spec/virtio_pci.h"

#define AREA(area, queue) ((area) << 6 | (queue) << 4)
#define FIELD(name)       offsetof(struct virtio_pci_common_cfg, name)
#define COUNT(array)      (sizeof(array) / sizeof((array)[0]))

static const uint64_t topics[] = {
	LIE_CONFIG,   LIE_COMMON,  LIE_LEGACY,    LIE_DEVICE, LIE_ISR,  LIE_USED_ID,
	LIE_USED_LEN, LIE_PUBLISH, LIE_STALL,     LIE_DATA,   LIE_POKE, LIE_LOAD,
	LIE_LOAD,     LIE_EVENT,   LIE_INTERRUPT, LIE_ALLOC,  LIE_STEP,
};

static const uint64_t hows[] = {
	BEND_SET,
	BEND_ADD,
	BEND_XOR,
	BEND_ONES,
	BEND_ZERO,
	BEND_SET | LIE_SINCE,
	BEND_ONES | LIE_SINCE,
	BEND_ADD | LIE_SINCE,
	BEND_SET | AREA(AREA_DEVICE, 1),
	BEND_SET | AREA(AREA_DESCRIPTOR, 0),
	BEND_SET | AREA(AREA_DRIVER, 0),
	BEND_SET | AREA(AREA_PIECE, 0),
};

static const uint64_t places[] = {
	0,
	1,
	2,
	LIE_ANY,
	VIRTQ_USED_IDX,
	VIRTQ_USED_RING(0),
	VIRTQ_USED_RING_LEN(0),
	VIRTQ_USED_RING(1),
	VIRTQ_USED_RING_LEN(1),
	FIELD(device_feature),
	FIELD(num_queues),
	FIELD(device_status),
	FIELD(config_generation),
	FIELD(queue_size),
	FIELD(queue_msix_vector),
	FIELD(queue_enable),
	FIELD(queue_notify_off),
	PCI_CAPABILITY_LIST,
	PCI_HEADER_SIZE,
	PCI_HEADER_SIZE + 1,
};

static const uint64_t occasions[] = { 0, 0, 0, 0, 1, 1, 2, 3, 5, 8, 30, 60, 80, 120 };

static const uint64_t values[] = {
	0,      1,      2,       3,          4,          8,          16,
	0x40,   0x80,   0xff,    0x100,      0x101,      0x1000,     0x7fff,
	0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
};

#define LIKE(array) (array), COUNT(array)
static const struct fuzz_field lie_fields[] = {
	{ 0, 1, LIKE(topics) },    { 1, 1, LIKE(hows) },   { 2, 2, LIKE(places) },
	{ 4, 2, LIKE(occasions) }, { 6, 4, LIKE(values) },
};

static const uint64_t none[] = { 0 };
static const struct fuzz_field head_fields[] = {
	{ 0, 1, NULL, 0 },    { 1, 1, LIKE(none) }, { 2, 2, LIKE(none) },
	{ 4, 1, LIKE(none) }, { 5, 2, LIKE(none) }, { 7, 1, LIKE(none) },
};

/* Where registers and structures are: others are seldom read. */
static uint16_t place_for(unsigned topic, uint32_t random)
{
	switch (topic) {
	case LIE_CONFIG:
		return (uint16_t)(random % PCI_CONFIG_SIZE);
	case LIE_COMMON:
		return (uint16_t)(random % sizeof(struct virtio_pci_common_cfg)) & ~1u;
	case LIE_LEGACY:
	case LIE_DEVICE:
		return (uint16_t)(random % 32) & ~1u;
	case LIE_POKE:
	case LIE_LOAD:
		return (uint16_t)(random % 64) & ~1u;
	default:
		return (uint16_t)(random % 4);
	}
}

/* Most inputs of no form are of quirks that there are not, of places that nobody looks at, and of
 * occasions that never come. */
static void mend(uint8_t *data, size_t size, uint32_t random)
{
	if (size < PLUGIN_HEAD)
		return;
	data[3] &= 1;
	data[6] &= 1;
	for (size_t at = PLUGIN_HEAD; at + LIE_RECORD <= size; at += LIE_RECORD) {
		uint8_t *lie = data + at;

		random = random * 1103515245u + 12345u;
		lie[0] %= LIE_TOPICS;
		if (random >> 31)
			vs_store_le16(lie + 2, place_for(lie[0], random >> 8));
		if (random >> 30 & 1)
			lie[5] = 0;
		if (random >> 29 & 1)
			lie[4] &= 3;
	}
}

const struct fuzz_shape fuzz_shape = {
	.head = PLUGIN_HEAD,
	.record = LIE_RECORD,
	.fields = lie_fields,
	.field_count = COUNT(lie_fields),
	.head_fields = head_fields,
	.head_field_count = COUNT(head_fields),
	.mend = mend,
};

static void introduce(const struct plugin_subject *s)
{
	fprintf(stderr, "plug-in \"%s\", on", s->device.driver->name);
	for (unsigned i = 0; i < s->face_count; i++)
		fprintf(stderr, " %s", s->faces[i]->name);
	fputc('\n', stderr);
	for (int i = 0; i < VS_RULE_COUNT; i++)
		if (s->broken[i])
			fprintf(stderr, "broken on honest devices, and not looked for: %s\n",
				vs_rules[i].id);
}

/* What is found out of the driver once, before the first input; the same for all of them. */
static struct plugin_subject *meet(void)
{
	static struct plugin_subject subject;
	const char *rules = plugin_option("rules");

	if (subject.face_count)
		return &subject;
	if (!plugin_meet(&subject, plugin_driver(), plugin_option("argument"),
			 rules ? rules : "must", plugin_option("ignore"))) {
		fprintf(stderr, "the driver drives none of the mock's devices\n");
		exit(2);
	}
	return &subject;
}

/* What an engine calls first. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	plugin_take_options(argc, argv);
	introduce(meet());
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	plugin_run(meet(), data, size);
	return 0;
}

static void seed_lie(struct fuzz_seeds *seeds, const char *name, uint8_t topic, uint8_t how,
		     uint16_t place, uint16_t nth, uint32_t value)
{
	const uint8_t bytes[PLUGIN_HEAD + LIE_RECORD] = {
		[PLUGIN_HEAD] = topic,  how,
		(uint8_t)place,         (uint8_t)(place >> 8),
		(uint8_t)nth,           (uint8_t)(nth >> 8),
		(uint8_t)value,         (uint8_t)(value >> 8),
		(uint8_t)(value >> 16), (uint8_t)(value >> 24),
	};

	fuzz_seed(seeds, name, bytes, sizeof(bytes));
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	static const uint8_t two_lives[PLUGIN_HEAD] = { 0, 1 }, quirk[PLUGIN_HEAD] = { 0, 0, 40 };

	fuzz_seed(seeds, "honest", two_lives, 1);
	fuzz_seed(seeds, "two-lives", two_lives, sizeof(two_lives));
	fuzz_seed(seeds, "quirk", quirk, sizeof(quirk));
	seed_lie(seeds, "status", LIE_COMMON, BEND_ZERO, FIELD(device_status), 3, 0);
	seed_lie(seeds, "no-queue", LIE_COMMON, BEND_ZERO, FIELD(queue_size), 0, 0);
	seed_lie(seeds, "cap-bar", LIE_CONFIG, BEND_SET, PCI_HEADER_SIZE + 4, 0, 9);
	seed_lie(seeds, "used-id", LIE_USED_ID, BEND_SET, 0, 1, 0xffff);
	seed_lie(seeds, "used-length", LIE_USED_LEN, BEND_SET, 0, 1, 1);
	seed_lie(seeds, "index-jumps", LIE_PUBLISH, BEND_ADD, 0, 1, 5);
	seed_lie(seeds, "lost-interrupt", LIE_INTERRUPT, 0, 0, 1, 0);
	seed_lie(seeds, "poke", LIE_POKE, BEND_SET, VIRTQ_USED_IDX, 60, 7);
	seed_lie(seeds, "load", LIE_LOAD, BEND_ADD, VIRTQ_USED_IDX, 1, 1);
	seed_lie(seeds, "death", LIE_EVENT, BEND_SET, HAPPENS_DEATH, 50, 0);
	seed_lie(seeds, "no-memory", LIE_ALLOC, BEND_SET, 0, 0, 0);
}
