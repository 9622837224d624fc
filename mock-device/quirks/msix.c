/* SPDX-License-Identifier: BSD-3-Clause */
/* The MSI-X table, its masks and its pending bits (4.1.5.1.2, PCI 3.0 6.8). */
#include "mock-device/quirks/quirk.h"

#define FAR_OFFSET 0x100000u /* behind the end of any BAR of the mock */

static void vectors(struct mock_layer *q, struct mock_caps *caps)
{
	unsigned at;

	mock_op_build_caps(q->below, caps);
	at = mock_caps_index(caps, PCI_CAP_ID_MSIX, 0);
	if (q->value)
		caps->cap[at].vectors = (uint16_t)q->value;
	else
		mock_caps_remove(caps, at);
}
MOCK_QUIRK(msix_vectors, .kind = MOCK_VARIATION,
	   .says = "another number of MSI-X vectors; 0: no MSI-X at all", .values = "2 0",
	   .tries = MOCK_RULES(DRIVER_PCI_MSIX_ANY_TABLE_SIZE), .ops = { .build_caps = vectors });

MOCK_QUIRK(msix_single_vector, .kind = MOCK_VIOLATION,
	   .says = "there is one MSI-X vector for all events",
	   .breaks = MOCK_RULES(PCI_MSIX_TABLE_SIZE), .values = "1",
	   .tries = MOCK_RULES(DRIVER_PCI_MSIX_ANY_TABLE_SIZE), .ops = { .build_caps = vectors });

MOCK_QUIRK(msix_many_vectors, .kind = MOCK_VIOLATION,
	   .says = "there are more MSI-X vectors than events",
	   .breaks = MOCK_RULES(PCI_MSIX_TABLE_SIZE_USEFUL), .values = "64 5 2048",
	   .needs = "mock:blk|console|rng", .tries = MOCK_RULES(DRIVER_PCI_MSIX_ANY_TABLE_SIZE),
	   .ops = { .build_caps = vectors });

enum place { TABLE_OUTSIDE, PBA_OUTSIDE, PBA_ON_TABLE };

/* The registers stay where they were: only what configuration space says of them changes. */
static void misplaced(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_caps *caps = &q->mock->caps;
	const struct mock_cap *cap = &caps->cap[mock_caps_index(caps, PCI_CAP_ID_MSIX, 0)];
	uint8_t *bytes = config->bytes + cap->position;
	unsigned field = q->value == TABLE_OUTSIDE ? PCI_MSIX_TABLE : PCI_MSIX_PBA;
	uint64_t offset = q->value == PBA_ON_TABLE ? cap->offset : FAR_OFFSET;

	mock_op_build_config(q->below, config);
	vs_store_le32(bytes + field, (uint32_t)offset | cap->bar);
}
MOCK_QUIRK(msix_misplaced, .kind = MOCK_VIOLATION,
	   .says = "the MSI-X table or the pending bits lie outside their BAR, or one on the other",
	   .breaks = MOCK_RULES(PCI_MSIX_TABLE_SIZE_REAL), .values = "table pba overlap",
	   .ops = { .build_config = misplaced });

/* Reads of one word of the last entry find something else than what was written. */
static uint64_t forgotten(struct mock_layer *q, unsigned offset, unsigned width)
{
	unsigned last = (q->mock->msix.count - 1) * PCI_MSIX_ENTRY_SIZE;
	uint64_t value = mock_op_msix_read(q->below, offset, width);

	return offset / 4 == (last + (unsigned)q->value) / 4 ? 0 : value;
}
MOCK_QUIRK(msix_entry_forgets, .kind = MOCK_VIOLATION,
	   .says = "a word of the last entry of the MSI-X table, at this offset, reads 0",
	   .breaks = MOCK_RULES(PCI_MSIX_TABLE_SIZE_REAL), .values = "0 4 8 12",
	   .ops = { .msix_read = forgotten });

/* The entry before the last is the one before that. */
static unsigned folded(const struct mock_layer *q, unsigned offset)
{
	unsigned entry = (q->mock->msix.count - 2) * PCI_MSIX_ENTRY_SIZE;

	return offset / PCI_MSIX_ENTRY_SIZE * PCI_MSIX_ENTRY_SIZE == entry
		       ? offset - PCI_MSIX_ENTRY_SIZE
		       : offset;
}

static uint64_t folded_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	return mock_op_msix_read(q->below, folded(q, offset), width);
}

static void folded_write(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	mock_op_msix_write(q->below, folded(q, offset), width, value);
}
MOCK_QUIRK(msix_entries_shared, .kind = MOCK_VIOLATION,
	   .says = "two entries of the MSI-X table are the same",
	   .breaks = MOCK_RULES(PCI_MSIX_TABLE_SIZE_REAL),
	   .also = MOCK_RULES(PCI_MSIX_ANY_VECTOR, QUEUE_RESET_NEW_CONFIGURATION_USED,
			      ROBUST_VECTOR_CHANGED_LIVE),
	   .needs = "mock:blk|net",
	   .ops = { .msix_read = folded_read, .msix_write = folded_write });

enum mask_lie { ENTRY, FUNCTION, LOST, HIDDEN, STUCK, KEPT };

/* Sends as if a mask were not set. */
static void send_unmasked(struct mock_layer *q, unsigned vector)
{
	struct mock_msix *msix = &q->mock->msix;
	uint8_t *entry =
		msix->table + (size_t)vector * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_CONTROL;
	uint8_t *control = q->mock->config + msix->position + PCI_MSIX_CONTROL + 1;
	uint8_t *mask = q->value == ENTRY ? entry : control;
	uint8_t before = *mask;

	*mask &=
		(uint8_t) ~(q->value == ENTRY ? PCI_MSIX_ENTRY_MASKED : PCI_MSIX_CONTROL_MASK >> 8);
	mock_op_send_message(q->below, vector);
	*mask = before;
}

/* state[0]: bits of vectors that were ever pending. */
static void masked_send(struct mock_layer *q, unsigned vector)
{
	bool *pending = q->mock->msix.pending;

	if (q->value == ENTRY || q->value == FUNCTION) {
		send_unmasked(q, vector);
		return;
	}
	if (q->value == KEPT && pending[vector])
		return;
	mock_op_send_message(q->below, vector);
	if (pending[vector])
		q->state[0] |= UINT64_C(1) << vector % 64;
	if (q->value == LOST)
		pending[vector] = false;
}

static uint64_t pending_bits(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t bits = mock_op_pba_read(q->below, offset, width);

	if (q->value == HIDDEN)
		return 0;
	return q->value == STUCK && offset < 8 ? bits | q->state[0] >> 8 * offset : bits;
}

static void forget_pending(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(
	msix_masking, .kind = MOCK_VIOLATION,
	.says = "masked vectors send: where the entry is masked, or where the function is; or "
		"what they held back is lost, not shown, shown for ever, or never sent",
	.breaks = MOCK_RULES(PCI_MSIX_MASKING), .values = "entry function lost hidden stuck kept",
	.ops = { .send_message = masked_send, .pba_read = pending_bits, .reset = forget_pending });
