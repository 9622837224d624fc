/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capability parser on any configuration space and any BARs, beside a second one that is slow
 * and obvious.
 *
 * An input is struct head, then struct record after record: bytes for configuration space, each
 * record at its position, the later over the earlier. So a list forms easily, and every image can
 * be had.
 */
#include <endian.h>
#include <string.h>

#include "driver/caps.h"
#include "fuzz/support/second_caps.h"
#include "fuzz/support/target.h"
#include "spec/byteorder.h"
#include "spec/virtio_pci.h"

struct head {
	uint8_t bar[PCI_BAR_COUNT]; /* sizes, see bar_size */
	uint8_t flags;              /* FLAG_… */
	uint8_t first;              /* the pointer in the header */
	uint8_t type, id;           /* whose first capability is looked for … */
	uint8_t least[8];           /* … and how long a structure has to be to be usable */
};
#define FLAG_DRAFT  0x1u
#define FLAG_NO_BIT 0x2u
#define FLAG_SEARCH 0x4u /* something is looked for */

struct record {
	uint8_t pos;
	uint8_t body[sizeof(struct virtio_pci_cap64)];
};

#define LIKES(values) (values), sizeof(values) / sizeof(*(values))
#define BODY(member)  (offsetof(struct record, body) + offsetof(struct virtio_pci_cap64, member))

static const uint64_t places[] = { 0x40, 0x44, 0x50, 0x54, 0x64, 0x70, 0x84, 0x98,
				   0xac, 0xc4, 0xe0, 0xf0, 0xf8, 0xfc, 0,    0x34 };
static const uint64_t ids[] = { PCI_CAP_ID_VNDR, PCI_CAP_ID_VNDR, PCI_CAP_ID_MSIX,
				PCI_CAP_ID_EXP,  PCI_CAP_ID_PM,   0 };
static const uint64_t lens[] = { 0, 2, 4, 6, 8, 12, 15, 16, 19, 20, 23, 24, 0xff };
static const uint64_t types[] = { 1, 2, 3, 4, 5, 8, 9, 0, 6, 7, 10 };
static const uint64_t bar_numbers[] = { 0, 1, 2, 3, 4, 5, 6, 0xe, VIRTIO_PCI_CAP_BAR_IN_CONFIG };
static const uint64_t sizes[] = { 0,    1,      2,      0x10,       0x38,       0x100,
				  0xfe, 0x1000, 0x4000, 0x80000000, 0xfffffff0, 0xffffffff };
static const uint64_t bar_sizes[] = { 0, 0x2, 0x8, 0xc, 0xe, 0x20, 0x21, 0x3f, 0x60, 0xa0, 0xff };

static const struct fuzz_field record_fields[] = {
	{ offsetof(struct record, pos), 1, LIKES(places) },
	{ BODY(cap.cap_vndr), 1, LIKES(ids) },
	{ BODY(cap.cap_next), 1, LIKES(places) },
	{ BODY(cap.cap_len), 1, LIKES(lens) },
	{ BODY(cap.cfg_type), 1, LIKES(types) },
	{ BODY(cap.bar), 1, LIKES(bar_numbers) },
	{ BODY(cap.id), 1, NULL, 0 },
	{ BODY(cap.offset), 4, LIKES(sizes) },
	{ BODY(cap.length), 4, LIKES(sizes) },
	{ BODY(offset_hi), 4, LIKES(sizes) },
	{ BODY(length_hi), 4, LIKES(sizes) },
};

static const struct fuzz_field head_fields[] = {
	{ 0, 1, LIKES(bar_sizes) },
	{ 1, 1, LIKES(bar_sizes) },
	{ 2, 1, LIKES(bar_sizes) },
	{ 3, 1, LIKES(bar_sizes) },
	{ 4, 1, LIKES(bar_sizes) },
	{ 5, 1, LIKES(bar_sizes) },
	{ offsetof(struct head, flags), 1, NULL, 0 },
	{ offsetof(struct head, first), 1, LIKES(places) },
	{ offsetof(struct head, type), 1, LIKES(types) },
	{ offsetof(struct head, id), 1, LIKES(ids) },
	{ offsetof(struct head, least), 8, LIKES(sizes) },
};

/* Makes a list of the records as they stand, each where the one before it ends, as long as they
 * fit; what each says beyond that stays. */
static void mend(uint8_t *data, size_t size, uint32_t random)
{
	struct head *head = (struct head *)data;
	size_t left = size < sizeof(*head) ? 0 : (size - sizeof(*head)) / sizeof(struct record);
	struct record *record = (struct record *)(data + sizeof(*head));
	unsigned pos = PCI_HEADER_SIZE;

	if (!left)
		return;
	head->first = (uint8_t)pos;
	for (; left--; record++) {
		unsigned step = random >> left % 8 & 1 ? sizeof(record->body)
						       : sizeof(struct virtio_pci_cap);

		record->pos = (uint8_t)pos;
		record->body[PCI_CAP_ID] = PCI_CAP_ID_VNDR;
		pos += step;
		if (pos > PCI_CONFIG_SIZE - sizeof(record->body))
			pos = 0;
		record->body[PCI_CAP_NEXT] = left ? (uint8_t)pos : 0;
		if (!pos)
			break;
	}
}

const struct fuzz_shape fuzz_shape = {
	.head = sizeof(struct head),
	.record = sizeof(struct record),
	.fields = record_fields,
	.field_count = sizeof(record_fields) / sizeof(*record_fields),
	.head_fields = head_fields,
	.head_field_count = sizeof(head_fields) / sizeof(*head_fields),
	.mend = mend,
};

/* Nothing, a power of two, or one byte less or more. */
static uint64_t bar_size(uint8_t code)
{
	unsigned bit = code & 0x3f;

	return bit ? (UINT64_C(1) << bit) - (code >> 6 & 1) + (code >> 7 & 1) : 0;
}

/* The input's records, in configuration space. */
static void lay_out(struct fuzz_input *in, const struct head *head, uint8_t *config)
{
	uint8_t image[PCI_CONFIG_SIZE + sizeof(((struct record *)0)->body)] = { 0 };
	struct record record;

	image[PCI_CAPABILITY_LIST] = head->first;
	image[PCI_STATUS] = head->flags & FLAG_NO_BIT ? 0 : PCI_STATUS_CAP_LIST;
	for (; fuzz_left(in) >= sizeof(record); in->at += sizeof(record)) {
		memcpy(&record, in->at, sizeof(record));
		memcpy(image + record.pos, record.body, sizeof(record.body));
	}
	memcpy(config, image, PCI_CONFIG_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	struct vs_bar bars[PCI_BAR_COUNT];
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;
	struct head head;
	bool draft;

	fuzz_bytes(&in, &head, sizeof(head));
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		bars[i] = (struct vs_bar){ .size = bar_size(head.bar[i]) };
	draft = head.flags & FLAG_DRAFT;
	lay_out(&in, &head, config);
	vs_caps_parse(config, bars, draft, &caps);
	second_caps_agree(config, bars, draft, &caps);
	if (head.flags & FLAG_SEARCH)
		second_caps_search(&caps, head.id, head.type, vs_load_le64(head.least));
	return 0;
}

/* A seed that grows record by record. */
struct seed {
	struct head head;
	struct record record[8];
	unsigned count;
};

/* A structure capability of the length that its type has. */
static struct virtio_pci_cap64 structure(uint8_t type, uint8_t bar, uint32_t offset,
					 uint32_t length)
{
	uint8_t len = (uint8_t)vs_cap_min_len(type);

	return (struct virtio_pci_cap64){ .cap = { .cap_vndr = PCI_CAP_ID_VNDR,
						   .cap_len = len ? len
								  : sizeof(struct virtio_pci_cap),
						   .cfg_type = type,
						   .bar = bar,
						   .offset = htole32(offset),
						   .length = htole32(length) } };
}

/* The capability at `pos`, with the next one at `next`. */
static void put(struct seed *seed, uint8_t pos, uint8_t next, struct virtio_pci_cap64 cap)
{
	struct record *record = &seed->record[seed->count++];

	if (seed->count == 1)
		seed->head.first = pos;
	cap.cap.cap_next = next;
	record->pos = pos;
	memcpy(record->body, &cap, sizeof(cap));
}

static void give(struct fuzz_seeds *seeds, const char *name, const struct seed *seed)
{
	fuzz_seed(seeds, name, seed, sizeof(seed->head) + seed->count * sizeof(seed->record[0]));
}

/* 2 to the 14th bytes in BAR 4, twice that in BAR 2, and something at the top of what there is. */
static struct seed start(uint8_t type)
{
	return (struct seed){ .head = { .flags = FLAG_SEARCH,
					.bar = { [1] = 5, [2] = 15, [4] = 14, [5] = 63 },
					.type = type,
					.id = PCI_CAP_ID_MSIX } };
}

/* As QEMU lays out a modern device. */
static struct seed modern(void)
{
	struct seed seed = start(VIRTIO_PCI_CAP_NOTIFY_CFG);
	struct virtio_pci_cap64 msix = { .cap = { .cap_vndr = PCI_CAP_ID_MSIX } };

	put(&seed, 0x98, 0x84, msix);
	put(&seed, 0x84, 0x70, structure(VIRTIO_PCI_CAP_PCI_CFG, 0, 0, 0));
	put(&seed, 0x70, 0x60, structure(VIRTIO_PCI_CAP_NOTIFY_CFG, 4, 0x3000, 0x1000));
	seed.record[2].body[sizeof(struct virtio_pci_cap)] = 4;
	put(&seed, 0x60, 0x50, structure(VIRTIO_PCI_CAP_DEVICE_CFG, 4, 0x2000, 0x1000));
	put(&seed, 0x50, 0x40, structure(VIRTIO_PCI_CAP_ISR_CFG, 4, 0x1000, 0x1000));
	put(&seed, 0x40, 0, structure(VIRTIO_PCI_CAP_COMMON_CFG, 4, 0, 0x1000));
	return seed;
}

static struct seed shared_memory(void)
{
	struct seed seed = start(VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);
	struct virtio_pci_cap64 high = structure(VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, 5, 0, 0x1000);

	high.offset_hi = htole32(0x10);
	high.length_hi = htole32(1);
	put(&seed, 0x40, 0x60, high);
	high.cap.bar = 2;
	put(&seed, 0x60, 0, high);
	return seed;
}

/* Structures in configuration space itself, and one that does not fit. */
static struct seed draft(void)
{
	struct seed seed = start(VIRTIO_PCI_CAP_COMMON_CFG);
	uint8_t here = VIRTIO_PCI_CAP_BAR_IN_CONFIG;

	seed.head.flags |= FLAG_DRAFT;
	put(&seed, 0x40, 0x80, structure(VIRTIO_PCI_CAP_COMMON_CFG, here, 0x10, 0x30));
	put(&seed, 0x80, 0xe0, structure(VIRTIO_PCI_CAP_DEVICE_CFG, here, 0x10, 0x40));
	put(&seed, 0xe0, 0, structure(VIRTIO_PCI_CAP_ISR_CFG, here, 0x10, 0x11));
	return seed;
}

/* A list of vendor data and a reserved type that overlap, unaligned, and comes back to itself. */
static struct seed knot(void)
{
	struct seed seed = start(VIRTIO_PCI_CAP_VENDOR_CFG);

	seed.head.flags |= FLAG_NO_BIT;
	put(&seed, 0x40, 0x4a, structure(VIRTIO_PCI_CAP_VENDOR_CFG, 0x34, 0, 0));
	seed.record[0].body[offsetof(struct virtio_pci_vndr_data, cap_len)] = 0x10;
	put(&seed, 0x48, 0xf4, structure(7, 9, 0xffffffff, 0xffffffff));
	put(&seed, 0xf4, 0x40, structure(VIRTIO_PCI_CAP_ISR_CFG, 6, 0, 1));
	return seed;
}

/* A first pointer into the header. */
static struct seed header(void)
{
	struct seed seed = start(0);

	seed.head.first = 0x3c;
	return seed;
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	static const struct {
		const char *name;
		struct seed (*make)(void);
	} all[] = {
		{ "modern", modern }, { "shared-memory", shared_memory },
		{ "draft", draft },   { "knot", knot },
		{ "header", header },
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct seed seed = all[i].make();

		give(seeds, all[i].name, &seed);
	}
}
