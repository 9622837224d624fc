/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock console, and the administration queue of any mock device. */
#include "mock_rings.h"

#include "spec/admin.h"
#include "spec/console.h"

#define V1 TD_FEATURE(VIRTIO_F_VERSION_1)

/* ---- console ---- */

static void console(void **state)
{
	struct td td;
	struct td_queue *receiveq, *transmitq;
	uint64_t in, out;

	(void)state;
	td_open(&td, "console", NULL);
	/* Emergency writes need nothing. */
	td_set_device(&td, offsetof(struct virtio_console_config, emerg_wr), 4, 'x');
	assert_int_equal(td_device(&td, offsetof(struct virtio_console_config, emerg_wr), 4), 0);
	assert_true(td_negotiate(&td, V1 | TD_FEATURE(VIRTIO_CONSOLE_F_SIZE)));
	receiveq = td_queue(&td, 0, 8, false);
	transmitq = td_queue(&td, 1, 8, false);
	td_driver_ok(&td);
	in = td_alloc(&td, 64, 1);
	out = td_alloc(&td, 8192, 1);
	memcpy(td_at(&td, out, 5), "hello", 5);
	td_desc(&td, receiveq->desc, 0, in, 3, VIRTQ_DESC_F_WRITE, 0);
	td_desc(&td, receiveq->desc, 1, in + 3, 1, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, 2);
	td_desc(&td, receiveq->desc, 2, in + 4, 60, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, receiveq, 0);
	td_notify(&td, receiveq);
	td_expect_none(&td, receiveq);
	td_desc(&td, transmitq->desc, 0, out, 2, VIRTQ_DESC_F_NEXT, 1);
	td_desc(&td, transmitq->desc, 1, out + 2, 3, 0, 0);
	td_offer(&td, transmitq, 0);
	td_notify(&td, transmitq);
	td_expect_used(&td, transmitq, 0, 0);
	td_expect_used(&td, receiveq, 0, 3);
	td_offer(&td, receiveq, 1);
	td_notify(&td, receiveq);
	td_expect_used(&td, receiveq, 1, 2);
	assert_memory_equal(td_at(&td, in, 5), "hello", 5);
	/* More than is kept. */
	td_desc(&td, transmitq->desc, 0, out, 8192, 0, 0);
	td_offer(&td, transmitq, 0);
	td_notify(&td, transmitq);
	td_expect_used(&td, transmitq, 0, 0);
	td_offer(&td, transmitq, 0);
	td_notify(&td, transmitq);
	td_expect_used(&td, transmitq, 0, 0);
	for (unsigned i = 0; i < 4096 / 61 + 1; i++) {
		td_offer(&td, receiveq, 1);
		td_notify(&td, receiveq);
		td_expect_used(&td, receiveq, 1, i < 4096 / 61 ? 61 : 4096 % 61);
	}
	td_offer(&td, receiveq, 1);
	td_notify(&td, receiveq);
	td_expect_none(&td, receiveq);
	assert_int_equal(td_device(&td, 0, 4), 80 | 25 << 16);
	mock_change_config(td.mock);
	assert_int_equal(td_device(&td, 0, 4), 132 | 43 << 16);
	td_close(&td);
}

/* ---- the administration queue ---- */

static struct td_queue *open_admin(struct td *td)
{
	struct td_queue *queue;

	td_open(td, "rng", "admin-queue", NULL);
	assert_true(td_negotiate(td, V1 | TD_FEATURE(VIRTIO_F_ADMIN_VQ)));
	queue = td_queue(td, TD_GET(td, admin_queue_index), 0, false);
	td_driver_ok(td);
	return queue;
}

/* A command with `in` and `out` bytes of buffer; status | qualifier << 16. */
static uint32_t admin(struct td *td, struct td_queue *queue, uint16_t opcode, uint16_t group,
		      uint64_t list, uint32_t out, uint32_t in, uint32_t length)
{
	uint64_t at = td_alloc(td, 64, 1), result = td_alloc(td, 64, 1);

	td_store(td, at + offsetof(struct virtio_admin_cmd, opcode), 2, opcode);
	td_store(td, at + offsetof(struct virtio_admin_cmd, group_type), 2, group);
	td_store(td, at + sizeof(struct virtio_admin_cmd), 8, list);
	memset(td_at(td, result, 64), 0xee, 64);
	td_desc(td, queue->desc, 0, at, out, VIRTQ_DESC_F_NEXT, 1);
	td_desc(td, queue->desc, 1, result, in, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, queue, 0);
	td_notify(td, queue);
	td_expect_used(td, queue, 0, length);
	if (length == 16)
		assert_int_equal(td_load(td, result + 8, 8), 3);
	assert_int_equal(td_load(td, result + length, 1), 0xee);
	return (uint32_t)td_load(td, result, 4);
}

#define REFUSED(qualifier) \
	(VIRTIO_ADMIN_STATUS_EINVAL | (uint32_t)VIRTIO_ADMIN_STATUS_Q_INVALID_##qualifier << 16)

static void admin_commands(void **state)
{
	struct td td;
	struct td_queue *queue = open_admin(&td);

	(void)state;
	assert_int_equal(admin(&td, queue, 0, 0, 0, 24, 32, 16), 0);
	/* Longer and shorter than described. */
	assert_int_equal(admin(&td, queue, 0, 0, 0, 60, 40, 16), 0);
	assert_int_equal(admin(&td, queue, 0, 0, 0, 4, 8, 8), 0);
	assert_int_equal(admin(&td, queue, 0, 1, 0, 24, 32, 8), REFUSED(GROUP));
	assert_int_equal(admin(&td, queue, 0, 7, 0, 24, 32, 8), REFUSED(GROUP));
	assert_int_equal(admin(&td, queue, 7, 0, 0, 24, 32, 8), REFUSED(OPCODE));
	assert_int_equal(admin(&td, queue, 0xffff, 0, 0, 24, 32, 8), REFUSED(OPCODE));
	assert_int_equal(admin(&td, queue, 1, 0, 7, 32, 32, 8), REFUSED(FIELD));
	assert_int_equal(admin(&td, queue, 1, 0, 3, 32, 32, 8), 0);
	/* The driver may forgo commands, and gets them back by a reset. */
	assert_int_equal(admin(&td, queue, 1, 0, 2, 32, 32, 8), 0);
	assert_int_equal(admin(&td, queue, 0, 0, 0, 24, 32, 8), REFUSED(OPCODE));
	td_close(&td);
	queue = open_admin(&td);
	assert_int_equal(admin(&td, queue, 0, 0, 0, 24, 16, 16), 0);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(console),
		cmocka_unit_test(admin_commands),
	};

	return cmocka_run_group_tests_name("mock_classes", tests, NULL, NULL);
}
