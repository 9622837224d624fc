/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers of a device whose answers come from the input, and how they may be used. */
#include "driver/queue.h"
#include "fuzz/support/answers_bus.h"
#include "spec/legacy.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* More than that take longer, and show nothing else. */
#define QUEUES_MAX 32u
#define SIZES      11u /* powers of two that a sensible device has */

struct reg {
	const char *name;
	uint8_t offset, width;
	bool read_only;
};

#define REG(member, only)                                                         \
	{                                                                         \
#member, offsetof(struct virtio_pci_common_cfg, member),          \
			sizeof(((struct virtio_pci_common_cfg *)0)->member), only \
	}

static const struct reg modern[REGS] = {
	[REG_DEVICE_FEATURE_SELECT] = REG(device_feature_select, false),
	[REG_DEVICE_FEATURE] = REG(device_feature, true),
	[REG_DRIVER_FEATURE_SELECT] = REG(driver_feature_select, false),
	[REG_DRIVER_FEATURE] = REG(driver_feature, false),
	[REG_CONFIG_VECTOR] = REG(config_msix_vector, false),
	[REG_NUM_QUEUES] = REG(num_queues, true),
	[REG_STATUS] = REG(device_status, false),
	[REG_GENERATION] = REG(config_generation, true),
	[REG_QUEUE_SELECT] = REG(queue_select, false),
	[REG_QUEUE_SIZE] = REG(queue_size, false),
	[REG_QUEUE_VECTOR] = REG(queue_msix_vector, false),
	[REG_QUEUE_ENABLE] = REG(queue_enable, false),
	[REG_NOTIFY_OFF] = REG(queue_notify_off, true),
	[REG_DESC_LO] = REG(queue_desc_lo, false),
	[REG_DESC_HI] = REG(queue_desc_hi, false),
	[REG_DRIVER_LO] = REG(queue_driver_lo, false),
	[REG_DRIVER_HI] = REG(queue_driver_hi, false),
	[REG_DEVICE_LO] = REG(queue_device_lo, false),
	[REG_DEVICE_HI] = REG(queue_device_hi, false),
	[REG_NOTIF_DATA] = REG(queue_notif_config_data, true),
	[REG_QUEUE_RESET] = REG(queue_reset, false),
	[REG_ADMIN_INDEX] = REG(admin_queue_index, true),
	[REG_ADMIN_NUM] = REG(admin_queue_num, true),
};

static const struct reg legacy[REGS] = {
	[REG_DEVICE_FEATURE] = { "device_features", VIRTIO_LEGACY_DEVICE_FEATURES, 4, true },
	[REG_DRIVER_FEATURE] = { "driver_features", VIRTIO_LEGACY_DRIVER_FEATURES, 4, false },
	[REG_QUEUE_ADDRESS] = { "queue_address", VIRTIO_LEGACY_QUEUE_ADDRESS, 4, false },
	[REG_QUEUE_SIZE] = { "queue_size", VIRTIO_LEGACY_QUEUE_SIZE, 2, true },
	[REG_QUEUE_SELECT] = { "queue_select", VIRTIO_LEGACY_QUEUE_SELECT, 2, false },
	[REG_NOTIFY] = { "queue_notify", VIRTIO_LEGACY_QUEUE_NOTIFY, 2, false },
	[REG_STATUS] = { "device_status", VIRTIO_LEGACY_DEVICE_STATUS, 1, false },
	[REG_ISR] = { "isr_status", VIRTIO_LEGACY_ISR_STATUS, 1, true },
	[REG_CONFIG_VECTOR] = { "config_msix_vector", VIRTIO_LEGACY_CONFIG_VECTOR, 2, false },
	[REG_QUEUE_VECTOR] = { "queue_msix_vector", VIRTIO_LEGACY_QUEUE_VECTOR, 2, false },
};

static bool in_legacy(const struct answers_bus *b)
{
	return !b->s || b->s->view == VS_VIEW_LEGACY;
}

/* Bytes of the structure that the driver has chosen, from `*base` on; 0: not in this BAR. */
static unsigned structure(const struct answers_bus *b, unsigned bar, uint64_t *base)
{
	const struct vs_cap *common = b->s ? b->s->common : NULL;

	*base = 0;
	if (!b->s) /* the look whether a legacy header answers */
		return bar == VIRTIO_LEGACY_BAR ? VIRTIO_LEGACY_CONFIG(false) : 0;
	if (!common || common->bar != bar)
		return 0;
	if (in_legacy(b))
		return VIRTIO_LEGACY_CONFIG(b->s->msix_enabled ||
					    b->config[b->s->fn->msix_pos + PCI_MSIX_CONTROL + 1] >>
						    7);
	*base = common->offset + (bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG ? common->pos : 0);
	return common->length < sizeof(struct virtio_pci_common_cfg)
		       ? (unsigned)common->length
		       : (unsigned)sizeof(struct virtio_pci_common_cfg);
}

/* Whether something else that is written lies in common configuration, or may: then nobody can tell
 * what a write is for. */
static bool tangled(const struct answers_bus *b, uint64_t base)
{
	const struct vs_cap *common = b->s->common, *notify = b->s->notify;
	uint64_t end = base + sizeof(struct virtio_pci_common_cfg);

	if (in_legacy(b))
		return b->s->fn->msix_vectors && b->s->fn->msix_bar == common->bar;
	if (common->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG)
		return base < PCI_HEADER_SIZE ||
		       (b->s->fn->msix_pos < end && b->s->fn->msix_pos + PCI_MSIX_SIZEOF > base);
	return (b->s->fn->msix_vectors && b->s->fn->msix_bar == common->bar &&
		b->s->fn->msix_table < end) ||
	       (notify && notify->bar == common->bar && notify->offset < end);
}

enum answers_reg answers_find(const struct answers_bus *b, unsigned bar, uint64_t offset,
			      unsigned width, bool write)
{
	const struct reg *regs = in_legacy(b) ? legacy : modern;
	uint64_t base;
	unsigned size = structure(b, bar, &base);

	if (!size || offset < base || offset - base >= size)
		return REG_NONE;
	for (unsigned i = 1; i < REGS; i++) {
		if (regs[i].width != width || regs[i].offset != offset - base)
			continue;
		if (write && regs[i].read_only && !tangled(b, base))
			fuzz_oracle("read-only", "%s is written", regs[i].name);
		return i;
	}
	if (!b->s || !tangled(b, base))
		fuzz_oracle("width", "%u bytes at %llu of common configuration", width,
			    (unsigned long long)(offset - base));
	return REG_NONE;
}

/* The answer that the input has for it, or the sensible one. */
uint32_t answers_read(struct answers_bus *b, enum answers_reg reg, uint32_t sensible)
{
	uint32_t value = sensible;

	b->reads[reg]++;
	for (unsigned i = 0; i < b->count; i++) {
		const struct answer *a = &b->answers[i];

		if (a->kind == ANSWER_REG && a->at % REGS == reg &&
		    (!a->when || a->when == b->reads[reg]))
			value = a->value;
	}
	return value;
}

static uint32_t *of_queue(struct answers_bus *b, enum answers_reg reg)
{
	return &b->queue[b->reg[REG_QUEUE_SELECT] % ANSWERS_QUEUES][reg];
}

static uint32_t sensible(struct answers_bus *b, enum answers_reg reg)
{
	unsigned window = b->reg[REG_DEVICE_FEATURE_SELECT];
	bool exists = b->reg[REG_QUEUE_SELECT] < b->head.queues % ANSWERS_QUEUES + 1u;

	switch (reg) {
	case REG_DEVICE_FEATURE:
		return window < 2 ? (uint32_t)(b->head.features >> 32 * window) : 0;
	case REG_NUM_QUEUES:
		return b->head.queues % ANSWERS_QUEUES + 1u;
	case REG_QUEUE_SIZE:
		return !exists             ? 0
		       : *of_queue(b, reg) ? *of_queue(b, reg)
					   : 1u << b->head.size % SIZES;
	case REG_NOTIFY_OFF:
		return b->reg[REG_QUEUE_SELECT];
	default:
		return reg > REG_QUEUE_SELECT && reg < REG_NOTIFY ? *of_queue(b, reg) : b->reg[reg];
	}
}

uint32_t answers_load(struct answers_bus *b, enum answers_reg reg)
{
	const struct reg *regs = in_legacy(b) ? legacy : modern;
	uint32_t value = answers_read(b, reg, sensible(b, reg));
	unsigned window = in_legacy(b) ? 0 : b->reg[REG_DEVICE_FEATURE_SELECT];

	if (regs[reg].width < 4)
		value &= (1u << 8 * regs[reg].width) - 1;
	if (reg == REG_NUM_QUEUES)
		value %= QUEUES_MAX;
	if (reg == REG_QUEUE_SIZE && b->reg[REG_QUEUE_SELECT] >= QUEUES_MAX)
		value = 0;
	if (reg == REG_DEVICE_FEATURE && window < VS_FEATURE_WINDOWS)
		b->offered[window] = value;
	if (reg == REG_QUEUE_SIZE)
		b->told_size = (uint16_t)value;
	if (reg == REG_STATUS && b->reg[REG_STATUS] & VIRTIO_STATUS_FEATURES_OK)
		b->held = value & VIRTIO_STATUS_FEATURES_OK;
	return value;
}

static void store_status(struct answers_bus *b, uint32_t value)
{
	uint32_t old = b->reg[REG_STATUS];

	if (value && (old & ~value))
		fuzz_oracle("status", "%#x after %#x", value, old);
	if (value & VIRTIO_STATUS_DRIVER_OK && b->s->view != VS_VIEW_LEGACY && !b->s->fn->draft &&
	    !b->held)
		fuzz_oracle("features-ok", "DRIVER_OK though FEATURES_OK was not read back");
}

static void store_size(const struct answers_bus *b, uint32_t value)
{
	bool packed = vs_features_has(&b->s->accepted, VIRTIO_F_RING_PACKED);

	if (!value || value > b->told_size || (!packed && value & (value - 1)))
		fuzz_oracle("queue-size", "%u where the device has %u", value, b->told_size);
}

static void store_vector(const struct answers_bus *b, uint32_t value)
{
	if (value >= b->s->fn->msix_vectors)
		fuzz_oracle("vector", "%u of %u", value, b->s->fn->msix_vectors);
}

/* Every address is that of memory which the driver has taken. */
static void store_enable(struct answers_bus *b, uint32_t value)
{
	static const enum answers_reg address[] = { REG_DESC_LO, REG_DRIVER_LO, REG_DEVICE_LO };

	if (value != 1)
		fuzz_oracle("enable", "is %u", value);
	for (unsigned i = 0; i < VS_AREA_COUNT; i++) {
		uint64_t at = *of_queue(b, address[i]) | (uint64_t)*of_queue(b, address[i] + 1)
								 << 32;

		if (at - b->bus.dma.address >= b->s->dma_used)
			fuzz_oracle("queue-address", "part %u is at %#llx", i,
				    (unsigned long long)at);
	}
}

static void judge(struct answers_bus *b, enum answers_reg reg, uint32_t value)
{
	unsigned window = in_legacy(b) ? 0 : b->reg[REG_DRIVER_FEATURE_SELECT];

	if (reg == REG_STATUS)
		store_status(b, value);
	else if (reg == REG_QUEUE_SIZE)
		store_size(b, value);
	else if (reg == REG_CONFIG_VECTOR || reg == REG_QUEUE_VECTOR)
		store_vector(b, value);
	else if (reg == REG_QUEUE_ENABLE)
		store_enable(b, value);
	else if (reg == REG_DRIVER_FEATURE &&
		 (value & ~(window < VS_FEATURE_WINDOWS ? b->offered[window] : 0)))
		fuzz_oracle("not-offered", "%#x of window %u", value, window);
}

void answers_store(struct answers_bus *b, enum answers_reg reg, uint32_t value)
{
	uint64_t base;

	if (!b->s)
		fuzz_oracle("early-write", "before there is a session");
	structure(b, b->s->common->bar, &base);
	if (tangled(b, base))
		b->held = true; /* one more judgement that cannot be made */
	else
		judge(b, reg, value);
	if (reg == REG_STATUS && !value) {
		b->held = false;
		memset(b->reg, 0, sizeof(b->reg));
		memset(b->queue, 0, sizeof(b->queue));
	}
	if (reg > REG_QUEUE_SELECT && reg < REG_NOTIFY)
		*of_queue(b, reg) = value;
	else
		b->reg[reg] = value;
}
