/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The legacy interface for a session (4.1.4.10): its header in the terms of the modern one, so that
 * everything above need not know which it drives.
 */
#ifndef VS_LEGACY_H
#define VS_LEGACY_H

#include "driver/common.h"
#include "driver/session.h"

/* Whether the function has BAR 0 in I/O space, with room for a header. */
bool vs_legacy_present(const struct vs_bus *bus);

/* Points the session's structures at the parts of the header. */
void vs_legacy_structures(struct vs_session *s);

/* Device configuration moves when MSI-X is turned on and off. */
void vs_legacy_place_config(struct vs_session *s, bool msix_enabled);

/* The header does not say how many virtqueues there are: counts up to the first that is missing. */
uint16_t vs_legacy_count_queues(struct vs_session *s);

/* Bytes from the start of a queue to its used ring, and to its end (2.7.2). */
size_t vs_legacy_used_offset(uint16_t queue_size);
size_t vs_legacy_queue_bytes(uint16_t queue_size);

#endif
