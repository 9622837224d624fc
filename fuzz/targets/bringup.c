/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bring-up of the reference driver's side on a bus whose every answer comes from the input, and one
 * request.
 *
 * Head, 16 bytes: modes, device type, log2 of the queue size, number of queues, log2 of the size
 * that is asked for (0: none), by how many times 64 bytes memory is smaller, entries of the MSI-X
 * table less one (2), features (8). Then records of 8 bytes, each an answer that is not the
 * sensible one: kind, when, where (2), value (4).
 */
#include "driver/queue.h"
#include "driver/request.h"
#include "fuzz/support/answers_bus.h"
#include "fuzz/support/target.h"
#include "spec/byteorder.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define HEAD   16u
#define RECORD 8u

static void check_range(const struct answers_bus *b, const uint8_t *at, size_t size)
{
	size_t offset = (size_t)(at - b->bus.dma.host);

	if (offset > b->s->dma_used || size > b->s->dma_used - offset)
		fuzz_oracle("area", "%zu bytes at %zu, with %zu handed out", size, offset,
			    b->s->dma_used);
}

static bool overlap(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static void check_apart(const struct vs_queue *a, const struct vs_queue *b)
{
	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		for (unsigned j = 0; j < VS_AREA_COUNT; j++)
			if ((a != b || i != j) && overlap(a->area[i], a->ring->area_size(a, i),
							  b->area[j], b->ring->area_size(b, j)))
				fuzz_oracle("overlap", "part %u of queue %u and %u of %u", i,
					    a->index, j, b->index);
}

static void check_queues(const struct answers_bus *b)
{
	const struct vs_session *s = b->s;

	for (unsigned i = 0; i < s->queue_count; i++) {
		const struct vs_queue *q = &s->queues[i];

		if (!q->size || q->size > q->max_size ||
		    (q->ring == &vs_split_ring && q->size & (q->size - 1)))
			fuzz_oracle("size", "queue %u has %u of %u", q->index, q->size,
				    q->max_size);
		for (unsigned j = 0; j < VS_AREA_COUNT; j++)
			check_range(b, q->area[j], q->ring->area_size(q, j));
		for (unsigned j = 0; j <= i && i < ANSWERS_QUEUES; j++)
			check_apart(q, &s->queues[j]);
	}
}

static void check_features(const struct vs_session *s)
{
	for (unsigned i = 0; i < VS_FEATURE_WINDOWS; i++)
		if (s->accepted.window[i] & ~s->offered.window[i])
			fuzz_oracle("accepted", "%#x of %#x in window %u", s->accepted.window[i],
				    s->offered.window[i], i);
}

/* One request; whatever the device says, the driver comes back. */
static void request(struct vs_session *s)
{
	struct vs_request request;
	struct vs_used used;

	if (vs_request_make(s, &request))
		return;
	if (vs_queue_notify_offset(request.q, s->notify) + 4 > s->bus->bars[s->notify->bar].size)
		return; /* judged by others */
	if (vs_request_send(&request) || vs_request_wait(&request, &used))
		return;
	if (used.id != (uint32_t)request.id || used.len > request.kind->in_size)
		fuzz_oracle("request", "id %u, %u bytes", used.id, used.len);
}

static void drive(struct answers_bus *b, struct vs_function *fn)
{
	static struct vs_session s;
	const uint8_t modes = b->head.modes, limit = (uint8_t)b->head.limit;
	enum vs_stage stage = VS_STAGE_FUNCTION;

	vs_session_open(&s, &b->bus, fn);
	s.view = modes & ANSWERS_LEGACY   ? VS_VIEW_LEGACY
		 : modes & ANSWERS_PACKED ? VS_VIEW_PACKED
					  : VS_VIEW_MODERN;
	s.setup = (struct vs_setup){ .queue_size = limit ? (uint16_t)(1u << limit % 16) : 0,
				     .all_queues = modes & ANSWERS_ALL,
				     .msix = modes & ANSWERS_MSIX };
	b->s = &s;
	while (stage < VS_STAGE_LIVE && !vs_session_advance(&s, ++stage))
		if (s.stage != stage)
			fuzz_oracle("stage", "%u, not %u", s.stage, stage);
	if (s.stage < stage && !s.trouble.text[0])
		fuzz_oracle("no-trouble", "but stage %u was not reached", stage);
	check_features(&s);
	check_queues(b);
	if (s.stage == VS_STAGE_LIVE)
		request(&s);
	vs_guard_look(&s);
	if (s.breach.found && !b->wrote)
		fuzz_oracle("breach", "%s: %s", s.breach.where, s.breach.text);
	vs_session_close(&s);
	b->s = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answers_bus b;
	static struct vs_function fn;
	struct fuzz_input in = fuzz_input(data, size);

	answers_open(&b, &in, size);
	if (vs_function_read(&b.bus, &fn, b.head.modes & ANSWERS_DRAFT)) {
		if (b.bus.state == VS_BUS_ALIVE)
			fuzz_oracle("function", "cannot be read though the bus is alive");
		return 0;
	}
	drive(&b, &fn);
	return 0;
}

/* An extended capability, with the next one there. */
#define EXT_CAP(next) ((uint32_t)(next) << 20 | PCI_EXT_CAP_ID_SRIOV)

static const uint64_t kinds[] = { ANSWER_REG, ANSWER_CONFIG, ANSWER_BAR, ANSWER_MEMORY };
static const uint64_t whens[] = { 0, 1, 2, 3 };
static const uint64_t places[] = {
	REG_DEVICE_FEATURE,
	REG_NUM_QUEUES,
	REG_STATUS,
	REG_QUEUE_SIZE,
	REG_QUEUE_VECTOR,
	REG_QUEUE_ENABLE,
	REG_NOTIFY_OFF,
	0x34,
	0x40,
	0x44,
	0x48,
	0x4c,
	0x50,
	0x58,
	0x60,
	0x78,
	0x98,
	0x9c,
	PCI_EXT_CAP_FIRST,
};
static const uint64_t values[] = { 0,
				   1,
				   2,
				   3,
				   8,
				   0x10,
				   0x80,
				   0xff,
				   0x1000,
				   0x8000,
				   0x8001,
				   0xffff,
				   0x10000,
				   0x7fffffff,
				   0xffffffff,
				   0x0f000109,
				   0x11,
				   EXT_CAP(0x100),
				   EXT_CAP(0x104) };
static const uint64_t modes_likes[] = { 0,
					ANSWERS_PACKED,
					ANSWERS_LEGACY,
					ANSWERS_DRAFT,
					ANSWERS_MSIX | ANSWERS_ALL,
					ANSWERS_GUARD | ANSWERS_ALL };
static const uint64_t types[] = { VIRTIO_ID_NET, VIRTIO_ID_BLOCK, VIRTIO_ID_CONSOLE,
				  VIRTIO_ID_ENTROPY };
static const uint64_t features[] = { 0, UINT64_MAX, VS_BIT(VIRTIO_F_VERSION_1),
				     VS_BIT(VIRTIO_F_VERSION_1) | VS_BIT(VIRTIO_F_RING_PACKED) };

#define FIELD(place, bytes, list)                                 \
	{                                                         \
		.at = (place), .width = (bytes), .likes = (list), \
		.like_count = sizeof(list) / sizeof((list)[0])    \
	}

static const struct fuzz_field fields[] = {
	FIELD(0, 1, kinds),
	FIELD(1, 1, whens),
	FIELD(2, 2, places),
	FIELD(4, 4, values),
};
static const struct fuzz_field head_fields[] = {
	FIELD(0, 1, modes_likes), FIELD(1, 1, types),  FIELD(2, 1, whens),    FIELD(3, 1, whens),
	FIELD(4, 1, whens),       FIELD(6, 2, values), FIELD(8, 8, features),
};

const struct fuzz_shape fuzz_shape = {
	.head = HEAD,
	.record = RECORD,
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.head_fields = head_fields,
	.head_field_count = sizeof(head_fields) / sizeof(head_fields[0]),
};

static void seed(struct fuzz_seeds *seeds, const char *name, uint8_t modes, uint8_t type,
		 uint64_t offered, struct answer answer)
{
	uint8_t data[HEAD + RECORD] = { modes, type, 6, 2, 4, 0, 3, 0 };

	vs_store_le64(data + 8, offered);
	data[HEAD] = answer.kind;
	data[HEAD + 1] = answer.when;
	vs_store_le16(data + HEAD + 2, answer.at);
	vs_store_le32(data + HEAD + 4, answer.value);
	fuzz_seed(seeds, name, data, sizeof(data));
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	const struct answer none = { .kind = ANSWER_FAIL };
	const uint64_t all = ~VS_BIT(VIRTIO_F_RING_PACKED);

	seed(seeds, "modern", ANSWERS_MSIX, VIRTIO_ID_ENTROPY, all, none);
	seed(seeds, "packed", ANSWERS_PACKED, VIRTIO_ID_BLOCK, UINT64_MAX, none);
	seed(seeds, "legacy", ANSWERS_LEGACY, 5, all, none);
	seed(seeds, "legacy-msix", ANSWERS_LEGACY | ANSWERS_MSIX, 1, all, none);
	seed(seeds, "draft", ANSWERS_DRAFT, VIRTIO_ID_NET, all, none);
	seed(seeds, "all-queues", ANSWERS_ALL | ANSWERS_GUARD, VIRTIO_ID_NET, all, none);
	seed(seeds, "silent", ANSWERS_SILENT, VIRTIO_ID_ENTROPY, all, none);
	seed(seeds, "no-reset", 0, VIRTIO_ID_ENTROPY, all,
	     (struct answer){ ANSWER_REG, 0, REG_STATUS, 1 });
	seed(seeds, "no-features-ok", 0, VIRTIO_ID_ENTROPY, all,
	     (struct answer){ ANSWER_REG, 2, REG_STATUS, 3 });
	seed(seeds, "lost", 0, VIRTIO_ID_ENTROPY, all,
	     (struct answer){ .kind = ANSWER_FAIL, .at = 80 });
	seed(seeds, "extended", ANSWERS_EXTENDED, VIRTIO_ID_ENTROPY, all,
	     (struct answer){ ANSWER_CONFIG, 0, PCI_EXT_CAP_FIRST, EXT_CAP(0x110) });
	seed(seeds, "written", ANSWERS_GUARD, VIRTIO_ID_ENTROPY, all,
	     (struct answer){ ANSWER_MEMORY, .at = 8, .value = 7 });
}
