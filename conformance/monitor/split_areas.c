/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the driver puts a split virtqueue (2.7.1, 2.7.10.1). */
#include "monitor/buffers.h"
#include "spec/legacy.h"
#include "spec/split_ring.h"

static void alignment(struct vs_judge *j, const struct vs_seen *seen)
{
	static const unsigned align[] = { VIRTQ_DESC_ALIGN, VIRTQ_AVAIL_ALIGN, VIRTQ_USED_ALIGN };

	/* The legacy header takes the number of a page: all that it can say is aligned. */
	if (vs_writes(seen, VS_QUEUE_ADDRESS) && seen->whole && seen->event->value)
		vs_arm(j);
	else if (!vs_is_packed(j->model))
		vs_judge_alignment(j, seen, align);
}
VS_MONITOR(split_alignment, .rule = VS_RULE_DRIVER_SPLIT_AREA_ALIGNMENT,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = alignment);

struct area {
	const char *name;
	uint64_t start, size;
	unsigned in_memory; /* VS_QUEUE_… */
};

/* The three parts of the queue; the legacy interface lays them out from one address. False where
 * the driver named none, which is another matter. */
static bool find_areas(const struct vs_seen_queue *q, uint64_t size, struct area area[3])
{
	uint64_t page = UINT64_C(1) << VIRTIO_LEGACY_PAGE_SHIFT;
	uint64_t modern = VS_BIT(VS_QUEUE_DESC) | VS_BIT(VS_QUEUE_DRIVER) | VS_BIT(VS_QUEUE_DEVICE);

	area[0] = (struct area){ "descriptor table", q->address[0], VIRTQ_DESC_SIZE * size,
				 VS_QUEUE_DESC_MEMORY };
	area[1] = (struct area){ "available ring", q->address[1], VIRTQ_AVAIL_SIZE(size),
				 VS_QUEUE_DRIVER_MEMORY };
	area[2] = (struct area){ "used ring", q->address[2], VIRTQ_USED_SIZE(size),
				 VS_QUEUE_DEVICE_MEMORY };
	if (!(q->written & VS_BIT(VS_QUEUE_ADDRESS)))
		return (q->written & modern) == modern;
	area[1].start = area[0].start + area[0].size;
	area[2].start = (area[1].start + area[1].size + page - 1) & ~(page - 1);
	return true;
}

static bool overlap(const struct area *a, const struct area *b)
{
	return a->start < b->start ? b->start - a->start < a->size : a->start - b->start < b->size;
}

static void size(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	unsigned entries = seen->event->index;
	struct area area[3];

	if (!q || !entries || vs_is_packed(j->model) || !find_areas(q, entries, area))
		return;
	for (unsigned i = 0; i < 3; i++) {
		const struct area *next = &area[(i + 1) % 3];

		vs_keep(j, !overlap(&area[i], next), "three parts clear of each other",
			"queue %d of %u entries: %s at %#" PRIx64 ", %s at %#" PRIx64, seen->queue,
			entries, area[i].name, area[i].start, next->name, next->start);
		if (!(j->model->subject->blind & VS_BLIND_MEMORY))
			vs_keep(j, seen->event->flags & area[i].in_memory,
				"memory that the device can reach",
				"queue %d: %s at %#" PRIx64 ", %" PRIu64 " bytes", seen->queue,
				area[i].name, area[i].start, area[i].size);
	}
}
VS_MONITOR(split_area_size, .rule = VS_RULE_DRIVER_SPLIT_AREA_SIZE, .hears = VS_HEARS(QUEUE),
	   .needs = VS_BLIND_RINGS, .step = size);

static void used_flags(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	const struct vs_event *e = seen->event;
	/* Where one write names the place and hands it over, what stands there may be the device's
	 * already. */
	bool at_once = q && (q->written & VS_BIT(VS_QUEUE_ADDRESS));

	if (q && !vs_is_packed(j->model) && (e->flags & VS_QUEUE_DEVICE_MEMORY) &&
	    !(at_once && e->value))
		vs_keep(j, e->value == 0, "flags of 0 in a used ring that is handed over",
			"queue %d: %#" PRIx64, seen->queue, e->value);
}
VS_MONITOR(split_used_flags, .rule = VS_RULE_DRIVER_SPLIT_USED_FLAGS_ZEROED,
	   .hears = VS_HEARS(QUEUE), .needs = VS_BLIND_RINGS, .step = used_flags);
