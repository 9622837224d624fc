/* SPDX-License-Identifier: BSD-3-Clause */
/* What requests and configuration of the mock block device mean. */
#include "mock_rings.h"

#include <stdlib.h>
#include <unistd.h>

#include "spec/blk.h"

#define SECTOR   VIRTIO_BLK_SECTOR_SIZE
#define CAPACITY 8192u
#define HEADER   sizeof(struct virtio_blk_req)

struct disk {
	struct td td;
	struct td_queue *queue;
	uint64_t request, data, status; /* header; 64 KiB; one byte with neighbours */
};

#define DATA_SIZE 65536u

static void start_disk(struct disk *d, uint64_t declined)
{
	assert_true(td_negotiate(&d->td, td_offered(&d->td) & ~declined));
	d->queue = td_queue(&d->td, 0, 0, !(declined & TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA)));
	d->request = td_alloc(&d->td, HEADER, 1) + 0;
	d->data = td_alloc(&d->td, DATA_SIZE, 1);
	d->status = td_alloc(&d->td, 3, 1) + 1;
	td_driver_ok(&d->td);
}

static void open_disk_as(struct disk *d, const struct mock_settings *settings, uint64_t declined)
{
	td_open_as(&d->td, settings);
	start_disk(d, declined);
}

static void open_disk(struct disk *d, uint64_t declined)
{
	const struct mock_settings settings = { .class_name = "blk" };

	open_disk_as(d, &settings, declined);
}

static void header(struct disk *d, uint32_t type, uint64_t sector)
{
	td_store(&d->td, d->request + offsetof(struct virtio_blk_req, type), 4, type);
	td_store(&d->td, d->request + offsetof(struct virtio_blk_req, reserved), 4, 0);
	td_store(&d->td, d->request + offsetof(struct virtio_blk_req, sector), 8, sector);
	td_store(&d->td, d->status - 1, 1, 0xee);
	td_store(&d->td, d->status, 1, 0xee);
	td_store(&d->td, d->status + 1, 1, 0xee);
}

/* One request with `size` bytes of data in one piece; its status. *length: the used length. */
static uint8_t request(struct disk *d, uint32_t type, uint64_t sector, uint32_t size, bool in,
		       uint32_t *length)
{
	const struct td_segment segments[] = {
		{ d->request, HEADER, false },
		{ d->data, size, in },
		{ d->status, 1, true },
	};
	unsigned slot = d->queue->used_idx % (unsigned)d->queue->size;

	header(d, type, sector);
	td_chain(&d->td, d->queue->desc, 0, segments, 3);
	td_offer(&d->td, d->queue, 0);
	td_notify(&d->td, d->queue);
	if (length)
		*length = (uint32_t)td_load(&d->td, d->queue->used + VIRTQ_USED_RING_LEN(slot), 4);
	assert_int_equal(td_used_idx(&d->td, d->queue), (uint16_t)++d->queue->used_idx);
	assert_int_equal(td_load(&d->td, d->status - 1, 1), 0xee);
	assert_int_equal(td_load(&d->td, d->status + 1, 1), 0xee);
	return (uint8_t)td_load(&d->td, d->status, 1);
}

static void blk_read_write(void **state)
{
	struct disk d;
	uint8_t *data;
	uint32_t length;

	(void)state;
	open_disk(&d, 0);
	data = td_at(&d.td, d.data, DATA_SIZE);
	for (unsigned i = 0; i < DATA_SIZE; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(request(&d, VIRTIO_BLK_T_OUT, CAPACITY - 128, DATA_SIZE, false, &length),
			 VIRTIO_BLK_S_OK);
	assert_int_equal(length, 1);
	memset(data, 0, DATA_SIZE);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, CAPACITY - 127, 2 * SECTOR, true, &length),
			 VIRTIO_BLK_S_OK);
	assert_int_equal(length, 2 * SECTOR + 1);
	for (unsigned i = 0; i < 2 * SECTOR; i++)
		assert_int_equal(data[i], (uint8_t)((i + SECTOR) * 7 + (i + SECTOR) / 256));
	assert_int_equal(data[2ul * SECTOR], 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_FLUSH, 0, 0, false, &length), VIRTIO_BLK_S_OK);
	td_close(&d.td);
}

static void blk_errors(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t sector;
		uint32_t size;
		bool in;
		uint8_t status;
		uint32_t length;
	} cases[] = {
		{ VIRTIO_BLK_T_IN, CAPACITY, SECTOR, true, VIRTIO_BLK_S_IOERR, 0 },
		{ VIRTIO_BLK_T_IN, CAPACITY - 1, 2 * SECTOR, true, VIRTIO_BLK_S_IOERR, 0 },
		{ VIRTIO_BLK_T_IN, UINT64_MAX, SECTOR, true, VIRTIO_BLK_S_IOERR, 0 },
		{ VIRTIO_BLK_T_IN, UINT64_MAX / 512, SECTOR, true, VIRTIO_BLK_S_IOERR, 0 },
		{ VIRTIO_BLK_T_OUT, CAPACITY, SECTOR, false, VIRTIO_BLK_S_IOERR, 1 },
		{ VIRTIO_BLK_T_IN, 0, 100, true, VIRTIO_BLK_S_IOERR, 0 },
		{ VIRTIO_BLK_T_OUT, 0, 100, false, VIRTIO_BLK_S_IOERR, 1 },
		{ VIRTIO_BLK_T_GET_LIFETIME, 0, 6, true, VIRTIO_BLK_S_UNSUPP, 0 },
		{ VIRTIO_BLK_T_SECURE_ERASE, 0, 16, false, VIRTIO_BLK_S_UNSUPP, 1 },
		{ 2, 0, SECTOR, true, VIRTIO_BLK_S_UNSUPP, 0 },
		{ 0x80000000, 0, SECTOR, true, VIRTIO_BLK_S_UNSUPP, 0 },
		{ VIRTIO_BLK_T_IN, CAPACITY, 0, true, VIRTIO_BLK_S_OK, 1 },
	};
	struct disk d;

	(void)state;
	open_disk(&d, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t length;

		assert_int_equal(request(&d, cases[i].type, cases[i].sector, cases[i].size,
					 cases[i].in, &length),
				 cases[i].status);
		assert_int_equal(length, cases[i].length);
	}
	td_close(&d.td);
}

static void blk_id(void **state)
{
	struct disk d;
	uint32_t length;

	(void)state;
	open_disk(&d, 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_GET_ID, 0, 20, true, &length), VIRTIO_BLK_S_OK);
	assert_int_equal(length, 21);
	assert_string_equal(td_at(&d.td, d.data, 20), "virtspec mock disk");
	td_close(&d.td);
}

static void range(struct disk *d, unsigned i, uint64_t sector, uint32_t count, uint32_t flags)
{
	uint64_t at = d->data + sizeof(struct virtio_blk_range) * i;

	td_store(&d->td, at + offsetof(struct virtio_blk_range, sector), 8, sector);
	td_store(&d->td, at + offsetof(struct virtio_blk_range, num_sectors), 4, count);
	td_store(&d->td, at + offsetof(struct virtio_blk_range, flags), 4, flags);
}

static void blk_write_zeroes(void **state)
{
	const uint32_t one = sizeof(struct virtio_blk_range);
	struct disk d;

	(void)state;
	open_disk(&d, 0);
	memset(td_at(&d.td, d.data, 4ul * SECTOR), 0xaa, 4ul * SECTOR);
	assert_int_equal(request(&d, VIRTIO_BLK_T_OUT, 0, 4 * SECTOR, false, NULL), 0);
	range(&d, 0, 0, 1, 0);
	range(&d, 1, 2, 1, VIRTIO_BLK_RANGE_UNMAP);
	assert_int_equal(request(&d, VIRTIO_BLK_T_WRITE_ZEROES, 0, 2 * one, false, NULL), 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, 0, 4 * SECTOR, true, NULL), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(td_load(&d.td, d.data + (uint64_t)i * SECTOR + 511, 1),
				 i % 2 ? 0xaa : 0);
	range(&d, 0, 0, 1, VIRTIO_BLK_RANGE_UNMAP);
	assert_int_equal(request(&d, VIRTIO_BLK_T_DISCARD, 0, one, false, NULL),
			 VIRTIO_BLK_S_UNSUPP);
	range(&d, 0, 0, 1, 2);
	assert_int_equal(request(&d, VIRTIO_BLK_T_WRITE_ZEROES, 0, one, false, NULL),
			 VIRTIO_BLK_S_UNSUPP);
	range(&d, 0, CAPACITY - 1, 2, 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_DISCARD, 0, one, false, NULL),
			 VIRTIO_BLK_S_IOERR);
	range(&d, 0, 3, 1, 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_DISCARD, 0, one - 1, false, NULL),
			 VIRTIO_BLK_S_IOERR);
	for (unsigned i = 0; i < 9; i++)
		range(&d, i, 0, 1, 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_DISCARD, 0, 9 * one, false, NULL),
			 VIRTIO_BLK_S_IOERR);
	td_close(&d.td);

	open_disk(&d, TD_FEATURE(VIRTIO_BLK_F_DISCARD));
	range(&d, 0, 0, 1, 0);
	assert_int_equal(request(&d, VIRTIO_BLK_T_DISCARD, 0, one, false, NULL),
			 VIRTIO_BLK_S_UNSUPP);
	td_close(&d.td);
}

/* The same request cut at every byte, readable and writable parts. */
static void blk_framing(void **state)
{
	struct disk d;
	uint8_t *data;

	(void)state;
	open_disk(&d, 0);
	data = td_at(&d.td, d.data, DATA_SIZE);
	/* Header and data in one piece; then data and status. */
	d.data = d.request + HEADER;
	assert_ptr_equal(td_at(&d.td, d.data, 1), data);
	for (unsigned cut = 1; cut < HEADER + SECTOR; cut += 7) {
		const struct td_segment out[] = {
			{ d.request, cut, false },
			{ d.request + cut, (uint32_t)(HEADER + SECTOR - cut), false },
			{ d.status, 1, true },
		};
		const struct td_segment in[] = {
			{ d.request, HEADER, false },
			{ d.data, cut < SECTOR ? cut : SECTOR, true },
			{ d.data + cut, cut < SECTOR ? SECTOR - cut + 1 : 1, true },
		};

		header(&d, VIRTIO_BLK_T_OUT, 9);
		memset(data, (int)cut, SECTOR);
		td_chain(&d.td, d.queue->desc, 0, out, 3);
		td_offer(&d.td, d.queue, 0);
		td_notify(&d.td, d.queue);
		td_expect_used(&d.td, d.queue, 0, 1);
		assert_int_equal(td_load(&d.td, d.status, 1), 0);
		header(&d, VIRTIO_BLK_T_IN, 9);
		memset(data, 0xee, SECTOR + 32);
		td_chain(&d.td, d.queue->desc, 0, in, 3);
		td_offer(&d.td, d.queue, 0);
		td_notify(&d.td, d.queue);
		td_expect_used(&d.td, d.queue, 0, SECTOR + 1);
		for (unsigned i = 0; cut < SECTOR && i < SECTOR; i++)
			assert_int_equal(data[i], (uint8_t)cut);
		assert_int_equal(data[cut < SECTOR ? SECTOR : cut], 0);
	}
	td_close(&d.td);
}

/* Chains that cannot be answered come back all the same. */
static void blk_short(void **state)
{
	struct disk d;

	(void)state;
	open_disk(&d, 0);
	header(&d, VIRTIO_BLK_T_IN, 0);
	td_desc(&d.td, d.queue->desc, 0, d.request, HEADER, 0, 0);
	td_offer(&d.td, d.queue, 0);
	td_notify(&d.td, d.queue);
	td_expect_used(&d.td, d.queue, 0, 0);
	td_desc(&d.td, d.queue->desc, 0, d.request, HEADER - 1, VIRTQ_DESC_F_NEXT, 1);
	td_desc(&d.td, d.queue->desc, 1, d.status, 1, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&d.td, d.queue, 0);
	td_notify(&d.td, d.queue);
	td_expect_used(&d.td, d.queue, 0, 1);
	assert_int_equal(td_load(&d.td, d.status, 1), VIRTIO_BLK_S_IOERR);
	td_desc(&d.td, d.queue->desc, 0, d.status, 1, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&d.td, d.queue, 0);
	td_notify(&d.td, d.queue);
	td_expect_used(&d.td, d.queue, 0, 1);
	td_close(&d.td);
}

static void blk_config(void **state)
{
	const size_t writeback = offsetof(struct virtio_blk_config, writeback);
	struct disk d;

	(void)state;
	open_disk(&d, 0);
	assert_int_equal(td_device(&d.td, 0, 8), CAPACITY);
	assert_int_equal(td_device(&d.td, offsetof(struct virtio_blk_config, seg_max), 4), 126);
	assert_int_equal(td_device(&d.td, offsetof(struct virtio_blk_config, num_queues), 2), 3);
	for (unsigned i = 0; i < 64; i++)
		td_set_device(&d.td, i, 1, 0);
	assert_int_equal(td_device(&d.td, 0, 8), CAPACITY);
	assert_int_equal(td_device(&d.td, writeback, 1), 0);
	td_set_device(&d.td, writeback, 4, UINT32_MAX);
	assert_int_equal(td_device(&d.td, writeback, 4), 1 | 3 << 16);
	td_set_device(&d.td, 64, 8, 0);
	assert_int_equal(td_device(&d.td, 56, 8), 0);
	/* Bytes and wider reads agree, to the end and across it. */
	for (unsigned at = 0; at < 64; at++) {
		uint64_t wide = td_device(&d.td, at, 4);

		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(wide >> 8 * i & 0xff, td_device(&d.td, at + i, 1));
	}
	mock_change_config(d.td.mock);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, CAPACITY, SECTOR, true, NULL), 0);
	td_close(&d.td);

	open_disk(&d, TD_FEATURE(VIRTIO_BLK_F_FLUSH));
	assert_int_equal(td_device(&d.td, writeback, 1), 0);
	td_close(&d.td);
	open_disk(&d, TD_FEATURE(VIRTIO_BLK_F_CONFIG_WCE));
	td_set_device(&d.td, writeback, 1, 0);
	assert_int_equal(td_device(&d.td, writeback, 1), 1);
	td_close(&d.td);
}

/* A file of `size` bytes, each sector filled with its own number; the caller removes it. */
static void make_file(char *path, size_t size)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t at = 0; at < size; at++) {
		uint8_t byte = (uint8_t)(at / SECTOR + 1);

		assert_int_equal(write(fd, &byte, 1), 1);
	}
	close(fd);
}

static void blk_file(void **state)
{
	char path[] = "/tmp/mock-blk-XXXXXX";
	struct mock_settings settings = { .class_name = "blk", .disk = path };
	struct disk d;
	uint8_t *data;

	(void)state;
	make_file(path, 5ul * SECTOR);
	open_disk_as(&d, &settings, 0);
	unlink(path);
	assert_int_equal(td_device(&d.td, 0, 8), 5);
	data = td_at(&d.td, d.data, DATA_SIZE);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, 4, SECTOR, true, NULL), VIRTIO_BLK_S_OK);
	assert_int_equal(data[0], 5);
	assert_int_equal(data[SECTOR - 1], 5);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, 5, SECTOR, true, NULL), VIRTIO_BLK_S_IOERR);
	memset(data, 0xaa, SECTOR);
	assert_int_equal(request(&d, VIRTIO_BLK_T_OUT, 4, SECTOR, false, NULL), VIRTIO_BLK_S_OK);
	mock_change_config(d.td.mock);
	assert_int_equal(td_device(&d.td, 0, 8), 5 + 2048);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, 5 + 2047, SECTOR, true, NULL), 0);

	/* What was written goes with power. */
	mock_power_on(d.td.mock);
	td_find(&d.td);
	td_command(&d.td, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	start_disk(&d, 0);
	assert_int_equal(td_device(&d.td, 0, 8), 5);
	data = td_at(&d.td, d.data, DATA_SIZE);
	assert_int_equal(request(&d, VIRTIO_BLK_T_IN, 4, SECTOR, true, NULL), VIRTIO_BLK_S_OK);
	assert_int_equal(data[0], 5);
	td_close(&d.td);
}

static void refused(const char *class_name, const char *path, const char *word)
{
	struct mock_settings settings = { .class_name = class_name, .disk = path };
	struct mock_host host = { 0 };
	char error[256] = "";

	assert_null(mock_create(&settings, &host, error, sizeof(error)));
	assert_non_null(strstr(error, word));
}

static void blk_file_refused(void **state)
{
	char odd[] = "/tmp/mock-blk-XXXXXX", empty[] = "/tmp/mock-blk-XXXXXX";

	(void)state;
	make_file(odd, SECTOR + 1);
	make_file(empty, 0);
	refused("blk", odd, "whole sectors");
	refused("blk", empty, "whole sectors");
	refused("blk", "/tmp", "regular");
	refused("blk", "/no/such/file", "No such file");
	refused("rng", odd, "for blk");
	unlink(odd);
	unlink(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blk_read_write),   cmocka_unit_test(blk_errors),
		cmocka_unit_test(blk_id),           cmocka_unit_test(blk_write_zeroes),
		cmocka_unit_test(blk_framing),      cmocka_unit_test(blk_short),
		cmocka_unit_test(blk_config),       cmocka_unit_test(blk_file),
		cmocka_unit_test(blk_file_refused),
	};

	return cmocka_run_group_tests_name("mock_blk", tests, NULL, NULL);
}
