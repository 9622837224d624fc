/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's memory. A client may truncate the file behind a mapping, and a touch would kill us
 * with SIGBUS; so only memory that is sealed against shrinking is mapped (memory-backend-memfd of
 * QEMU is). Other files of memory are read and written by system calls, for which a missing page is
 * an error, and what has no descriptor by messages. What is no memory at all, and might block, is
 * refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mock-device/expose/vfio_user_server.h"

/* Index of the first map that ends behind the address. */
static unsigned find(const struct expose_server *s, uint64_t address)
{
	unsigned low = 0, high = s->map_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (s->maps[middle].address + (s->maps[middle].size - 1) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The map that holds the address, and how much of it follows; NULL where there is none. */
static struct expose_map *holder(const struct expose_server *s, uint64_t address, uint64_t *rest)
{
	unsigned i = find(s, address);

	if (i == s->map_count || s->maps[i].address > address)
		return NULL;
	*rest = s->maps[i].size - (address - s->maps[i].address);
	return &s->maps[i];
}

static void release(struct expose_map *map)
{
	if (map->memory)
		munmap(map->memory - map->slack, map->length);
	if (map->fd >= 0)
		close(map->fd);
}

/* Maps sealed memory. What cannot be mapped is reached by system calls. */
static void map_memory(struct expose_map *map, uint64_t page)
{
	int protection = (map->readable ? PROT_READ : 0) | (map->writable ? PROT_WRITE : 0);
	void *memory;

	map->slack = map->offset % page;
	if (map->size > SIZE_MAX - 2 * page)
		return;
	map->length = (map->size + map->slack + page - 1) / page * page;
	/* Reserved, since a huge page that is not to be had would be a SIGBUS at the first touch.
	 */
	memory = mmap(NULL, map->length, protection, MAP_SHARED, map->fd,
		      (off_t)(map->offset - map->slack));
	if (memory != MAP_FAILED)
		map->memory = (uint8_t *)memory + map->slack;
}

/* Looks at the descriptor. Returns 0, or an errno value. */
static int take_memory(struct expose_map *map)
{
	/* Files in memory alone have seals: no pipe, no device, no file system of somebody's. */
	int seals = fcntl(map->fd, F_GET_SEALS);
	struct stat status;

	if (seals < 0 || fstat(map->fd, &status))
		return EINVAL;
	if (map->offset > (uint64_t)status.st_size ||
	    map->size > (uint64_t)status.st_size - map->offset)
		return EINVAL;
	/* The block size is that of the pages, which may be huge ones. */
	if (seals & F_SEAL_SHRINK && status.st_blksize > 0)
		map_memory(map, (uint64_t)status.st_blksize);
	return 0;
}

static bool overlaps(const struct expose_server *s, uint64_t address, uint64_t size)
{
	unsigned i = find(s, address);

	return i < s->map_count && s->maps[i].address <= address + (size - 1);
}

/* Puts it in its place. Returns 0, or an errno value. */
static int insert(struct expose_server *s, const struct expose_map *map)
{
	unsigned i = find(s, map->address);

	if (s->map_count == EXPOSE_MAPS_MAX)
		return ENOSPC;
	if (s->map_count == s->map_room) {
		unsigned room = s->map_room ? 2 * s->map_room : 16;
		struct expose_map *maps = realloc(s->maps, room * sizeof(*maps));

		if (!maps)
			return ENOMEM;
		s->maps = maps;
		s->map_room = room;
	}
	memmove(&s->maps[i + 1], &s->maps[i], (s->map_count - i) * sizeof(*s->maps));
	s->maps[i] = *map;
	s->map_count++;
	return 0;
}

int expose_dma_map_command(struct expose_server *s, struct expose_message *m)
{
	const struct vfio_user_dma_map *asked = (const void *)m->payload;
	struct expose_map map = {
		.address = asked->address,
		.size = asked->size,
		.offset = asked->offset,
		.fd = m->fd_count ? m->fds[0] : -1,
		.readable = asked->flags & VFIO_USER_DMA_READABLE,
		.writable = asked->flags & VFIO_USER_DMA_WRITABLE,
	};
	int error = 0;

	if (asked->argsz < sizeof(*asked) || m->fd_count > 1 || !map.size ||
	    !(map.readable || map.writable) ||
	    asked->flags & ~(VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE) ||
	    map.size - 1 > UINT64_MAX - map.address)
		return EINVAL;
	if (overlaps(s, map.address, map.size))
		return EEXIST;
	if (map.fd >= 0) {
		m->fds[0] = -1;
		error = take_memory(&map);
	}
	if (!error)
		error = insert(s, &map);
	if (error) {
		release(&map);
		return error;
	}
	if (s->function.dma_mapped)
		s->function.dma_mapped(s->function.context, map.address, map.size, map.readable,
				       map.writable);
	expose_answer(s, m, NULL, 0, NULL, 0, -1);
	return 0;
}

static void remove_map(struct expose_server *s, unsigned i)
{
	struct expose_map map = s->maps[i];

	if (s->function.dma_unmapped)
		s->function.dma_unmapped(s->function.context, map.address, map.size);
	s->map_count--;
	memmove(&s->maps[i], &s->maps[i + 1], (s->map_count - i) * sizeof(*s->maps));
	release(&map);
}

int expose_dma_unmap_command(struct expose_server *s, struct expose_message *m)
{
	struct vfio_user_dma_unmap asked = *(const struct vfio_user_dma_unmap *)m->payload;
	unsigned i = find(s, asked.address);

	if (asked.argsz < sizeof(asked) || asked.flags || i == s->map_count ||
	    s->maps[i].address != asked.address || s->maps[i].size != asked.size)
		return EINVAL;
	remove_map(s, i);
	expose_answer(s, m, &asked, sizeof(asked), NULL, 0, -1);
	return 0;
}

void expose_unmap_all(struct expose_server *s)
{
	while (s->map_count)
		remove_map(s, s->map_count - 1);
}

void *expose_dma_map(struct expose_server *s, uint64_t address, size_t size)
{
	uint64_t rest;
	struct expose_map *map = holder(s, address, &rest);

	if (!map || !map->memory || !map->readable || !map->writable || size > rest)
		return NULL;
	return map->memory + (address - map->address);
}

/* Bytes of one file, which may have become shorter. */
static int file_move(const struct expose_map *map, uint64_t offset, uint8_t *data, size_t size,
		     bool write)
{
	for (size_t done = 0; done < size;) {
		off_t at = (off_t)(map->offset + offset + done);
		ssize_t moved = write ? pwrite(map->fd, data + done, size - done, at)
				      : pread(map->fd, data + done, size - done, at);

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0)
			return -1;
		done += (size_t)moved;
	}
	return 0;
}

/* A range of one map. */
static int move(struct expose_server *s, const struct expose_map *map, uint64_t address,
		uint8_t *data, size_t size, bool write)
{
	uint64_t offset = address - map->address;

	if (!(write ? map->writable : map->readable))
		return -1;
	if (map->memory && write)
		memcpy(map->memory + offset, data, size);
	else if (map->memory)
		memcpy(data, map->memory + offset, size);
	else if (map->fd >= 0)
		return file_move(map, offset, data, size, write);
	else
		return expose_dma_message(s, write ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ,
					  address, data, size);
	return 0;
}

static int move_all(struct expose_server *s, uint64_t address, uint8_t *data, size_t size,
		    bool write)
{
	while (size) {
		uint64_t rest;
		const struct expose_map *map = holder(s, address, &rest);
		size_t part = map && rest < size ? (size_t)rest : size;

		if (!map || move(s, map, address, data, part, write))
			return -1;
		address += part;
		data += part;
		size -= part;
	}
	return 0;
}

int expose_dma_read(struct expose_server *s, uint64_t address, void *data, size_t size)
{
	return move_all(s, address, data, size, false);
}

int expose_dma_write(struct expose_server *s, uint64_t address, const void *data, size_t size)
{
	/* The bytes are only read: one walk serves both directions. */
	return move_all(s, address, (uint8_t *)(uintptr_t)data, size, true);
}
