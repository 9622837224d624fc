/* SPDX-License-Identifier: BSD-3-Clause */
/* Base64 with padding (RFC 4648, section 4), for blocks of memory in the qtest protocol. */
#ifndef VS_BASE64_H
#define VS_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define VS_BASE64_LENGTH(size) (((size) + 2) / 3 * 4)

/* Writes VS_BASE64_LENGTH(size) characters and a terminator to text. */
void vs_base64_encode(const uint8_t *data, size_t size, char *text);

/* Decodes text, which has to hold exactly size bytes in canonical form. Returns 0, or -1. */
int vs_base64_decode(const char *text, uint8_t *data, size_t size);

#endif
