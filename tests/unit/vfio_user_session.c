/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions of a vfio-user server with clients that know the protocol, and that do not. */
#include "vfio_user_fixture.h"

static const struct {
	const char *name;
	uint16_t major;
	const char *text;
	size_t size; /* of the text, its zero byte included; 0: none is sent */
	bool agreed;
} versions[] = {
#define TEXT(t) t, sizeof(t)
	{ "no text", 0, NULL, 0, true },
	{ "empty object", 0, TEXT("{}"), true },
	{ "capabilities of QEMU", 0,
	  TEXT("{\"capabilities\": {\"max_msg_fds\": 16, \"max_data_xfer_size\": 1048576, "
	       "\"pgsizes\": 4096, \"max_dma_maps\": 65535, \"write_multiple\": true}}"),
	  true },
	{ "unknown capabilities", 0, TEXT("{\"capabilities\": {\"x\": [1, {}]}, \"y\": null}"),
	  true },
	{ "another major version", 1, NULL, 0, false },
	{ "no JSON", 0, TEXT("{"), false },
	{ "no object", 0, TEXT("[]"), false },
	{ "a number instead of an object", 0, TEXT("{\"capabilities\": 3}"), false },
	{ "no room for data", 0, TEXT("{\"capabilities\": {\"max_data_xfer_size\": 0}}"), false },
	{ "text for data", 0, TEXT("{\"capabilities\": {\"max_data_xfer_size\": \"1\"}}"), false },
	{ "a negative size", 0, TEXT("{\"capabilities\": {\"max_data_xfer_size\": -1}}"), false },
	{ "no zero byte", 0, "{}", 2, false },
#undef TEXT
};

static void negotiates(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		uint8_t bytes[512];
		struct vfio_user_version version = { versions[i].major, 3 };
		struct vfio_user_header header;

		memcpy(bytes, &version, sizeof(version));
		if (versions[i].size)
			memcpy(bytes + sizeof(version), versions[i].text, versions[i].size);
		put(f, VFIO_USER_VERSION, 0, bytes, sizeof(version) + versions[i].size, NULL, 0);
		if (!get(f, &header, NULL, 0))
			fail_msg("%s: no answer", versions[i].name);
		if (!(header.flags & VFIO_USER_ERROR) != versions[i].agreed)
			fail_msg("%s: flags %#x", versions[i].name, header.flags);
		if (versions[i].agreed)
			is_well(f);
		else
			assert_true(is_closed(f));
		redial(f);
	}
	assert_int_equal(expose_clients(f->server), 4);
}

static void first_word_is_the_version(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_device_info info = { .argsz = sizeof(info) };

	ask(f, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info), EINVAL, NULL, 0);
	assert_true(is_closed(f));
	assert_non_null(expose_complaint(f->server));
	redial(f);
	agree(f);
	ask(f, VFIO_USER_VERSION, "\0\0\0", 4, EINVAL, NULL, 0);
	is_well(f);
}

static void unknown_commands_are_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t payload[64] = { 64 };

	agree(f);
	for (unsigned command = 0; command < 300; command++) {
		bool known = (command >= VFIO_USER_VERSION && command <= VFIO_USER_REGION_WRITE) ||
			     command == VFIO_USER_DEVICE_RESET ||
			     command == VFIO_USER_REGION_WRITE_MULTI;

		if (!known || command == VFIO_USER_DEVICE_GET_REGION_IO_FDS)
			ask(f, command, payload, sizeof(payload), EOPNOTSUPP, NULL, 0);
	}
	ask(f, UINT16_MAX, NULL, 0, EOPNOTSUPP, NULL, 0);
	is_well(f);
}

static void short_payloads_are_refused(void **state)
{
	static const struct {
		unsigned command;
		size_t size;
	} full[] = {
		{ VFIO_USER_DMA_MAP, sizeof(struct vfio_user_dma_map) },
		{ VFIO_USER_DMA_UNMAP, sizeof(struct vfio_user_dma_unmap) },
		{ VFIO_USER_DEVICE_GET_INFO, sizeof(struct vfio_user_device_info) },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, sizeof(struct vfio_user_region_info) },
		{ VFIO_USER_DEVICE_GET_IRQ_INFO, sizeof(struct vfio_user_irq_info) },
		{ VFIO_USER_DEVICE_SET_IRQS, sizeof(struct vfio_user_irq_set) },
		{ VFIO_USER_REGION_READ, sizeof(struct vfio_user_region_access) },
		{ VFIO_USER_REGION_WRITE, sizeof(struct vfio_user_region_access) },
		{ VFIO_USER_REGION_WRITE_MULTI, sizeof(uint64_t) },
	};
	struct fixture *f = *state;
	uint8_t payload[64];

	agree(f);
	memset(payload, 0xff, sizeof(payload));
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		for (size_t size = 0; size < full[i].size; size++)
			ask(f, full[i].command, payload, size, EINVAL, NULL, 0);
	}
	is_well(f);
	assert_int_equal(f->accesses, 0);
}

/* Sizes that no message can have: an error for an answer, and the end. */
static void impossible_sizes_end_it(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 15, 0x200000, 0x7fffffff, 0xffffffff };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct vfio_user_header header = { 7, VFIO_USER_DEVICE_GET_INFO, sizes[i], 0, 0 };

		agree(f);
		put_raw(f, &header, sizeof(header), NULL, 0);
		assert_true(get(f, &header, NULL, 0));
		assert_int_equal(header.error, EMSGSIZE);
		assert_true(is_closed(f));
		redial(f);
	}
	agree(f);
	is_well(f);
}

/* A message byte by byte, and one that never ends. */
static void half_messages_block_nobody(void **state)
{
	struct fixture *f = *state;
	struct {
		struct vfio_user_header header;
		struct vfio_user_device_info info;
	} message = { { 9, VFIO_USER_DEVICE_GET_INFO, sizeof(message), 0, 0 },
		      { .argsz = sizeof(message.info) } };
	struct vfio_user_header header;

	agree(f);
	for (size_t i = 0; i < sizeof(message); i++) {
		assert_false(get(f, &header, NULL, 0));
		put_raw(f, (uint8_t *)&message + i, 1, NULL, 0);
	}
	assert_true(get(f, &header, NULL, 0));
	assert_int_equal(header.id, 9);
	put_raw(f, &message, sizeof(message) - 1, NULL, 0);
	assert_false(get(f, &header, NULL, 0));
	redial(f);
	agree(f);
	is_well(f);
}

static void no_reply_is_kept(void **state)
{
	struct fixture *f = *state;
	struct {
		struct vfio_user_region_access access;
		uint8_t data[4];
	} write = { { 0, 0, 4 }, { 1, 2, 3, 4 } };
	struct vfio_user_header header;

	agree(f);
	put(f, VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &write, sizeof(write), NULL, 0);
	write.access.offset = BAR_SIZE;
	put(f, VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &write, sizeof(write), NULL, 0);
	put(f, 99, VFIO_USER_NO_REPLY, NULL, 0, NULL, 0);
	/* An answer that nobody asked for, and a type that there is not. */
	put(f, VFIO_USER_DMA_READ, VFIO_USER_TYPE_REPLY, &write, sizeof(write), NULL, 0);
	assert_false(get(f, &header, NULL, 0));
	put(f, VFIO_USER_DEVICE_RESET, 2, NULL, 0, NULL, 0);
	assert_true(get(f, &header, NULL, 0));
	assert_int_equal(header.error, EINVAL);
	assert_int_equal(f->resets, 0);
	is_well(f);
	assert_int_equal(f->bar[3], 4);
}

static void clients_come_one_after_the_other(void **state)
{
	struct fixture *f = *state;
	int second;

	agree(f);
	second = dial(f);
	is_well(f);
	assert_int_equal(f->attached, 1);
	close(f->client);
	f->client = second;
	turn(f);
	agree(f);
	is_well(f);
	for (unsigned i = 0; i < 50; i++) {
		redial(f);
		agree(f);
	}
	assert_int_equal(expose_clients(f->server), 52);
}

static void a_device_that_died_drops_its_client(void **state)
{
	struct fixture *f = *state;

	agree(f);
	f->health = EXPOSE_GONE;
	put(f, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0);
	assert_true(is_closed(f));
	assert_string_equal(expose_complaint(f->server), "the device is gone");
	f->health = EXPOSE_ALIVE;
	redial(f);
	agree(f);
	/* Also when it dies by itself. */
	f->health = EXPOSE_GONE;
	assert_true(is_closed(f));
	f->health = EXPOSE_ALIVE;
}

static void a_device_that_hangs_answers_nobody(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_header header;

	agree(f);
	f->health = EXPOSE_HUNG;
	put(f, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0);
	assert_false(get(f, &header, NULL, 0));
	f->health = EXPOSE_ALIVE;
	put(f, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0);
	assert_false(get(f, &header, NULL, 0));
	assert_int_equal(f->resets, 0);
	redial(f);
	agree(f);
	is_well(f);
}

/* Its own end of the socket, in half a message, or where a hanging device reads none. */
static void one_that_passes_itself_is_seen_to_go(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_header header = { 1, VFIO_USER_DMA_MAP, 48, 0, 0 };

	agree(f);
	put_raw(f, &header, sizeof(header), &f->client, 1);
	turn(f);
	redial(f);
	agree(f);
	f->health = EXPOSE_HUNG;
	turn(f);
	put_raw(f, &header, sizeof(header), &f->client, 1);
	turn(f);
	f->health = EXPOSE_ALIVE;
	redial(f);
	agree(f);
	is_well(f);
}

static void a_socket_in_use_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct expose_function none = { .context = f };
	char error[200] = "", path[80];

	assert_null(expose_listen(f->path, &none, error, sizeof(error)));
	assert_non_null(strstr(error, "cannot listen"));
	assert_null(expose_listen("", &none, error, sizeof(error)));
	/* A plain file is nobody's socket. */
	snprintf(path, sizeof(path), "%s.file", f->path);
	close(creat(path, 0600));
	assert_null(expose_listen(path, &none, error, sizeof(error)));
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

/* What it does not read, it does not get; what it asks meanwhile waits in its socket. */
static void a_client_that_reads_nothing_waits(void **state)
{
	struct fixture *f = *state;
	struct {
		struct vfio_user_header header;
		struct vfio_user_region_access access;
	} message = { { 1, VFIO_USER_REGION_READ, sizeof(message), 0, 0 },
		      { 0, VFIO_USER_REGION_CONFIG, PCIE_CONFIG_SIZE } };
	unsigned sent = 0;

	agree(f);
	while (send(f->client, &message, sizeof(message), MSG_DONTWAIT) == sizeof(message)) {
		assert_int_equal(expose_step(f->server, 0), 1);
		sent++;
	}
	assert_in_range(sent, 30, 100000);
	redial(f);
	agree(f);
	is_well(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(negotiates),
		TEST(first_word_is_the_version),
		TEST(unknown_commands_are_refused),
		TEST(short_payloads_are_refused),
		TEST(impossible_sizes_end_it),
		TEST(half_messages_block_nobody),
		TEST(no_reply_is_kept),
		TEST(clients_come_one_after_the_other),
		TEST(a_device_that_died_drops_its_client),
		TEST(a_device_that_hangs_answers_nobody),
		TEST(one_that_passes_itself_is_seen_to_go),
		TEST(a_socket_in_use_is_left_alone),
		TEST(a_client_that_reads_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
