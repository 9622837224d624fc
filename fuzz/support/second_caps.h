/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capability list once more, slow and obvious, written from PCI 3.0 (6.7) and 4.1.4, to hold
 * driver/caps.h to it. Where they differ, the process ends with an oracle's words.
 */
#ifndef FUZZ_SECOND_CAPS_H
#define FUZZ_SECOND_CAPS_H

#include "driver/caps.h"

/* Oracles "caps-list" and "caps-fields": this is what vs_caps_parse has to make of the same three,
 * with the sizes of its members. */
void second_caps_agree(const uint8_t *config, const struct vs_bar *bars, bool draft,
		       const struct vs_caps *caps);

/* Oracles "caps-usable" and "caps-search": which structures are usable at `least` bytes, and that
 * what is looked for in the list is the first that fits. */
void second_caps_search(const struct vs_caps *caps, unsigned id, unsigned cfg_type, uint64_t least);

#endif
