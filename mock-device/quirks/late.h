/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lies in which something reaches guest memory a moment after it was due. Needs the layer's
 * state[0] to state[2]; one write is on its way at a time.
 */
#ifndef MOCK_QUIRK_LATE_H
#define MOCK_QUIRK_LATE_H

#include "mock-device/quirks/quirk.h"

/* Writes up to eight bytes later, unless a reset of the device or of a queue comes first. */
void mock_write_late(struct mock_layer *q, uint64_t address, const void *bytes, size_t size);

void mock_late_reset(struct mock_layer *q);
void mock_late_queue_reset(struct mock_layer *q, struct mock_queue *queue);

/* To be among the .ops of such a quirk. */
#define MOCK_LATE_OPS .reset = mock_late_reset, .queue_reset = mock_late_queue_reset

#endif
