/* SPDX-License-Identifier: BSD-3-Clause */
/* Device-specific configuration that changes under way, has another length, or holds nonsense. */
#include "mock-device/quirks/quirk.h"
#include "spec/blk.h"
#include "spec/console.h"
#include "spec/net.h"

/* ---- Changes ---- */

/* The first access of several to a field: a driver puts the rest to it (2.5.1). state[0]: how many
 * changes there have been. */
static uint64_t changes_after(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t value = mock_op_device_config_read(q->below, offset, width);

	if (offset == 0 && width < sizeof(uint64_t) && q->state[0] < (uint64_t)q->value) {
		q->state[0]++;
		mock_op_change_config(q->mock->top);
	}
	return value;
}
MOCK_QUIRK(config_changes_between_halves, .kind = MOCK_SITUATION,
	   .says = "so many times the configuration changes right after the first part of its "
		   "first field was read",
	   .drivers = MOCK_DRIVER_WORKS, .values = "1 3 8", .needs = "mock:blk|net",
	   .ops = { .device_config_read = changes_after });

/* state[0]: requests. */
static void change_then_serve(struct mock_layer *q, struct mock_chain *chain)
{
	if (++q->state[0] == (uint64_t)q->value)
		mock_op_change_config(q->mock->top);
	mock_op_execute(q->below, chain);
}
MOCK_QUIRK(config_changes_in_request, .kind = MOCK_SITUATION,
	   .says = "at this request the configuration changes, with an interrupt",
	   .drivers = MOCK_DRIVER_WORKS, .values = "1 2 20", .needs = "mock:blk|net",
	   .ops = { .execute = change_then_serve });

/* ---- Lengths ---- */

/* A lie: capacity and no more, or not even that, with features whose fields lie behind. */
static void length(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_DEVICE_CFG);
	if (cap)
		cap->length = (uint64_t)q->value;
}
MOCK_QUIRK(device_config_cut, .kind = MOCK_SITUATION,
	   .says = "the structure of the device configuration ends after so many bytes, before "
		   "fields of features that are offered",
	   .values = "8 4 1", .needs = "mock:blk|net,interface=modern",
	   .ops = { .build_caps = length });

/* The fields that always exist, and none of the features that bring others. */
static void bare(struct mock_layer *q, struct mock_features *features)
{
	const struct mock_class *class = q->mock->class;

	mock_op_offered_features(q->below, features);
	for (unsigned i = 0; i < class->feature_count; i++)
		mock_features_remove(features, class->features[i]);
}

static void bare_length(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_DEVICE_CFG);
	if (cap && q->mock->class->type == VIRTIO_ID_BLOCK)
		cap->length = sizeof(uint64_t); /* capacity */
	else if (cap)
		cap->length = sizeof(uint32_t);
}
MOCK_QUIRK(device_config_bare, .kind = MOCK_SITUATION,
	   .says = "no feature of the device type is offered, and the device configuration ends "
		   "behind the fields that exist without any",
	   .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_CONFIG_SUFFICIENT_SIZE_ACCEPTED, DRIVER_FEATURES_FALLS_BACK),
	   .needs = "mock:blk|net|console,interface=modern",
	   .ops = { .offered_features = bare, .build_caps = bare_length });

/* ---- Contents ---- */

struct field {
	unsigned offset, width;
	uint64_t value;
};

#define FIELD(structure, member) \
	offsetof(struct structure, member), sizeof(((struct structure *)0)->member)

/* What a read gives where this field holds something else than `value` says. */
static uint64_t overlay(struct mock_layer *q, const struct field *field, unsigned offset,
			unsigned width, uint64_t value)
{
	uint8_t bytes[sizeof(uint64_t)];

	mock_store(q->mock, bytes, field->width, field->value);
	for (unsigned i = 0; i < width; i++) {
		unsigned into = offset + i - field->offset;

		if (into < field->width) {
			value &= ~(UINT64_C(0xff) << 8 * i);
			value |= (uint64_t)bytes[into] << 8 * i;
		}
	}
	return value;
}

static uint64_t instead(struct mock_layer *q, const struct field *field, unsigned offset,
			unsigned width)
{
	return overlay(q, field, offset, width,
		       mock_op_device_config_read(q->below, offset, width));
}

static const struct field blk_fields[] = {
	{ FIELD(virtio_blk_config, num_queues), 0 },
	{ FIELD(virtio_blk_config, num_queues), UINT16_MAX },
	{ FIELD(virtio_blk_config, seg_max), 0 },
	{ FIELD(virtio_blk_config, seg_max), UINT32_MAX },
	{ FIELD(virtio_blk_config, blk_size), 0 },
	{ FIELD(virtio_blk_config, blk_size), 1000 },
	{ FIELD(virtio_blk_config, blk_size), UINT32_C(1) << 31 },
	{ FIELD(virtio_blk_config, capacity), 0 },
	{ FIELD(virtio_blk_config, capacity), UINT64_MAX },
	{ FIELD(virtio_blk_config, max_discard_sectors), 0 },
};

static uint64_t blk_nonsense(struct mock_layer *q, unsigned offset, unsigned width)
{
	return instead(q, &blk_fields[q->value], offset, width);
}
MOCK_QUIRK(blk_config_nonsense, .kind = MOCK_SITUATION,
	   .says = "a field of the block device's configuration holds what cannot be",
	   .values = "no-queues queues-65535 no-segments segments-2^32 block-0 block-1000 "
		     "block-2^31 capacity-0 capacity-2^64 discard-0",
	   .needs = "mock:blk", .ops = { .device_config_read = blk_nonsense });

static const struct field net_fields[] = {
	{ FIELD(virtio_net_config, max_virtqueue_pairs), 0 },
	{ FIELD(virtio_net_config, max_virtqueue_pairs), UINT16_MAX },
	{ FIELD(virtio_net_config, mtu), 0 },
	{ FIELD(virtio_net_config, mtu), UINT16_MAX },
	/* A group address. */
	{ offsetof(struct virtio_net_config, mac), 1, 0xff },
};

static uint64_t net_nonsense(struct mock_layer *q, unsigned offset, unsigned width)
{
	return instead(q, &net_fields[q->value], offset, width);
}
MOCK_QUIRK(net_config_nonsense, .kind = MOCK_SITUATION,
	   .says = "a field of the network device's configuration holds what cannot be",
	   .values = "no-pairs pairs-65535 mtu-0 mtu-65535 group-address", .needs = "mock:net",
	   .ops = { .device_config_read = net_nonsense });

static const struct field console_fields[] = {
	{ FIELD(virtio_console_config, max_nr_ports), 0 },
	{ FIELD(virtio_console_config, max_nr_ports), UINT32_MAX },
};

static void with_ports(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_CONSOLE_F_MULTIPORT);
}

static uint64_t console_nonsense(struct mock_layer *q, unsigned offset, unsigned width)
{
	return instead(q, &console_fields[q->value], offset, width);
}
MOCK_QUIRK(console_config_nonsense, .kind = MOCK_SITUATION,
	   .says = "MULTIPORT is offered with no ports at all, or 2^32 - 1, and without the queues "
		   "for them",
	   .values = "no-ports ports-2^32", .needs = "mock:console",
	   .ops = { .offered_features = with_ports, .device_config_read = console_nonsense });

/* ---- Limits of the block device that a driver has to keep (5.2.4) ---- */

static void with_size_max(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_BLK_F_SIZE_MAX);
}

enum { LIMITS_TIGHT, LIMITS_WIDE };

static uint64_t limits(struct mock_layer *q, unsigned offset, unsigned width)
{
	static const struct field most[] = {
		[LIMITS_TIGHT] = { FIELD(virtio_blk_config, size_max), 4096 },
		[LIMITS_WIDE] = { FIELD(virtio_blk_config, size_max), UINT32_MAX },
	};
	static const struct field one = { FIELD(virtio_blk_config, seg_max), 1 };
	uint64_t value = instead(q, &most[q->value], offset, width);

	return q->value == LIMITS_TIGHT ? overlay(q, &one, offset, width, value) : value;
}
/* What a request has beside data: its header, and a byte for the status. */
#define FRAME 2u

static bool keeps_limits(const struct mock *mock, const struct mock_chain *chain)
{
	if (mock_has(mock, VIRTIO_BLK_F_SEG_MAX) && chain->count > 1 + FRAME)
		return false;
	for (unsigned i = 0; mock_has(mock, VIRTIO_BLK_F_SIZE_MAX) && i < chain->count; i++)
		if (chain->segments[i].length > 4096)
			return false;
	return true;
}

static void strictly(struct mock_layer *q, struct mock_chain *chain)
{
	if (q->value == LIMITS_TIGHT && !keeps_limits(q->mock, chain))
		mock_op_needs_reset(q->mock->top, "a request beyond size_max or seg_max");
	else
		mock_op_execute(q->below, chain);
}
MOCK_QUIRK(blk_limits, .kind = MOCK_SITUATION,
	   .says = "requests may have one segment of 4096 bytes, and are refused beyond that, or "
		   "segments of 2^32 - 1 bytes",
	   .drivers = MOCK_DRIVER_WORKS, .values = "tight wide", .needs = "mock:blk",
	   .ops = { .offered_features = with_size_max,
		    .device_config_read = limits,
		    .execute = strictly });
