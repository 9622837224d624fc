/* SPDX-License-Identifier: BSD-3-Clause */
/* The contents of a disk, from a file. */
#ifndef MOCK_BLK_DISK_H
#define MOCK_BLK_DISK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a whole file. Returns 0 with its bytes in *bytes (to be freed) and its length in sectors of
 * 512 bytes, or -1 with one sentence in error: no such file, empty, not whole sectors, over 1 GiB.
 */
int mock_blk_disk_load(const char *path, uint8_t **bytes, uint64_t *sectors, char *error,
		       size_t size);

#endif
