/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's interrupts: ISR status and INTx, MSI-X with its masks and pending bits. */
#include "mock_rings.h"

#define CONFIG_VECTOR 1u
#define QUEUE_VECTOR  0u
#define TABLE         UINT64_C(0) /* of MSI-X in its BAR; pending bits a page behind it */
#define PBA           UINT64_C(4096)
#define MSIX_BAR      2u

struct device {
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;
};

static void open_console(struct device *d)
{
	td_open(&d->td, "console", NULL);
	d->buffer = td_alloc(&d->td, 64, 1);
	assert_true(td_negotiate(&d->td, TD_FEATURE(VIRTIO_F_VERSION_1)));
	d->queue = td_queue(&d->td, 1, 8, false);
	TD_SET(&d->td, queue_msix_vector, QUEUE_VECTOR);
	TD_SET(&d->td, config_msix_vector, CONFIG_VECTOR);
	td_driver_ok(&d->td);
}

/* Transmits a byte: one used buffer. */
static void work(struct device *d)
{
	td_desc(&d->td, d->queue->desc, 0, d->buffer, 1, 0, 0);
	td_offer(&d->td, d->queue, 0);
	td_notify(&d->td, d->queue);
	td_expect_used(&d->td, d->queue, 0, 0);
}

static void set_entry(struct device *d, unsigned vector, bool masked)
{
	uint64_t at = TABLE + (uint64_t)PCI_MSIX_ENTRY_SIZE * vector;

	mock_bar_write(d->td.mock, MSIX_BAR, at + PCI_MSIX_ENTRY_ADDR_LO, 4,
		       0xfee00000 + vector * 16);
	mock_bar_write(d->td.mock, MSIX_BAR, at + PCI_MSIX_ENTRY_ADDR_HI, 4, vector);
	mock_bar_write(d->td.mock, MSIX_BAR, at + PCI_MSIX_ENTRY_DATA, 4, 100 + vector);
	mock_bar_write(d->td.mock, MSIX_BAR, at + PCI_MSIX_ENTRY_CONTROL, 4, masked);
}

static void enable_msix(struct device *d, uint16_t bits)
{
	td_set_config(&d->td, d->td.msix + PCI_MSIX_CONTROL, 2, bits);
}

static bool interrupt_status(struct device *d)
{
	return td_config(&d->td, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

static void line(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	assert_false(interrupt_status(&d));
	work(&d);
	assert_true(d.td.line);
	assert_true(interrupt_status(&d));
	work(&d);
	mock_change_config(d.td.mock);
	assert_int_equal(d.td.edges, 1);
	assert_int_equal(td_isr(&d.td), VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG);
	assert_false(d.td.line);
	assert_false(interrupt_status(&d));
	assert_int_equal(td_isr(&d.td), 0);
	td_close(&d.td);
}

/* Read at any width; written, it does not change. */
static void isr_widths(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	for (unsigned width = 1; width <= 8; width *= 2) {
		work(&d);
		mock_bar_write(d.td.mock, d.td.isr.bar, d.td.isr.offset, width, 0);
		assert_int_equal(mock_bar_read(d.td.mock, d.td.isr.bar, d.td.isr.offset, width),
				 VIRTIO_ISR_QUEUE);
		assert_int_equal(td_isr(&d.td), 0);
		assert_false(d.td.line);
	}
	/* From the byte before. */
	work(&d);
	assert_int_equal(mock_bar_read(d.td.mock, d.td.isr.bar, d.td.isr.offset - 1, 2),
			 VIRTIO_ISR_QUEUE << 8);
	assert_int_equal(td_isr(&d.td), 0);
	td_close(&d.td);
}

static void line_disabled(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	work(&d);
	td_command(&d.td, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	assert_false(d.td.line);
	assert_true(interrupt_status(&d));
	work(&d);
	assert_false(d.td.line);
	td_command(&d.td, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_true(d.td.line);
	td_close(&d.td);
}

static void messages(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	set_entry(&d, QUEUE_VECTOR, false);
	set_entry(&d, CONFIG_VECTOR, false);
	work(&d);
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 1);
	assert_int_equal(d.td.message_address, 0xfee00000);
	assert_int_equal(d.td.message_data, 100);
	assert_int_equal(d.td.messages[CONFIG_VECTOR], 0);
	mock_change_config(d.td.mock);
	assert_int_equal(d.td.messages[CONFIG_VECTOR], 1);
	assert_int_equal(d.td.message_address, UINT64_C(0x1fee00010));
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 1);
	/* The queue bit rests, the configuration bit does not; the line does. */
	assert_false(d.td.line);
	assert_false(interrupt_status(&d));
	assert_int_equal(td_isr(&d.td), VIRTIO_ISR_CONFIG);
	td_close(&d.td);
}

static void unmapped(void **state)
{
	struct device d;
	unsigned sum = 0;

	(void)state;
	open_console(&d);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	for (unsigned i = 0; i < 3; i++)
		set_entry(&d, i, false);
	TD_SET(&d.td, queue_msix_vector, VIRTIO_MSI_NO_VECTOR);
	TD_SET(&d.td, config_msix_vector, VIRTIO_MSI_NO_VECTOR);
	work(&d);
	mock_change_config(d.td.mock);
	for (unsigned i = 0; i < TD_VECTORS; i++)
		sum += d.td.messages[i];
	assert_int_equal(sum, 0);
	assert_false(d.td.line);
	/* Mapped while live, to one vector together. */
	TD_SET(&d.td, queue_msix_vector, 2);
	TD_SET(&d.td, config_msix_vector, 2);
	work(&d);
	mock_change_config(d.td.mock);
	assert_int_equal(d.td.messages[2], 2);
	td_close(&d.td);
}

/* Messages wait behind any of the three gates, and come once when it opens. */
static void pending(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	set_entry(&d, QUEUE_VECTOR, true);
	work(&d);
	work(&d);
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 0);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA, 8), 1u << QUEUE_VECTOR);
	mock_bar_write(d.td.mock, MSIX_BAR, PBA, 8, 0);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA, 1), 1u << QUEUE_VECTOR);
	set_entry(&d, QUEUE_VECTOR, false);
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 1);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA, 4), 0);

	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK);
	work(&d);
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 1);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 2);

	td_command(&d.td, PCI_COMMAND_MEMORY);
	mock_bar_write(d.td.mock, MSIX_BAR, TABLE + 16 + PCI_MSIX_ENTRY_CONTROL, 4, 0);
	mock_change_config(d.td.mock);
	assert_int_equal(d.td.messages[CONFIG_VECTOR], 0);
	td_command(&d.td, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_int_equal(d.td.messages[CONFIG_VECTOR], 1);
	td_close(&d.td);
}

/* What waits is forgotten by a device reset and by the reset of its queue. */
static void pending_forgotten(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	set_entry(&d, QUEUE_VECTOR, true);
	work(&d);
	td_set_status(&d.td, 0);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA, 8), 0);
	set_entry(&d, QUEUE_VECTOR, false);
	assert_int_equal(d.td.messages[QUEUE_VECTOR], 0);
	/* The mapping goes with the reset, the table does not. */
	assert_int_equal(TD_GET(&d.td, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, TABLE + PCI_MSIX_ENTRY_DATA, 4), 100);

	td_negotiate(&d.td, TD_FEATURE(VIRTIO_F_VERSION_1) | TD_FEATURE(VIRTIO_F_RING_RESET));
	d.queue = td_queue(&d.td, 1, 8, false);
	TD_SET(&d.td, queue_msix_vector, QUEUE_VECTOR);
	td_driver_ok(&d.td);
	set_entry(&d, QUEUE_VECTOR, true);
	work(&d);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA, 8), 1u << QUEUE_VECTOR);
	TD_SET(&d.td, queue_reset, 1);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA, 8), 0);
	td_close(&d.td);
}

/* A configuration bit that nobody read makes the line rise when messages are turned off. */
static void back_to_line(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	mock_change_config(d.td.mock);
	work(&d);
	assert_false(d.td.line);
	enable_msix(&d, 0);
	assert_true(d.td.line);
	assert_true(interrupt_status(&d));
	assert_int_equal(td_isr(&d.td), VIRTIO_ISR_CONFIG);
	work(&d);
	assert_true(d.td.line);
	enable_msix(&d, PCI_MSIX_CONTROL_ENABLE);
	assert_false(d.td.line);
	td_close(&d.td);
}

/* The table keeps what is written, except for bits that are not there. */
static void table(void **state)
{
	struct device d;

	(void)state;
	open_console(&d);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, 16ul * i + 12, 4), 1);
	mock_bar_write(d.td.mock, MSIX_BAR, 16, 8, UINT64_MAX);
	mock_bar_write(d.td.mock, MSIX_BAR, 24, 8, UINT64_MAX);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, 16, 8), UINT64_MAX & ~UINT64_C(3));
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, 24, 8), UINT64_C(0x1ffffffff));
	mock_bar_write(d.td.mock, MSIX_BAR, 25, 1, 0);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, 24, 4), 0xffff00ff);
	/* Behind the last entry, and across it. */
	mock_bar_write(d.td.mock, MSIX_BAR, 48, 8, UINT64_MAX);
	mock_bar_write(d.td.mock, MSIX_BAR, 46, 8, UINT64_MAX);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, 48, 4), 0);
	assert_int_equal(mock_bar_read(d.td.mock, MSIX_BAR, PBA + 8, 8), 0);
	td_close(&d.td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line),
		cmocka_unit_test(isr_widths),
		cmocka_unit_test(line_disabled),
		cmocka_unit_test(messages),
		cmocka_unit_test(unmapped),
		cmocka_unit_test(pending),
		cmocka_unit_test(pending_forgotten),
		cmocka_unit_test(back_to_line),
		cmocka_unit_test(table),
	};

	return cmocka_run_group_tests_name("mock_interrupts", tests, NULL, NULL);
}
