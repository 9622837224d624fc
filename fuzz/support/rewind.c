/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/rewind.h"
#include "fuzz/support/plain.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/support/oracle.h"
#include "mock-device/class/net.h"
#include "mock-device/model/device.h"

FUZZ_PLAIN

/* Class state beyond this is no state but storage. */
#define HOT_STATE_MAX 8192u

static void piece(struct rewind *rewind, void *at, size_t size)
{
	struct rewind_piece *piece = &rewind->pieces[rewind->count++];

	if (rewind->count > REWIND_PIECES)
		abort();
	*piece = (struct rewind_piece){ at, malloc(size ? size : 1), size };
	if (!piece->copy)
		abort();
	memcpy(piece->copy, at, size);
}

/* Frames that nobody waits for mean nothing. */
static void class_state(struct rewind *rewind, struct mock *mock)
{
	struct mock_net *net = mock->state;

	if (mock->class->type != VIRTIO_ID_NET) {
		if (mock->class->state_size > HOT_STATE_MAX)
			abort();
		piece(rewind, mock->state, mock->class->state_size);
		return;
	}
	piece(rewind, net, offsetof(struct mock_net, waiting));
	piece(rewind, net->waiting_count, sizeof(net->waiting_count));
}

/* All that the device has, whether anybody thinks that it changes or not. */
static void whole(struct rewind *rewind, struct mock *mock)
{
	rewind->looked_at = rewind->count;
	piece(rewind, mock, sizeof(*mock));
	piece(rewind, mock->state,
	      mock->class->type == VIRTIO_ID_NET ? offsetof(struct mock_net, waiting)
						 : mock->class->state_size);
	rewind->count = rewind->looked_at;
}

void rewind_wipe(struct mock *mock)
{
	if (mock->class->type != VIRTIO_ID_BLOCK)
		memset(mock->state, 0, mock->class->state_size);
	mock_power_on(mock);
	mock->serial = mock->now = mock->config_changes = 0;
}

void rewind_take(struct rewind *rewind, struct mock *mock, void *more, size_t size)
{
	const size_t from = offsetof(struct mock, line);

	if (mock->timers)
		abort();
	piece(rewind, mock->config, PCI_CONFIG_SIZE);
	piece(rewind, (uint8_t *)mock + from, offsetof(struct mock, description) - from);
	piece(rewind, &mock->health, sizeof(mock->health));
	piece(rewind, mock->queues, mock->queue_total * sizeof(*mock->queues));
	piece(rewind, mock->msix.table, (size_t)mock->msix.count * PCI_MSIX_ENTRY_SIZE);
	piece(rewind, mock->msix.pending, mock->msix.count * sizeof(*mock->msix.pending));
	class_state(rewind, mock);
	if (size)
		piece(rewind, more, size);
	whole(rewind, mock);
}

void rewind_back(const struct rewind *rewind, struct mock *mock)
{
	for (unsigned i = 0; i < mock->queue_total; i++)
		mock_chains_drop(&mock->queues[i]);
	mock_forget_timers(mock);
	for (unsigned i = 0; i < rewind->count; i++)
		memcpy(rewind->pieces[i].at, rewind->pieces[i].copy, rewind->pieces[i].size);
}

void rewind_audit(const struct rewind *rewind)
{
	for (unsigned i = 0; i < rewind->looked_at + 2; i++) {
		const struct rewind_piece *piece = &rewind->pieces[i];

		if (memcmp(piece->at, piece->copy, piece->size) != 0)
			fuzz_oracle("leak", "part %u of the device is not as it was", i);
	}
}

FUZZ_PLAIN_END
