/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.3 Common configuration structure layout: the registers of virtqueues. */
#include "engine/check.h"

/* Indexes that no device should have, where bounds and bit widths give way. */
static const uint16_t far_indexes[] = { 64,   127,  128,  255,  256,   511,   512,
					1023, 1024, 4095, 4096, 32767, 32768, 65535 };

/* Room for an area of any queue that is halved here. */
#define AREA_SIZE 0x80000u

#define FAR_COUNT (sizeof(far_indexes) / sizeof(far_indexes[0]))

/* Whether administration queues take this index (4.1.4.3). */
static bool is_admin(struct vs_ctx *t, uint32_t index)
{
	uint32_t first, count;

	if (!vs_negotiated(t, VIRTIO_F_ADMIN_VQ))
		return false;
	first = (uint32_t)vs_get(t->s, VS_ADMIN_QUEUE_INDEX);
	count = (uint32_t)vs_get(t->s, VS_ADMIN_QUEUE_NUM);
	return index >= first && index - first < count;
}

/*
 * The size that a queue shows when selected right after queue 0, so that a device that ignores a
 * select it does not like is seen showing the wrong queue.
 */
static uint16_t size_after_zero(struct vs_ctx *t, uint16_t index)
{
	vs_set(t->s, VS_QUEUE_SELECT, 0);
	return (uint16_t)vs_queue_get(t->s, index, VS_QUEUE_SIZE);
}

/* Where the select does not take the index, the size shown is another queue's: not judged here. */
static bool expect_beyond(struct vs_ctx *t, uint32_t index, unsigned *judged)
{
	uint16_t size;

	if (index < t->s->num_queues || index > UINT16_MAX || is_admin(t, index))
		return true;
	size = size_after_zero(t, (uint16_t)index);
	if (vs_get(t->s, VS_QUEUE_SELECT) != index)
		return true;
	++*judged;
	vs_where(t, "queue_select %u, num_queues %u", index, t->s->num_queues);
	return vs_expect(t, size == 0, "no queue beyond num_queues", "queue_size reads %u", size);
}

static void num_queues(struct vs_ctx *t)
{
	unsigned judged = 0;
	bool holds = true;

	for (uint32_t i = 0; i < 4 && holds; i++)
		holds = expect_beyond(t, t->s->num_queues + i, &judged);
	for (size_t i = 0; i < FAR_COUNT && holds; i++)
		holds = expect_beyond(t, far_indexes[i], &judged);
	if (!judged)
		vs_block(t, VS_RULE_PCI_COMMON_READ_WRITE_FIELDS,
			 "no index beyond num_queues can be selected");
}
VS_DEVICE_CHECK(num_queues, .rules = VS_RULES(PCI_COMMON_NUM_QUEUES), .stage = VS_STAGE_FEATURES,
		.setup = { .accept = VS_BIT(VIRTIO_F_ADMIN_VQ) });

static bool expect_absent(struct vs_ctx *t, uint32_t index)
{
	uint16_t size, select;

	if (index > UINT16_MAX || is_admin(t, index))
		return true;
	size = size_after_zero(t, (uint16_t)index);
	if (index < t->s->num_queues && size)
		return true;
	select = (uint16_t)vs_get(t->s, VS_QUEUE_SELECT);
	vs_where(t, "queue_select %u", index);
	if (!vs_expect(t, size == 0, "0 in queue_size of a queue that does not exist",
		       "%u; queue_select reads %u", size, select))
		return false;
	vs_set(t->s, VS_QUEUE_SIZE, 64);
	size = (uint16_t)vs_get(t->s, VS_QUEUE_SIZE);
	return vs_expect(t, size == 0, "0 in queue_size also after 64 was written", "%u", size);
}

static void absent_queue(struct vs_ctx *t)
{
	bool holds = true;

	for (uint32_t i = 0; i < t->s->num_queues + 4u && i < 128 && holds; i++)
		holds = expect_absent(t, i);
	for (size_t i = 0; i < FAR_COUNT && holds; i++)
		holds = expect_absent(t, far_indexes[i]);
}
VS_DEVICE_CHECK(absent_queue, .rules = VS_RULES(PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO),
		.stage = VS_STAGE_FEATURES, .setup = { .accept = VS_BIT(VIRTIO_F_ADMIN_VQ) },
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_ABSENT_QUEUE_UNTOUCHED));

/* Calls visit for every queue that exists; skips where there is none. */
static void for_queues(struct vs_ctx *t,
		       void (*visit)(struct vs_ctx *t, uint16_t index, uint16_t size))
{
	unsigned count = 0;

	for (uint32_t i = 0; i < t->s->num_queues; i++) {
		uint16_t size = (uint16_t)vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE);

		if (size) {
			vs_where(t, "queue %u", i);
			visit(t, (uint16_t)i, size);
			count++;
		}
	}
	if (count == 0)
		vs_skip(t, "no virtqueue is available");
}

static void expect_power_of_two(struct vs_ctx *t, uint16_t index, uint16_t size)
{
	(void)index;
	vs_expect(t, vs_is_pow2(size), "0 or a power of two", "queue_size %u", size);
}

static void queue_size_power_of_two(struct vs_ctx *t)
{
	for_queues(t, expect_power_of_two);
}
VS_DEVICE_CHECK(queue_size_power_of_two, .rules = VS_RULES(PCI_COMMON_QUEUE_SIZE_POWER_OF_TWO),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_QUEUE);

/* The first queue that exists with at least this size. */
static uint16_t find_queue(struct vs_ctx *t, uint16_t least)
{
	for (uint32_t i = 0; i < t->s->num_queues; i++)
		if (vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE) >= least)
			return (uint16_t)i;
	vs_skip(t, "no virtqueue has a size of %u or more", least);
}

static void queue_size_after_reset(struct vs_ctx *t)
{
	uint16_t index = find_queue(t, 2);
	uint16_t max = (uint16_t)vs_get(t->s, VS_QUEUE_SIZE), back;

	vs_set(t->s, VS_QUEUE_SIZE, max / 2);
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	back = (uint16_t)vs_queue_get(t->s, index, VS_QUEUE_SIZE);
	vs_where(t, "queue %u", index);
	vs_expect(t, back == max, "the largest size again after a reset",
		  "%u, was %u before %u was written", back, max, max / 2);
}
VS_DEVICE_CHECK(queue_size_after_reset, .rules = VS_RULES(PCI_COMMON_QUEUE_SIZE_AFTER_RESET),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_QUEUE);

/* Reads back, and is what the rings are run by: entries go round twice at the smaller size. */
static void queue_size_reduced(struct vs_ctx *t)
{
	const uint16_t small = 4;
	struct vs_queue *q;

	find_queue(t, small * 2);
	if (vs_request_kind(t->s->fn->type)) {
		vs_proceed(t, VS_STAGE_LIVE);
		for (unsigned i = 0; i < 3; i++)
			vs_serve(t); /* at the largest size it has to work in any case */
	}
	vs_start_over(t, VS_STAGE_LIVE, (struct vs_setup){ .queue_size = small });
	if (t->s->queue_count == 0)
		vs_skip(t, "no virtqueue was started");
	q = &t->s->queues[0];
	vs_where(t, "queue %u", q->index);
	vs_expect(t, vs_queue_get(t->s, q->index, VS_QUEUE_SIZE) == q->size,
		  "the smaller size to read back", "wrote %u, reads %u", q->size,
		  (unsigned)vs_get(t->s, VS_QUEUE_SIZE));
	if (q->max_size < 2 * small || !vs_request_kind(t->s->fn->type))
		return;
	for (unsigned i = 0; i < 2u * small; i++) {
		struct vs_request request;

		vs_make_request(t, &request);
		vs_require(t, vs_request_return(&request) == 0,
			   "requests served round the smaller ring", "request %u: %s", i,
			   t->s->trouble.text);
	}
}
VS_DEVICE_CHECK(queue_size_reduced, .rules = VS_RULES(PCI_COMMON_QUEUE_SIZE_REDUCED),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_QUEUE);

/* Some drivers look at once whether the size was taken, and others only when the queue runs. */
static void queue_size_reads_back(struct vs_ctx *t)
{
	uint16_t index = find_queue(t, 2), size = (uint16_t)(vs_get(t->s, VS_QUEUE_SIZE) / 2), back;

	if (vs_get(t->s, VS_QUEUE_ENABLE))
		vs_block(t, VS_RULE_PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET,
			 "queue %u is enabled after a reset", index);
	vs_set(t->s, VS_QUEUE_SIZE, size);
	back = (uint16_t)vs_get(t->s, VS_QUEUE_SIZE);
	vs_where(t, "queue %u, not enabled", index);
	vs_expect(t, back == size, "the smaller size to read back", "wrote %u, reads %u", size,
		  back);
}
VS_DEVICE_CHECK(queue_size_reads_back, .rules = VS_RULES(PCI_COMMON_QUEUE_SIZE_REDUCED),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_QUEUE);

static void expect_disabled(struct vs_ctx *t, uint16_t index, uint16_t size)
{
	uint16_t enabled = (uint16_t)vs_get(t->s, VS_QUEUE_ENABLE);

	(void)index;
	(void)size;
	vs_expect(t, enabled == 0, "0 in queue_enable", "%u", enabled);
}

static void queue_enable_after_reset(struct vs_ctx *t)
{
	for_queues(t, expect_disabled);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	for_queues(t, expect_disabled);
}
VS_DEVICE_CHECK(queue_enable_after_reset,
		.rules = VS_RULES(PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET),
		.stage = VS_STAGE_FEATURES, .setup = { .all_queues = true },
		.needs = VS_NEEDS_QUEUE);

/* Enabling is not undone by anything but a reset, so it has to read back as well. */
static void queue_enable_reads_back(struct vs_ctx *t)
{
	for (unsigned i = 0; i < t->s->queue_count; i++) {
		uint16_t index = t->s->queues[i].index;
		uint16_t enabled = (uint16_t)vs_queue_get(t->s, index, VS_QUEUE_ENABLE);

		vs_where(t, "queue %u, queue_enable", index);
		vs_expect(t, enabled == 1, "what was written to read back", "wrote 1, read %u",
			  enabled);
	}
}
VS_DEVICE_CHECK(queue_enable_reads_back, .rules = VS_RULES(PCI_COMMON_READ_WRITE_FIELDS),
		.stage = VS_STAGE_QUEUES, .needs = VS_NEEDS_QUEUE);

struct registers {
	uint64_t value[VS_COMMON_FIELD_COUNT];
};

static struct registers read_queue(struct vs_ctx *t, uint16_t index)
{
	struct registers r = { 0 };

	vs_set(t->s, VS_QUEUE_SELECT, index);
	for (int f = VS_QUEUE_SIZE; f <= VS_QUEUE_DEVICE; f++)
		r.value[f] = vs_get(t->s, f);
	return r;
}

/* Every register of one queue is written; those of its neighbour have to stay as they were. */
static void queue_select(struct vs_ctx *t)
{
	uint16_t first = find_queue(t, 2), second = first;
	struct registers before, after;

	for (uint32_t i = first + 1u; i < t->s->num_queues && second == first; i++)
		if (vs_queue_get(t->s, (uint16_t)i, VS_QUEUE_SIZE))
			second = (uint16_t)i;
	if (second == first)
		vs_skip(t, "there is only one virtqueue");
	before = read_queue(t, second);
	vs_set(t->s, VS_QUEUE_SELECT, first);
	vs_set(t->s, VS_QUEUE_SIZE, vs_get(t->s, VS_QUEUE_SIZE) / 2);
	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		vs_set(t->s, VS_QUEUE_DESC + i,
		       vs_dma_address(t->s, vs_take_memory(t, AREA_SIZE, 0x1000)));
	vs_set(t->s, VS_QUEUE_ENABLE, 1);
	after = read_queue(t, second);
	for (int f = VS_QUEUE_SIZE; f <= VS_QUEUE_DEVICE; f++) {
		vs_where(t, "queue %u, %s", second, vs_common_fields[f].name);
		vs_expect(t, after.value[f] == before.value[f],
			  "a register that stays when another queue's is written",
			  "%#" PRIx64 " became %#" PRIx64 " as queue %u was written",
			  before.value[f], after.value[f], first);
	}
}
VS_DEVICE_CHECK(queue_select, .rules = VS_RULES(PCI_COMMON_QUEUE_SELECT),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_QUEUE);

/* A queue that is ready in every way but enabled, on a live device that is notified of it. */
static void queue_enable_gates(struct vs_ctx *t)
{
	const struct vs_request_kind *kind = vs_request_kind(t->s->fn->type);
	struct vs_session *s = t->s;
	struct vs_request request;
	int index = vs_request_queue(s, kind, 0);

	s->queues = vs_session_alloc(s, sizeof(*s->queues));
	if (!s->queues || index < 0 || vs_queue_configure(s, s->queues, (uint16_t)index, 0))
		vs_block_by_trouble(t);
	s->queue_count = 1;
	s->stage = VS_STAGE_QUEUES;
	vs_proceed(t, VS_STAGE_LIVE);
	vs_make_request(t, &request);
	vs_send_request(t, &request);
	vs_queue_notify(request.q);
	vs_settle(s);
	vs_where(t, "queue %u, not enabled", request.q->index);
	vs_expect(t, !request.q->ring->pending(request.q), "a queue that is not served", "%s",
		  "its buffer is used");
}
VS_DEVICE_CHECK(queue_enable_gates, .rules = VS_RULES(PCI_COMMON_QUEUE_ENABLE_GATES),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_INIT_SETUP_BEFORE_DRIVER_OK));

/* 4.1.3.2: each half of a 64-bit field by itself, in either order. */
static void expect_halves(struct vs_ctx *t, enum vs_common_field field)
{
	const struct vs_common_field_info *f = &vs_common_fields[field];
	const struct vs_cap *common = t->s->common;
	static const uint32_t steps[][2] = { /* half, value */
					     { 0, 0x11110000 },
					     { 1, 0x00000022 },
					     { 0, 0x33330000 },
					     { 1, 0x00000044 }
	};
	uint32_t want[2] = { 0, 0 };

	vs_where(t, "queue 0, %s", f->name);
	vs_set(t->s, field, 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint64_t at = f->offset + 4u * steps[i][0];
		uint32_t low, high;

		want[steps[i][0]] = steps[i][1];
		vs_cap_write(t->s, common, at, 4, steps[i][1]);
		high = (uint32_t)vs_cap_read(t->s, common, f->offset + 4u, 4);
		low = (uint32_t)vs_cap_read(t->s, common, f->offset, 4);
		vs_expect(t, low == want[0] && high == want[1],
			  "halves that can be written and read one by one",
			  "%#010" PRIx32 ":%#010" PRIx32 " after writing %#" PRIx32
			  " to the %s half, wanted %#010" PRIx32 ":%#010" PRIx32,
			  high, low, steps[i][1], steps[i][0] ? "high" : "low", want[1], want[0]);
	}
	vs_set(t->s, field, 0);
}

static void halves_independent(struct vs_ctx *t)
{
	if (t->s->num_queues == 0 || vs_queue_get(t->s, 0, VS_QUEUE_SIZE) == 0)
		vs_skip(t, "the device has no virtqueue 0");
	if (vs_get(t->s, VS_QUEUE_ENABLE))
		vs_block(t, VS_RULE_PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET,
			 "queue 0 is enabled after a reset");
	expect_halves(t, VS_QUEUE_DESC);
	expect_halves(t, VS_QUEUE_DRIVER);
	expect_halves(t, VS_QUEUE_DEVICE);
}
VS_DEVICE_CHECK(halves_independent, .rules = VS_RULES(PCI_LAYOUT_HALVES_INDEPENDENT),
		.stage = VS_STAGE_FEATURES);

/* Before anybody drove the device, it is as after a reset (2.1, 4.1.4.3.1, 4.1.5.1.2.1). */
static void power_on_values(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	if (!s->common || !vs_cap_placed(s, s->common))
		vs_block(t, VS_RULE_PCI_CAP_INSIDE_BAR,
			 "no common configuration capability is usable");
	vs_config_write(s, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	vs_where(t, "at power-on");
	vs_expect_for(t, STATUS_RESET_READS_ZERO, vs_status(s) == 0, "0 in device_status", "%#x",
		      vs_status(s));
	if (s->fn->msix_pos)
		vs_expect_for(t, PCI_MSIX_UNMAPPED_AFTER_RESET,
			      vs_get(s, VS_CONFIG_MSIX_VECTOR) == VIRTIO_MSI_NO_VECTOR,
			      "NO_VECTOR in config_msix_vector", "%#x",
			      (unsigned)vs_get(s, VS_CONFIG_MSIX_VECTOR));
	for (uint16_t i = 0; i < 2; i++) {
		uint16_t enabled = (uint16_t)vs_queue_get(s, i, VS_QUEUE_ENABLE);

		vs_where(t, "queue %u, at power-on", i);
		vs_expect_for(t, PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET, enabled == 0,
			      "0 in queue_enable", "%u", enabled);
	}
}
VS_DEVICE_CHECK(power_on_values,
		.rules = VS_RULES(PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET, STATUS_RESET_READS_ZERO,
				  PCI_MSIX_UNMAPPED_AFTER_RESET),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_FRESH);
