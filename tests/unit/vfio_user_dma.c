/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of the clients of a vfio-user server: maps of all kinds, lies about them, and none. */
#include "vfio_user_fixture.h"

#define RW   (VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE)
#define PAGE ((size_t)4096)

static struct vfio_user_dma_map map_of(uint64_t address, uint64_t size)
{
	return (struct vfio_user_dma_map){ sizeof(struct vfio_user_dma_map), RW, 0, address, size };
}

static void map(struct fixture *f, struct vfio_user_dma_map m, int fd, uint32_t expected)
{
	ask_fds(f, VFIO_USER_DMA_MAP, &m, sizeof(m), &fd, fd >= 0, expected, NULL, 0);
}

static void unmap(struct fixture *f, uint64_t address, uint64_t size, uint32_t expected)
{
	struct vfio_user_dma_unmap m = { sizeof(m), 0, address, size }, answer;

	ask(f, VFIO_USER_DMA_UNMAP, &m, sizeof(m), expected, &answer, sizeof(answer));
	if (!expected)
		assert_memory_equal(&m, &answer, sizeof(m));
}

static int memory(size_t size, bool sealed)
{
	int fd = memfd_create("unit", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (sealed)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	return fd;
}

static void ring(struct fixture *f, uint64_t address, size_t size, bool write)
{
	struct {
		struct vfio_user_region_access access;
		uint8_t data[4];
	} m = { { DOORBELL, 0, 4 }, { 0 } };

	f->dma_address = address;
	f->dma_size = size;
	f->dma_writes = write;
	f->dma_result = 99;
	put(f, VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &m, sizeof(m), NULL, 0);
}

static void touch(struct fixture *f, uint64_t address, size_t size, bool write, int expected)
{
	ring(f, address, size, write);
	turn(f);
	assert_int_equal(f->dma_result, expected);
}

/* Sealed memory is mapped, other memory read and written: it works alike. */
static void memory_with_a_descriptor(void **state)
{
	struct fixture *f = *state;

	agree(f);
	for (unsigned sealed = 0; sealed < 2; sealed++) {
		int fd = memory(4 * PAGE, sealed);
		struct vfio_user_dma_map m = map_of(0x10000000, 2 * PAGE);

		m.offset = PAGE + 64; /* need not be that of a page */
		map(f, m, fd, 0);
		assert_int_equal(expose_dma_map(f->server, 0x10000000, 2 * PAGE) != NULL, sealed);
		assert_null(expose_dma_map(f->server, 0x10000001, 2 * PAGE));
		memset(f->dma, 0xa5, sizeof(f->dma));
		touch(f, 0x10000000 + 5, 8, true, 0);
		memset(f->dma, 0, sizeof(f->dma));
		assert_int_equal(pread(fd, f->dma, 10, PAGE + 64 + 4), 10);
		assert_memory_equal(f->dma, "\0\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\0", 10);
		assert_int_equal(pwrite(fd, "end", 3, 3 * PAGE + 61), 3);
		touch(f, 0x10000000 + 2 * PAGE - 3, 3, false, 0);
		assert_memory_equal(f->dma, "end", 3);
		touch(f, 0x10000000 + 2 * PAGE - 3, 4, false, -1);
		touch(f, 0x10000000 - 1, 2, true, -1);
		unmap(f, 0x10000000, 2 * PAGE, 0);
		touch(f, 0x10000000, 1, false, -1);
		close(fd);
	}
}

/* The client cuts off the file under a map. */
static void memory_that_goes_away(void **state)
{
	struct fixture *f = *state;
	int fd = memory(2 * PAGE, false);

	agree(f);
	map(f, map_of(0, 2 * PAGE), fd, 0);
	touch(f, PAGE, 4, false, 0);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	touch(f, PAGE, 4, false, -1);
	touch(f, PAGE - 2, 4, false, -1);
	touch(f, PAGE - 2, 2, false, 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	touch(f, 0, 4, false, -1);
	is_well(f);
	close(fd);
	/* Sealed memory, which is mapped, cannot go. */
	fd = memory(PAGE, true);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
}

/* Huge pages that nobody has, perhaps: a file of them can be made and sealed all the same. */
static void huge_pages_that_are_not_there(void **state)
{
	struct fixture *f = *state;
	size_t size = (size_t)2 << 20;
	int fd = memfd_create("unit", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

	if (fd < 0 || ftruncate(fd, (off_t)size)) {
		close(fd);
		skip(); /* a kernel without them */
	}
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	agree(f);
	map(f, map_of(0, size), fd, 0);
	for (unsigned write = 0; write < 2; write++) {
		ring(f, size - 4, 4, write);
		turn(f);
		assert_int_not_equal(f->dma_result, 99);
	}
	is_well(f);
	close(fd);
}

static void what_is_no_memory_is_refused(void **state)
{
	struct fixture *f = *state;
	int pipes[2], fds[2], fd;

	agree(f);
	assert_int_equal(pipe(pipes), 0);
	map(f, map_of(0, PAGE), pipes[0], EINVAL);
	fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	map(f, map_of(0, PAGE), fd, EINVAL);
	close(fd);
	fd = eventfd(0, EFD_CLOEXEC);
	map(f, map_of(0, PAGE), fd, EINVAL);
	close(fd);
	map(f, map_of(0, PAGE), f->client, EINVAL);
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	map(f, map_of(0, PAGE), fd, EINVAL);
	close(fd);
	/* Memory that is shorter than it is said to be. */
	fd = memory(PAGE, true);
	map(f, map_of(0, PAGE + 1), fd, EINVAL);
	map(f, (struct vfio_user_dma_map){ 32, RW, 1, 0, PAGE }, fd, EINVAL);
	map(f, (struct vfio_user_dma_map){ 32, RW, UINT64_MAX, 0, PAGE }, fd, EINVAL);
	map(f, (struct vfio_user_dma_map){ 32, RW, INT64_MAX, 0, PAGE }, fd, EINVAL);
	fds[0] = fds[1] = fd;
	ask_fds(f, VFIO_USER_DMA_MAP, &(struct vfio_user_dma_map){ 32, RW, 0, 0, PAGE }, 32, fds, 2,
		EINVAL, NULL, 0);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	is_well(f);
	assert_int_equal(f->maps, 0);
}

/* What a descriptor allows, and what the flags say. */
static void directions_are_kept(void **state)
{
	struct fixture *f = *state;
	int fd = memory(PAGE, true);
	struct vfio_user_dma_map m = map_of(0, PAGE);

	agree(f);
	m.flags = VFIO_USER_DMA_READABLE;
	map(f, m, fd, 0);
	assert_null(expose_dma_map(f->server, 0, 1));
	touch(f, 0, 4, false, 0);
	touch(f, 0, 4, true, -1);
	unmap(f, 0, PAGE, 0);
	m.flags = VFIO_USER_DMA_WRITABLE;
	map(f, m, fd, 0);
	touch(f, 0, 4, false, -1);
	touch(f, 0, 4, true, 0);
	unmap(f, 0, PAGE, 0);
	m.flags = 0;
	map(f, m, fd, EINVAL);
	m.flags = RW | 4;
	map(f, m, fd, EINVAL);
	close(fd);
}

static void ranges_are_checked(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_dma_map m = map_of(0, PAGE);

	agree(f);
	map(f, map_of(0x10000, 0x10000), -1, 0);
	map(f, map_of(0x10000, 0x10000), -1, EEXIST);
	map(f, map_of(0x1ffff, 1), -1, EEXIST);
	map(f, map_of(0xffff, 2), -1, EEXIST);
	map(f, map_of(0, UINT64_MAX), -1, EEXIST);
	map(f, map_of(0x12000, 0x1000), -1, EEXIST);
	map(f, map_of(0x20000, 0x1000), -1, 0);
	map(f, map_of(0xf000, 0x1000), -1, 0);
	map(f, map_of(0, 0), -1, EINVAL);
	map(f, map_of(UINT64_MAX, 2), -1, EINVAL);
	map(f, map_of(UINT64_MAX - PAGE, UINT64_MAX), -1, EINVAL);
	map(f, map_of(UINT64_MAX - PAGE + 1, PAGE), -1, 0);
	m.argsz = 31;
	map(f, m, -1, EINVAL);
	unmap(f, 0x10000, 0x8000, EINVAL);
	unmap(f, 0x10001, 0xffff, EINVAL);
	unmap(f, 0, UINT64_MAX, EINVAL);
	unmap(f, 0x30000, 0x1000, EINVAL);
	unmap(f, 0x10000, 0x10000, 0);
	unmap(f, 0x10000, 0x10000, EINVAL);
	unmap(f, UINT64_MAX - PAGE + 1, PAGE, 0);
	assert_int_equal(f->unmaps, 2);
}

static void maps_have_an_end(void **state)
{
	struct fixture *f = *state;
	uint64_t i = 0;
	struct vfio_user_dma_map m;
	struct vfio_user_header header = { 0 };

	agree(f);
	/* Downwards, which is the slow way to keep them in order. */
	for (; !header.error && i < 10000; i++) {
		m = map_of((20000 - i) * PAGE, PAGE);
		put(f, VFIO_USER_DMA_MAP, 0, &m, sizeof(m), NULL, 0);
		for (unsigned step = 0; step < 3; step++)
			expose_step(f->server, 0);
		assert_int_equal(recv(f->client, &header, sizeof(header), MSG_DONTWAIT),
				 sizeof(header));
	}
	assert_int_equal(header.error, ENOSPC);
	assert_int_equal(f->maps, 4096);
	is_well(f);
}

/* A client that answers: its answer lies ready before it is asked, since it knows the number. */
static void put_answer(struct fixture *f, unsigned command, uint32_t flags, uint16_t id,
		       uint64_t address, uint64_t count, size_t data)
{
	struct {
		struct vfio_user_header header;
		struct vfio_user_dma_access access;
		uint8_t data[64];
	} m = { { id, (uint16_t)command, 0, flags | VFIO_USER_TYPE_REPLY, 0 },
		{ address, count },
		{ 0 } };

	m.header.size = (uint32_t)(sizeof(m) - sizeof(m.data) + data);
	memset(m.data, 0x77, sizeof(m.data));
	put_raw(f, &m, m.header.size, NULL, 0);
}

static void memory_by_message(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_device_info info = { .argsz = sizeof(info) };
	struct vfio_user_header header;
	struct vfio_user_dma_access asked = { 0 };

	agree(f);
	map(f, map_of(0x1000, PAGE), -1, 0);
	assert_null(expose_dma_map(f->server, 0x1000, 1));
	ring(f, 0x1004, 8, false);
	/* A command meanwhile has to wait its turn, and an answer to nothing is nothing. */
	put(f, VFIO_USER_DEVICE_GET_INFO, 0, &info, sizeof(info), NULL, 0);
	put_answer(f, VFIO_USER_DMA_READ, 0, 55, 0x1004, 8, 8);
	put_answer(f, VFIO_USER_DMA_READ, 0, 0, 0x1004, 8, 8);
	assert_true(get(f, &header, &asked, sizeof(asked)));
	assert_int_equal(header.command, VFIO_USER_DMA_READ);
	assert_int_equal(asked.address, 0x1004);
	assert_int_equal(asked.count, 8);
	assert_int_equal(f->dma_result, 0);
	assert_memory_equal(f->dma, "wwwwwwww", 8);
	assert_true(get(f, &header, NULL, 0));
	assert_int_equal(header.command, VFIO_USER_DEVICE_GET_INFO);
	ring(f, 0x1ffc, 4, true);
	put_answer(f, VFIO_USER_DMA_WRITE, 0, 1, 0x1ffc, 4, 0);
	assert_true(get(f, &header, &asked, sizeof(asked)));
	assert_int_equal(header.command, VFIO_USER_DMA_WRITE);
	assert_int_equal(header.size, sizeof(header) + sizeof(asked) + 4);
	assert_int_equal(f->dma_result, 0);
}

static void wrong_answers_are_no_memory(void **state)
{
	static const struct {
		unsigned command;
		uint32_t flags;
		uint64_t address, count;
		size_t data;
	} wrong[] = {
		{ VFIO_USER_DMA_READ, VFIO_USER_ERROR, 0x1000, 8, 8 },
		{ VFIO_USER_DMA_WRITE, 0, 0x1000, 8, 8 },
		{ VFIO_USER_DMA_READ, 0, 0x1001, 8, 8 },
		{ VFIO_USER_DMA_READ, 0, 0x1000, 9, 8 },
		{ VFIO_USER_DMA_READ, 0, 0x1000, 8, 7 },
		{ VFIO_USER_DMA_READ, 0, 0x1000, UINT64_MAX, 8 },
	};
	struct fixture *f = *state;
	struct vfio_user_header header;

	agree(f);
	map(f, map_of(0x1000, PAGE), -1, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ring(f, 0x1000, 8, false);
		put_answer(f, wrong[i].command, wrong[i].flags, (uint16_t)i, wrong[i].address,
			   wrong[i].count, wrong[i].data);
		assert_true(get(f, &header, NULL, 0));
		assert_int_equal(f->dma_result, -1);
	}
	is_well(f);
}

/* Neither an answer nor its absence keeps the server for ever. */
static void silence_ends_it(void **state)
{
	struct fixture *f = *state;

	agree(f);
	map(f, map_of(0x1000, PAGE), -1, 0);
	ring(f, 0x1000, 8, false);
	turn(f);
	assert_int_equal(f->dma_result, -1);
	assert_false(expose_attached(f->server));
	assert_non_null(strstr(expose_complaint(f->server), "asked for its memory"));
	/* One that goes instead. */
	redial(f);
	agree(f);
	map(f, map_of(0x1000, PAGE), -1, 0);
	ring(f, 0x1000, 8, false);
	shutdown(f->client, SHUT_RDWR);
	turn(f);
	assert_int_equal(f->dma_result, -1);
	assert_false(expose_attached(f->server));
	/* One that says something else instead, again and again. */
	redial(f);
	agree(f);
	map(f, map_of(0x1000, PAGE), -1, 0);
	ring(f, 0x1000, 8, false);
	for (unsigned i = 0; i < 100; i++)
		put(f, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0);
	turn(f);
	assert_int_equal(f->dma_result, -1);
	assert_non_null(strstr(expose_complaint(f->server), "too many commands"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_with_a_descriptor),
		TEST(memory_that_goes_away),
		TEST(huge_pages_that_are_not_there),
		TEST(what_is_no_memory_is_refused),
		TEST(directions_are_kept),
		TEST(ranges_are_checked),
		TEST(maps_have_an_end),
		TEST(memory_by_message),
		TEST(wrong_answers_are_no_memory),
		TEST(silence_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
