/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations in used rings and in packets do what they say. */
#include "mock_rings.h"

#include "spec/net.h"

#define V1 TD_FEATURE(VIRTIO_F_VERSION_1)

static void request(struct td *td, struct td_queue *queue)
{
	td_desc(td, queue->desc, 0, TD_BASE + TD_MEMORY - 64, 8, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, queue, 0);
	td_notify(td, queue);
}

static void used_elements(void **state)
{
	static const struct {
		const char *quirk;
		uint32_t id, length;
	} rows[] = {
		{ "used-length-nonsense=0", 2, 0 },
		{ "used-length-nonsense=0xffffffff", 2, UINT32_MAX },
		{ "used-id-nonsense=beyond", 8, 4 },
		{ "used-id-nonsense=huge", 0xffff8002, 4 },
		{ "used-id-nonsense=other", 6, 4 },
		{ "used-id-nonsense=again", 1, 4 },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct td_queue *queue;

		td_open(&td, "rng", rows[i].quirk, NULL);
		queue = td_live_rng(&td, 0, 8);
		for (uint16_t j = 0; j < 3; j++) {
			td_desc(&td, queue->desc, j, TD_BASE + TD_MEMORY - 64, 4,
				VIRTQ_DESC_F_WRITE, 0);
			td_offer(&td, queue, j);
		}
		td_notify(&td, queue);
		td_expect_used(&td, queue, 0, 4);
		td_expect_used(&td, queue, 1, 4);
		td_expect_used(&td, queue, rows[i].id, rows[i].length);
		td_close(&td);
	}
}

static void used_indexes(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "rng", "used-index-jumps=100", NULL);
	queue = td_live_rng(&td, 0, 8);
	request(&td, queue);
	request(&td, queue);
	assert_int_equal(td_used_idx(&td, queue), 2);
	request(&td, queue);
	assert_int_equal(td_used_idx(&td, queue), 103);
	request(&td, queue);
	assert_int_equal(td_used_idx(&td, queue), 4);
	td_close(&td);
}

/* Sends a packet, which comes back into a buffer of this size; where that lies. */
static uint64_t send_packet(struct td *td, uint64_t features, uint32_t size)
{
	struct td_queue *in, *out;
	uint64_t buffer, packet;

	assert_true(td_negotiate(td, V1 | features));
	in = td_queue(td, 0, 0, false);
	out = td_queue(td, 1, 0, false);
	td_driver_ok(td);
	buffer = td_alloc(td, size, 16);
	packet = td_alloc(td, 128, 16);
	td_desc(td, in->desc, 0, buffer, size, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, in, 0);
	td_notify(td, in);
	memset(td_at(td, packet + 12, 6), 0xff, 6);
	td_desc(td, out->desc, 0, packet, 76, 0, 0);
	td_offer(td, out, 0);
	td_notify(td, out);
	mock_advance(td->mock, 1000000);
	return buffer;
}

static void packet_headers(void **state)
{
	static const struct {
		const char *quirk;
		unsigned at;
		uint16_t value;
	} rows[] = {
		{ "net-header-nonsense=checksum", offsetof(struct virtio_net_hdr, csum_start),
		  0xffff },
		{ "net-header-nonsense=gso", offsetof(struct virtio_net_hdr, flags), 0x7f00 },
		{ "net-header-nonsense=lengths", offsetof(struct virtio_net_hdr, hdr_len), 0xffff },
		{ "net-header-nonsense=buffers", offsetof(struct virtio_net_hdr, num_buffers),
		  0xffff },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t buffer;

		td_open(&td, "net", rows[i].quirk, NULL);
		buffer = send_packet(&td, 0, 2048);
		assert_int_equal(td_load(&td, buffer + rows[i].at, 2), rows[i].value);
		td_close(&td);
	}
}

static void large_packets(void **state)
{
	static const struct {
		uint64_t features;
		uint32_t size;
		uint8_t status;
	} rows[] = {
		{ 0, 2048, 0x0f },
		{ TD_FEATURE(VIRTIO_NET_F_GUEST_TSO4) | TD_FEATURE(VIRTIO_NET_F_GUEST_CSUM), 2048,
		  0x4f },
		{ TD_FEATURE(VIRTIO_NET_F_GUEST_TSO4) | TD_FEATURE(VIRTIO_NET_F_GUEST_CSUM), 65562,
		  0x0f },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		td_open(&td, "net", "net-large-packets", NULL);
		send_packet(&td, rows[i].features, rows[i].size);
		assert_int_equal(td_status(&td), rows[i].status);
		td_close(&td);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(used_elements),
		cmocka_unit_test(used_indexes),
		cmocka_unit_test(packet_headers),
		cmocka_unit_test(large_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
