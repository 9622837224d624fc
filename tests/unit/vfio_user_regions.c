/* SPDX-License-Identifier: BSD-3-Clause */
/* Regions of a vfio-user server: what they are, how accesses reach the device, what is refused. */
#include "vfio_user_fixture.h"

static uint32_t info_of(struct fixture *f, uint32_t index, struct vfio_user_region_info *info)
{
	*info = (struct vfio_user_region_info){ .argsz = sizeof(*info), .index = index };
	ask(f, VFIO_USER_DEVICE_GET_REGION_INFO, info, sizeof(*info), 0, info, sizeof(*info));
	return info->flags;
}

static void regions_are_told(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_region_info info;
	struct vfio_user_device_info device = { .argsz = sizeof(device) };

	agree(f);
	ask(f, VFIO_USER_DEVICE_GET_INFO, &device, sizeof(device), 0, &device, sizeof(device));
	assert_int_equal(device.flags, VFIO_USER_DEVICE_PCI | VFIO_USER_DEVICE_RESETS);
	assert_int_equal(device.regions, VFIO_USER_PCI_REGIONS + 1);
	for (uint32_t i = 0; i < VFIO_USER_PCI_REGIONS; i++) {
		uint32_t flags = info_of(f, i, &info);
		uint64_t size = i == 0 ? BAR_SIZE : i == VFIO_USER_REGION_CONFIG ? 4096 : 0;

		assert_int_equal(info.size, size);
		assert_int_equal(flags,
				 size ? VFIO_USER_REGION_READS | VFIO_USER_REGION_WRITES : 0);
	}
	assert_int_not_equal(info_of(f, VFIO_USER_PCI_REGIONS, &info) & VFIO_USER_REGION_CAPS, 0);
	info.argsz = sizeof(info) - 1;
	ask(f, VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info), EINVAL, NULL, 0);
	info.argsz = sizeof(info);
	for (uint32_t i = VFIO_USER_PCI_REGIONS + 1; i; i *= 2) {
		info.index = i;
		ask(f, VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info), EINVAL, NULL, 0);
	}
}

/* An access of a width is one access, others come in aligned pieces. */
static void accesses_have_their_width(void **state)
{
	static const struct {
		uint32_t region, offset, count;
		unsigned accesses, last;
	} cases[] = {
		{ 0, 0, 1, 1, 1 },   { 0, 3, 2, 1, 2 },      { 0, 1, 4, 1, 4 },
		{ 0, 5, 8, 1, 8 },   { 0, 0, 3, 2, 1 },      { 0, 1, 7, 3, 4 },
		{ 0, 0, 16, 2, 8 },  { 0, 4, 16, 3, 4 },     { 0, 3, 9, 3, 4 },
		{ 0, 1, 64, 11, 1 }, { 0, 0, 4096, 512, 8 }, { 0, BAR_SIZE - 8, 8, 1, 8 },
	};
	struct fixture *f = *state;
	uint8_t answer[sizeof(struct vfio_user_region_access) + 4096];

	agree(f);
	for (unsigned i = 0; i < BAR_SIZE; i++)
		f->bar[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vfio_user_region_access access = { cases[i].offset, cases[i].region,
							  cases[i].count };

		f->accesses = 0;
		ask(f, VFIO_USER_REGION_READ, &access, sizeof(access), 0, answer,
		    sizeof(access) + access.count);
		assert_memory_equal(answer, &access, sizeof(access));
		assert_memory_equal(answer + sizeof(access), f->bar + access.offset, access.count);
		assert_int_equal(f->accesses, cases[i].accesses);
		assert_int_equal(f->width, cases[i].last);
	}
	/* Configuration space: four bytes at most. */
	ask(f, VFIO_USER_REGION_READ, &(struct vfio_user_region_access){ 0, 7, 8 }, 16, 0, answer,
	    24);
	assert_int_equal(f->width, 4);
	assert_memory_equal(answer + 16, f->config, 8);
}

static void past_the_end_is_refused(void **state)
{
	static const struct vfio_user_region_access accesses[] = {
		{ BAR_SIZE, 0, 1 },
		{ BAR_SIZE - 1, 0, 2 },
		{ UINT64_MAX, 0, 1 },
		{ UINT64_MAX - 3, 0, 8 },
		{ 0, 0, 0 },
		{ 0, 0, BAR_SIZE + 1 },
		{ 0, 0, UINT32_MAX },
		{ 0, 1, 1 },
		{ 0, VFIO_USER_REGION_ROM, 4 },
		{ 0, VFIO_USER_REGION_VGA, 4 },
		{ PCIE_CONFIG_SIZE, VFIO_USER_REGION_CONFIG, 1 },
		{ PCIE_CONFIG_SIZE - 2, VFIO_USER_REGION_CONFIG, 4 },
		{ 0, 10, 4 },
		{ 0, UINT32_MAX, 4 },
		{ 1, 9, 8 },
		{ 0, 9, 4 },
	};
	struct fixture *f = *state;
	uint8_t write[sizeof(accesses[0]) + 8] = { 0 };

	agree(f);
	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		ask(f, VFIO_USER_REGION_READ, &accesses[i], sizeof(accesses[i]), EINVAL, NULL, 0);
		memcpy(write, &accesses[i], sizeof(accesses[i]));
		ask(f, VFIO_USER_REGION_WRITE, write, sizeof(write), EINVAL, NULL, 0);
	}
	/* More is announced than comes. */
	memcpy(write, &(struct vfio_user_region_access){ 0, 0, 9 }, sizeof(accesses[0]));
	ask(f, VFIO_USER_REGION_WRITE, write, sizeof(write), EINVAL, NULL, 0);
	assert_int_equal(f->accesses, 0);
	is_well(f);
}

static void many_writes_at_once(void **state)
{
	struct fixture *f = *state;
	struct {
		uint64_t count;
		struct vfio_user_region_write w[3];
	} many = { 3,
		   { { 0, 0, 4, { 1, 2, 3, 4 } },
		     { 9, 0, 3, { 5, 6, 7 } },
		     { 16, VFIO_USER_REGION_CONFIG, 4, { 0, 0, 0, 0xe0 } } } };
	uint64_t done = 0;

	agree(f);
	ask(f, VFIO_USER_REGION_WRITE_MULTI, &many, sizeof(many), 0, &done, sizeof(done));
	assert_int_equal(done, 3);
	assert_int_equal(vs_load_le32(f->bar), 0x04030201);
	assert_int_equal(f->bar[11], 7);
	assert_int_equal(vs_load_le32(f->config + 16), 0xe0000000);
	many.count = 4;
	ask(f, VFIO_USER_REGION_WRITE_MULTI, &many, sizeof(many), EINVAL, NULL, 0);
	many.count = UINT64_MAX / 24 + 2;
	ask(f, VFIO_USER_REGION_WRITE_MULTI, &many, sizeof(many), EINVAL, NULL, 0);
	many.count = 3;
	many.w[0].count = 9;
	ask(f, VFIO_USER_REGION_WRITE_MULTI, &many, sizeof(many), EINVAL, NULL, 0);
	many.w[0].count = 4;
	many.w[0].offset = BAR_SIZE - 3;
	ask(f, VFIO_USER_REGION_WRITE_MULTI, &many, sizeof(many), EINVAL, NULL, 0);
	many.count = 0;
	ask(f, VFIO_USER_REGION_WRITE_MULTI, &many, sizeof(many), 0, &done, sizeof(done));
}

/* The address that a BAR's registers were given, in whatever parts. */
static void bars_have_the_address_that_was_written(void **state)
{
	struct fixture *f = *state;
	struct {
		struct vfio_user_region_access access;
		uint8_t data[4];
	} write = { { PCI_BAR0, VFIO_USER_REGION_CONFIG, 4 }, { 4, 0, 0, 0xe0 } };
	struct vfio_user_region_access read = { 0x10, 0, 4 };
	uint8_t answer[20];

	agree(f);
	ask(f, VFIO_USER_REGION_READ, &read, sizeof(read), 0, answer, sizeof(answer));
	assert_false(f->place.placed);
	ask(f, VFIO_USER_REGION_WRITE, &write, sizeof(write), 0, NULL, 0);
	ask(f, VFIO_USER_REGION_READ, &read, sizeof(read), 0, answer, sizeof(answer));
	assert_true(f->place.placed);
	assert_int_equal(f->place.address, 0xe0000010);
	write.access.offset = PCI_BAR0 + 2;
	write.access.count = 1;
	write.data[0] = 0x55;
	ask(f, VFIO_USER_REGION_WRITE, &write, sizeof(write) - 3, 0, NULL, 0);
	ask(f, VFIO_USER_REGION_READ, &read, sizeof(read), 0, answer, sizeof(answer));
	assert_int_equal(f->place.address, 0xe0550010);
	/* The next client finds none. */
	redial(f);
	agree(f);
	ask(f, VFIO_USER_REGION_READ, &read, sizeof(read), 0, answer, sizeof(answer));
	assert_false(f->place.placed);
}

static void put_panel(struct fixture *f, uint64_t offset, uint64_t value, uint32_t error)
{
	struct {
		struct vfio_user_region_access access;
		uint8_t data[8];
	} write = { { offset, VFIO_USER_PCI_REGIONS, 8 }, { 0 } };

	vs_store_le64(write.data, value);
	ask(f, VFIO_USER_REGION_WRITE, &write, sizeof(write), error, NULL, 0);
}

static uint64_t get_panel(struct fixture *f, uint64_t offset)
{
	struct vfio_user_region_access read = { offset, VFIO_USER_PCI_REGIONS, 8 };
	uint8_t answer[sizeof(read) + 8] = { 0 };

	ask(f, VFIO_USER_REGION_READ, &read, sizeof(read), 0, answer, sizeof(answer));
	return vs_load_le64(answer + sizeof(read));
}

/* Who does not know of it sees nothing of it. */
static void the_panel_is_for_those_who_know(void **state)
{
	struct fixture *f = *state;
	struct vfio_user_version version = { 0, 0 };
	struct vfio_user_region_access read = { 0, VFIO_USER_PCI_REGIONS, 8 };
	struct vfio_user_device_info device = { .argsz = sizeof(device) };

	ask(f, VFIO_USER_VERSION, &version, sizeof(version), 0, &version, sizeof(version));
	ask(f, VFIO_USER_DEVICE_GET_INFO, &device, sizeof(device), 0, &device, sizeof(device));
	assert_int_equal(device.regions, VFIO_USER_PCI_REGIONS);
	ask(f, VFIO_USER_REGION_READ, &read, sizeof(read), EINVAL, NULL, 0);
}

static void the_panel_moves_the_clock(void **state)
{
	struct fixture *f = *state;

	agree(f);
	put_panel(f, TESTER_PANEL_ADVANCE, 1234, 0);
	assert_int_equal(get_panel(f, TESTER_PANEL_CLOCK), 1234);
	assert_int_equal(get_panel(f, TESTER_PANEL_FLAGS), TESTER_PANEL_FLAG_LONG);
	put_panel(f, TESTER_PANEL_PROVOKE, TESTER_CONFIG_CHANGE, 0);
	assert_int_equal(get_panel(f, TESTER_PANEL_PROVOKE), 0);
	put_panel(f, TESTER_PANEL_PROVOKE, UINT64_MAX, 0);
	assert_int_equal(get_panel(f, TESTER_PANEL_PROVOKE), 1);
	put_panel(f, TESTER_PANEL_POWER, 1, 0);
	assert_int_equal(f->power_cycles, 1);
	expose_intx(f->server, true);
	assert_int_equal(get_panel(f, TESTER_PANEL_LINE), 1);
	expose_intx(f->server, false);
	assert_int_equal(get_panel(f, TESTER_PANEL_LINE), 0);
	put_panel(f, TESTER_PANEL_CLOCK, 1, EINVAL);
	put_panel(f, TESTER_PANEL_SIZE - 8, 1, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(regions_are_told),
		TEST(accesses_have_their_width),
		TEST(past_the_end_is_refused),
		TEST(many_writes_at_once),
		TEST(bars_have_the_address_that_was_written),
		TEST(the_panel_is_for_those_who_know),
		TEST(the_panel_moves_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
