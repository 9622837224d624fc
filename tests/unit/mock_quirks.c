/* SPDX-License-Identifier: BSD-3-Clause */
/* Every quirk makes a device that survives a driver; the first ones do what they say. */
#include <stdio.h>

#include "mock_rings.h"

#include "mock-device/quirks/quirk.h"
#include "spec/blk.h"
#include "spec/packed_ring.h"

#define V1 TD_FEATURE(VIRTIO_F_VERSION_1)

/* ---- Every quirk with every value ---- */

/* What a quirk asks for in .needs ("mock:CLASS,ring=packed,quirk=NAME,…") and itself, as settings.
 */
struct wish {
	struct mock_settings settings;
	char text[256];
};

static void add_quirk(struct wish *w, char *name)
{
	char *value = strchr(name, '=');

	if (value)
		*value++ = '\0';
	w->settings.quirks[w->settings.quirk_count].name = name;
	w->settings.quirks[w->settings.quirk_count++].value = value;
}

static void add_setting(struct mock_settings *settings, const char *word)
{
	static const char *const usual[] = { "interface=modern", "ring=split", "endian=little" };

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(word, usual[i]) == 0)
			return;
	if (strcmp(word, "interface=transitional") == 0)
		settings->interface = MOCK_TRANSITIONAL;
	else if (strcmp(word, "interface=legacy") == 0)
		settings->interface = MOCK_LEGACY;
	else if (strcmp(word, "endian=big") == 0)
		settings->big_endian = true;
	else if (strcmp(word, "ring=packed") == 0)
		settings->packed = true;
	else if (strcmp(word, "long=yes") == 0)
		settings->long_runs = true;
	else if (strcmp(word, "profile=draft-2013") == 0)
		settings->draft = true;
	else
		fail_msg("no mock takes \"%s\"", word);
}

static void make_wish(struct wish *w, const struct mock_quirk *quirk)
{
	static const char prefix[] = "mock:", key[] = "quirk=";
	char *word;

	memset(w, 0, sizeof(*w));
	snprintf(w->text, sizeof(w->text), "%s",
		 quirk->needs ? quirk->needs + strlen(prefix) : "blk");
	/* Of alternatives the first; no class means any. */
	word = strchr(w->text, ',');
	if (word)
		*word++ = '\0';
	w->text[strcspn(w->text, "|")] = '\0';
	w->settings.class_name = w->text[0] ? w->text : "blk";
	for (char *part; word && (part = strtok_r(word, ",", &word));) {
		part[strcspn(part, "|")] = '\0';
		if (strncmp(part, key, strlen(key)) == 0)
			add_quirk(w, part + strlen(key));
		else
			add_setting(&w->settings, part);
	}
}

/* Lists of two descriptors, so that a packed ring has two more of them in round `i`. */
static void put_packed(struct td *td, unsigned i)
{
	for (unsigned j = 0; j < 4; j++) {
		uint64_t at = TD_BASE + VIRTQ_PACKED_SIZE * (4ul * i + j);

		td_store(td, at + VIRTQ_PACKED_ADDR, 8, TD_BASE + 0xf0000);
		td_store(td, at + VIRTQ_PACKED_LEN, 4, 64);
		td_store(td, at + VIRTQ_PACKED_ID, 2, i);
		td_store(td, at + VIRTQ_PACKED_FLAGS, 2,
			 VIRTQ_PACKED_F_AVAIL |
				 (j % 2 ? VIRTQ_PACKED_F_WRITE : VIRTQ_PACKED_F_NEXT));
	}
}

/* A driver that looks at everything, sets everything up and expects nothing. */
static void prod(struct td *td, bool packed)
{
	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i += 4)
		td_config(td, i, 4);
	td_command(td, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	for (unsigned bar = 0; bar < PCI_BAR_COUNT; bar++) {
		for (unsigned i = 0; i < 0x9000; i += i % 4096 < 128 ? 2 : 64)
			mock_bar_read(td->mock, bar, i, 2);
	}
	td_set_status(td, 0);
	mock_advance(td->mock, 1000000000);
	td_set_status(td, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	td_accept(td, td_offered(td));
	td_set_status(td, VIRTIO_STATUS_FEATURES_OK);
	for (uint16_t i = 0; i < 6; i++) {
		TD_SET(td, queue_select, i);
		TD_SET(td, queue_desc_lo, TD_BASE);
		TD_SET(td, queue_driver_lo, TD_BASE + 0x80000);
		TD_SET(td, queue_device_lo, TD_BASE + 0x90000);
		TD_SET(td, queue_msix_vector, i);
		TD_SET(td, queue_enable, 1);
	}
	td_desc(td, TD_BASE, 0, TD_BASE + 0xf0000, 64, VIRTQ_DESC_F_NEXT, 1);
	td_desc(td, TD_BASE, 1, TD_BASE + 0xf1000, 64, VIRTQ_DESC_F_WRITE, 0);
	td_set_status(td, VIRTIO_STATUS_DRIVER_OK);
	for (uint16_t i = 1; i < 20; i++) {
		td_store(td, TD_BASE + 0x80000 + VIRTQ_AVAIL_IDX, 2, packed ? 0 : i);
		if (packed)
			put_packed(td, i - 1u);
		for (uint16_t queue = 0; queue < 6; queue++)
			mock_bar_write(td->mock, td->notify.bar,
				       td->notify.offset + (uint64_t)queue * td->multiplier, 2,
				       0x5a00u + queue);
		mock_advance(td->mock, 1000000);
		td_isr(td);
	}
	mock_change_config(td->mock);
	td_set_status(td, VIRTIO_STATUS_SUSPEND);
	TD_SET(td, queue_reset, 1);
	td_set_status(td, 0);
	mock_advance(td->mock, 1000000000);
}

static void prod_wish(const struct wish *w)
{
	struct td td;
	struct mock_host host = {
		&td, td_map, td_dma_read, td_dma_write, td_msi, td_intx_free, NULL
	};
	char error[256] = "";

	memset(&td, 0, sizeof(td));
	td.memory = calloc(1, TD_MEMORY);
	assert_non_null(td.memory);
	td.mock = mock_create(&w->settings, &host, error, sizeof(error));
	assert_string_equal(error, "");
	/* Where the structures are by default: a quirk may say nonsense about that. */
	td.notify.offset = 4096;
	td.isr.offset = 8192;
	td.multiplier = 4;
	prod(&td, w->settings.packed);
	td_close(&td);
}

/* Each makes a device, and one that survives a driver, of either kind of ring. */
static void every_value(void **state)
{
	const struct mock_quirk *quirk;

	(void)state;
	for (unsigned i = 0; (quirk = mock_quirk_at(i)); i++) {
		const char *value = quirk->values ? quirk->values : "";

		do {
			int length = (int)strcspn(value, " ");
			struct wish w;
			char text[96];

			make_wish(&w, quirk);
			snprintf(text, sizeof(text), "%s%s%.*s", quirk->name, length ? "=" : "",
				 length, value);
			add_quirk(&w, text);
			prod_wish(&w);
			w.settings.packed = true;
			if (w.settings.interface != MOCK_LEGACY && !w.settings.draft &&
			    mock_quirk_applies(quirk, &w.settings))
				prod_wish(&w);
			value += length;
		} while (*value++ == ' ');
	}
}

/* The variations that this file knows, each on a device that has to work. */
static void variations_work(void **state)
{
	static const char *const quirks[] = {
		"structures-spread",      "caps-reversed",
		"unknown-capabilities",   "slow-reset",
		"msix-vectors=0",         "msix-single-vector",
		"msix-many-vectors=2048", "queue-size-one",
		"queue-size=2",           "queue-size=1024",
		"notification-data",      "admin-queue",
		"multiplier=0",           "multiplier=2",
		"multiplier=4096",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++) {
		struct td td;
		struct td_queue *queue;
		uint64_t buffer;

		td_open(&td, "rng", quirks[i], NULL);
		buffer = td_alloc(&td, 16, 1);
		queue = td_live_rng(&td, TD_FEATURE(VIRTIO_F_INDIRECT_DESC), 0);
		for (unsigned j = 0; j < 40; j++)
			assert_int_equal(td_entropy(&td, queue, buffer, 16), 16);
		td_close(&td);
	}
}

/* ---- What the first quirks do ---- */

static void violations(void **state)
{
	struct td td;
	uint8_t generation;

	(void)state;
	td_open(&td, "rng", "notify-multiplier=6", NULL);
	assert_int_equal(td.multiplier, 6);
	td_close(&td);

	td_open(&td, "rng", "features-ok-always", NULL);
	assert_true(td_negotiate(&td, 0));
	assert_true(td_negotiate(&td, UINT64_MAX));
	td_close(&td);

	td_open(&td, "blk", "config-generation-stuck", NULL);
	generation = (uint8_t)TD_GET(&td, config_generation);
	mock_change_config(td.mock);
	td_device(&td, 0, 8);
	assert_int_equal(TD_GET(&td, config_generation), generation);
	td_close(&td);

	td_open(&td, "blk", "isr-not-cleared", NULL);
	td_negotiate(&td, V1);
	td_driver_ok(&td);
	mock_change_config(td.mock);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	assert_true(td.line);
	td_reset(&td);
	assert_int_equal(td_isr(&td), 0);
	td_close(&td);
}

static void slow_reset(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "slow-reset=10", NULL);
	assert_int_equal(td_status(&td), 0);
	td_negotiate(&td, V1);
	td_set_status(&td, 0);
	assert_int_equal(td_status(&td), 0x0b);
	TD_SET(&td, queue_select, 5);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE);
	mock_advance(td.mock, 9999999);
	assert_int_equal(td_status(&td), 0x0b);
	mock_advance(td.mock, 1);
	assert_int_equal(td_status(&td), 0);
	assert_int_equal(TD_GET(&td, queue_select), 0);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE);
	assert_int_equal(td_status(&td), VIRTIO_STATUS_ACKNOWLEDGE);
	td_close(&td);
}

static void vectors(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "msix-vectors=0", NULL);
	assert_int_equal(td.msix, 0);
	TD_SET(&td, config_msix_vector, 0);
	assert_int_equal(TD_GET(&td, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	td_close(&td);
	td_open(&td, "rng", "msix-many-vectors=2048", NULL);
	assert_int_equal(td_config(&td, td.msix + PCI_MSIX_CONTROL, 2), 2047);
	TD_SET(&td, config_msix_vector, 2047);
	assert_int_equal(TD_GET(&td, config_msix_vector), 2047);
	mock_bar_write(td.mock, 2, 2047ul * 16 + 8, 4, 7);
	assert_int_equal(mock_bar_read(td.mock, 2, 2047ul * 16 + 8, 4), 7);
	td_close(&td);
}

static void capabilities(void **state)
{
	struct td td;
	unsigned first;

	(void)state;
	td_open(&td, "blk", "unknown-capabilities", NULL);
	first = td_config(&td, PCI_CAPABILITY_LIST, 1);
	assert_int_equal(td_config(&td, first, 1), 0x7f);
	assert_int_not_equal(td_cap(&td, PCI_CAP_ID_VNDR, 0x7e, 0), 0);
	td_close(&td);
	td_open(&td, "blk", "caps-reversed", NULL);
	first = td_config(&td, PCI_CAPABILITY_LIST, 1);
	assert_int_equal(td_config(&td, first, 1), PCI_CAP_ID_EXP);
	td_close(&td);
	td_open(&td, "blk", "structures-spread", NULL);
	assert_int_equal(td.common.bar, 0);
	assert_int_equal(td.device.bar, 1);
	assert_int_equal(td.notify.bar, 3);
	first = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG, 1);
	assert_int_equal(td_config(&td, first + offsetof(struct virtio_pci_cap, bar), 1), 0);
	assert_true(mock_bar_info(td.mock, 3).size <= 256);
	td_close(&td);
	td_open(&td, "net", "multiplier=65536", NULL);
	assert_true(mock_bar_info(td.mock, 0).size > 5ul * 65536);
	td_close(&td);
}

static void queues(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", "queue-size=32768", NULL);
	assert_int_equal(TD_GET(&td, queue_size), 32768);
	assert_int_equal(td_device(&td, offsetof(struct virtio_blk_config, seg_max), 4), 32766);
	td_close(&td);
	td_open(&td, "blk", "queue-gap", NULL);
	for (uint16_t i = 0; i < 3; i++) {
		TD_SET(&td, queue_select, i);
		assert_int_equal(TD_GET(&td, queue_size), i == 1 ? 0 : 128);
	}
	td_close(&td);
	td_open(&td, "blk", "notification-data", "admin-queue", NULL);
	assert_true(td_offered(&td) & TD_FEATURE(VIRTIO_F_NOTIFICATION_DATA));
	assert_true(td_offered(&td) & TD_FEATURE(VIRTIO_F_ADMIN_VQ));
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value), cmocka_unit_test(variations_work),
		cmocka_unit_test(violations),  cmocka_unit_test(slow_reset),
		cmocka_unit_test(vectors),     cmocka_unit_test(capabilities),
		cmocka_unit_test(queues),
	};

	return cmocka_run_group_tests_name("mock_quirks", tests, NULL, NULL);
}
