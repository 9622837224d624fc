/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/rewind.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/support/oracle.h"
#include "mock-device/class/net.h"
#include "mock-device/model/device.h"

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

static uint64_t digest(uint64_t sum, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static uint64_t digest_of(const struct mock *mock)
{
	uint64_t sum = digest(UINT64_C(0xcbf29ce484222325), mock, sizeof(*mock));

	sum = digest(sum, mock->queues, mock->queue_total * sizeof(*mock->queues));
	sum = digest(sum, mock->msix.table, (size_t)mock->msix.count * PCI_MSIX_ENTRY_SIZE);
	sum = digest(sum, mock->msix.pending, mock->msix.count * sizeof(*mock->msix.pending));
	if (mock->class->type == VIRTIO_ID_NET)
		return digest(sum, mock->state, offsetof(struct mock_net, waiting));
	return digest(sum, mock->state, mock->class->state_size);
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
	rewind->digest = digest_of(mock);
}

void rewind_back(const struct rewind *rewind, struct mock *mock)
{
	for (unsigned i = 0; i < mock->queue_total; i++)
		mock_chains_drop(&mock->queues[i]);
	mock_forget_timers(mock);
	for (unsigned i = 0; i < rewind->count; i++)
		memcpy(rewind->pieces[i].at, rewind->pieces[i].copy, rewind->pieces[i].size);
}

void rewind_audit(const struct rewind *rewind, struct mock *mock)
{
	if (digest_of(mock) != rewind->digest)
		fuzz_oracle("leak", "the device is not as it was");
}
