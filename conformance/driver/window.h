/* SPDX-License-Identifier: BSD-3-Clause */
/* The window of the PCI configuration access capability: BARs reached through configuration space
 * (4.1.4.9). All of it works on s->window, which has to be there. */
#ifndef VS_WINDOW_H
#define VS_WINDOW_H

#include "driver/session.h"

/* Offset of pci_cfg_data in configuration space, four bytes. */
unsigned vs_window_data(const struct vs_session *s);

/* Writes bar, offset and length, whatever they are. */
void vs_window_point(struct vs_session *s, uint8_t bar, uint32_t offset, uint32_t length);
/* Back to an access of no length, so that a look at configuration space touches no register. */
void vs_window_close(struct vs_session *s);

/* Points the window at `length` (1, 2 or 4) bytes of a structure and reads or writes them. */
uint32_t vs_window_read(struct vs_session *s, const struct vs_cap *cap, uint32_t offset,
			unsigned length);
void vs_window_write(struct vs_session *s, const struct vs_cap *cap, uint32_t offset,
		     unsigned length, uint32_t value);

/* Whether the window reaches [offset, offset + length) of the structure: its offset has 32 bits. */
bool vs_window_reaches(const struct vs_session *s, const struct vs_cap *cap, uint64_t offset,
		       unsigned length);

#endif
