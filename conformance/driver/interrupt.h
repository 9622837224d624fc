/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts of the reference driver: MSI-X (4.1.5.1.2), and INTx with ISR status (4.1.4.5). */
#ifndef VS_INTERRUPT_H
#define VS_INTERRUPT_H

#include "driver/session.h"

/*
 * Programs every table entry that the session will use, enables MSI-X, and maps configuration
 * changes to vector 0 and virtqueues to the last of at most four. Returns 0, or -1 with trouble.
 */
int vs_msix_enable(struct vs_session *s);
/* Clears the enable bit of MSI-X, where there is the capability. */
void vs_msix_disable(struct vs_session *s);

/* Points one table entry at memory that the bus watches, and sets its mask bit as given. */
int vs_msix_program(struct vs_session *s, uint32_t vector, bool masked);
/* The control word of the MSI-X capability: read it, change bits of it. */
uint16_t vs_msix_control(struct vs_session *s);
void vs_msix_set_control(struct vs_session *s, uint16_t control);

/* Sets or clears the mask bit of one table entry. */
void vs_msix_mask(struct vs_session *s, uint32_t vector, bool masked);
/* The pending bit of one entry. */
bool vs_msix_pending(struct vs_session *s, uint32_t vector);

/* Whether a message of this vector arrived since the last look. */
bool vs_msix_arrived(struct vs_session *s, uint16_t vector);
/* Waits for one. False when patience is over. */
bool vs_msix_wait(struct vs_session *s, uint16_t vector);

/* Level of INTx now. */
bool vs_intx(struct vs_session *s);

#endif
