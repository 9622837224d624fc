/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stack of layers: how a mock device lies, or differs, without the model knowing.
 *
 * Everything the device does that anybody could want to do differently is an operation (ops.inc).
 * The bottom of the stack is the correct model and has them all. A layer has those it changes and
 * leaves the others NULL. The model calls its own operations through mock->top, so a layer sees
 * every use, also the indirect ones: reading the ISR through the window arrives at isr_read.
 *
 * How to write a quirk
 *
 * 1. Find the operation whose result shows what you want to be different; the smallest one that
 *    does is the best. Write a function with its parameters, the layer first.
 * 2. Inside it:
 *	mock_op_NAME(q->below, …)       what would happen without this layer
 *	mock_op_NAME(q->mock->top, …)   another operation of the device, with all layers
 *	q->mock                         the device's state (device.h), to read or to bend
 *	q->value, q->text               the VALUE of quirk=NAME=VALUE: as a number (or the index of
 *	                                the word in .values), and as it was written
 *	q->state[]                      eight numbers of your own, zero after power-on
 *	mock_after(q->mock, ns, f, q)   calls f(q->mock, q) later on the device's clock
 *	mock_end(q->mock, MOCK_DEAD)    the end: nothing answers from now on
 *    Not calling the layer below at all is fine: then it does not happen.
 * 3. Register it in mock-device/quirks/HEADING.c with MOCK_QUIRK (quirk.h).
 *
 * A layer that reads the ISR without clearing it is this, and no more:
 *
 *	static uint8_t peek(struct mock_layer *q)
 *	{
 *		return q->mock->isr;
 *	}
 *	MOCK_QUIRK(isr_not_cleared, .kind = MOCK_VIOLATION, …, .ops = { .isr_read = peek });
 *
 * Things to know:
 * - offered_features, queue_info and may_consume are questions: they are asked often and must not
 *   have effects.
 * - build_… are called once, in the order identity, bars, caps, config. The registers in the BARs
 *   lie where the description says after build_caps; build_config can make configuration space say
 *   something else.
 * - A chain belongs to the device and goes with a reset. To hold one back, keep chain->serial and
 *   look it up later with mock_chain_find.
 * - Queues are looked at when the current call into the device ends. queue_notified only marks one.
 * - After bending state that the line or the messages depend on (isr, vectors), call
 *   mock_update_line.
 */
#ifndef MOCK_LAYER_H
#define MOCK_LAYER_H

#include "mock-device/model/device.h"

struct mock_ops {
#define MOCK_OP(result, name, parameters, arguments) result(*name) parameters;
#define MOCK_OP_VOID(name, parameters, arguments)    void(*name) parameters;
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID
};

/* mock_op_NAME(layer, …): the operation of this layer or of the next one below that has it. */
#define MOCK_OP(result, name, parameters, arguments) result mock_op_##name parameters;
#define MOCK_OP_VOID(name, parameters, arguments)    void mock_op_##name parameters;
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID

#endif
