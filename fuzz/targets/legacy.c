/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The legacy header in BAR 0 under any sequence of accesses, against a second model of it, of
 * transitional and of legacy devices, for guests of both byte orders.
 *
 *	head	0 class, and big-endian (4); 1 transitional or legacy (bit 0)
 *	record	0 read, write, or control; 1 what control; 2 width as a power of two; 4 offset;
 *		8 value
 *
 * Oracles: "register", a read other than the second model says; "alias", the common configuration
 * of a transitional device says something else than its legacy header.
 *
 * Rooms: mock_class
 */
#include <string.h>

#include "fuzz/support/plain.h"
#include "fuzz/support/register_machine.h"
#include "fuzz/support/target.h"
#include "mock-device/model/device.h"
#include "spec/blk.h"
#include "spec/legacy.h"
#include "spec/net.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define LIKES(array)  array, COUNT(array)
#define QUEUES        8u
#define DRIVER_STATUS (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FAILED)

enum what { READ, WRITE, CONTROL, WRITE_AGAIN, WHATS };
static const uint64_t whats[] = { READ, WRITE, CONTROL };
static const uint64_t widths[] = { 0, 1, 2 };
static const uint64_t offsets[] = { 0, 4, 8, 12, 14, 16, 18, 19, 20, 22, 24 };
static const uint64_t values[] = { 0, 1, 2, 3, 4, 7, 0x8000, 0xffff, 0x1000, UINT32_MAX };

static const struct fuzz_field fields[] = {
	{ 0, 1, LIKES(whats) },   { 1, 1, LIKES(widths) }, { 2, 1, LIKES(widths) },
	{ 4, 1, LIKES(offsets) }, { 8, 4, LIKES(values) },
};

const struct fuzz_shape fuzz_shape = { .head = REGISTER_HEAD,
				       .record = REGISTER_RECORD,
				       .fields = fields,
				       .field_count = COUNT(fields) };

FUZZ_PLAIN

struct queue {
	uint16_t max, size, vector;
	bool enabled;
	uint32_t page;
};

struct bench {
	struct mock *mock;
	unsigned class_number;
	uint32_t offered, accepted;
	bool settled; /* a choice of features counts, although it may change */
	bool messages, later, transitional;
	uint8_t status, isr;
	uint16_t select, vector;
	struct queue queue[QUEUES];
};

static bool in_force(const struct bench *bench, unsigned feature)
{
	return (bench->settled ? bench->accepted & bench->offered : bench->offered) >> feature & 1;
}

static uint16_t queue_max(const struct bench *bench, unsigned queue)
{
	unsigned pairs = in_force(bench, VIRTIO_NET_F_MQ) ? 2 : 1;

	if (queue >= bench->mock->queue_count)
		return 0;
	switch (bench->class_number) {
	case 0:
		return queue == 0 || in_force(bench, VIRTIO_BLK_F_MQ) ? 128 : 0;
	case 1:
		if (queue < 2 * pairs)
			return 256;
		return queue == 2 * pairs && in_force(bench, VIRTIO_NET_F_CTRL_VQ) ? 64 : 0;
	case 2:
		return 64;
	default:
		return 16;
	}
}

static void fresh(const struct bench *bench, struct queue *queue)
{
	uint16_t max = queue_max(bench, (unsigned)(queue - bench->queue));

	*queue = (struct queue){ .max = max, .size = max, .vector = VIRTIO_MSI_NO_VECTOR };
}

static void reset(struct bench *bench)
{
	bench->accepted = 0;
	bench->settled = bench->later = false;
	bench->status = bench->isr = 0;
	bench->select = 0;
	bench->vector = VIRTIO_MSI_NO_VECTOR;
	for (unsigned i = 0; i < QUEUES; i++)
		fresh(bench, &bench->queue[i]);
}

/* What is accepted counts from now on. A queue in use keeps its size, and stays until DRIVER_OK. */
static void settle(struct bench *bench)
{
	bench->settled = true;
	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *queue = &bench->queue[i];
		uint16_t max = queue_max(bench, i);

		if (!queue->enabled && (queue->size == queue->max || queue->size > max))
			queue->size = max;
		queue->max = max;
		if (!max && bench->status & VIRTIO_STATUS_DRIVER_OK)
			queue->enabled = false;
	}
}

static struct queue *selected(struct bench *bench)
{
	return bench->select < QUEUES && bench->queue[bench->select].max
		       ? &bench->queue[bench->select]
		       : NULL;
}

static unsigned header_end(const struct bench *bench)
{
	return VIRTIO_LEGACY_CONFIG(bench->messages);
}

/* The field that has this byte: its start and its width. */
static unsigned field_of(unsigned offset, unsigned *width)
{
	*width = offset < VIRTIO_LEGACY_QUEUE_SIZE ? 4 : 2;
	if (offset == VIRTIO_LEGACY_DEVICE_STATUS || offset == VIRTIO_LEGACY_ISR_STATUS)
		*width = 1;
	return offset / *width * *width;
}

static uint32_t field(struct bench *bench, unsigned offset)
{
	const struct queue *queue = selected(bench);

	switch (offset) {
	case VIRTIO_LEGACY_DEVICE_FEATURES:
		return bench->offered;
	case VIRTIO_LEGACY_DRIVER_FEATURES:
		return bench->accepted & bench->offered;
	case VIRTIO_LEGACY_QUEUE_ADDRESS:
		return queue && queue->enabled ? queue->page : 0;
	case VIRTIO_LEGACY_QUEUE_SIZE:
		return queue ? queue->size : 0;
	case VIRTIO_LEGACY_QUEUE_SELECT:
		return bench->select;
	case VIRTIO_LEGACY_DEVICE_STATUS:
		return bench->status;
	case VIRTIO_LEGACY_ISR_STATUS:
		return bench->isr;
	case VIRTIO_LEGACY_CONFIG_VECTOR:
		return bench->vector;
	case VIRTIO_LEGACY_QUEUE_VECTOR:
		return queue ? queue->vector : VIRTIO_MSI_NO_VECTOR;
	default:
		return 0;
	}
}

static void go_live(struct bench *bench)
{
	if (bench->status & VIRTIO_STATUS_DRIVER_OK)
		return;
	bench->status |= VIRTIO_STATUS_DRIVER_OK;
	settle(bench);
	bench->isr |= bench->later ? VIRTIO_ISR_CONFIG : 0;
	bench->later = false;
}

static void set_address(struct bench *bench, uint32_t page)
{
	struct queue *queue = selected(bench);
	uint16_t vector;

	settle(bench);
	if (!queue || !queue->max)
		return;
	vector = queue->vector;
	if (queue->enabled)
		fresh(bench, queue);
	if (!page)
		return;
	queue->vector = vector;
	queue->page = page;
	queue->enabled = true;
}

static uint16_t mapped(const struct bench *bench, uint32_t vector)
{
	return vector < bench->mock->msix.count ? (uint16_t)vector : VIRTIO_MSI_NO_VECTOR;
}

static void write_field(struct bench *bench, unsigned offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_LEGACY_DRIVER_FEATURES:
		if (bench->status & VIRTIO_STATUS_DRIVER_OK)
			break;
		bench->accepted = value;
		settle(bench);
		break;
	case VIRTIO_LEGACY_QUEUE_ADDRESS:
		set_address(bench, value);
		break;
	case VIRTIO_LEGACY_QUEUE_SELECT:
		bench->select = (uint16_t)value;
		break;
	case VIRTIO_LEGACY_DEVICE_STATUS:
		if (!value)
			reset(bench);
		bench->status |= value & DRIVER_STATUS;
		if (value & VIRTIO_STATUS_DRIVER_OK)
			go_live(bench);
		break;
	case VIRTIO_LEGACY_CONFIG_VECTOR:
		bench->vector = mapped(bench, value);
		break;
	case VIRTIO_LEGACY_QUEUE_VECTOR:
		if (selected(bench))
			selected(bench)->vector = mapped(bench, value);
		break;
	default:
		break;
	}
}

static void do_write(struct bench *bench, unsigned offset, unsigned width, uint32_t value)
{
	unsigned end = header_end(bench);

	mock_bar_write(bench->mock, VIRTIO_LEGACY_BAR, offset, width, value);
	/* An access over the end is one of bytes. */
	if (offset + width > VIRTIO_LEGACY_CONFIG(true) + bench->mock->class->config_size)
		return;
	for (unsigned i = 0; i < width && offset + i < end;) {
		unsigned size, start = field_of(offset + i, &size);

		if (start != offset + i || size > width - i) {
			i++;
			continue;
		}
		write_field(bench, start,
			    (uint32_t)(value >> 8 * i & UINT32_MAX >> (32 - 8 * size)));
		i += size;
	}
}

static void do_read(struct bench *bench, unsigned offset, unsigned width)
{
	uint64_t value = mock_bar_read(bench->mock, VIRTIO_LEGACY_BAR, offset, width);
	bool isr = false;

	for (unsigned i = 0; i < width && offset + i < header_end(bench); i++) {
		unsigned size, start = field_of(offset + i, &size);
		uint8_t byte = (uint8_t)(value >> 8 * i);
		uint8_t expected = (uint8_t)(field(bench, start) >> 8 * (offset + i - start));

		if (byte != expected)
			fuzz_oracle("register", "byte %u reads 0x%x, not 0x%x", offset + i, byte,
				    expected);
		isr |= start == VIRTIO_LEGACY_ISR_STATUS;
	}
	if (isr)
		bench->isr = 0;
}

static uint64_t common(const struct bench *bench, size_t offset, size_t width)
{
	const struct mock_cap *cap = mock_caps_find(&bench->mock->caps, VIRTIO_PCI_CAP_COMMON_CFG);

	return mock_bar_read(bench->mock, cap->bar, cap->offset + offset, (unsigned)width);
}

#define COMMON(bench, member) common(bench, MOCK_FIELD(struct virtio_pci_common_cfg, member))

static void check_alias(const struct bench *bench)
{
	uint64_t status = COMMON(bench, device_status), select = COMMON(bench, queue_select);
	uint64_t vector = COMMON(bench, config_msix_vector);

	if (status != bench->status || select != bench->select || vector != bench->vector)
		fuzz_oracle("alias", "status 0x%llx, queue %llu, vector 0x%llx",
			    (unsigned long long)status, (unsigned long long)select,
			    (unsigned long long)vector);
}

static void control(struct bench *bench, const struct register_record *record)
{
	struct mock *mock = bench->mock;

	switch (record->where % 3) {
	case 0:
		mock_config_write(mock, PCI_COMMAND, sizeof(uint16_t), record->value);
		break;
	case 1:
		mock_config_write(mock, mock->msix.position + PCI_MSIX_CONTROL, sizeof(uint16_t),
				  record->value);
		bench->messages = record->value & PCI_MSIX_CONTROL_ENABLE;
		break;
	default:
		if (!mock_change_config(mock))
			break;
		if (bench->status & VIRTIO_STATUS_DRIVER_OK)
			bench->isr |= VIRTIO_ISR_CONFIG;
		else
			bench->later = bench->status != 0;
	}
}

/* Every field, of every queue and of one that is not there. */
static void sweep(struct bench *bench)
{
	for (unsigned queue = 0; queue <= bench->mock->queue_count; queue++) {
		do_write(bench, VIRTIO_LEGACY_QUEUE_SELECT, sizeof(uint16_t), queue);
		for (unsigned at = 0; at < header_end(bench); at += sizeof(uint32_t))
			do_read(bench, at, sizeof(uint32_t));
	}
	if (bench->transitional)
		check_alias(bench);
}

static void start(struct bench *bench, unsigned choice, bool transitional)
{
	memset(bench, 0, sizeof(*bench));
	bench->mock =
		register_device(transitional ? REGISTER_TRANSITIONAL : REGISTER_LEGACY, choice)
			.mock;
	bench->class_number = choice % 4;
	bench->transitional = transitional;
	bench->offered = (uint32_t)mock_bar_read(bench->mock, VIRTIO_LEGACY_BAR,
						 VIRTIO_LEGACY_DEVICE_FEATURES, sizeof(uint32_t));
	reset(bench);
}

FUZZ_PLAIN_END

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	unsigned choice = fuzz_below(&in, REGISTER_CHOICES);
	struct bench bench;

	start(&bench, choice, fuzz_number(&in, 1) & 1);
	fuzz_number(&in, REGISTER_HEAD - 2);
	while (fuzz_left(&in)) {
		struct register_record record = register_record(&in);
		unsigned offset = record.offset % 64, width = 1u << record.width % 3;

		if (record.what % WHATS == CONTROL)
			control(&bench, &record);
		else if (record.what % WHATS == READ)
			do_read(&bench, offset, width);
		else
			do_write(&bench, offset, width, record.value);
	}
	sweep(&bench);
	return 0;
}

/* An ordinary legacy driver, with messages and without. */
void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	static const struct register_record records[] = {
		{ CONTROL, 1, 0, 0, 0, PCI_MSIX_CONTROL_ENABLE },
		{ WRITE, 0, 0, 0, VIRTIO_LEGACY_DEVICE_STATUS, 3 },
		{ WRITE, 0, 2, 0, VIRTIO_LEGACY_DRIVER_FEATURES, 0x30000000 },
		{ WRITE, 0, 1, 0, VIRTIO_LEGACY_QUEUE_SELECT, 0 },
		{ WRITE, 0, 1, 0, VIRTIO_LEGACY_QUEUE_VECTOR, 1 },
		{ WRITE, 0, 2, 0, VIRTIO_LEGACY_QUEUE_ADDRESS, 0x100 },
		{ WRITE, 0, 1, 0, VIRTIO_LEGACY_CONFIG_VECTOR, 0 },
		{ WRITE, 0, 0, 0, VIRTIO_LEGACY_DEVICE_STATUS, 7 },
		{ CONTROL, 2, 0, 0, 0, 0 },
		{ WRITE, 0, 1, 0, VIRTIO_LEGACY_QUEUE_NOTIFY, 0 },
		{ READ, 0, 0, 0, VIRTIO_LEGACY_ISR_STATUS, 0 },
		{ WRITE, 0, 2, 0, VIRTIO_LEGACY_QUEUE_ADDRESS, 0 },
		{ WRITE, 0, 0, 0, VIRTIO_LEGACY_DEVICE_STATUS, 0 },
	};
	static const char *const names[] = { "blk",     "net",     "console",     "rng",
					     "blk-big", "net-big", "console-big", "rng-big" };

	for (unsigned i = 0; i < COUNT(names); i++) {
		const uint8_t head[REGISTER_HEAD] = { (uint8_t)i, i & 1 };
		unsigned without = i / 2 % 2;

		register_seed(seeds, names[i], head, records + without, COUNT(records) - without);
	}
}
