/* SPDX-License-Identifier: BSD-3-Clause */
/* What checks call to make events interrupt and to hear of it, by whichever means the bus has. */
#include "engine/runner.h"

/* Entries of the MSI-X table up to which every one is looked at, and at each end of a larger one.
 */
#define TABLE_SMALL 64u
#define TABLE_END   16u

bool vs_sees_msix(const struct vs_ctx *t)
{
	return t->s->fn->msix_vectors && (t->s->bus->features & VS_BUS_MSIX);
}

bool vs_sees_intx(const struct vs_ctx *t)
{
	return t->s->fn->config[PCI_INTERRUPT_PIN] && (t->s->bus->features & VS_BUS_INTX);
}

static unsigned take_message(struct vs_ctx *t, uint16_t vector, unsigned kind)
{
	return vector != VIRTIO_MSI_NO_VECTOR && vs_msix_arrived(t->s, vector) ? kind : 0;
}

unsigned vs_take_interrupts(struct vs_ctx *t)
{
	const unsigned both = VS_INTERRUPT_QUEUE | VS_INTERRUPT_CONFIG;
	struct vs_session *s = t->s;
	unsigned kinds = 0;
	uint8_t isr;

	if (s->msix_enabled && s->queue_vector == s->config_vector)
		return take_message(t, s->queue_vector, both);
	if (s->msix_enabled)
		return take_message(t, s->queue_vector, VS_INTERRUPT_QUEUE) |
		       take_message(t, s->config_vector, VS_INTERRUPT_CONFIG);
	if (!vs_sees_intx(t) || !vs_intx(s))
		return 0;
	isr = s->isr ? vs_isr(s) : 0;
	if (isr & VIRTIO_ISR_QUEUE)
		kinds |= VS_INTERRUPT_QUEUE;
	if (isr & VIRTIO_ISR_CONFIG)
		kinds |= VS_INTERRUPT_CONFIG;
	return kinds ? kinds : both;
}

bool vs_wait_interrupt(struct vs_ctx *t, unsigned kind)
{
	return vs_wait_until(t->s, vs_take_interrupts(t) & kind);
}

void vs_live_listening(struct vs_ctx *t, struct vs_setup setup)
{
	setup.msix = vs_sees_msix(t) && t->s->fn->msix_vectors > 1;
	if (!setup.msix && !vs_sees_intx(t))
		vs_skip(t, "neither MSI-X with two vectors nor INTx can be observed");
	vs_start_over(t, VS_STAGE_LIVE, setup);
	if (!setup.msix && !t->s->isr)
		vs_block(t, VS_RULE_PCI_ISR_PRESENT, "no ISR capability is usable");
}

bool vs_can_serve(const struct vs_ctx *t)
{
	return t->s->queue_count && t->probe->answer != VS_ANSWER_NONE;
}

void vs_serve_interrupting(struct vs_ctx *t)
{
	struct vs_request request;

	vs_make_request(t, &request);
	request.q->ring->interrupts(request.q, true);
	if (vs_request_return(&request))
		vs_block_by_trouble(t);
}

bool vs_msix_sampled(const struct vs_ctx *t, uint32_t vector)
{
	uint32_t count = t->s->fn->msix_vectors;

	if (vector >= count)
		return false;
	return count <= TABLE_SMALL || vector < TABLE_END || vector >= count - TABLE_END ||
	       vs_is_pow2(vector) || vs_is_pow2((uint64_t)vector + 1);
}

void vs_msix_by_hand(struct vs_ctx *t)
{
	for (uint32_t i = 0; i < t->s->fn->msix_vectors; i++) {
		if (!vs_msix_sampled(t, i))
			continue;
		if (vs_msix_program(t->s, i, false))
			vs_block_by_trouble(t);
		vs_msix_arrived(t->s, (uint16_t)i);
	}
	vs_msix_set_control(t->s, PCI_MSIX_CONTROL_ENABLE);
}

int vs_message(struct vs_ctx *t)
{
	for (uint32_t i = 0; i < t->s->fn->msix_vectors; i++)
		if (vs_msix_sampled(t, i) && vs_msix_arrived(t->s, (uint16_t)i))
			return (int)i;
	return -1;
}
