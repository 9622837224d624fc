/* SPDX-License-Identifier: BSD-3-Clause */
/* Device-specific configuration: values that belong together are read until they do (2.5.1). */
#include <string.h>

#include "driver/native.h"
#include "drivers/reference/life.h"
#include "spec/blk.h"
#include "spec/byteorder.h"
#include "spec/console.h"
#include "spec/net.h"

#define READINGS_MAX 5000u /* of a value that keeps changing */
#define VALUES_MAX   8u

/* An element by accesses of its own width, of 4 bytes where it has 8; in the order of bytes that
 * the interface has. */
static uint64_t read_element(struct ref_life *life, unsigned offset, unsigned width)
{
	unsigned step = width < 4 ? width : 4;
	uint8_t bytes[8];

	for (unsigned i = 0; i < width; i += step)
		vs_store_le(bytes + i, step,
			    vs_cap_read(&life->s, life->s.device, offset + i, step));
	return vs_native_load(&life->s, bytes, width);
}

static void read_all(struct ref_life *life, unsigned offset, unsigned width, unsigned count,
		     uint64_t *values)
{
	for (unsigned i = 0; i < count; i++)
		values[i] = read_element(life, offset + i * width, width);
}

/* The generation before and after tells whether the parts are of one piece. */
static int read_by_generation(struct ref_life *life, unsigned offset, unsigned width,
			      unsigned count, uint64_t *values)
{
	for (unsigned i = 0; i < READINGS_MAX; i++) {
		uint8_t before = (uint8_t)vs_get(&life->s, VS_CONFIG_GENERATION);

		read_all(life, offset, width, count, values);
		if ((uint8_t)vs_get(&life->s, VS_CONFIG_GENERATION) == before)
			return 0;
	}
	return -1;
}

/* Without a generation: until two readings agree (2.5.4). */
static int read_twice(struct ref_life *life, unsigned offset, unsigned width, unsigned count,
		      uint64_t *values)
{
	uint64_t again[VALUES_MAX] = { 0 };

	read_all(life, offset, width, count, values);
	for (unsigned i = 0; i < READINGS_MAX; i++) {
		read_all(life, offset, width, count, again);
		if (memcmp(values, again, count * sizeof(*values)) == 0)
			return 0;
		memcpy(values, again, count * sizeof(*values));
	}
	return -1;
}

static int read_values(struct ref_life *life, unsigned offset, unsigned width, unsigned count,
		       uint64_t *values)
{
	if (life->s.view == VS_VIEW_LEGACY)
		return read_twice(life, offset, width, count, values);
	if (count == 1 && width <= 4) {
		read_all(life, offset, width, count, values);
		return 0;
	}
	return read_by_generation(life, offset, width, count, values);
}

int ref_config_read(struct ref_life *life, unsigned offset, unsigned width, unsigned count,
		    uint64_t *values)
{
	const struct vs_cap *device = life->s.device;
	enum lapse_moment before = life->lapse.moment;
	struct vs_queue *q = life->lapse.q;
	int result;

	if (!device || count > VALUES_MAX || offset + (uint64_t)width * count > device->length)
		return -1;
	lapse_moment(&life->lapse, LAPSE_AT_CONFIG, NULL);
	result = read_values(life, offset, width, count, values);
	life->lapse.moment = before;
	life->lapse.q = q;
	if (result)
		ref_log(life, "device configuration does not come to rest");
	return result;
}

#define FIELD(of, member) (unsigned)offsetof(struct of, member), sizeof(((struct of *)0)->member)

/* What the driver has to know of its device; also after a change. */
void ref_config_limits(struct ref_life *life)
{
	uint64_t value;

	if (life->fn.type == VIRTIO_ID_NET && ref_accepted(life, VIRTIO_NET_F_STATUS))
		ref_config_read(life, FIELD(virtio_net_config, status), 1, &value);
	if (life->fn.type != VIRTIO_ID_BLOCK)
		return;
	if (!ref_config_read(life, FIELD(virtio_blk_config, capacity), 1, &value))
		life->capacity = value;
	life->blk_queues = 1;
	life->seg_max = life->size_max = 0;
	if (ref_accepted(life, VIRTIO_BLK_F_MQ) &&
	    !ref_config_read(life, FIELD(virtio_blk_config, num_queues), 1, &value) && value)
		life->blk_queues = (uint16_t)value;
	if (ref_accepted(life, VIRTIO_BLK_F_SEG_MAX) &&
	    !ref_config_read(life, FIELD(virtio_blk_config, seg_max), 1, &value))
		life->seg_max = value ? (uint32_t)value : 1; /* none at all is nonsense */
	if (ref_accepted(life, VIRTIO_BLK_F_SIZE_MAX) &&
	    !ref_config_read(life, FIELD(virtio_blk_config, size_max), 1, &value))
		life->size_max = (uint32_t)value;
}

static int answer_blk(struct ref_life *life, uint8_t *data)
{
	uint64_t capacity;

	if (ref_config_read(life, FIELD(virtio_blk_config, capacity), 1, &capacity))
		return -1;
	life->capacity = capacity;
	vs_store_le64(data, capacity);
	return sizeof(capacity);
}

static int answer_net(struct ref_life *life, uint8_t *data)
{
	uint64_t mac[VIRTIO_NET_MAC_SIZE];

	if (!ref_accepted(life, VIRTIO_NET_F_MAC) ||
	    ref_config_read(life, offsetof(struct virtio_net_config, mac), 1, VIRTIO_NET_MAC_SIZE,
			    mac))
		return -1;
	for (unsigned i = 0; i < VIRTIO_NET_MAC_SIZE; i++)
		data[i] = (uint8_t)mac[i];
	return VIRTIO_NET_MAC_SIZE;
}

static int answer_console(struct ref_life *life, uint8_t *data)
{
	uint64_t size[2];

	if (!ref_accepted(life, VIRTIO_CONSOLE_F_SIZE) ||
	    ref_config_read(life, FIELD(virtio_console_config, cols), 2, size))
		return -1;
	vs_store_le16(data, (uint16_t)size[0]);
	vs_store_le16(data + 2, (uint16_t)size[1]);
	return 4;
}

int ref_config_request(struct ref_life *life, struct virtspec_request *request)
{
	uint8_t data[8];
	int size = -1;

	if (life->fn.type == VIRTIO_ID_BLOCK)
		size = answer_blk(life, data);
	else if (life->fn.type == VIRTIO_ID_NET)
		size = answer_net(life, data);
	else if (life->fn.type == VIRTIO_ID_CONSOLE)
		size = answer_console(life, data);
	if (size < 0 || request->size < (size_t)size)
		return -1;
	memcpy(request->data, data, (size_t)size);
	request->size = (size_t)size;
	return 0;
}
