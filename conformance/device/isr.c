/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.5 ISR status capability. */
#include "engine/check.h"

#define DEFINED_BITS (VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG)

static void isr_present(struct vs_ctx *t)
{
	vs_expect(t, vs_caps_any(&t->s->fn->caps, VIRTIO_PCI_CAP_ISR_CFG) != NULL,
		  "an ISR status capability", "there is none");
}
VS_DEVICE_CHECK(isr_present, .rules = VS_RULES(PCI_ISR_PRESENT), .stage = VS_STAGE_CAPS);

/* The line goes up for a reason that the caller brought about. */
static void wait_for_line(struct vs_ctx *t, int rule, const char *reason)
{
	if (!vs_wait_until(t->s, vs_intx(t->s)))
		vs_block(t, rule, "the interrupt line did not rise after %s", reason);
}

static void raise_by_queue(struct vs_ctx *t)
{
	vs_serve_interrupting(t);
	wait_for_line(t, VS_RULE_ROBUST_REQUEST_COMPLETES, "a used buffer");
}

static void raise_by_config(struct vs_ctx *t)
{
	vs_change_config(t);
	wait_for_line(t, -1, "a configuration change");
}

static void expect_defined(struct vs_ctx *t, const char *when)
{
	uint8_t isr = vs_isr(t->s);

	vs_where(t, "%s", when);
	vs_expect(t, (isr & ~DEFINED_BITS) == 0, "no bits but 0 and 1", "%#x", isr);
}

static void isr_single_byte(struct vs_ctx *t)
{
	expect_defined(t, "before any interrupt");
	raise_by_queue(t);
	expect_defined(t, "after a used buffer");
	raise_by_config(t);
	expect_defined(t, "after a configuration change");
}
VS_DEVICE_CHECK(isr_single_byte, .rules = VS_RULES(PCI_ISR_SINGLE_BYTE), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_INTX | VS_NEEDS_ISR | VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);

static void isr_queue_bit(struct vs_ctx *t)
{
	uint8_t isr;

	vs_isr(t->s);
	raise_by_queue(t);
	isr = vs_isr(t->s);
	vs_expect(t, isr & VIRTIO_ISR_QUEUE, "bit 0 when the interrupt has arrived", "%#x", isr);
}
VS_DEVICE_CHECK(isr_queue_bit, .rules = VS_RULES(PCI_ISR_QUEUE_BIT_BEFORE_INTERRUPT),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_INTX | VS_NEEDS_ISR | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

static void isr_config_bit(struct vs_ctx *t)
{
	uint8_t isr;

	vs_isr(t->s);
	raise_by_config(t);
	isr = vs_isr(t->s);
	vs_expect(t, isr & VIRTIO_ISR_CONFIG, "bit 1 when the interrupt has arrived", "%#x", isr);
}
VS_DEVICE_CHECK(isr_config_bit, .rules = VS_RULES(PCI_ISR_CONFIG_BIT_BEFORE_INTERRUPT),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_INTX | VS_NEEDS_ISR,
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

static void isr_config_bit_msix(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint8_t isr;

	vs_isr(s);
	vs_change_config(t);
	if (!vs_msix_wait(s, s->config_vector))
		vs_block(t, -1, "no message arrived after a configuration change");
	isr = vs_isr(s);
	vs_where(t, "MSI-X");
	vs_expect(t, isr & VIRTIO_ISR_CONFIG, "bit 1 when the message has arrived", "%#x", isr);
}
VS_DEVICE_CHECK(isr_config_bit_msix, .rules = VS_RULES(PCI_ISR_CONFIG_BIT_BEFORE_INTERRUPT),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true },
		.needs = VS_NEEDS_MSIX | VS_NEEDS_ISR, .views = VS_ON(MODERN) | VS_ON(LEGACY));

/* Events, how each raises the line, and whose breach it is if the ISR status knows nothing of it.
 */
struct event {
	const char *name;
	void (*raise)(struct vs_ctx *t);
	int rule;
};

static const struct event events[] = {
	{ "a used buffer", raise_by_queue, VS_RULE_PCI_ISR_QUEUE_BIT_BEFORE_INTERRUPT },
	{ "another used buffer", raise_by_queue, VS_RULE_PCI_ISR_QUEUE_BIT_BEFORE_INTERRUPT },
	{ "a configuration change", raise_by_config, VS_RULE_PCI_ISR_CONFIG_BIT_BEFORE_INTERRUPT },
};
#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

/* Raises the line and reads the ISR status for the first time after that. */
static uint8_t read_after(struct vs_ctx *t, const struct event *event)
{
	uint8_t isr;

	event->raise(t);
	isr = vs_isr(t->s);
	if (isr == 0)
		vs_block(t, event->rule, "the ISR status read 0 after %s", event->name);
	vs_where(t, "after %s", event->name);
	return isr;
}

static void isr_cleared(struct vs_ctx *t)
{
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		uint8_t first = read_after(t, &events[i]), second = vs_isr(t->s);

		vs_expect(t, second == 0, "0 when read again", "%#x, then %#x", first, second);
		vs_settle(t->s);
		second = vs_isr(t->s);
		vs_expect(t, second == 0, "0 until the next event", "%#x, and later %#x", first,
			  second);
	}
}
VS_DEVICE_CHECK(isr_cleared, .rules = VS_RULES(PCI_ISR_CLEARED_BY_READ), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_INTX | VS_NEEDS_ISR | VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);

static void isr_read_lowers_line(struct vs_ctx *t)
{
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		uint8_t isr = read_after(t, &events[i]);

		vs_settle(t->s);
		vs_expect(t, !vs_intx(t->s), "a line that is low",
			  "high though the ISR status was read (%#x)", isr);
	}
}
VS_DEVICE_CHECK(isr_read_lowers_line, .rules = VS_RULES(PCI_ISR_READ_LOWERS_LINE),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_INTX | VS_NEEDS_ISR | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

static bool interrupt_status(struct vs_ctx *t)
{
	return vs_config_read(t->s, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

/* The bit is read first: what it has to agree with goes away by being read. */
static void expect_agreement(struct vs_ctx *t, const char *when)
{
	bool status = interrupt_status(t);
	uint8_t isr = vs_isr(t->s);

	vs_where(t, "%s", when);
	vs_expect(t, status == (isr != 0), "Interrupt Status as the OR of the ISR status",
		  "Interrupt Status %u, ISR status %#x", status, isr);
}

static void isr_interrupt_status(struct vs_ctx *t)
{
	expect_agreement(t, "before any interrupt");
	raise_by_queue(t);
	expect_agreement(t, "after a used buffer");
	expect_agreement(t, "after the ISR status was read");
	raise_by_config(t);
	expect_agreement(t, "after a configuration change");
	expect_agreement(t, "after the ISR status was read again");
}
VS_DEVICE_CHECK(isr_interrupt_status, .rules = VS_RULES(PCI_ISR_INTERRUPT_STATUS_BIT),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_INTX | VS_NEEDS_ISR | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

/* Interrupt Disable masks the line and nothing else (PCI 3.0, 6.2.2). */
static void isr_interrupt_disabled(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint16_t command = (uint16_t)vs_config_read(s, PCI_COMMAND, 2);

	vs_config_write(s, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_DISABLE);
	vs_serve_interrupting(t);
	vs_wait_until(s, interrupt_status(t));
	vs_settle(s);
	vs_where(t, "Interrupt Disable set, after a used buffer");
	vs_expect(t, !vs_intx(s), "a line that is masked", "the line is high");
	vs_config_write(s, PCI_COMMAND, 2, command);
	vs_settle(s);
	vs_where(t, "Interrupt Disable cleared again, ISR status not read");
	vs_expect(t, vs_intx(s) == interrupt_status(t), "a line that follows Interrupt Status",
		  "the line is %s, Interrupt Status %u", vs_intx(s) ? "high" : "low",
		  interrupt_status(t));
	vs_config_write(s, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_DISABLE);
	expect_agreement(t, "Interrupt Disable set");
	vs_config_write(s, PCI_COMMAND, 2, command);
}
VS_DEVICE_CHECK(isr_interrupt_disabled, .rules = VS_RULES(PCI_ISR_INTERRUPT_STATUS_BIT),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_INTX | VS_NEEDS_ISR | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);
