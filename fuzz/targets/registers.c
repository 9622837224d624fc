/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mock's registers under any sequence of accesses, against a second model of them.
 *
 *	head	0 class, and packed rings (4); 1 transitional (bit 0); 2 modulo 4: 1 to look at all
 *		queues in the end
 *	record	0 read, write, or control; 1 region; 2 width as a power of two; 3 bit 0: through
 *		the window of the PCI_CFG capability; 4 offset; 8 value
 *
 * Oracles: "register", a read other than the second model says; "window", what is read through the
 * window is not what is there; "needs-reset" and "isr", events without a reason.
 *
 * Rooms: mock_class
 */
#include "fuzz/support/plain.h"
#include "fuzz/support/register_machine.h"
#include "fuzz/support/second_model.h"
#include "fuzz/support/target.h"
#include "mock-device/model/device.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum what { READ, WRITE, CONTROL, WRITE_AGAIN, WHATS };
enum region { COMMON, TABLE, ISR, DEVICE, PENDING, NOTIFY, REGIONS };

static const uint64_t whats[] = { READ, WRITE, CONTROL, WRITE };
static const uint64_t regions[] = { COMMON, COMMON, TABLE, ISR, DEVICE, NOTIFY };
static const uint64_t widths[] = { 0, 1, 2, 3 };
static const uint64_t throughs[] = { 0, 1 };
static const uint64_t offsets[] = { 0,  4,  8,  12, 16, 18, 20, 21, 22, 24, 26, 28,
				    30, 32, 36, 40, 44, 48, 52, 56, 58, 60, 62 };
static const uint64_t values[] = { 0,      1,      2,  3,    4,     5,      6,       7,
				   8,      9,      11, 15,   31,    64,     128,     0x1b,
				   0xffff, 0x8000, 16, 0x80, 0x100, 0x1000, 0x98000, 0xffffffff };

#define LIKES(array) array, COUNT(array)

static const struct fuzz_field fields[] = {
	{ 0, 1, LIKES(whats) },    { 1, 1, LIKES(regions) }, { 2, 1, LIKES(widths) },
	{ 3, 1, LIKES(throughs) }, { 4, 1, LIKES(offsets) }, { 8, 4, LIKES(values) },
};

const struct fuzz_shape fuzz_shape = { .head = REGISTER_HEAD,
				       .record = REGISTER_RECORD,
				       .fields = fields,
				       .field_count = COUNT(fields) };

FUZZ_PLAIN

struct bench {
	struct register_device device;
	struct second_model model;
};

static const struct mock_cap *cap_of(const struct bench *bench, unsigned region)
{
	static const uint8_t types[REGIONS] = {
		[COMMON] = VIRTIO_PCI_CAP_COMMON_CFG,
		[ISR] = VIRTIO_PCI_CAP_ISR_CFG,
		[DEVICE] = VIRTIO_PCI_CAP_DEVICE_CFG,
		[NOTIFY] = VIRTIO_PCI_CAP_NOTIFY_CFG,
	};
	struct mock_caps *caps = &bench->device.mock->caps;

	if (types[region])
		return mock_caps_find(caps, types[region]);
	return &caps->cap[mock_caps_index(caps, PCI_CAP_ID_MSIX, 0)];
}

struct place {
	unsigned bar, region, offset, width;
	uint64_t start; /* of the region */
};

/* False where the device has no such region. */
static bool place_of(const struct bench *bench, const struct register_record *record,
		     struct place *place)
{
	const struct mock_cap *cap;

	place->region = record->where % REGIONS;
	cap = cap_of(bench, place->region);
	if (!cap)
		return false;
	place->bar = place->region == PENDING ? cap->pba_bar : cap->bar;
	place->start = place->region == PENDING ? cap->pba_offset : cap->offset;
	place->offset = record->offset % 0x80;
	place->width = 1u << record->width % 4;
	if (record->through & 1 && place->width > 4)
		place->width = 4;
	return true;
}

/* Points the window of the PCI_CFG capability there (4.1.4.9). */
static unsigned point(const struct bench *bench, const struct place *place)
{
	struct mock *mock = bench->device.mock;
	unsigned at = mock_caps_find(&mock->caps, VIRTIO_PCI_CAP_PCI_CFG)->position;

	mock_config_write(mock, at + offsetof(struct virtio_pci_cap, bar), 1, place->bar);
	mock_config_write(mock, at + offsetof(struct virtio_pci_cap, offset), 4,
			  (uint32_t)(place->start + place->offset));
	mock_config_write(mock, at + offsetof(struct virtio_pci_cap, length), 4, place->width);
	return at + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);
}

static uint64_t access_read(const struct bench *bench, const struct place *place, bool window)
{
	if (window)
		return mock_config_read(bench->device.mock, point(bench, place), place->width);
	return mock_bar_read(bench->device.mock, place->bar, place->start + place->offset,
			     place->width);
}

/* DEVICE_NEEDS_RESET comes from rings that cannot be: a live queue has to have been there. */
static void follow(struct bench *bench)
{
	struct second_model *model = &bench->model;
	uint8_t status = bench->device.mock->status;
	bool live = false;

	if (!(status & ~model->status & VIRTIO_STATUS_NEEDS_RESET))
		return;
	for (unsigned i = 0; i < SECOND_QUEUES; i++)
		live |= model->queue[i].enabled;
	if (!live || !(model->status & VIRTIO_STATUS_DRIVER_OK))
		fuzz_oracle("needs-reset", "status 0x%x, and no queue is live", status);
	model->status |= VIRTIO_STATUS_NEEDS_RESET;
}

static void compare(const struct bench *bench, const struct place *place, uint64_t value)
{
	const struct second_model *model = &bench->model;

	for (unsigned i = 0; i < place->width; i++) {
		unsigned offset = place->offset + i;
		uint8_t expected = place->region == COMMON ? second_model_byte(model, offset)
							   : second_model_table_byte(model, offset);
		uint8_t byte = (uint8_t)(value >> 8 * i);

		/* The generation counts as it likes. */
		if (place->region == COMMON &&
		    offset == offsetof(struct virtio_pci_common_cfg, config_generation))
			continue;
		if (byte != expected)
			fuzz_oracle("register", "byte %u of region %u reads 0x%x, not 0x%x", offset,
				    place->region, byte, expected);
	}
}

static void do_read(struct bench *bench, const struct place *place, bool window)
{
	uint64_t value = access_read(bench, place, window);

	follow(bench);
	if (place->region == COMMON || place->region == TABLE)
		compare(bench, place, value);
	if (place->region == ISR && !place->offset && bench->device.mock->isr)
		fuzz_oracle("isr", "0x%x is left after a read", bench->device.mock->isr);
	/* What has no side effect reads the same both ways. */
	if (place->region == DEVICE && place->width <= 4 &&
	    value != access_read(bench, place, !window))
		fuzz_oracle("window", "0x%llx", (unsigned long long)value);
}

static void do_write(struct bench *bench, const struct place *place, bool window, uint32_t low)
{
	struct second_model *model = &bench->model;
	struct mock *mock = bench->device.mock;
	uint64_t value = low | (uint64_t)~low << 32;

	if (place->region == COMMON)
		second_model_write(model, place->offset, place->width, value);
	if (place->region == TABLE)
		second_model_table_write(model, place->offset, place->width, value);
	if (window)
		mock_config_write(mock, point(bench, place), place->width,
				  (uint32_t)(value & UINT64_MAX >> (64 - 8 * place->width)));
	else
		mock_bar_write(mock, place->bar, place->start + place->offset, place->width,
			       value & UINT64_MAX >> (64 - 8 * place->width));
	follow(bench);
}

static void set_config16(struct mock *mock, unsigned offset, uint32_t value)
{
	mock_config_write(mock, offset, sizeof(uint16_t), value);
}

/* A window of a length that is none reaches nothing (4.1.4.9). */
static void through_no_window(const struct bench *bench, const struct register_record *record)
{
	const struct mock_cap *cap = cap_of(bench, COMMON);
	struct place place = { .bar = cap->bar,
			       .start = cap->offset,
			       .width = record->value % 300 };
	unsigned data;

	if (place.width == 1 || place.width == 2 || place.width == 4)
		return;
	place.offset = record->offset % sizeof(struct virtio_pci_common_cfg);
	data = point(bench, &place);
	if (record->through & 1)
		mock_config_write(bench->device.mock, data, sizeof(uint32_t), record->value);
	else
		mock_config_read(bench->device.mock, data, sizeof(uint32_t));
}

static void control(struct bench *bench, const struct register_record *record)
{
	struct mock *mock = bench->device.mock;

	switch (record->where % 4) {
	case 0:
		set_config16(mock, PCI_COMMAND, record->value);
		break;
	case 1:
		set_config16(mock, mock->msix.position + PCI_MSIX_CONTROL, record->value);
		break;
	case 2:
		mock_change_config(mock);
		break;
	default:
		through_no_window(bench, record);
	}
	follow(bench);
}

/* Every field, of the queue selected; or of every queue and of one that is not there. */
static void sweep(struct bench *bench, bool all)
{
	struct place place = { .region = COMMON, .width = 4 };
	const struct mock_cap *cap = cap_of(bench, COMMON);

	place.bar = cap->bar;
	place.start = cap->offset;
	for (unsigned queue = 0; queue <= (all ? bench->model.queue_count : 0); queue++) {
		place.offset = offsetof(struct virtio_pci_common_cfg, queue_select);
		place.width = sizeof(uint16_t);
		if (all)
			do_write(bench, &place, false, queue);
		place.width = sizeof(uint32_t);
		for (place.offset = 0; place.offset < sizeof(struct virtio_pci_common_cfg);
		     place.offset += place.width)
			do_read(bench, &place, false);
	}
}

static void start(struct bench *bench, unsigned choice, bool transitional)
{
	struct mock *mock;

	bench->device =
		register_device(transitional ? REGISTER_TRANSITIONAL : REGISTER_MODERN, choice);
	mock = bench->device.mock;
	bench->model.class_number = (enum second_class)(choice % 4);
	bench->model.queue_count = mock->queue_count;
	bench->model.vectors = mock->msix.count;
	mock->face = MOCK_FACE_MODERN;
	for (unsigned i = 0; i < SECOND_WINDOWS; i++)
		bench->model.offered[i] = mock_offers_window(mock, i);
	mock->face = MOCK_FACE_NONE;
	second_model_start(&bench->model);
}

FUZZ_PLAIN_END

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	unsigned choice = fuzz_below(&in, REGISTER_CHOICES);
	struct bench bench;
	bool all;

	start(&bench, choice, fuzz_number(&in, 1) & 1);
	all = fuzz_number(&in, REGISTER_HEAD - 2) % 4 == 1;
	while (fuzz_left(&in)) {
		struct register_record record = register_record(&in);
		struct place place;

		if (record.what % WHATS == CONTROL)
			control(&bench, &record);
		else if (!place_of(&bench, &record, &place))
			continue;
		else if (record.what % WHATS == READ)
			do_read(&bench, &place, record.through & 1);
		else
			do_write(&bench, &place, record.through & 1, record.value);
	}
	sweep(&bench, all);
	return 0;
}

#define FIELD(member, value)                                                               \
	{                                                                                  \
		WRITE, COMMON, sizeof(((struct virtio_pci_common_cfg *)0)->member) / 2, 0, \
			offsetof(struct virtio_pci_common_cfg, member), value              \
	}

/* An ordinary bring-up, then a reset; and the same through the window. */
void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	struct register_record records[] = {
		FIELD(device_status, 3),
		FIELD(driver_feature_select, 1),
		FIELD(driver_feature, 0x101),
		FIELD(device_status, 11),
		FIELD(config_msix_vector, 0),
		FIELD(queue_select, 0),
		FIELD(queue_size, 8),
		FIELD(queue_msix_vector, 1),
		FIELD(queue_desc_lo, 0x1000),
		FIELD(queue_driver_lo, 0x2000),
		FIELD(queue_device_lo, 0x3000),
		FIELD(queue_enable, 1),
		FIELD(device_status, 15),
		{ CONTROL, 0, 0, 0, 0, 6 },
		{ CONTROL, 1, 0, 0, 0, 0x8000 },
		{ CONTROL, 2, 0, 0, 0, 0 },
		{ READ, ISR, 0, 0, 0, 0 },
		{ WRITE, TABLE, 2, 0, 12, 0 },
		{ WRITE, NOTIFY, 1, 0, 0, 0 },
		FIELD(queue_reset, 1),
		FIELD(device_status, 0),
	};
	static const char *const names[] = { "blk", "net", "console", "rng" };

	for (unsigned i = 0; i < 4; i++) {
		const uint8_t head[REGISTER_HEAD] = { (uint8_t)(i + 4), 0, 1 };

		register_seed(seeds, names[i], head, records, COUNT(records));
	}
	for (unsigned i = 0; i < COUNT(records); i++)
		records[i].through = 1;
	register_seed(seeds, "window", (const uint8_t[REGISTER_HEAD]){ 0, 1, 1 }, records,
		      COUNT(records));
}
