/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/second_model.h"

#include <stddef.h>
#include <string.h>

#include "fuzz/support/plain.h"
#include "spec/blk.h"
#include "spec/net.h"
#include "spec/pci.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

FUZZ_PLAIN

#define CONFIG_DATA_BASE 0x5a00u /* as the mock numbers them */

static bool has(const uint32_t *windows, unsigned feature)
{
	return windows[feature / 32] >> feature % 32 & 1;
}

/* Before FEATURES_OK queues are as many and as long as with everything that is offered. */
static bool in_force(const struct second_model *model, unsigned feature)
{
	if (model->status & VIRTIO_STATUS_FEATURES_OK)
		return has(model->accepted, feature);
	return has(model->offered, feature);
}

static bool negotiated(const struct second_model *model, unsigned feature)
{
	return model->status & VIRTIO_STATUS_FEATURES_OK && has(model->accepted, feature);
}

uint16_t second_model_queue_max(const struct second_model *model, unsigned queue)
{
	unsigned pairs;

	if (queue >= model->queue_count)
		return 0;
	switch (model->class_number) {
	case SECOND_BLK:
		return queue == 0 || in_force(model, VIRTIO_BLK_F_MQ) ? 128 : 0;
	case SECOND_NET:
		pairs = in_force(model, VIRTIO_NET_F_MQ) ? 2 : 1;
		if (queue < 2 * pairs)
			return 256;
		return queue == 2 * pairs && in_force(model, VIRTIO_NET_F_CTRL_VQ) ? 64 : 0;
	case SECOND_CONSOLE:
		return 64;
	default:
		return 16;
	}
}

void second_model_reset(struct second_model *model)
{
	model->status = 0;
	model->device_feature_select = model->driver_feature_select = 0;
	memset(model->accepted, 0, sizeof(model->accepted));
	model->config_vector = VIRTIO_MSI_NO_VECTOR;
	model->queue_select = 0;
	for (unsigned i = 0; i < SECOND_QUEUES; i++)
		model->queue[i] = (struct second_queue){ .size = second_model_queue_max(model, i),
							 .vector = VIRTIO_MSI_NO_VECTOR };
}

void second_model_start(struct second_model *model)
{
	second_model_reset(model);
	memset(model->table, 0, sizeof(model->table));
	for (unsigned i = 0; i < SECOND_VECTORS; i++)
		model->table[i][PCI_MSIX_ENTRY_CONTROL] = PCI_MSIX_ENTRY_MASKED;
}

/* ---- Fields ---- */

/* The queue that is selected, or NULL where there is none. */
static const struct second_queue *selected(const struct second_model *model)
{
	return second_model_queue_max(model, model->queue_select)
		       ? &model->queue[model->queue_select]
		       : NULL;
}

#define AT(member) offsetof(struct virtio_pci_common_cfg, member)

static uint32_t queue_field(const struct second_model *model, unsigned offset)
{
	const struct second_queue *queue = selected(model);

	if (!queue)
		return offset == AT(queue_msix_vector) ? VIRTIO_MSI_NO_VECTOR : 0;
	switch (offset) {
	case AT(queue_size):
		return queue->size;
	case AT(queue_msix_vector):
		return queue->vector;
	case AT(queue_enable):
		return queue->enabled;
	case AT(queue_notify_off):
		return model->queue_select;
	case AT(queue_notif_config_data):
		return negotiated(model, VIRTIO_F_NOTIF_CONFIG_DATA)
			       ? CONFIG_DATA_BASE + model->queue_select
			       : 0;
	default:
		if (offset < AT(queue_desc_lo) || offset >= AT(queue_notif_config_data))
			return 0;
		offset -= AT(queue_desc_lo);
		return (uint32_t)(queue->area[offset / 8] >> (offset % 8 ? 32 : 0));
	}
}

static uint32_t field(const struct second_model *model, unsigned offset)
{
	uint32_t window;

	switch (offset) {
	case AT(device_feature_select):
		return model->device_feature_select;
	case AT(device_feature):
		window = model->device_feature_select;
		return window < SECOND_WINDOWS ? model->offered[window] : 0;
	case AT(driver_feature_select):
		return model->driver_feature_select;
	case AT(driver_feature):
		window = model->driver_feature_select;
		return window < SECOND_WINDOWS ? model->accepted[window] & model->offered[window]
					       : 0;
	case AT(config_msix_vector):
		return model->config_vector;
	case AT(num_queues):
		return model->queue_count;
	case AT(device_status):
		return model->status;
	case AT(queue_select):
		return model->queue_select;
	default:
		return queue_field(model, offset);
	}
}

/* Where the field that has this byte begins, and its width. */
static unsigned field_of(unsigned offset, unsigned *width)
{
	*width = offset < AT(config_msix_vector) || (offset >= AT(queue_desc_lo) &&
						     offset < AT(queue_notif_config_data))
			 ? 4
			 : 2;
	if (offset == AT(device_status) || offset == AT(config_generation))
		*width = 1;
	return offset / *width * *width;
}

uint8_t second_model_byte(const struct second_model *model, unsigned offset)
{
	unsigned width, start = field_of(offset, &width);

	if (offset >= sizeof(struct virtio_pci_common_cfg))
		return 0;
	return (uint8_t)(field(model, start) >> 8 * (offset - start));
}

/* ---- Writes ---- */

/* 2.2, 6: what is accepted was offered, with bit 32, and with what it depends on. */
static bool acceptable(const struct second_model *model)
{
	static const uint8_t control[] = { VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_GUEST_ANNOUNCE,
					   VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_MAC_ADDR };

	for (unsigned i = 0; i < SECOND_WINDOWS; i++) {
		if (model->accepted[i] & ~model->offered[i])
			return false;
	}
	for (unsigned i = 0; model->class_number == SECOND_NET && i < sizeof(control); i++) {
		if (has(model->accepted, control[i]) && !has(model->accepted, VIRTIO_NET_F_CTRL_VQ))
			return false;
	}
	return has(model->accepted, VIRTIO_F_VERSION_1);
}

/* Queues may be fewer or shorter with the features that were accepted. */
static void features_ok(struct second_model *model)
{
	uint16_t before[SECOND_QUEUES];

	for (unsigned i = 0; i < SECOND_QUEUES; i++)
		before[i] = second_model_queue_max(model, i);
	model->status |= VIRTIO_STATUS_FEATURES_OK;
	for (unsigned i = 0; i < SECOND_QUEUES; i++) {
		uint16_t most = second_model_queue_max(model, i);

		if (model->queue[i].size == before[i] || model->queue[i].size > most)
			model->queue[i].size = most;
		if (!most)
			model->queue[i].enabled = false;
	}
}

static void write_status(struct second_model *model, uint8_t value)
{
	const uint8_t free_bits =
		VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FAILED;

	if (!value) {
		second_model_reset(model);
		return;
	}
	model->status |= value & free_bits;
	if (value & VIRTIO_STATUS_FEATURES_OK && !(model->status & VIRTIO_STATUS_FEATURES_OK) &&
	    acceptable(model))
		features_ok(model);
	if (model->status & VIRTIO_STATUS_SUSPEND) {
		if (value & VIRTIO_STATUS_DRIVER_OK && !(model->status & VIRTIO_STATUS_NEEDS_RESET))
			model->status ^= VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK;
		return;
	}
	if (model->status & VIRTIO_STATUS_DRIVER_OK) {
		/* No buffer is out, so it is suspended at once. */
		if (value & VIRTIO_STATUS_SUSPEND && negotiated(model, VIRTIO_F_SUSPEND) &&
		    !(model->status & VIRTIO_STATUS_NEEDS_RESET))
			model->status ^= VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK;
	} else if (model->status & VIRTIO_STATUS_FEATURES_OK) {
		model->status |= value & VIRTIO_STATUS_DRIVER_OK;
	}
}

static uint16_t vector(const struct second_model *model, uint32_t value)
{
	return value < model->vectors ? (uint16_t)value : VIRTIO_MSI_NO_VECTOR;
}

static void write_queue(struct second_model *model, unsigned offset, uint32_t value)
{
	struct second_queue *queue = (struct second_queue *)selected(model);
	uint64_t *area;

	if (!queue)
		return;
	if (offset == AT(queue_msix_vector))
		queue->vector = vector(model, value);
	if (offset == AT(queue_reset) && value == 1 && negotiated(model, VIRTIO_F_RING_RESET))
		*queue = (struct second_queue){ .size = second_model_queue_max(model,
									       model->queue_select),
						.vector = VIRTIO_MSI_NO_VECTOR };
	if (queue->enabled)
		return;
	if (offset == AT(queue_enable))
		queue->enabled = value == 1;
	if (offset == AT(queue_size) && value &&
	    value <= second_model_queue_max(model, model->queue_select) &&
	    (negotiated(model, VIRTIO_F_RING_PACKED) || !(value & (value - 1))))
		queue->size = (uint16_t)value;
	if (offset < AT(queue_desc_lo) || offset >= AT(queue_notif_config_data))
		return;
	area = &queue->area[(offset - AT(queue_desc_lo)) / 8];
	if ((offset - AT(queue_desc_lo)) % 8)
		*area = (uint32_t)*area | (uint64_t)value << 32;
	else
		*area = *area >> 32 << 32 | value;
}

static void write_field(struct second_model *model, unsigned offset, uint32_t value)
{
	switch (offset) {
	case AT(device_feature_select):
		model->device_feature_select = value;
		break;
	case AT(driver_feature_select):
		model->driver_feature_select = value;
		break;
	case AT(driver_feature):
		if (model->driver_feature_select < SECOND_WINDOWS &&
		    !(model->status & VIRTIO_STATUS_FEATURES_OK))
			model->accepted[model->driver_feature_select] = value;
		break;
	case AT(config_msix_vector):
		model->config_vector = vector(model, value);
		break;
	case AT(device_status):
		write_status(model, (uint8_t)value);
		break;
	case AT(queue_select):
		model->queue_select = (uint16_t)value;
		break;
	default:
		write_queue(model, offset, value);
	}
}

/* Fields that the access covers as a whole; of others nothing is written. */
void second_model_write(struct second_model *model, unsigned offset, unsigned width, uint64_t value)
{
	/* An access over the end is one of bytes. */
	if (offset + width > sizeof(struct virtio_pci_common_cfg))
		return;
	for (unsigned i = 0; i < width;) {
		unsigned size, start = field_of(offset + i, &size);

		if (start != offset + i || size > width - i) {
			i++;
			continue;
		}
		write_field(model, start,
			    (uint32_t)(value >> 8 * i & (UINT64_MAX >> (64 - 8 * size))));
		i += size;
	}
}

/* ---- MSI-X (PCI 3.0, 6.8.2) ---- */

uint8_t second_model_table_byte(const struct second_model *model, unsigned offset)
{
	return offset / PCI_MSIX_ENTRY_SIZE < model->vectors
		       ? model->table[offset / PCI_MSIX_ENTRY_SIZE][offset % PCI_MSIX_ENTRY_SIZE]
		       : 0;
}

void second_model_table_write(struct second_model *model, unsigned offset, unsigned width,
			      uint64_t value)
{
	for (unsigned i = 0; i < width; i++, offset++) {
		unsigned at = offset % PCI_MSIX_ENTRY_SIZE;
		uint8_t byte = (uint8_t)(value >> 8 * i);

		if (offset / PCI_MSIX_ENTRY_SIZE >= model->vectors)
			return;
		if (at == PCI_MSIX_ENTRY_ADDR_LO)
			byte &= (uint8_t)~3u;
		else if (at == PCI_MSIX_ENTRY_CONTROL)
			byte &= PCI_MSIX_ENTRY_MASKED;
		else if (at > PCI_MSIX_ENTRY_CONTROL)
			byte = 0;
		model->table[offset / PCI_MSIX_ENTRY_SIZE][at] = byte;
	}
}

FUZZ_PLAIN_END
