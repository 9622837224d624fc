/* SPDX-License-Identifier: BSD-3-Clause */
/* What frames, commands and configuration of the mock network device mean. */
#include "mock_rings.h"

#include "spec/net.h"

#define NET_HEADER sizeof(struct virtio_net_hdr)

struct card {
	struct td td;
	struct td_queue *rx[2], *tx[2], *control;
	uint64_t buffer, frame; /* 2 KiB each */
};

static void open_card(struct card *c, uint64_t declined, bool pairs)
{
	memset(c, 0, sizeof(*c));
	td_open(&c->td, "net", NULL);
	declined |= TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA);
	assert_true(td_negotiate(&c->td, td_offered(&c->td) & ~declined));
	for (uint16_t i = 0; i <= pairs; i++) {
		c->rx[i] = td_queue(&c->td, (uint16_t)(2 * i), 16, false);
		c->tx[i] = td_queue(&c->td, (uint16_t)(2 * i + 1), 16, false);
	}
	if (!(declined & TD_FEATURE(VIRTIO_NET_F_CTRL_VQ)))
		c->control =
			td_queue(&c->td, declined & TD_FEATURE(VIRTIO_NET_F_MQ) ? 2 : 4, 0, false);
	c->buffer = td_alloc(&c->td, 2048, 1);
	c->frame = td_alloc(&c->td, 2048, 1);
	td_driver_ok(&c->td);
}

static void provide(struct card *c, struct td_queue *rx, uint32_t size)
{
	memset(td_at(&c->td, c->buffer, 2048), 0xee, 2048);
	td_desc(&c->td, rx->desc, 0, c->buffer, size, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&c->td, rx, 0);
	td_notify(&c->td, rx);
}

/* Transmits a frame of `size` bytes to an address of six times `to`. */
static void transmit(struct card *c, struct td_queue *tx, uint8_t to, uint32_t size)
{
	uint8_t *frame = td_at(&c->td, c->frame, NET_HEADER + size);

	memset(frame, 0, NET_HEADER);
	for (unsigned i = 0; i < size; i++)
		frame[NET_HEADER + i] = i < 6 ? to : (uint8_t)i;
	/* Cut in the header. */
	td_desc(&c->td, tx->desc, 0, c->frame, 5, VIRTQ_DESC_F_NEXT, 1);
	td_desc(&c->td, tx->desc, 1, c->frame + 5, (uint32_t)NET_HEADER - 5 + size, 0, 0);
	td_offer(&c->td, tx, 0);
	td_notify(&c->td, tx);
	td_expect_used(&c->td, tx, 0, 0);
}

static void net_loop(void **state)
{
	struct card c;
	uint8_t *bytes;

	(void)state;
	open_card(&c, 0, false);
	provide(&c, c.rx[0], 2048);
	td_expect_none(&c.td, c.rx[0]);
	transmit(&c, c.tx[0], 0x22, 100);
	td_expect_used(&c.td, c.rx[0], 0, (uint32_t)NET_HEADER + 100);
	bytes = td_at(&c.td, c.buffer, 2048);
	for (unsigned i = 0; i < NET_HEADER; i++)
		assert_int_equal(bytes[i], i == 10 ? 1 : 0);
	assert_int_equal(bytes[NET_HEADER], 0x22);
	assert_int_equal(bytes[NET_HEADER + 99], 99);
	assert_int_equal(bytes[NET_HEADER + 100], 0xee);
	/* A frame that came before its buffer. */
	transmit(&c, c.tx[0], 0x24, 60);
	td_expect_none(&c.td, c.rx[0]);
	provide(&c, c.rx[0], 2048);
	td_expect_used(&c.td, c.rx[0], 0, (uint32_t)NET_HEADER + 60);
	td_close(&c.td);
}

static void net_odd_frames(void **state)
{
	static const uint32_t lost[] = { 0, 1, 13, 1515, 1600 };
	struct card c;

	(void)state;
	open_card(&c, 0, false);
	provide(&c, c.rx[0], 2048);
	for (unsigned i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		transmit(&c, c.tx[0], 2, lost[i]);
	/* Shorter than a header. */
	td_desc(&c.td, c.tx[0]->desc, 0, c.frame, 1, 0, 0);
	td_offer(&c.td, c.tx[0], 0);
	td_notify(&c.td, c.tx[0]);
	td_expect_used(&c.td, c.tx[0], 0, 0);
	td_expect_none(&c.td, c.rx[0]);
	transmit(&c, c.tx[0], 2, 1514);
	td_expect_used(&c.td, c.rx[0], 0, (uint32_t)NET_HEADER + 1514);
	/* A buffer that is too small stays for a frame that fits. */
	provide(&c, c.rx[0], 64);
	transmit(&c, c.tx[0], 2, 200);
	td_expect_none(&c.td, c.rx[0]);
	transmit(&c, c.tx[0], 2, 52);
	td_expect_used(&c.td, c.rx[0], 0, 64);
	/* More frames than wait. */
	for (unsigned i = 0; i < 20; i++)
		transmit(&c, c.tx[0], 2, 20);
	for (unsigned i = 0; i < 8; i++) {
		provide(&c, c.rx[0], 2048);
		td_expect_used(&c.td, c.rx[0], 0, (uint32_t)NET_HEADER + 20);
	}
	provide(&c, c.rx[0], 2048);
	td_expect_none(&c.td, c.rx[0]);
	td_close(&c.td);
}

/* A control command; its answer. */
static uint8_t control(struct card *c, uint8_t class_id, uint8_t command, const void *data,
		       uint32_t size)
{
	uint64_t at = td_alloc(&c->td, 3 + (size_t)size, 1);

	td_store(&c->td, at, 1, class_id);
	td_store(&c->td, at + 1, 1, command);
	memcpy(td_at(&c->td, at + 2, size), data, size);
	td_desc(&c->td, c->control->desc, 0, at, 2 + size, VIRTQ_DESC_F_NEXT, 1);
	td_desc(&c->td, c->control->desc, 1, at + 2 + size, 1, VIRTQ_DESC_F_WRITE, 0);
	td_store(&c->td, at + 2 + size, 1, 0xee);
	td_offer(&c->td, c->control, 0);
	td_notify(&c->td, c->control);
	td_expect_used(&c->td, c->control, 0, 1);
	return (uint8_t)td_load(&c->td, at + 2 + size, 1);
}

static bool comes_back(struct card *c, uint8_t to)
{
	transmit(c, c->tx[0], to, 60);
	if (td_used_idx(&c->td, c->rx[0]) == c->rx[0]->used_idx)
		return false;
	td_expect_used(&c->td, c->rx[0], 0, (uint32_t)NET_HEADER + 60);
	provide(c, c->rx[0], 2048);
	return true;
}

static void net_filter(void **state)
{
	static const uint8_t off = 0, on = 1;
	static const uint8_t table[] = {
		1, 0, 0, 0, 4, 4, 4, 4, 4, 4, 1, 0, 0, 0, 5, 5, 5, 5, 5, 5
	};
	static const uint8_t mac[] = { 6, 6, 6, 6, 6, 6 };
	struct card c;

	(void)state;
	open_card(&c, 0, false);
	provide(&c, c.rx[0], 2048);
	assert_true(comes_back(&c, 4));
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, &off, 1), 0);
	assert_false(comes_back(&c, 4));
	assert_true(comes_back(&c, 0xff));
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table,
				 sizeof(table)),
			 0);
	assert_true(comes_back(&c, 4));
	assert_true(comes_back(&c, 5));
	assert_false(comes_back(&c, 6));
	assert_false(comes_back(&c, 7));
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI, &on, 1), 0);
	assert_true(comes_back(&c, 7));
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, mac, 6), 0);
	assert_true(comes_back(&c, 6));
	assert_int_equal(td_device(&c.td, 0, 4), 0x06060606);
	td_close(&c.td);
}

static void net_commands(void **state)
{
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6 };
	/* Seventeen addresses, one more than there is room for. */
	static const uint8_t many[4 + 17 * 6 + 4] = { 17 };
	static const uint8_t values[] = { 0, 0, 2, 0, 3, 0 };
	struct card c;

	(void)state;
	open_card(&c, 0, true);
	assert_int_equal(control(&c, 99, 0, huge, 4), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_RX, 5, huge, 1), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_RX, 0, huge, 0), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_RX, 0, huge, 1), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MAC, 0, huge, sizeof(huge)), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MAC, 0, many, sizeof(many)), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MAC, 1, huge, 5), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MQ, 0, values, 2), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MQ, 0, values + 4, 2), VIRTIO_NET_ERR);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_MQ, 0, values + 2, 2), VIRTIO_NET_OK);
	/* The second pair is in use now. */
	provide(&c, c.rx[1], 2048);
	transmit(&c, c.tx[1], 2, 60);
	td_expect_used(&c.td, c.rx[1], 0, (uint32_t)NET_HEADER + 60);
	/* Its receive queue gone, the first one takes over. */
	TD_SET(&c.td, queue_select, 2);
	TD_SET(&c.td, queue_reset, 1);
	provide(&c, c.rx[0], 2048);
	transmit(&c, c.tx[1], 2, 60);
	td_expect_used(&c.td, c.rx[0], 0, (uint32_t)NET_HEADER + 60);
	td_close(&c.td);
}

static void net_config(void **state)
{
	const size_t status = offsetof(struct virtio_net_config, status);
	struct card c;

	(void)state;
	open_card(&c, 0, false);
	assert_int_equal(td_device(&c.td, status, 2), VIRTIO_NET_S_LINK_UP);
	assert_int_equal(td_device(&c.td, offsetof(struct virtio_net_config, mtu), 2), 1500);
	assert_int_equal(td_device(&c.td, offsetof(struct virtio_net_config, max_virtqueue_pairs),
				   2),
			 2);
	assert_int_equal(td_device(&c.td, 0, 1) & 3, 2);
	mock_change_config(c.td.mock);
	assert_int_equal(td_device(&c.td, status, 2), 0);
	mock_change_config(c.td.mock);
	assert_int_equal(td_device(&c.td, status, 2), VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE);
	assert_int_equal(control(&c, VIRTIO_NET_CTRL_ANNOUNCE, 0, "", 0), VIRTIO_NET_OK);
	assert_int_equal(td_device(&c.td, status, 2), VIRTIO_NET_S_LINK_UP);
	td_close(&c.td);
}

/* Where the control queue stands, and which queues there are, by what was accepted. */
static void net_queues(void **state)
{
	static const struct {
		uint64_t declined;
		uint16_t sizes[5];
	} cases[] = {
		{ 0, { 256, 256, 256, 256, 64 } },
		{ TD_FEATURE(VIRTIO_NET_F_MQ), { 256, 256, 64, 0, 0 } },
		{ TD_FEATURE(VIRTIO_NET_F_MQ) | TD_FEATURE(VIRTIO_NET_F_CTRL_VQ) |
			  TD_FEATURE(VIRTIO_NET_F_CTRL_RX) |
			  TD_FEATURE(VIRTIO_NET_F_GUEST_ANNOUNCE) |
			  TD_FEATURE(VIRTIO_NET_F_CTRL_MAC_ADDR),
		  { 256, 256, 0, 0, 0 } },
	};
	struct td td;

	(void)state;
	td_open(&td, "net", NULL);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(td_negotiate(&td, td_offered(&td) & ~cases[i].declined));
		for (uint16_t j = 0; j < 5; j++) {
			TD_SET(&td, queue_select, j);
			assert_int_equal(TD_GET(&td, queue_size), cases[i].sizes[j]);
		}
	}
	td_close(&td);
	{
		struct card c;

		open_card(&c, TD_FEATURE(VIRTIO_NET_F_MQ), false);
		assert_int_equal(control(&c, VIRTIO_NET_CTRL_RX, 0, "", 1), VIRTIO_NET_OK);
		td_close(&c.td);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(net_loop),   cmocka_unit_test(net_odd_frames),
		cmocka_unit_test(net_filter), cmocka_unit_test(net_commands),
		cmocka_unit_test(net_config), cmocka_unit_test(net_queues),
	};

	return cmocka_run_group_tests_name("mock_net", tests, NULL, NULL);
}
