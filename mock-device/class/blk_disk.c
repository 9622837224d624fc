/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/class/blk_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "spec/blk.h"

#define BYTES_MAX (UINT64_C(1) << 30)

static int refuse(char *error, size_t size, const char *path, const char *why)
{
	snprintf(error, size, "%s cannot be the disk: %s", path, why);
	return -1;
}

int mock_blk_disk_load(const char *path, uint8_t **bytes, uint64_t *sectors, char *error,
		       size_t size)
{
	FILE *file;
	struct stat status;
	size_t length;

	/* Looked at first: opening a pipe would wait for its other end. */
	if (stat(path, &status))
		return refuse(error, size, path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return refuse(error, size, path, "it is not a regular file");
	if (status.st_size <= 0 || (uint64_t)status.st_size > BYTES_MAX ||
	    status.st_size % VIRTIO_BLK_SECTOR_SIZE)
		return refuse(error, size, path,
			      "it has to hold whole sectors of 512 bytes, at most 1 GiB");
	length = (size_t)status.st_size;
	file = fopen(path, "rb");
	if (!file)
		return refuse(error, size, path, strerror(errno));
	*bytes = malloc(length);
	if (!*bytes || fread(*bytes, 1, length, file) != length) {
		free(*bytes);
		*bytes = NULL;
		fclose(file);
		return refuse(error, size, path, "it cannot be read");
	}
	fclose(file);
	*sectors = length / VIRTIO_BLK_SECTOR_SIZE;
	return 0;
}
