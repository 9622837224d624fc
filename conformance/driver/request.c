/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/request.h"

#include <string.h>

#include "driver/native.h"
#include "rules/rules.h"
#include "spec/virtio.h"

/* Alignment that no type asks for but that a driver would use. */
#define BUFFER_ALIGN 16u

/* Of a packet; a legacy one lacks num_buffers, its last two bytes (5.1.6). */
#define NET_HEADER             12u
#define NET_HEADER_LEGACY      10u
#define VIRTIO_NET_F_MRG_RXBUF 15u

/*
 * One row a device type. Bytes that are not named are 0; numbers are little-endian by hand, the
 * layouts are those of the type's section in chapter 5.
 */
static const struct vs_request_kind kinds[] = {
	{ .type = VIRTIO_ID_NET,
	  .what = "transmits a packet",
	  .queues = { 1, 0 },
	  .out_size = NET_HEADER + 60, /* then an Ethernet frame to everyone */
	  .out_cut = NET_HEADER,
	  .out = { [12] = 0xff,
		   0xff,
		   0xff,
		   0xff,
		   0xff,
		   0xff,
		   0x02,
		   0,
		   0,
		   0,
		   0,
		   0x01,
		   0x88,
		   0xb5 } },
	{ .type = VIRTIO_ID_BLOCK,
	  .what = "reads the first sector",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 16, /* VIRTIO_BLK_T_IN, sector 0 */
	  .in_size = 512 + 1,
	  .in_cut = 512,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_CONSOLE,
	  .what = "writes a line",
	  .queues = { 1, 0 },
	  .out_size = 3,
	  .out = "ok\n" },
	{ .type = VIRTIO_ID_ENTROPY,
	  .what = "asks for random bytes",
	  .queues = { 0, VS_QUEUE_NONE },
	  .in_size = 16,
	  .used_min = 1,
	  .steady = { 16, 16 } },
	{ .type = VIRTIO_ID_BALLOON,
	  .what = "takes a page out of the balloon",
	  .queues = { 1, 0 },
	  .out_size = 4 },
	{ .type = VIRTIO_ID_SCSI,
	  .what = "asks whether the first unit is ready",
	  .queues = { 2, VS_QUEUE_NONE },
	  .out_size = 19 + 32, /* LUN 0 of target 0, TEST UNIT READY */
	  .out = { [0] = 1, [2] = 0x40 },
	  .in_size = 12 + 96,
	  .used_min = 1,
	  .steady = { 11, 12 } }, /* the response: the unit's condition comes and goes */
	{ .type = VIRTIO_ID_9P,
	  .what = "negotiates a version",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 21, /* Tversion, NOTAG, 8 KiB, "9P2000.L" */
	  .out = { 21, 0, 0,   0,   100, 0xff, 0xff, 0,   0x20, 0,  0,
		   8,  0, '9', 'P', '2', '0',  '0',  '0', '.',  'L' },
	  .in_size = 64,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_GPU,
	  .what = "asks for the displays",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 24, /* VIRTIO_GPU_CMD_GET_DISPLAY_INFO */
	  .out = { [0] = 0x00, 0x01 },
	  .in_size = 24 + 16 * 24,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_RTC,
	  .what = "asks for the number of clocks",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 8, /* VIRTIO_RTC_REQ_CFG */
	  .out = { [0] = 0x00, 0x10 },
	  .in_size = 16,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_INPUT,
	  .what = "sends a status event",
	  .queues = { 1, 0 },
	  .out_size = 8 }, /* EV_SYN, SYN_REPORT: the one event that every device knows */
	{ .type = VIRTIO_ID_CRYPTO,
	  .what = "creates an AES-CBC session",
	  .queues = { VS_QUEUE_LAST, VS_QUEUE_NONE },
	  .out_size = 16 + 56 + 16, /* header, symmetric session, a key of zeroes */
	  .out = { [0] = 0x02, [4] = 3, [16] = 3, [20] = 16, [24] = 1, [64] = 1 },
	  .in_size = 16,
	  .used_min = 1,
	  .steady = { 12, 16 } }, /* not the session's number, nor whether there was room for it */
	{ .type = VIRTIO_ID_IOMMU,
	  .what = "detaches an endpoint that is not attached",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 20, /* VIRTIO_IOMMU_T_DETACH, domain 1, endpoint 0xffff */
	  .out = { [0] = 2, [4] = 1, [8] = 0xff, 0xff },
	  .in_size = 4,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_MEM,
	  .what = "asks for the state of a block",
	  .accept = VS_BIT(1), /* UNPLUGGED_INACCESSIBLE, which a device may insist upon */
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 24, /* VIRTIO_MEM_REQ_STATE, one block at 0 */
	  .out = { [0] = 3, [16] = 1 },
	  .in_size = 10,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_SOUND,
	  .what = "asks about a stream",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 16, /* VIRTIO_SND_R_PCM_INFO, stream 0, one of 32 bytes */
	  .out = { [0] = 0x00, 0x01, [8] = 1, [12] = 32 },
	  .in_size = 4 + 32,
	  .used_min = 1 },
	{ .type = VIRTIO_ID_PMEM,
	  .what = "flushes",
	  .queues = { 0, VS_QUEUE_NONE },
	  .out_size = 4,
	  .in_size = 4,
	  .used_min = 1 },
};

const struct vs_request_kind *vs_request_kind(uint16_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

int vs_request_queue(const struct vs_session *s, const struct vs_request_kind *kind, unsigned i)
{
	int index = kind->queues[i];

	if (index == VS_QUEUE_LAST)
		index = s->num_queues - 1;
	return index >= 0 ? index : -1;
}

/* The page that leaves the balloon: one of our own, so that nothing else is touched. */
static void name_page(struct vs_session *s, uint8_t *out)
{
	vs_native_store(s, out, 4, (s->bus->dma.address + s->bus->dma.size - 1) >> 12);
}

/* Bytes at the end of the header that this session goes without. */
static unsigned header_less(const struct vs_session *s, const struct vs_request_kind *kind)
{
	return kind->type == VIRTIO_ID_NET && !vs_features_has(&s->accepted, VIRTIO_F_VERSION_1) &&
			       !vs_features_has(&s->accepted, VIRTIO_NET_F_MRG_RXBUF)
		       ? NET_HEADER - NET_HEADER_LEGACY
		       : 0;
}

/* Memory as one element, or as two where the layout of the interface asks for that. */
static void add_elements(struct vs_session *s, struct vs_request *request, uint8_t *at,
			 uint32_t size, uint32_t cut, bool writable)
{
	bool apart = cut && s->view == VS_VIEW_LEGACY &&
		     !vs_features_has(&s->accepted, VIRTIO_F_ANY_LAYOUT);

	if (apart)
		request->elements[request->count++] =
			(struct vs_element){ .at = at, .size = cut, .writable = writable };
	cut = apart ? cut : 0;
	request->elements[request->count++] =
		(struct vs_element){ .at = at + cut, .size = size - cut, .writable = writable };
}

/* The device-readable part. 0, or -1 without memory. */
static int make_out(struct vs_session *s, struct vs_request *request)
{
	const struct vs_request_kind *kind = request->kind;
	unsigned less = header_less(s, kind), cut = kind->out_cut - (kind->out_cut ? less : 0);

	request->out_size = kind->out_size - less;
	request->out = vs_dma_alloc(s, request->out_size, BUFFER_ALIGN);
	if (!request->out)
		return -1;
	memcpy(request->out, kind->out, cut);
	memcpy(request->out + cut, kind->out + cut + less, request->out_size - cut);
	if (kind->type == VIRTIO_ID_BALLOON)
		name_page(s, request->out);
	vs_bus_push(s->bus, request->out, request->out_size);
	add_elements(s, request, request->out, request->out_size, cut, false);
	return 0;
}

int vs_request_make(struct vs_session *s, struct vs_request *request)
{
	const struct vs_request_kind *kind = vs_request_kind(s->fn->type);
	int index;

	*request = (struct vs_request){ .kind = kind, .id = -1 };
	if (!kind)
		return vs_trouble(s, -1, "no benign request is known for device type %u",
				  s->fn->type);
	index = vs_request_queue(s, kind, 0);
	request->q = index < 0 ? NULL : vs_queue_of(s, (uint16_t)index);
	if (!request->q)
		return vs_trouble(s, -1, "queue %d, which the benign request needs, is not enabled",
				  index);
	if (kind->out_size && make_out(s, request))
		return vs_trouble(s, -1, "no DMA memory left for a request");
	if (kind->in_size) {
		request->in = vs_dma_alloc(s, kind->in_size, BUFFER_ALIGN);
		if (!request->in)
			return vs_trouble(s, -1, "no DMA memory left for a request");
		add_elements(s, request, request->in, kind->in_size, kind->in_cut, true);
	}
	return 0;
}

int vs_request_send(struct vs_request *request)
{
	request->id = vs_queue_send(request->q, request->elements, request->count);
	if (request->id < 0)
		return vs_trouble(request->q->s, -1, "queue %u has no room for a request",
				  request->q->index);
	return 0;
}

static int wait_back(struct vs_request *request, struct vs_used *used)
{
	struct vs_queue *q = request->q;

	if (!vs_queue_wait(q, used))
		return vs_trouble(q->s, VS_RULE_ROBUST_REQUEST_COMPLETES,
				  "a benign request (%s) on queue %u was not used in time",
				  request->kind->what, q->index);
	if (used->id != (uint32_t)request->id)
		return vs_trouble(q->s, VS_RULE_ROBUST_REQUEST_COMPLETES,
				  "queue %u: used id %u, but %d is in flight", q->index, used->id,
				  request->id);
	return 0;
}

int vs_request_wait(struct vs_request *request, struct vs_used *used)
{
	struct vs_queue *q = request->q;

	if (wait_back(request, used))
		return -1;
	if (used->unnamed)
		used->len = 0;
	else if (used->len < request->kind->used_min || used->len > request->kind->in_size)
		return vs_trouble(q->s, VS_RULE_ROBUST_REQUEST_COMPLETES,
				  "queue %u: used length %u for %u writable bytes", q->index,
				  used->len, request->kind->in_size);
	if (request->in)
		vs_bus_pull(q->s->bus, request->in, request->kind->in_size);
	return 0;
}

int vs_request_return(struct vs_request *request)
{
	struct vs_used used;

	return vs_request_send(request) || wait_back(request, &used) ? -1 : 0;
}

int vs_request_do(struct vs_request *request)
{
	struct vs_used used;

	return vs_request_send(request) || vs_request_wait(request, &used) ? -1 : 0;
}
