/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.5.3 Used Buffer Notifications, 4.1.5.4 Notification of Device Configuration Changes. */
#include "engine/check.h"

/* Neither a message through any entry, nor the line, which rests while MSI-X is on. */
static void expect_silence(struct vs_ctx *t)
{
	int vector;

	vs_settle(t->s);
	vector = vs_message(t);
	vs_expect(t, vector < 0, "no message from an event without a vector",
		  "one through vector %d", vector);
	if ((t->s->bus->features & VS_BUS_INTX) && t->s->fn->config[PCI_INTERRUPT_PIN])
		vs_expect(t, !vs_intx(t->s), "an interrupt line that rests while MSI-X is on",
			  "the line is high");
}

/* Nobody ever gives the queue a vector; configuration changes have one, which is not the queue's.
 */
static void queue_unmapped_silent(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint16_t queue = (uint16_t)vs_request_queue(s, vs_request_kind(s->fn->type), 0), vector;

	vs_msix_by_hand(t);
	vs_set(s, VS_CONFIG_MSIX_VECTOR, 0);
	vector = (uint16_t)vs_queue_get(s, queue, VS_QUEUE_MSIX_VECTOR);
	if (vector != VIRTIO_MSI_NO_VECTOR)
		vs_block(t, VS_RULE_PCI_MSIX_UNMAPPED_AFTER_RESET,
			 "queue_msix_vector reads %#x after a reset", vector);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_serve_interrupting(t);
	vs_where(t, "queue %u", queue);
	expect_silence(t);
}
VS_DEVICE_CHECK(queue_unmapped_silent, .rules = VS_RULES(PCI_INTERRUPT_QUEUE_UNMAPPED_SILENT),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE, .breaks = VS_BREAKS(DRIVER_PCI_MSIX_MAPPING_VERIFIED));

static void config_unmapped_silent(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint16_t vector;

	vs_msix_by_hand(t);
	vector = (uint16_t)vs_get(s, VS_CONFIG_MSIX_VECTOR);
	if (vector != VIRTIO_MSI_NO_VECTOR)
		vs_block(t, VS_RULE_PCI_MSIX_UNMAPPED_AFTER_RESET,
			 "config_msix_vector reads %#x after a reset", vector);
	for (uint16_t i = 0; i < s->num_queues && i < 8; i++)
		vs_queue_set(s, i, VS_QUEUE_MSIX_VECTOR, s->fn->msix_vectors - 1);
	vs_proceed(t, VS_STAGE_LIVE);
	/* What is said on going live is not about the change. */
	vs_settle(s);
	while (vs_message(t) >= 0)
		;
	vs_change_config(t);
	vs_where(t, "configuration changes");
	expect_silence(t);
}
VS_DEVICE_CHECK(config_unmapped_silent, .rules = VS_RULES(PCI_INTERRUPT_CONFIG_UNMAPPED_SILENT),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.views = VS_ON(MODERN) | VS_ON(LEGACY),
		.breaks = VS_BREAKS(DRIVER_PCI_MSIX_MAPPING_VERIFIED));
