/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the correct function looks like: identity, BARs and capabilities. It has one of every
 * capability that the specification knows, so that every rule about them has something to look at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/model/base.h"
#include "spec/legacy.h"
#include "spec/pci_function.h"

/* Three BARs: structures, MSI-X, shared memory. BAR 3 stays free for an I/O BAR. With the legacy
 * header in BAR 0 the others move. */
#define BAR_STRUCTURES 0u
#define BAR_MSIX       2u
#define BAR_SHARED     4u

#define BAR_TRANSITIONAL_MSIX       1u
#define BAR_TRANSITIONAL_STRUCTURES 2u

#define NOTIFY_MULTIPLIER 4u
#define SHARED_LENGTH     MOCK_PAGE
#define SHARED_ID         1u
#define VENDOR_DATA_ID    0x1234u /* nobody's */
#define SUBSYSTEM_FIRST   0x40u   /* the least that a device without legacy interface has */

/* Transitional identifiers (4.1.2). The draft of 2013 has no others, so its non-transitional
 * devices have them too; for a type without one any of the range will do. */
static uint16_t transitional_device(unsigned type)
{
	static const uint8_t types[] = { VIRTIO_ID_NET,     VIRTIO_ID_BLOCK, VIRTIO_ID_BALLOON,
					 VIRTIO_ID_CONSOLE, VIRTIO_ID_SCSI,  VIRTIO_ID_ENTROPY };

	for (unsigned i = 0; i < sizeof(types); i++) {
		if (types[i] == type)
			return (uint16_t)(VIRTIO_PCI_DEVICE_FIRST + i);
	}
	return (uint16_t)(VIRTIO_PCI_DEVICE_FIRST + type % 0x40u);
}

void mock_base_build_identity(struct mock_layer *layer, struct mock_identity *identity)
{
	const struct mock *mock = layer->mock;
	const struct mock_class *class = mock->class;
	bool old = mock->interface != MOCK_MODERN || mock->draft;

	identity->vendor = VIRTIO_PCI_VENDOR;
	identity->device = (uint16_t)(VIRTIO_PCI_DEVICE_MODERN + class->type);
	identity->subsystem = (uint16_t)(SUBSYSTEM_FIRST + class->type);
	if (old) {
		identity->device = transitional_device(class->type);
		identity->subsystem = (uint16_t) class->type;
	}
	identity->revision = mock->interface == MOCK_MODERN ? 1 : 0;
	identity->subsystem_vendor = VIRTIO_PCI_VENDOR;
	identity->class_code = class->class_code;
	identity->header_type = PCI_HEADER_TYPE_NORMAL;
	identity->interrupt_pin = PCI_INTERRUPT_PIN_INTA;
	identity->queues = (uint16_t) class->queue_count;
}

static uint8_t structures_bar(const struct mock *mock)
{
	return mock->interface == MOCK_MODERN ? BAR_STRUCTURES : BAR_TRANSITIONAL_STRUCTURES;
}

static uint8_t msix_bar(const struct mock *mock)
{
	return mock->interface == MOCK_MODERN ? BAR_MSIX : BAR_TRANSITIONAL_MSIX;
}

void mock_base_build_bars(struct mock_layer *layer, struct mock_bars *bars)
{
	const struct mock *mock = layer->mock;

	bars->bar[msix_bar(mock)].kind = MOCK_BAR_MEMORY;
	if (mock->interface != MOCK_MODERN)
		bars->bar[VIRTIO_LEGACY_BAR].kind = MOCK_BAR_IO;
	if (mock->interface != MOCK_LEGACY)
		bars->bar[structures_bar(mock)].kind = MOCK_BAR_MEMORY64;
	if (mock->interface != MOCK_LEGACY && !mock->draft) {
		bars->bar[BAR_SHARED].kind = MOCK_BAR_MEMORY64;
		bars->bar[BAR_SHARED].prefetch = true;
	}
}

static struct mock_cap structure(const struct mock *mock, uint8_t type)
{
	return (struct mock_cap){
		.id = PCI_CAP_ID_VNDR,
		.type = type,
		.bar = structures_bar(mock),
		.offset = MOCK_AUTO,
		.length = MOCK_AUTO,
	};
}

static void add_structures(struct mock *mock, struct mock_caps *caps)
{
	struct mock_cap cap = structure(mock, VIRTIO_PCI_CAP_COMMON_CFG);

	mock_caps_insert(caps, caps->count, &cap);
	cap = structure(mock, VIRTIO_PCI_CAP_NOTIFY_CFG);
	cap.multiplier = NOTIFY_MULTIPLIER;
	mock_caps_insert(caps, caps->count, &cap);
	cap = structure(mock, VIRTIO_PCI_CAP_ISR_CFG);
	mock_caps_insert(caps, caps->count, &cap);
	if (mock->class->config_size) {
		cap = structure(mock, VIRTIO_PCI_CAP_DEVICE_CFG);
		mock_caps_insert(caps, caps->count, &cap);
	}
}

/* Structures that the draft of 2013 did not know. */
static void add_later_structures(const struct mock *mock, struct mock_caps *caps)
{
	struct mock_cap cap = structure(mock, VIRTIO_PCI_CAP_PCI_CFG);

	/* The window is nowhere until the driver points it somewhere. */
	cap.bar = 0;
	cap.offset = cap.length = 0;
	mock_caps_insert(caps, caps->count, &cap);
	cap = structure(mock, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);
	cap.bar = BAR_SHARED;
	cap.length = SHARED_LENGTH;
	cap.shmid = SHARED_ID;
	mock_caps_insert(caps, caps->count, &cap);
}

static void add_vendor_data(const struct mock *mock, struct mock_caps *caps)
{
	static const uint8_t bytes[] = { 'm', 'o', 'c', 'k', 0, 0 };
	struct mock_cap cap = structure(mock, VIRTIO_PCI_CAP_VENDOR_CFG);

	vs_store_le16(cap.extra, VENDOR_DATA_ID);
	memcpy(cap.extra + sizeof(uint16_t), bytes, sizeof(bytes));
	cap.extra_size = sizeof(uint16_t) + sizeof(bytes);
	mock_caps_insert(caps, caps->count, &cap);
}

static void add_pci(struct mock *mock, struct mock_caps *caps)
{
	struct mock_cap cap = { .id = PCI_CAP_ID_MSIX };

	cap.bar = cap.pba_bar = msix_bar(mock);
	cap.offset = cap.pba_offset = MOCK_AUTO;
	/* One for every queue and one for configuration changes. */
	cap.vectors = (uint16_t)(mock->queue_count + 1);
	mock_caps_insert(caps, caps->count, &cap);

	cap = (struct mock_cap){ .id = PCI_CAP_ID_EXP };
	cap.extra_size = PCI_EXP_SIZEOF_RC_END - PCI_CAP_SIZEOF;
	vs_store_le16(cap.extra + PCI_EXP_FLAGS - PCI_CAP_SIZEOF,
		      PCI_EXP_FLAGS_VERSION_1 | PCI_EXP_FLAGS_TYPE_RC_END);
	vs_store_le32(cap.extra + PCI_EXP_DEVCAP - PCI_CAP_SIZEOF, PCI_EXP_DEVCAP_FLR);
	mock_caps_insert(caps, caps->count, &cap);
}

void mock_base_build_caps(struct mock_layer *layer, struct mock_caps *caps)
{
	struct mock *mock = layer->mock;

	if (mock->interface != MOCK_LEGACY)
		add_structures(mock, caps);
	if (mock->interface != MOCK_LEGACY && !mock->draft) {
		add_later_structures(mock, caps);
		add_vendor_data(mock, caps);
	}
	add_pci(mock, caps);
}

void mock_base_build_config(struct mock_layer *layer, struct mock_config *config)
{
	/* The layout has said it all. */
	(void)layer;
	(void)config;
}

void mock_caps_insert(struct mock_caps *caps, unsigned at, const struct mock_cap *cap)
{
	if (caps->count == MOCK_CAPS_MAX || at > caps->count)
		return;
	memmove(&caps->cap[at + 1], &caps->cap[at], (caps->count - at) * sizeof(*cap));
	caps->cap[at] = *cap;
	caps->count++;
}

void mock_caps_remove(struct mock_caps *caps, unsigned at)
{
	if (at >= caps->count)
		return;
	caps->count--;
	memmove(&caps->cap[at], &caps->cap[at + 1], (caps->count - at) * sizeof(caps->cap[0]));
}

unsigned mock_caps_index(const struct mock_caps *caps, uint8_t id, uint8_t type)
{
	unsigned i = 0;

	while (i < caps->count &&
	       (caps->cap[i].id != id || (id == PCI_CAP_ID_VNDR && caps->cap[i].type != type)))
		i++;
	return i;
}

struct mock_cap *mock_caps_find(struct mock_caps *caps, uint8_t type)
{
	unsigned i = mock_caps_index(caps, PCI_CAP_ID_VNDR, type);

	return i < caps->count ? &caps->cap[i] : NULL;
}

static int make_queues(struct mock *mock)
{
	mock->queue_count = mock->identity.queues;
	mock->queue_total = mock->queue_count + 1;
	mock->queues = calloc(mock->queue_total, sizeof(*mock->queues));
	if (!mock->queues)
		return -1;
	for (unsigned i = 0; i < mock->queue_total; i++)
		mock->queues[i].index = i;
	return 0;
}

static int make_msix(struct mock *mock)
{
	unsigned at = mock_caps_index(&mock->caps, PCI_CAP_ID_MSIX, 0);

	if (at == mock->caps.count)
		return 0;
	mock->msix.position = mock->caps.cap[at].position;
	mock->msix.count = mock->caps.cap[at].vectors;
	/* One more than there are: a table without entries is none, but not an error. */
	mock->msix.table = calloc(mock->msix.count + 1, PCI_MSIX_ENTRY_SIZE);
	mock->msix.pending = calloc(mock->msix.count + 1, sizeof(*mock->msix.pending));
	return mock->msix.table && mock->msix.pending ? 0 : -1;
}

int mock_build(struct mock *mock, char *error, size_t size)
{
	if (mock->class->state_size)
		mock->state = calloc(1, mock->class->state_size);
	mock_op_build_identity(mock->top, &mock->identity);
	if ((mock->class->state_size && !mock->state) || make_queues(mock) < 0)
		goto no_memory;
	mock_op_build_bars(mock->top, &mock->bars);
	mock_op_build_caps(mock->top, &mock->caps);
	if (mock_layout(mock, error, size) < 0)
		return -1;
	mock_op_build_config(mock->top, &mock->shape);
	if (make_msix(mock) < 0)
		goto no_memory;
	return 0;

no_memory:
	snprintf(error, size, "out of memory");
	return -1;
}

void mock_unbuild(struct mock *mock)
{
	for (unsigned i = 0; i < mock->region_count; i++)
		free(mock->regions[i].memory);
	for (unsigned i = 0; mock->queues && i < mock->queue_total; i++)
		mock_chains_drop(&mock->queues[i]);
	free(mock->queues);
	free(mock->msix.table);
	free(mock->msix.pending);
	if (mock->state && mock->class->destroy)
		mock->class->destroy(mock);
	free(mock->state);
}
