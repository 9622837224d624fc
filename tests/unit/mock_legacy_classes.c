/* SPDX-License-Identifier: BSD-3-Clause */
/* What the legacy interface changes about each class: byte order, headers, early writes. */
#include "mock_legacy.h"

#include "spec/blk.h"
#include "spec/console.h"
#include "spec/net.h"

#define SECTOR  VIRTIO_BLK_SECTOR_SIZE
#define BIT(nr) (UINT32_C(1) << (nr))

static uint8_t blk_request(struct tl *tl, struct td_queue *queue, uint32_t type, uint64_t data)
{
	uint64_t header = td_alloc(&tl->td, sizeof(struct virtio_blk_req), 8);
	uint64_t status = td_alloc(&tl->td, 1, 1);
	bool in = type == VIRTIO_BLK_T_IN;
	const struct td_segment segments[] = {
		{ header, sizeof(struct virtio_blk_req), false },
		{ data, SECTOR, in },
		{ status, 1, true },
	};

	tl_store(tl, header + offsetof(struct virtio_blk_req, type), 4, type);
	tl_store(tl, header + offsetof(struct virtio_blk_req, sector), 8, 3);
	td_store(&tl->td, status, 1, 0xee);
	tl_serve(tl, queue, segments, 3, in ? SECTOR + 1 : 1);
	return (uint8_t)td_load(&tl->td, status, 1);
}

static void blk(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		struct tl tl;
		struct td_queue *queue;
		uint64_t out, in;

		tl_open(&tl, "blk", MOCK_TRANSITIONAL, big);
		tl_accept(&tl, 0);
		queue = tl_queue(&tl, 0);
		tl_driver_ok(&tl);
		out = td_alloc(&tl.td, SECTOR, 1);
		in = td_alloc(&tl.td, SECTOR, 1);
		memset(td_at(&tl.td, out, SECTOR), 0x5a, SECTOR);
		assert_int_equal(blk_request(&tl, queue, VIRTIO_BLK_T_OUT, out), VIRTIO_BLK_S_OK);
		assert_int_equal(blk_request(&tl, queue, VIRTIO_BLK_T_IN, in), VIRTIO_BLK_S_OK);
		assert_memory_equal(td_at(&tl.td, out, SECTOR), td_at(&tl.td, in, SECTOR), SECTOR);
		assert_int_equal(blk_request(&tl, queue, VIRTIO_BLK_T_FLUSH_OUT, out),
				 VIRTIO_BLK_S_OK);
		/* A queue that was not asked for is not there. */
		tl_set(&tl, VIRTIO_LEGACY_QUEUE_SELECT, 2, 1);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_SIZE, 2), 0);
		td_close(&tl.td);
	}
}

/* The cache mode may be set before anything else, and no step changes it (5.2.5.4). */
static void blk_cache_mode(void **state)
{
	const unsigned at =
		VIRTIO_LEGACY_CONFIG(false) + offsetof(struct virtio_blk_config, writeback);
	struct tl tl;

	(void)state;
	tl_open(&tl, "blk", MOCK_LEGACY, true);
	tl_set(&tl, at, 1, 0);
	assert_int_equal(tl_get(&tl, at, 1), 0);
	tl_set(&tl, at, 1, 1);
	tl_set(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4, BIT(VIRTIO_BLK_F_CONFIG_WCE));
	tl_driver_ok(&tl);
	assert_int_equal(tl_get(&tl, at, 1), 1);
	tl_set(&tl, at, 1, 0);
	assert_int_equal(tl_get(&tl, at, 1), 0);
	/* Final with DRIVER_OK. */
	tl_set(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4, 0);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4),
			 BIT(VIRTIO_BLK_F_CONFIG_WCE));
	tl_accept(&tl, 0);
	tl_set(&tl, at, 1, 0);
	assert_int_equal(tl_get(&tl, at, 1), 1);
	td_close(&tl.td);
}

/* Without merged buffers the header is two bytes shorter. */
static void net_header(void **state)
{
	const unsigned header = 10, frame = 60;
	struct td_segment out = { .length = header + frame },
			  in = { .length = 100, .writable = true };
	struct td_queue *receive, *transmit;
	struct tl tl;

	(void)state;
	tl_open(&tl, "net", MOCK_TRANSITIONAL, true);
	tl_accept(&tl, 0);
	receive = tl_queue(&tl, 0);
	transmit = tl_queue(&tl, 1);
	tl_driver_ok(&tl);
	out.address = td_alloc(&tl.td, out.length, 1);
	in.address = td_alloc(&tl.td, in.length, 1);
	memset(td_at(&tl.td, out.address + header, frame), 0xa5, frame);
	memset(td_at(&tl.td, in.address, in.length), 0xee, in.length);
	tl_offer(&tl, receive, &in, 1);
	tl_serve(&tl, transmit, &out, 1, 0);
	tl_expect_used(&tl, receive, header + frame);
	assert_int_equal(td_load(&tl.td, in.address + header - 1, 1), 0);
	assert_memory_equal(td_at(&tl.td, in.address + header, frame),
			    td_at(&tl.td, out.address + header, frame), frame);
	assert_int_equal(td_load(&tl.td, in.address + header + frame, 1), 0xee);
	td_close(&tl.td);
}

static void net_address(void **state)
{
	static const uint8_t mac[] = { 2, 3, 4, 5, 6, 7 };
	struct tl tl;

	(void)state;
	tl_open(&tl, "net", MOCK_TRANSITIONAL, true);
	for (unsigned i = 0; i < sizeof(mac); i++)
		tl_set(&tl, VIRTIO_LEGACY_CONFIG(false) + i, 1, mac[i]);
	for (unsigned i = 0; i < sizeof(mac); i++)
		assert_int_equal(td_device(&tl.td, i, 1), mac[i]);
	assert_int_equal(tl_config(&tl, offsetof(struct virtio_net_config, mtu), 2),
			 VIRTIO_NET_MTU_DEFAULT);
	assert_int_equal(td_device(&tl.td, offsetof(struct virtio_net_config, mtu), 2),
			 VIRTIO_NET_MTU_DEFAULT);
	/* Not for modern drivers, and not for those that have a command for it. */
	td_set_device(&tl.td, 0, 1, 0x42);
	assert_int_equal(td_device(&tl.td, 0, 1), 2);
	tl_set(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4, BIT(VIRTIO_NET_F_CTRL_MAC_ADDR));
	tl_set(&tl, VIRTIO_LEGACY_CONFIG(false), 1, 0x42);
	assert_int_equal(td_device(&tl.td, 0, 1), 2);
	td_close(&tl.td);
}

/* The control queue stands behind the pairs that were negotiated, and counts in the guest's order.
 */
static void net_control(void **state)
{
	const uint32_t features = BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_MQ);

	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		struct td_segment segments[2] = { { .length = 4 },
						  { .length = 1, .writable = true } };
		struct td_queue *queue;
		struct tl tl;

		tl_open(&tl, "net", MOCK_LEGACY, big);
		tl_accept(&tl, features);
		queue = tl_queue(&tl, 4);
		assert_int_equal(queue->size, 64);
		tl_driver_ok(&tl);
		segments[0].address = td_alloc(&tl.td, 4, 2);
		segments[1].address = td_alloc(&tl.td, 1, 1);
		td_store(&tl.td, segments[0].address, 1, VIRTIO_NET_CTRL_MQ);
		tl_store(&tl, segments[0].address + 2, 2, 2);
		tl_serve(&tl, queue, segments, 2, 1);
		assert_int_equal(td_load(&tl.td, segments[1].address, 1), VIRTIO_NET_OK);
		td_close(&tl.td);
	}
}

static void console(void **state)
{
	struct td_segment out = { .length = 5 }, in = { .length = 16, .writable = true };
	struct td_queue *receive, *transmit;
	struct tl tl;

	(void)state;
	tl_open(&tl, "console", MOCK_LEGACY, true);
	assert_int_equal(tl_config(&tl, offsetof(struct virtio_console_config, cols), 2), 80);
	assert_int_equal(tl_config(&tl, offsetof(struct virtio_console_config, rows), 2), 25);
	receive = tl_queue(&tl, 0);
	transmit = tl_queue(&tl, 1);
	out.address = td_alloc(&tl.td, out.length, 1);
	in.address = td_alloc(&tl.td, in.length, 1);
	tl_offer(&tl, receive, &in, 1);
	tl_serve(&tl, transmit, &out, 1, 0);
	tl_expect_used(&tl, receive, 5);
	td_close(&tl.td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blk),         cmocka_unit_test(blk_cache_mode),
		cmocka_unit_test(net_header),  cmocka_unit_test(net_address),
		cmocka_unit_test(net_control), cmocka_unit_test(console),
	};

	return cmocka_run_group_tests_name("mock_legacy_classes", tests, NULL, NULL);
}
