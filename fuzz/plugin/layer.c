/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device, lying as the input says. */
#include <string.h>

#include "fuzz/plugin/device.h"
#include "spec/byteorder.h"
#include "spec/split_ring.h"

static struct virtspec_device *of(struct mock_layer *q)
{
	return ((struct plugin_layer *)q)->device;
}

static uint32_t config_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t truth = mock_op_config_read(q->below, offset, width);
	uint32_t said = (uint32_t)plugin_lie(&of(q)->lies, LIE_CONFIG, offset, width, truth);

	if (said != truth)
		plugin_doubt(of(q));
	return said;
}

static uint32_t common_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	return (uint32_t)plugin_lie(&of(q)->lies, LIE_COMMON, offset, width,
				    mock_op_common_read(q->below, offset, width));
}

static uint32_t legacy_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	return (uint32_t)plugin_lie(&of(q)->lies, LIE_LEGACY, offset, width,
				    mock_op_legacy_read(q->below, offset, width));
}

static uint64_t device_config_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	return plugin_lie(&of(q)->lies, LIE_DEVICE, offset, width,
			  mock_op_device_config_read(q->below, offset, width));
}

static uint8_t isr_read(struct mock_layer *q)
{
	return (uint8_t)plugin_lie(&of(q)->lies, LIE_ISR, 0, 1, mock_op_isr_read(q->below));
}

static void push_used(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	struct plugin_lies *lies = &of(q)->lies;

	used.id = (uint32_t)plugin_lie(lies, LIE_USED_ID, queue->index, 4, used.id);
	used.length = (uint32_t)plugin_lie(lies, LIE_USED_LEN, queue->index, 4, used.length);
	mock_op_push_used(q->below, queue, used);
}

/* Split: the index becomes another one. Packed: it is not shown yet, and with the next one. */
static void publish_used(struct mock_layer *q, struct mock_queue *queue)
{
	struct virtspec_device *d = of(q);
	const struct plugin_lie *lie = plugin_lie_due(&d->lies, LIE_PUBLISH, queue->index, 1);
	uint8_t bytes[sizeof(uint16_t)];
	uint16_t said;

	if (!lie) {
		mock_op_publish_used(q->below, queue);
		return;
	}
	said = (uint16_t)plugin_bend(lie, sizeof(bytes), queue->next_used);
	plugin_lie_log(&d->lies, LIE_PUBLISH, queue->index, queue->next_used, said);
	plugin_doubt(d);
	if (queue->ring != &mock_split_ring)
		return;
	mock_op_publish_used(q->below, queue);
	vs_store_le16(bytes, said);
	mock_op_dma_write(q->mock->top, queue->device_area + VIRTQ_USED_IDX, bytes, sizeof(bytes));
}

static struct mock_chain *pop(struct mock_layer *q, struct mock_queue *queue)
{
	struct plugin_lies *lies = &of(q)->lies;

	if (!plugin_lie_due(lies, LIE_STALL, queue->index, 1))
		return mock_op_pop(q->below, queue);
	plugin_lie_log(lies, LIE_STALL, queue->index, 1, 0);
	return NULL;
}

/* How often a notification arrives: 0, 1 or twice. */
static unsigned times(struct plugin_lies *lies, unsigned place)
{
	const struct plugin_lie *lie = plugin_lie_due(lies, LIE_INTERRUPT, place, 1);
	unsigned result = !lie ? 1 : lie->value & 1 ? 2 : 0;

	if (lie)
		plugin_lie_log(lies, LIE_INTERRUPT, place, 1, result);
	return result;
}

static void raise_queue_interrupt(struct mock_layer *q, struct mock_queue *queue)
{
	for (unsigned i = times(&of(q)->lies, queue->index); i; i--)
		mock_op_raise_queue_interrupt(q->below, queue);
}

static void raise_config_interrupt(struct mock_layer *q)
{
	for (unsigned i = times(&of(q)->lies, LIE_ANY); i; i--)
		mock_op_raise_config_interrupt(q->below);
}

static size_t chain_write(struct mock_layer *q, struct mock_chain *chain, uint64_t offset,
			  const void *data, size_t size)
{
	struct virtspec_device *d = of(q);
	size_t written = mock_op_chain_write(q->below, chain, offset, data, size);
	size_t room = sizeof(d->supply) - d->supplied;
	const struct plugin_lie *lie;
	uint8_t word[4] = { 0 };
	unsigned width;

	memcpy(d->supply + d->supplied, data, size < room ? size : room);
	d->supplied += size < room ? size : room;
	if (offset > UINT16_MAX || !written)
		return written;
	lie = plugin_lie_due(&d->lies, LIE_DATA, (unsigned)offset,
			     written < UINT16_MAX ? (unsigned)written : UINT16_MAX);
	if (!lie)
		return written;
	if (lie->place != LIE_ANY)
		offset = lie->place;
	width = written < sizeof(word) ? (unsigned)written : sizeof(word);
	vs_store_le32(word, (uint32_t)plugin_bend(lie, sizeof(word), 0));
	plugin_lie_log(&d->lies, LIE_DATA, (unsigned)offset, 0, vs_load_le32(word));
	mock_op_chain_write(q->below, chain, offset, word, width);
	return written;
}

static const struct mock_ops ops = {
	.config_read = config_read,
	.common_read = common_read,
	.legacy_read = legacy_read,
	.device_config_read = device_config_read,
	.isr_read = isr_read,
	.push_used = push_used,
	.publish_used = publish_used,
	.pop = pop,
	.raise_queue_interrupt = raise_queue_interrupt,
	.raise_config_interrupt = raise_config_interrupt,
	.chain_write = chain_write,
};

void plugin_layer_add(struct virtspec_device *d)
{
	d->top = (struct plugin_layer){
		.layer = { .ops = &ops, .below = d->mock->top, .mock = d->mock },
		.device = d,
	};
	d->mock->top = &d->top.layer;
}

static uint8_t *area_of_queue(struct virtspec_device *d, const struct mock_queue *queue,
			      enum plugin_area area, size_t *size)
{
	const uint64_t addresses[] = { queue->device_area, queue->descriptor_area,
				       queue->driver_area };
	const size_t sizes[] = { VIRTQ_USED_SIZE(queue->size),
				 (size_t)queue->size * VIRTQ_DESC_SIZE,
				 VIRTQ_AVAIL_SIZE(queue->size) };

	*size = sizes[area];
	if (queue->ring == &mock_packed_ring && area != AREA_DESCRIPTOR)
		*size = sizeof(uint32_t); /* an event suppression structure */
	return queue->enabled ? plugin_memory_find(&d->memory, addresses[area], *size) : NULL;
}

uint8_t *plugin_layer_area(struct virtspec_device *d, enum plugin_area area, unsigned number,
			   size_t *size)
{
	if (area == AREA_PIECE) {
		const struct plugin_piece *piece = &d->memory.pieces[number];

		*size = number < d->memory.count ? piece->size : 0;
		return *size && !piece->given_back ? d->memory.host + piece->at : NULL;
	}
	if (number >= d->mock->queue_total)
		return NULL;
	return area_of_queue(d, &d->mock->queues[number], area, size);
}

static void poke(struct virtspec_device *d, const struct plugin_lie *lie)
{
	size_t size;
	uint8_t *at = plugin_layer_area(d, plugin_lie_area(lie), plugin_lie_number(lie), &size);
	unsigned width = lie->place < 4 ? 2 : 4; /* flags and index, elements */
	uint64_t truth, said;

	if (!at || lie->place >= size || size - lie->place < width)
		return;
	at += lie->place;
	truth = vs_load_le(at, width);
	said = plugin_bend(lie, width, truth);
	vs_store_le(at, width, said);
	if (said != truth)
		plugin_lie_log(&d->lies, LIE_POKE, (unsigned)(at - d->memory.host), truth, said);
	plugin_doubt(d);
}

static void happen(struct virtspec_device *d, const struct plugin_lie *lie)
{
	unsigned what = lie->place % HAPPENS_COUNT;
	struct mock *mock = d->mock;

	plugin_lie_log(&d->lies, LIE_EVENT, what, 0, lie->value);
	if (what == HAPPENS_QUEUE_INTERRUPT && mock->queue_total)
		mock_op_raise_queue_interrupt(mock->top,
					      &mock->queues[lie->value % mock->queue_total]);
	else if (what == HAPPENS_CONFIG_INTERRUPT)
		mock_op_raise_config_interrupt(mock->top);
	else if (what == HAPPENS_CONFIG_CHANGE)
		mock_change_config(mock);
	else if (what == HAPPENS_NEEDS_RESET)
		mock_op_needs_reset(mock->top, "the input says so");
	if (what == HAPPENS_DEATH) {
		/* A driver that sees it owes the function nothing more. */
		plugin_doubt(d);
		mock_end(mock, MOCK_DEAD);
	}
}

/* Occasions of what has no place are counted here, whatever their lies say of one. */
void plugin_layer_moment(struct virtspec_device *d)
{
	unsigned moment = d->moments++;

	if (!(d->lies.topics & (1u << LIE_POKE | 1u << LIE_EVENT)) || !mock_alive(d->mock) ||
	    d->mock->top != &d->top.layer)
		return;
	for (unsigned i = 0; i < d->lies.count; i++) {
		struct plugin_lie *lie = &d->lies.lies[i];

		if (lie->nth != moment && !(lie->how & LIE_SINCE && moment > lie->nth))
			continue;
		if (lie->topic == LIE_POKE)
			poke(d, lie);
		else if (lie->topic == LIE_EVENT && lie->nth == moment)
			happen(d, lie);
	}
}
