/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every bus promises, tried on each of them. Arguments are subjects to try instead of the
 * table's.
 */
#include "bus_fixture.h"

#include <signal.h>

/* The header reads the same in pieces of any width, and at odd offsets. */
static void widths_agree(void **state)
{
	struct vs_bus *bus = bus_of(state);
	uint8_t bytes[PCI_HEADER_SIZE + 3];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)config(bus, i, 1);
	assert_int_not_equal(bytes[0] | bytes[1] << 8, 0xffff);
	for (unsigned i = 0; i < PCI_HEADER_SIZE; i++) {
		uint32_t two = (uint32_t)(bytes[i] | bytes[i + 1] << 8);
		uint32_t four = two | (uint32_t)(bytes[i + 2] | bytes[i + 3] << 8) << 16;

		assert_int_equal(config(bus, i, 2), two);
		assert_int_equal(config(bus, i, 4), four);
	}
}

static void outside_is_all_ones(void **state)
{
	struct vs_bus *bus = bus_of(state);
	bool extended = bus->features & VS_BUS_EXTENDED_CONFIG;
	unsigned end = extended ? PCIE_CONFIG_SIZE : PCI_CONFIG_SIZE;
	uint64_t value;

	assert_int_equal(config(bus, end, 1), 0xff);
	assert_int_equal(config(bus, end - 1, 2), 0xffff);
	assert_int_equal(config(bus, 0xfffffffe, 4), 0xffffffff);
	set_config(bus, end, 4, 0);
	for (unsigned i = 0; i < PCI_BAR_COUNT + 2; i++) {
		uint64_t size = i < PCI_BAR_COUNT ? bus->bars[i].size : 0;

		assert_int_equal(vs_bus_bar_read(bus, i, size, 1, &value), 0);
		assert_int_equal(value, 0xff);
		assert_int_equal(vs_bus_bar_read(bus, i, UINT64_MAX - 3, 8, &value), 0);
		assert_int_equal(value, UINT64_MAX);
		assert_int_equal(vs_bus_bar_write(bus, i, size, 4, 0), 0);
	}
	assert_int_equal(bus->state, VS_BUS_ALIVE);
}

static void bars_are_apart(void **state)
{
	const struct vs_bus *bus = bus_of(state);
	unsigned placed = 0;

	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *a = &bus->bars[i];

		if (!a->size)
			continue;
		assert_int_equal(a->size & (a->size - 1), 0);
		assert_int_equal(a->address % a->size, 0);
		placed++;
		if (!a->io)
			assert_true(a->address + a->size <= bus->dma.address ||
				    bus->dma.address + bus->dma.size <= a->address);
		for (unsigned j = 0; j < i; j++) {
			const struct vs_bar *b = &bus->bars[j];

			assert_true(!b->size || a->io != b->io ||
				    a->address + a->size <= b->address ||
				    b->address + b->size <= a->address);
		}
	}
	assert_int_not_equal(placed, 0);
}

/* Where the MSI-X table lies: 0, or -1 without a usable one. */
static int find_msix_table(struct vs_bus *bus, unsigned *bar, uint64_t *offset, unsigned *entries)
{
	uint32_t at = config(bus, PCI_CAPABILITY_LIST, 1) & PCI_CAP_POINTER_MASK;

	for (unsigned i = 0; at && i < PCI_CAP_MAX; i++) {
		if (config(bus, at + PCI_CAP_ID, 1) == PCI_CAP_ID_MSIX) {
			uint32_t table = config(bus, at + PCI_MSIX_TABLE, 4);

			*bar = table & PCI_MSIX_BIR_MASK;
			*offset = table & ~PCI_MSIX_BIR_MASK;
			*entries =
				(config(bus, at + PCI_MSIX_CONTROL, 2) & PCI_MSIX_CONTROL_SIZE) + 1;
			return *bar < PCI_BAR_COUNT && bus->bars[*bar].address ? 0 : -1;
		}
		at = config(bus, at + PCI_CAP_NEXT, 1) & PCI_CAP_POINTER_MASK;
	}
	return -1;
}

/* Of each entry the message address, then its data. */
static uint64_t table_word(uint64_t table, size_t i)
{
	return table + i / 2 * PCI_MSIX_ENTRY_SIZE + i % 2 * PCI_MSIX_ENTRY_DATA;
}

static void bars_reach_the_device(void **state)
{
	struct vs_bus *bus = bus_of(state);
	unsigned bar = 0, entries = 0;
	uint64_t table = 0, value;

	if (find_msix_table(bus, &bar, &table, &entries))
		skip();
	set_config(bus, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	for (unsigned i = 0; i < 2 * entries; i++) {
		uint64_t at = table_word(table, i);

		assert_int_equal(vs_bus_bar_write(bus, bar, at, 4, 0xfee00000u + 0x1000u * i), 0);
	}
	for (unsigned i = 0; i < 2 * entries; i++) {
		uint64_t at = table_word(table, i);

		assert_int_equal(vs_bus_bar_read(bus, bar, at, 4, &value), 0);
		assert_int_equal(value, 0xfee00000u + 0x1000u * i);
	}
}

/* Turning decoding off and on makes a BAR disappear and come back where it was. */
static void decoding_reaches_the_device(void **state)
{
	struct vs_bus *bus = bus_of(state);
	unsigned bar = 0, entries;
	uint64_t table = 0, value;

	if (!(bus->features & VS_BUS_RAW_BARS) || find_msix_table(bus, &bar, &table, &entries))
		skip();
	set_config(bus, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_int_equal(vs_bus_bar_write(bus, bar, table, 4, 0xfee12340u), 0);
	set_config(bus, PCI_COMMAND, 2, 0);
	assert_int_equal(vs_bus_bar_read(bus, bar, table, 4, &value), 0);
	assert_int_not_equal(value, 0xfee12340u);
	set_config(bus, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_int_equal(vs_bus_bar_read(bus, bar, table, 4, &value), 0);
	assert_int_equal(value, 0xfee12340u);
}

static void dma_memory_holds_data(void **state)
{
	struct vs_bus *bus = bus_of(state);
	const size_t page = 4096, span = 0x40000;
	const size_t starts[] = { 0, bus->dma.size - span };

	assert_int_equal(bus->dma.address % 0x10000, 0);
	assert_true(bus->dma.size >= 2 * span && bus->dma.address + bus->dma.size > bus->dma.size);
	for (size_t i = 0; i < 2; i++) {
		for (size_t at = starts[i]; at < starts[i] + span; at += page)
			memcpy(bus->dma.host + at, &at, sizeof(at));
		assert_int_equal(vs_bus_push(bus, bus->dma.host + starts[i], span), 0);
	}
	/* Where it is a copy, the original has it: spoiling the copy does no harm. */
	if (bus->ops->pull)
		memset(bus->dma.host, 0xcc, bus->dma.size);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(vs_bus_pull(bus, bus->dma.host + starts[i], span), 0);
		for (size_t at = starts[i]; at < starts[i] + span; at += page)
			assert_memory_equal(bus->dma.host + at, &at, sizeof(at));
	}
	assert_int_equal(vs_bus_pull(bus, bus->dma.host + bus->dma.size, 0), 0);
}

static void messages_have_places_of_their_own(void **state)
{
	static uint64_t addresses[PCI_MSIX_MAX_VECTORS];
	struct vs_bus *bus = bus_of(state);
	uint32_t data;
	bool arrived;

	if (!(bus->features & VS_BUS_MSIX))
		skip();
	for (unsigned i = 0; i < PCI_MSIX_MAX_VECTORS; i++) {
		assert_int_equal(vs_bus_msix_route(bus, i, &addresses[i], &data), 0);
		assert_int_equal(addresses[i] % 4, 0);
		assert_true(addresses[i] < bus->dma.address ||
			    addresses[i] >= bus->dma.address + bus->dma.size);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(addresses[i], addresses[j]);
	}
	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(vs_bus_msix_take(bus, i, &arrived), 0);
		assert_false(arrived);
	}
}

static void time_passes(void **state)
{
	struct vs_bus *bus = bus_of(state);
	uint64_t start = vs_bus_now(bus), last = start;
	uint64_t wall = vs_monotonic_ns();
	bool level;

	for (unsigned i = 0; i < 200; i++) {
		uint64_t now;

		assert_int_equal(vs_bus_relax(bus, i % 2 ? 100000 : 0), 0);
		now = vs_bus_now(bus);
		assert_true(now >= last);
		last = now;
	}
	assert_true(last > start);
	assert_int_equal(vs_bus_settle(bus), 0);
	/* 10 ms of waiting asked for; a bus may be slower, but not without bound. */
	assert_true(vs_monotonic_ns() - wall < UINT64_C(5000000000));
	assert_int_equal(vs_bus_intx(bus, &level), 0);
	assert_false(level);
}

static void accesses_are_recorded(void **state)
{
	struct vs_bus *bus = bus_of(state);
	const struct vs_event *event;
	struct vs_trace trace;
	uint32_t id;

	assert_int_equal(vs_trace_init(&trace, 16), 0);
	bus->trace = &trace;
	id = config(bus, PCI_VENDOR_ID, 4);
	set_config(bus, PCI_COMMAND, 2, 0xffff0000u | PCI_COMMAND_MASTER);
	bus->trace = NULL;
	assert_int_equal(trace.count, 2);
	event = vs_trace_at(&trace, 0);
	assert_true(event->kind == VS_EVENT_READ && event->region == VS_REGION_CONFIG);
	assert_int_equal(event->offset, PCI_VENDOR_ID);
	assert_int_equal(event->width, 4);
	assert_int_equal(event->value, id);
	assert_true(event->time <= vs_trace_at(&trace, 1)->time);
	event = vs_trace_at(&trace, 1);
	assert_int_equal(event->kind, VS_EVENT_WRITE);
	assert_int_equal(event->width, 2);
	assert_int_equal(event->value, PCI_COMMAND_MASTER);
	vs_trace_free(&trace);
}

static void environment_answers(void **state)
{
	struct vs_bus *bus = bus_of(state);

	for (unsigned i = 0; i < 3; i++) {
		int result = vs_bus_provoke(bus, VS_PROVOKE_CONFIG_CHANGE);

		assert_true(result == 0 || result == 1);
		assert_int_equal(bus->state, VS_BUS_ALIVE);
	}
	assert_non_null(vs_bus_evidence(bus));
	assert_string_equal(vs_bus_evidence(bus), "");
	if (vs_bus_describe(bus))
		assert_int_not_equal(strlen(vs_bus_describe(bus)), 0);
	assert_string_equal(bus->reason, "");
}

/* What the tester changed is gone: by a restart, or because close put it back. */
static void comes_back_as_it_was(void **state)
{
	struct vs_bus *bus = bus_of(state);
	struct fixture *f = *state;
	const uint32_t set = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;
	uint32_t command = config(bus, PCI_COMMAND, 2);
	const uint8_t *host = bus->dma.host;
	unsigned features = bus->features;

	assert_int_equal(command & set, 0);
	set_config(bus, PCI_COMMAND, 2, set);
	assert_int_equal(config(bus, PCI_COMMAND, 2), set);
	if (features & VS_BUS_RESTART) {
		assert_int_equal(vs_bus_restart(bus), 0);
		assert_ptr_equal(bus->dma.host, host);
	} else {
		assert_int_equal(vs_bus_restart(bus), -1);
		assert_int_equal(bus->state, VS_BUS_ALIVE);
		vs_bus_close(bus);
		open_bus(f);
		bus = bus_of(state);
	}
	assert_int_equal(bus->state, VS_BUS_ALIVE);
	assert_int_equal(bus->features, features);
	assert_int_equal(config(bus, PCI_COMMAND, 2), command);
	bars_are_apart(state);
	if (features & VS_BUS_MSIX)
		bars_reach_the_device(state);
}

/* On a dead bus everything returns at once, and says so. */
static void check_dead(struct vs_bus *bus, enum vs_bus_state expected)
{
	uint64_t address, value64;
	uint32_t value = 0;
	bool flag;

	assert_int_equal(bus->state, expected);
	assert_true(strlen(bus->reason) > 10);
	assert_int_equal(vs_bus_config_read(bus, 0, 2, &value), -1);
	assert_int_equal(value, 0xffff);
	assert_int_equal(vs_bus_config_write(bus, 0, 2, 0), -1);
	assert_int_equal(vs_bus_bar_read(bus, 0, 0, 8, &value64), -1);
	assert_int_equal(value64, UINT64_MAX);
	assert_int_equal(vs_bus_bar_write(bus, 0, 0, 1, 0), -1);
	assert_int_equal(vs_bus_pull(bus, bus->dma.host, 4), -1);
	assert_int_equal(vs_bus_push(bus, bus->dma.host, 4), -1);
	assert_int_equal(vs_bus_intx(bus, &flag), -1);
	assert_int_equal(vs_bus_msix_route(bus, 0, &address, &value), -1);
	assert_int_equal(vs_bus_msix_take(bus, 0, &flag), -1);
	assert_int_equal(vs_bus_relax(bus, 1000000000), -1);
	assert_int_equal(vs_bus_settle(bus), -1);
	assert_int_equal(vs_bus_provoke(bus, VS_PROVOKE_CONFIG_CHANGE), -1);
	assert_non_null(vs_bus_evidence(bus));
	if (!(bus->features & VS_BUS_RESTART))
		return;
	assert_int_equal(vs_bus_restart(bus), 0);
	assert_int_equal(bus->state, VS_BUS_ALIVE);
	assert_string_equal(bus->reason, "");
	assert_int_not_equal(config(bus, PCI_VENDOR_ID, 2), 0xffff);
}

static void peer_that_dies(void **state)
{
	struct vs_bus *bus = bus_of(state);
	pid_t pid = process_of(*state);
	uint32_t value;

	if (!pid)
		skip();
	assert_int_equal(kill(pid, SIGSEGV), 0);
	assert_int_equal(vs_bus_config_read(bus, 0, 4, &value), -1);
	assert_int_equal(value, 0xffffffffu);
	if (!is_attached(*state))
		assert_non_null(strstr(bus->reason, "signal 11"));
	check_dead(bus, VS_BUS_DIED);
}

static void peer_that_hangs(void **state)
{
	struct vs_bus *bus = bus_of(state);
	pid_t pid = process_of(*state);
	uint64_t start = vs_monotonic_ns();
	uint32_t value;

	if (!pid)
		skip();
	bus->deadline_ns = 50000000;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(vs_bus_config_read(bus, 0, 4, &value), -1);
	assert_true(vs_monotonic_ns() - start < UINT64_C(5000000000));
	bus->deadline_ns = UINT64_C(5000000000);
	check_dead(bus, VS_BUS_HUNG);
}

static const struct CMUnitTest contract[] = {
	cmocka_unit_test(widths_agree),
	cmocka_unit_test(outside_is_all_ones),
	cmocka_unit_test(bars_are_apart),
	cmocka_unit_test(bars_reach_the_device),
	cmocka_unit_test(decoding_reaches_the_device),
	cmocka_unit_test(dma_memory_holds_data),
	cmocka_unit_test(messages_have_places_of_their_own),
	cmocka_unit_test(time_passes),
	cmocka_unit_test(accesses_are_recorded),
	cmocka_unit_test(environment_answers),
	cmocka_unit_test(comes_back_as_it_was),
	cmocka_unit_test(peer_that_dies),
	cmocka_unit_test(peer_that_hangs),
};

int main(int argc, char **argv)
{
	return run_on_subjects("bus_contract", contract, sizeof(contract) / sizeof(contract[0]),
			       argc, argv);
}
