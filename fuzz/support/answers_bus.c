/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/answers_bus.h"

#include "driver/queue.h"
#include "spec/byteorder.h"
#include "spec/legacy.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define ADDRESS   UINT64_C(0x40000000)
#define STEP_NS   UINT64_C(25000000) /* by which time passes while the driver waits */
#define HEAD_SIZE 16u

/* Where a sensible device has what. */
#define MSIX_BAR      1u
#define BAR           4u
#define COMMON_AT     0x0000u
#define ISR_AT        0x1000u
#define DEVICE_AT     0x2000u
#define NOTIFY_AT     0x3000u
#define BAR_SIZE      0x4000u
#define LEGACY_SIZE   0x40u
#define MSIX_SIZE     0x1000u
#define MSIX_PBA_AT   0x800u
#define NOTIFY_FACTOR 4u

static uint8_t memory[ANSWERS_DMA_SIZE] __attribute__((aligned(4096)));
static uint8_t shadow[ANSWERS_DMA_SIZE];

static struct answers_bus *of(struct vs_bus *bus)
{
	return (struct answers_bus *)bus;
}

/* Every access counts, and comes here only if it lies where it may. */
static void reach(struct answers_bus *b)
{
	fuzz_step(&b->budget);
	b->reached = true;
	b->accesses++;
	for (unsigned i = 0; i < b->count; i++)
		if (b->answers[i].kind == ANSWER_FAIL && b->answers[i].at == b->accesses)
			vs_bus_fail(&b->bus, VS_BUS_HUNG, "the input says so");
}

static void before(void *context)
{
	((struct answers_bus *)context)->reached = false;
}

static void after(void *context)
{
	if (!((struct answers_bus *)context)->reached)
		fuzz_oracle("outside", "an access did not reach the function");
}

/* The extended part has what the input says, and zeroes. */
static uint32_t extended(const struct answers_bus *b, unsigned offset)
{
	for (unsigned i = 0; i < b->count; i++)
		if (b->answers[i].kind == ANSWER_CONFIG && (b->answers[i].at & 0xffcu) == offset)
			return b->answers[i].value;
	return 0;
}

static int config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	struct answers_bus *b = of(bus);
	enum answers_reg reg = answers_find(b, VIRTIO_PCI_CAP_BAR_IN_CONFIG, offset, width, false);

	reach(b);
	if (reg)
		*value = answers_load(b, reg);
	else
		*value = offset < PCI_CONFIG_SIZE ? (uint32_t)vs_load_le(b->config + offset, width)
						  : extended(b, offset);
	return 0;
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	struct answers_bus *b = of(bus);
	enum answers_reg reg = answers_find(b, VIRTIO_PCI_CAP_BAR_IN_CONFIG, offset, width, true);
	unsigned msix = b->s ? b->s->fn->msix_pos : 0;

	reach(b);
	if (reg)
		answers_store(b, reg, value);
	else if (offset != PCI_COMMAND && (!msix || offset != msix + PCI_MSIX_CONTROL))
		fuzz_oracle("config-write", "%u bytes at %#x", width, offset);
	else
		vs_store_le(b->config + offset, width, value);
	return 0;
}

static int bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value)
{
	struct answers_bus *b = of(bus);
	enum answers_reg reg = answers_find(b, bar, offset, width, false);

	reach(b);
	*value = answers_read(b, REG_NONE, 1); /* of device configuration, or nothing */
	if (reg)
		*value = answers_load(b, reg);
	return 0;
}

/* An entry of the table that exists, four bytes of it. */
static void check_msix(const struct answers_bus *b, unsigned bar, uint64_t offset, unsigned width)
{
	const struct vs_function *fn = b->s ? b->s->fn : NULL;

	if (!fn || bar != fn->msix_bar || offset < fn->msix_table || width != 4 ||
	    offset - fn->msix_table >= (uint64_t)fn->msix_vectors * PCI_MSIX_ENTRY_SIZE)
		fuzz_oracle("bar-write", "%u bytes at %#llx of BAR %u", width,
			    (unsigned long long)offset, bar);
}

/* Whether it is the notification of a queue. */
static bool notifies(const struct answers_bus *b, unsigned bar, uint64_t offset)
{
	const struct vs_cap *cap = b->s ? b->s->notify : NULL;

	return cap && cap->bar == bar && offset >= cap->offset;
}

static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	struct answers_bus *b = of(bus);
	enum answers_reg reg = answers_find(b, bar, offset, width, true);

	reach(b);
	if (reg)
		answers_store(b, reg, (uint32_t)value);
	else if (!notifies(b, bar, offset))
		check_msix(b, bar, offset, width);
	return 0;
}

static int msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data)
{
	(void)bus;
	*address = UINT64_C(0xfee00000);
	*data = vector;
	return 0;
}

static uint64_t now(struct vs_bus *bus)
{
	fuzz_step(&of(bus)->budget);
	return of(bus)->clock;
}

/* The first buffer of a queue is used. */
static void use(const struct vs_queue *q)
{
	uint8_t *used = q->area[VS_AREA_DEVICE], *desc = q->area[VS_AREA_DESC];

	if (q->ring == &vs_split_ring) {
		vs_store_le(used + VIRTQ_USED_RING(0), 8, 0);
		vs_store_le16(used + VIRTQ_USED_RING_LEN(0), 1);
		vs_store_le16(used + VIRTQ_USED_IDX, 1);
	} else {
		vs_store_le16(desc + VIRTQ_PACKED_ID, 0);
		vs_store_le16(desc + VIRTQ_PACKED_FLAGS,
			      VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED | VIRTQ_PACKED_F_WRITE);
	}
}

static int relax(struct vs_bus *bus, uint64_t ns)
{
	struct answers_bus *b = of(bus);

	reach(b);
	b->clock += ns > STEP_NS ? ns : STEP_NS;
	for (unsigned i = 0; i < b->count; i++) {
		const struct answer *a = &b->answers[i];

		if (a->kind != ANSWER_MEMORY || a->at + 2u > bus->dma.size)
			continue;
		vs_store_le16(bus->dma.host + a->at, (uint16_t)a->value);
		b->wrote = true;
	}
	if (b->s && b->s->stage == VS_STAGE_LIVE && b->s->queue_count &&
	    !(b->head.modes & ANSWERS_SILENT))
		use(&b->s->queues[0]);
	return 0;
}

static const struct vs_bus_ops ops = {
	.name = "answers",
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.msix_route = msix_route,
	.now = now,
	.relax = relax,
};

struct place {
	uint8_t type, pos, next, len;
	uint16_t at, length;
};

/* One behind the other, as a sensible device has them. */
static void lay_capabilities(struct answers_bus *b)
{
	static const struct place places[] = {
		{ VIRTIO_PCI_CAP_COMMON_CFG, 0x40, 0x50, sizeof(struct virtio_pci_cap), COMMON_AT,
		  sizeof(struct virtio_pci_common_cfg) },
		{ VIRTIO_PCI_CAP_NOTIFY_CFG, 0x50, 0x64, sizeof(struct virtio_pci_notify_cap),
		  NOTIFY_AT, BAR_SIZE - NOTIFY_AT },
		{ VIRTIO_PCI_CAP_ISR_CFG, 0x64, 0x74, sizeof(struct virtio_pci_cap), ISR_AT, 1 },
		{ VIRTIO_PCI_CAP_DEVICE_CFG, 0x74, 0x84, sizeof(struct virtio_pci_cap), DEVICE_AT,
		  64 },
		{ VIRTIO_PCI_CAP_PCI_CFG, 0x84, 0x98, sizeof(struct virtio_pci_cfg_cap), 0, 0 },
	};
	uint8_t *c = b->config + 0x98;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place *p = &places[i];
		struct virtio_pci_cap cap = { PCI_CAP_ID_VNDR, p->next, p->len, p->type, BAR, 0,
					      { 0 },           0,       0 };

		memcpy(b->config + p->pos, &cap, sizeof(cap));
		vs_store_le32(b->config + p->pos + offsetof(struct virtio_pci_cap, offset), p->at);
		vs_store_le32(b->config + p->pos + offsetof(struct virtio_pci_cap, length),
			      p->length);
		if (p->type == VIRTIO_PCI_CAP_NOTIFY_CFG)
			b->config[p->pos + offsetof(struct virtio_pci_notify_cap,
						    notify_off_multiplier)] = NOTIFY_FACTOR;
	}
	c[PCI_CAP_ID] = PCI_CAP_ID_MSIX;
	vs_store_le16(c + PCI_MSIX_CONTROL, b->head.vectors & PCI_MSIX_CONTROL_SIZE);
	vs_store_le32(c + PCI_MSIX_TABLE, MSIX_BAR);
	vs_store_le32(c + PCI_MSIX_PBA, MSIX_PBA_AT | MSIX_BAR);
	b->config[PCI_CAPABILITY_LIST] = places[0].pos;
}

static void lay_config(struct answers_bus *b)
{
	bool legacy = b->head.modes & ANSWERS_LEGACY;
	unsigned id = legacy ? VIRTIO_PCI_DEVICE_FIRST : VIRTIO_PCI_DEVICE_MODERN;

	memset(b->config, 0, sizeof(b->config));
	vs_store_le16(b->config + PCI_VENDOR_ID, VIRTIO_PCI_VENDOR);
	vs_store_le16(b->config + PCI_DEVICE_ID, (uint16_t)(id + b->head.type % 64));
	vs_store_le16(b->config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	vs_store_le16(b->config + PCI_SUBSYSTEM_ID, b->head.type % 64);
	b->config[PCI_REVISION_ID] = !legacy;
	lay_capabilities(b);
	memset(b->bus.bars, 0, sizeof(b->bus.bars));
	b->bus.bars[BAR] = (struct vs_bar){ .size = BAR_SIZE, .address = ADDRESS };
	b->bus.bars[MSIX_BAR] = (struct vs_bar){ .size = MSIX_SIZE, .address = ADDRESS };
	if (legacy)
		b->bus.bars[0] =
			(struct vs_bar){ .size = LEGACY_SIZE, .address = LEGACY_SIZE, .io = true };
}

/* What of the answers is so from the beginning. */
static void lay_answers(struct answers_bus *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct answer *a = &b->answers[i];
		struct vs_bar *bar = &b->bus.bars[a->at % PCI_BAR_COUNT];

		if (a->kind == ANSWER_CONFIG && a->at < PCI_CONFIG_SIZE)
			vs_store_le32(b->config + (a->at & 0xfcu), a->value);
		if (a->kind != ANSWER_BAR)
			continue;
		bar->size = a->value % 64 ? UINT64_C(1) << a->value % 64 : 0;
		bar->io = a->when & 1;
		bar->address = a->when & 2 ? 0 : ADDRESS;
	}
}

static void take_input(struct answers_bus *b, struct fuzz_input *in)
{
	uint8_t h[HEAD_SIZE], r[8];

	fuzz_bytes(in, h, sizeof(h));
	b->head = (struct answers_head){ h[0],
					 h[1],
					 h[2],
					 h[3],
					 vs_load_le16(h + 4),
					 vs_load_le16(h + 6),
					 vs_load_le64(h + 8) };
	for (b->count = 0; b->count < ANSWERS_MAX && fuzz_left(in); b->count++) {
		fuzz_bytes(in, r, sizeof(r));
		b->answers[b->count] = (struct answer){ r[0] % ANSWER_KINDS, r[1],
							vs_load_le16(r + 2), vs_load_le32(r + 4) };
	}
}

static const struct vs_bus_watcher watcher = { before, after, NULL };

void answers_open(struct answers_bus *b, struct fuzz_input *in, size_t size)
{
	static struct vs_bus_watcher here;
	size_t less;

	take_input(b, in);
	here = watcher;
	here.context = b;
	b->budget = fuzz_budget(200000, 100, size);
	b->bus.ops = &ops;
	b->bus.state = VS_BUS_ALIVE;
	b->bus.reason[0] = 0;
	b->bus.features = b->head.modes & ANSWERS_EXTENDED ? VS_BUS_EXTENDED_CONFIG : 0;
	/* Its end is that of the array, so that a sanitizer sees who goes on. */
	less = (size_t)(b->head.limit >> 8) * 64;
	b->bus.dma = (struct vs_dma){ memory + less, ADDRESS, sizeof(memory) - less };
	b->bus.shadow = b->head.modes & ANSWERS_GUARD ? shadow : NULL;
	b->bus.watcher = &here;
	b->s = NULL;
	b->clock = b->accesses = 0;
	b->wrote = b->held = false;
	b->told_size = 0;
	memset(b->reads, 0, sizeof(b->reads));
	memset(b->reg, 0, sizeof(b->reg));
	memset(b->queue, 0, sizeof(b->queue));
	memset(b->offered, 0, sizeof(b->offered));
	lay_config(b);
	lay_answers(b);
}
