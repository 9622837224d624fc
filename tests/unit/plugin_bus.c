/* SPDX-License-Identifier: BSD-3-Clause */
/* What the reference driver makes of its platform: accesses, memory, a device that is pulled out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "plugin_life.h"
#include "spec/virtio_pci.h"

static struct life_outcome live(struct virtspec_device *d, const struct mock_settings *settings,
				const char *argument)
{
	assert_true(plugin_open(d, "reference", settings, argument));
	return life_live(d, settings->class_name);
}

static void accesses_are_natural(void **state)
{
	static const char *const classes[] = { "blk", "net", "console", "rng" };

	(void)state;
	for (unsigned c = 0; c < 4; c++) {
		const struct mock_settings settings = { .class_name = classes[c] };
		struct virtspec_device d;

		assert_true(live(&d, &settings, "").served);
		assert_true(d.count < HOST_RECORD);
		for (unsigned i = 0; i < d.count; i++) {
			const struct host_access *a = &d.record[i];

			if (a->width > 4 || a->offset % a->width)
				fail_msg("%s, access %u: width %u at %#" PRIx64 " of %u",
					 classes[c], i, a->width, a->offset, a->region);
		}
		plugin_close(&d);
	}
}

/* Where pci_cfg_data lies; 0: there is no window. */
static unsigned window_data(struct mock *mock)
{
	unsigned at = mock_config_read(mock, PCI_CAPABILITY_LIST, 1);

	while (at) {
		if (mock_config_read(mock, at, 1) == PCI_CAP_ID_VNDR &&
		    mock_config_read(mock, at + 3, 1) == VIRTIO_PCI_CAP_PCI_CFG)
			return at + (unsigned)offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);
		at = mock_config_read(mock, at + PCI_CAP_NEXT, 1);
	}
	return 0;
}

/* The window is touched only after it was pointed at something. */
static void probing_leaves_the_window_alone(void **state)
{
	const struct mock_settings settings = { .class_name = "rng" };
	struct virtspec_device d;
	unsigned data, reads = 0;
	void *driver = NULL;

	(void)state;
	if (!plugin_open(&d, "reference", &settings, "")) {
		plugin_close(&d);
		fail();
		return;
	}
	data = window_data(d.mock);
	assert_true(data);
	assert_int_equal(d.driver->probe(&plugin_host, &d, &driver), 0);
	for (unsigned i = 0; i < d.count; i++)
		reads += d.record[i].region == 6 && d.record[i].offset == data;
	assert_int_equal(reads, 0);
	d.driver->remove(driver);
	for (unsigned i = 0; i < d.count; i++)
		assert_false(d.record[i].write); /* nothing was started, nothing is ended */
	plugin_close(&d);
}

/* At every access once: the driver comes back, and has its memory given back. */
static void lives_through_removal(void **state)
{
	static const char *const classes[] = { "rng", "blk", "net" };

	(void)state;
	for (unsigned c = 0; c < 3; c++) {
		struct mock_settings settings = { .class_name = classes[c], .packed = c == 1 };
		unsigned end = 1;

		for (unsigned n = 1; n <= end; n += c ? 7 : 1) {
			struct virtspec_device d;

			assert_true(plugin_open(&d, "reference", &settings, ""));
			d.pull_after = n;
			life_live(&d, classes[c]);
			end = d.all_ones ? n + 8 : 0;
			assert_int_equal(d.held, 0);
			if (d.count > n + 1000)
				fail_msg("%s: %u accesses after the device had gone", classes[c],
					 d.count - n);
			plugin_close(&d);
		}
	}
}

#define SEEDS 150u

static void lives_through_nonsense(void **state)
{
	static const char *const classes[] = { "blk", "net", "console", "rng" };

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct mock_settings settings = { .class_name = classes[seed % 4],
						  .packed = seed / 4 % 2,
						  .interface = seed % 3 ? MOCK_MODERN
									: MOCK_TRANSITIONAL };
		struct virtspec_device d;

		assert_true(plugin_open(&d, "reference", &settings, seed % 5 ? "" : "kind=legacy"));
		d.babble = seed * UINT64_C(0x9e3779b97f4a7c15);
		life_live(&d, settings.class_name);
		assert_int_equal(d.held, 0);
		plugin_close(&d);
	}
}

static void makes_do_with_less_memory(void **state)
{
	const struct mock_settings settings = { .class_name = "blk" };
	const struct {
		size_t limit;
		bool served;
	} cases[] = { { 1u << 20, true }, { 1u << 18, true }, { 4096, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct virtspec_device d;

		assert_true(plugin_open(&d, "reference", &settings, ""));
		d.memory_limit = cases[i].limit;
		assert_int_equal(life_live(&d, "blk").served, cases[i].served);
		assert_int_equal(d.held, 0);
		plugin_close(&d);
	}
}

static void kinds_take_what_is_theirs(void **state)
{
	const struct {
		const char *argument;
		enum mock_interface interface;
		bool refused;
	} cases[] = {
		{ "kind=modern", MOCK_MODERN, false },
		{ "kind=modern", MOCK_TRANSITIONAL, false },
		{ "kind=modern", MOCK_LEGACY, true },
		{ "kind=legacy", MOCK_MODERN, true },
		{ "kind=legacy", MOCK_TRANSITIONAL, false },
		{ "kind=legacy", MOCK_LEGACY, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct mock_settings settings = { .class_name = "blk",
							.interface = cases[i].interface };
		struct virtspec_device d;
		struct life_outcome o = live(&d, &settings, cases[i].argument);

		assert_int_equal(o.refused, cases[i].refused);
		assert_int_equal(o.served, !cases[i].refused);
		plugin_close(&d);
	}
}

/* The example serves, and makes its mistake: nothing is read between FEATURES_OK and the queue. */
static void example_has_its_mistake(void **state)
{
	const struct mock_settings settings = { .class_name = "rng" };
	struct virtspec_device d;
	bool unread = false;

	(void)state;
	assert_true(plugin_open(&d, "entropy", &settings, ""));
	assert_true(life_live(&d, "rng").served);
	assert_int_equal(d.held, 0);
	for (unsigned i = 0; i + 1 < d.count; i++) {
		const struct host_access *a = &d.record[i];

		if (a->write && a->region == 0 && a->value == 0x0b &&
		    a->offset == offsetof(struct virtio_pci_common_cfg, device_status))
			unread = d.record[i + 1].write;
	}
	assert_true(unread);
	plugin_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_are_natural),
		cmocka_unit_test(probing_leaves_the_window_alone),
		cmocka_unit_test(lives_through_removal),
		cmocka_unit_test(lives_through_nonsense),
		cmocka_unit_test(makes_do_with_less_memory),
		cmocka_unit_test(kinds_take_what_is_theirs),
		cmocka_unit_test(example_has_its_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
