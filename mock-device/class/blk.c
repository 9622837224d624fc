/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The block device (5.2): a disk in memory. It is zero when the device is made and keeps its bytes
 * over power-on, or it holds what is in a file, again after every power-on. What the environment
 * changes is its capacity.
 */
#include <stdlib.h>
#include <string.h>

#include "mock-device/class/blk_disk.h"
#include "mock-device/model/device.h"
#include "spec/blk.h"
#include "spec/pci_function.h"

#define QUEUES       3u
#define QUEUE_SIZE   128u
#define SECTORS      8192u /* capacity without a file: 4 MiB … */
#define SECTORS_STEP 2048u /* … which grows by so much … */
#define STEPS        2u    /* … so often, and is back where it was with the next change */
#define RANGES_MAX   8u    /* of one discard or write zeroes request */
#define FRAME        2u    /* descriptors of a request that are not data */

struct blk {
	uint8_t *disk;    /* as many sectors as there can be */
	uint8_t *content; /* of the file, or NULL */
	uint64_t sectors; /* at power-on */
	uint64_t capacity;
	bool writeback;
};

static const uint8_t features[] = {
	VIRTIO_BLK_F_SEG_MAX,      VIRTIO_BLK_F_BLK_SIZE, VIRTIO_BLK_F_FLUSH,
	VIRTIO_BLK_F_CONFIG_WCE,   VIRTIO_BLK_F_MQ,       VIRTIO_BLK_F_DISCARD,
	VIRTIO_BLK_F_WRITE_ZEROES,
};

static uint64_t sectors_most(const struct blk *blk)
{
	return blk->sectors + (uint64_t)STEPS * SECTORS_STEP;
}

static void power_on(struct mock *mock)
{
	struct blk *blk = mock->state;

	if (!blk->content)
		blk->sectors = SECTORS;
	if (!blk->disk)
		blk->disk = calloc(sectors_most(blk), VIRTIO_BLK_SECTOR_SIZE);
	if (blk->disk && blk->content)
		memcpy(blk->disk, blk->content, blk->sectors * VIRTIO_BLK_SECTOR_SIZE);
	blk->capacity = blk->disk ? blk->sectors : 0;
}

static int configure(struct mock *mock, const struct mock_settings *settings, char *error,
		     size_t size)
{
	struct blk *blk = mock->state;

	return settings->disk ? mock_blk_disk_load(settings->disk, &blk->content, &blk->sectors,
						   error, size)
			      : 0;
}

static void destroy(struct mock *mock)
{
	struct blk *blk = mock->state;

	free(blk->disk);
	free(blk->content);
}

static void reset(struct mock *mock)
{
	struct blk *blk = mock->state;

	if (!blk->writeback)
		mock_config_touched(mock);
	blk->writeback = true;
}

/* Who cannot flush gets no cache that needs it (5.2.5.2). */
static void features_ok(struct mock *mock)
{
	struct blk *blk = mock->state;

	if (mock_has(mock, VIRTIO_BLK_F_CONFIG_WCE) && !mock_has(mock, VIRTIO_BLK_F_FLUSH)) {
		blk->writeback = false;
		mock_config_touched(mock);
	}
}

static uint16_t queue_max(struct mock *mock, unsigned queue)
{
	return queue == 0 || mock_in_force(mock, VIRTIO_BLK_F_MQ) ? QUEUE_SIZE : 0;
}

/* As many data segments as a chain has places for them (5.2.4). */
static uint32_t seg_max(const struct mock *mock)
{
	unsigned size = mock->queues[0].max_size;

	return size > FRAME ? size - FRAME : 1;
}

#define FIELD(member) MOCK_FIELD(struct virtio_blk_config, member)

/* Fields of features that are not offered are zero. */
static void config(struct mock *mock, uint8_t *image)
{
	const struct blk *blk = mock->state;

	mock_put(mock, image, FIELD(capacity), blk->capacity);
	mock_put(mock, image, FIELD(seg_max), seg_max(mock));
	mock_put(mock, image, FIELD(blk_size), VIRTIO_BLK_SECTOR_SIZE);
	mock_put(mock, image, FIELD(writeback), blk->writeback);
	mock_put(mock, image, FIELD(num_queues), QUEUES);
	mock_put(mock, image, FIELD(max_discard_sectors), SECTORS);
	mock_put(mock, image, FIELD(max_discard_seg), RANGES_MAX);
	mock_put(mock, image, FIELD(discard_sector_alignment), 1);
	mock_put(mock, image, FIELD(max_write_zeroes_sectors), SECTORS);
	mock_put(mock, image, FIELD(max_write_zeroes_seg), RANGES_MAX);
}

/* Drivers that know no FEATURES_OK may choose before they have accepted anything (5.2.5.4). */
static bool early(struct mock *mock)
{
	return mock_is_stepless(mock) && mock_in_force(mock, VIRTIO_BLK_F_CONFIG_WCE);
}

/* The cache mode is the only field that a driver can set (5.2.5). */
static void config_write(struct mock *mock, unsigned offset, unsigned width, uint64_t value)
{
	struct blk *blk = mock->state;
	const unsigned field = offsetof(struct virtio_blk_config, writeback);
	bool writeback;

	if (!mock_has(mock, VIRTIO_BLK_F_CONFIG_WCE) && !early(mock))
		return;
	if (offset > field || field - offset >= width)
		return;
	writeback = value >> 8 * (field - offset) & 1;
	if (writeback != blk->writeback)
		mock_config_touched(mock);
	blk->writeback = writeback;
}

static bool change(struct mock *mock)
{
	struct blk *blk = mock->state;

	if (blk->capacity < sectors_most(blk))
		blk->capacity += SECTORS_STEP;
	else
		blk->capacity = blk->sectors;
	return true;
}

/* Whether `count` sectors from `sector` on lie on the disk. */
static bool on_disk(const struct blk *blk, uint64_t sector, uint64_t count)
{
	return sector <= blk->capacity && count <= blk->capacity - sector;
}

static uint8_t *at_sector(const struct blk *blk, uint64_t sector)
{
	return blk->disk + sector * VIRTIO_BLK_SECTOR_SIZE;
}

/* A request without its status byte: data is what lies between the header and that. */
struct request {
	uint32_t type;
	uint64_t sector;
	uint64_t readable, writable; /* bytes of data */
};

static uint8_t move(struct mock *mock, struct mock_chain *chain, const struct request *request)
{
	const struct blk *blk = mock->state;
	bool in = request->type == VIRTIO_BLK_T_IN;
	uint64_t size = in ? request->writable : request->readable;

	if (size % VIRTIO_BLK_SECTOR_SIZE ||
	    !on_disk(blk, request->sector, size / VIRTIO_BLK_SECTOR_SIZE))
		return VIRTIO_BLK_S_IOERR;
	if (in) {
		mock_chain_write(mock, chain, 0, at_sector(blk, request->sector), (size_t)size);
		return VIRTIO_BLK_S_OK;
	}
	if (mock_offers(mock, VIRTIO_BLK_F_RO))
		return VIRTIO_BLK_S_IOERR;
	mock_chain_read(mock, chain, sizeof(struct virtio_blk_req), at_sector(blk, request->sector),
			(size_t)size);
	return VIRTIO_BLK_S_OK;
}

static uint8_t get_id(struct mock *mock, struct mock_chain *chain, const struct request *request)
{
	static const char id[VIRTIO_BLK_ID_SIZE] = "virtspec mock disk";
	size_t size = request->writable < sizeof(id) ? (size_t)request->writable : sizeof(id);

	mock_chain_write(mock, chain, 0, id, size);
	return VIRTIO_BLK_S_OK;
}

/* Clears ranges. All of them are checked before the first one is touched. A discarded range may
 * read as anything, so it reads as zeroes too. */
static uint8_t clear(struct mock *mock, struct mock_chain *chain, const struct request *request)
{
	const struct blk *blk = mock->state;
	struct virtio_blk_range ranges[RANGES_MAX];
	uint64_t count = request->readable / sizeof(ranges[0]);
	bool discard = request->type == VIRTIO_BLK_T_DISCARD;

	if (!mock_has(mock, discard ? VIRTIO_BLK_F_DISCARD : VIRTIO_BLK_F_WRITE_ZEROES))
		return VIRTIO_BLK_S_UNSUPP;
	if (request->readable % sizeof(ranges[0]) || count == 0 || count > RANGES_MAX)
		return VIRTIO_BLK_S_IOERR;
	for (unsigned i = 0; i < count; i++) {
		uint8_t bytes[sizeof(ranges[0])];

		mock_chain_read(mock, chain, sizeof(struct virtio_blk_req) + i * sizeof(bytes),
				bytes, sizeof(bytes));
		ranges[i].sector =
			mock_get(mock, bytes, MOCK_FIELD(struct virtio_blk_range, sector));
		ranges[i].num_sectors =
			(uint32_t)mock_get(mock, bytes,
					   MOCK_FIELD(struct virtio_blk_range, num_sectors));
		ranges[i].flags =
			(uint32_t)mock_get(mock, bytes, MOCK_FIELD(struct virtio_blk_range, flags));
		if (ranges[i].flags & ~(discard ? 0 : VIRTIO_BLK_RANGE_UNMAP))
			return VIRTIO_BLK_S_UNSUPP;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!on_disk(blk, ranges[i].sector, ranges[i].num_sectors))
			return VIRTIO_BLK_S_IOERR;
	}
	for (unsigned i = 0; i < count && !mock_offers(mock, VIRTIO_BLK_F_RO); i++)
		memset(at_sector(blk, ranges[i].sector), 0,
		       (size_t)ranges[i].num_sectors * VIRTIO_BLK_SECTOR_SIZE);
	return mock_offers(mock, VIRTIO_BLK_F_RO) ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

static uint8_t perform(struct mock *mock, struct mock_chain *chain, const struct request *request)
{
	switch (request->type) {
	case VIRTIO_BLK_T_IN:
	case VIRTIO_BLK_T_OUT:
		return move(mock, chain, request);
	case VIRTIO_BLK_T_FLUSH:
		return VIRTIO_BLK_S_OK;
	case VIRTIO_BLK_T_FLUSH_OUT:
		return mock_legacy_driver(mock) ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_UNSUPP;
	case VIRTIO_BLK_T_GET_ID:
		return get_id(mock, chain, request);
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return clear(mock, chain, request);
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

/* The status is the last writable byte, wherever the driver cut the buffer. A chain without one
 * cannot be answered and comes back with nothing written. */
static void execute(struct mock *mock, struct mock_chain *chain)
{
	uint8_t header[sizeof(struct virtio_blk_req)];
	struct request request = { 0 };
	uint8_t status = VIRTIO_BLK_S_IOERR;

	if (chain->writable && chain->readable >= sizeof(header)) {
		mock_chain_read(mock, chain, 0, header, sizeof(header));
		request.type =
			(uint32_t)mock_get(mock, header, MOCK_FIELD(struct virtio_blk_req, type));
		request.sector = mock_get(mock, header, MOCK_FIELD(struct virtio_blk_req, sector));
		request.readable = chain->readable - sizeof(header);
		request.writable = chain->writable - 1;
		status = perform(mock, chain, &request);
	}
	if (chain->writable)
		mock_chain_write(mock, chain, chain->writable - 1, &status, sizeof(status));
	mock_complete(mock, chain);
}

MOCK_CLASS(blk, .type = VIRTIO_ID_BLOCK, .class_code = PCI_CLASS_CODE_STORAGE,
	   .queue_count = QUEUES, .state_size = sizeof(struct blk),
	   /* Secure erase and zones, whose fields follow, are not offered. */
	   .config_size = offsetof(struct virtio_blk_config, max_secure_erase_sectors),
	   .features = features, .feature_count = sizeof(features), .queue_max = queue_max,
	   .configure = configure, .power_on = power_on, .reset = reset, .features_ok = features_ok,
	   .config = config, .config_write = config_write, .change = change, .execute = execute,
	   .destroy = destroy);
