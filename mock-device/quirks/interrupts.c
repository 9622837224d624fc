/* SPDX-License-Identifier: BSD-3-Clause */
/* ISR status, INTx and MSI-X (4.1.4.5, 4.1.5.1.2). */
#include "mock-device/quirks/quirk.h"

static uint8_t peek(struct mock_layer *q)
{
	return q->mock->isr;
}
MOCK_QUIRK(isr_not_cleared, .kind = MOCK_VIOLATION,
	   .says = "reading the ISR status leaves its bits and the line as they are",
	   .breaks = MOCK_RULES(PCI_ISR_CLEARED_BY_READ),
	   .also = MOCK_RULES(PCI_ISR_READ_LOWERS_LINE), .ops = { .isr_read = peek });

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
/* One vector, or more than there are events, is legal; a SHOULD speaks against both. */
MOCK_QUIRK(msix_vectors, .kind = MOCK_VARIATION,
	   .says = "another number of MSI-X vectors; 0: no MSI-X at all",
	   .also = MOCK_RULES(PCI_MSIX_TABLE_SIZE, PCI_MSIX_TABLE_SIZE_USEFUL),
	   .values = "2 0 1 64 2048", .ops = { .build_caps = vectors });
