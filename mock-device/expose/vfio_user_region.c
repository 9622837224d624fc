/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regions: configuration space and BARs. An access of 1, 2, 4 or (in BARs) 8 bytes is one access
 * of the device, whatever its alignment; others come in naturally aligned pieces.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/expose/vfio_user_server.h"
#include "spec/byteorder.h"

static struct expose_bar bar_info(struct expose_server *s, unsigned bar)
{
	return s->function.bar_info(s->function.context, bar);
}

static uint64_t region_size(struct expose_server *s, uint32_t region)
{
	if (region < PCI_BAR_COUNT)
		return bar_info(s, region).size;
	if (region == VFIO_USER_REGION_CONFIG)
		return PCIE_CONFIG_SIZE;
	return region == EXPOSE_PANEL_REGION && s->panel && s->panel_wanted ? TESTER_PANEL_SIZE : 0;
}

int expose_region_info(struct expose_server *s, struct expose_message *m)
{
	const struct vfio_user_region_info *asked = (const void *)m->payload;
	struct vfio_user_region_info info = { .argsz = sizeof(info), .index = asked->index };
	struct vfio_user_region_type type = { .id = VFIO_USER_REGION_CAP_TYPE, .version = 1 };
	bool panel = asked->index == EXPOSE_PANEL_REGION && s->panel && s->panel_wanted;
	bool full = false;

	if (asked->argsz < sizeof(info) || (asked->index >= VFIO_USER_PCI_REGIONS && !panel))
		return EINVAL;
	info.size = region_size(s, asked->index);
	if (info.size)
		info.flags = VFIO_USER_REGION_READS | VFIO_USER_REGION_WRITES;
	if (panel) {
		info.flags |= VFIO_USER_REGION_MMAP | VFIO_USER_REGION_CAPS;
		info.argsz += (uint32_t)sizeof(type);
		full = asked->argsz >= info.argsz;
		info.cap_offset = full ? sizeof(info) : 0;
	}
	expose_answer(s, m, &info, sizeof(info), &type, full ? sizeof(type) : 0,
		      panel ? s->panel_fd : -1);
	return 0;
}

/* As a host bridge would place the access. */
static struct expose_place place_of(struct expose_server *s, unsigned bar, uint64_t offset)
{
	struct expose_bar info = bar_info(s, bar);
	uint64_t base = s->bars[bar] & (info.io ? PCI_BAR_IO_MASK : PCI_BAR_MEM_MASK);

	if (info.is64 && bar + 1 < PCI_BAR_COUNT)
		base |= (uint64_t)s->bars[bar + 1] << 32;
	return (struct expose_place){ bar, offset, base + offset, info.io, base != 0 };
}

/* Byte by byte, as the registers may be written in parts. */
static void remember_bars(struct expose_server *s, unsigned offset, unsigned width, uint32_t value)
{
	for (unsigned i = 0; i < width; i++, value >>= 8) {
		unsigned at = offset + i - PCI_BAR0;

		if (offset + i < PCI_BAR0 || at >= sizeof(s->bars))
			continue;
		s->bars[at / 4] &= ~(UINT32_C(0xff) << 8 * (at % 4));
		s->bars[at / 4] |= (value & 0xff) << 8 * (at % 4);
	}
}

/* Bytes of the next piece of an access, of which `done` are done: all of it where it has a width,
 * or what is naturally aligned. */
static unsigned piece(uint64_t offset, size_t count, size_t done, unsigned widest)
{
	unsigned width = widest;

	if (count <= widest && (count & (count - 1)) == 0)
		return (unsigned)count;
	while (width > count - done || (offset + done) % width)
		width /= 2;
	return width;
}

static void read_piece(struct expose_server *s, uint32_t region, uint64_t offset, unsigned width,
		       uint8_t *data)
{
	const struct expose_function *f = &s->function;
	struct expose_place at;

	if (region == VFIO_USER_REGION_CONFIG) {
		vs_store_le(data, width, f->config_read(f->context, (unsigned)offset, width));
		return;
	}
	at = place_of(s, region, offset);
	vs_store_le(data, width, f->bar_read(f->context, &at, width));
}

static void write_piece(struct expose_server *s, uint32_t region, uint64_t offset, unsigned width,
			const uint8_t *data)
{
	const struct expose_function *f = &s->function;
	uint64_t value = vs_load_le(data, width);
	struct expose_place at;

	if (region == VFIO_USER_REGION_CONFIG) {
		remember_bars(s, (unsigned)offset, width, (uint32_t)value);
		f->config_write(f->context, (unsigned)offset, width, (uint32_t)value);
		return;
	}
	at = place_of(s, region, offset);
	f->bar_write(f->context, &at, width, value);
}

static unsigned widest(uint32_t region)
{
	return region == VFIO_USER_REGION_CONFIG ? 4 : 8;
}

/* Whether the access lies in a region that is there. */
static bool inside(struct expose_server *s, uint32_t region, uint64_t offset, uint64_t count)
{
	uint64_t size = region_size(s, region);

	return count && count <= EXPOSE_XFER_MAX && offset < size && count <= size - offset;
}

int expose_region_read(struct expose_server *s, struct expose_message *m)
{
	struct vfio_user_region_access access = *(const struct vfio_user_region_access *)m->payload;
	uint8_t word[8];
	uint8_t *data = word;
	int error = 0;

	if (!inside(s, access.region, access.offset, access.count))
		return EINVAL;
	if (access.count > sizeof(word))
		data = malloc(access.count);
	if (!data)
		return ENOMEM;
	if (access.region == EXPOSE_PANEL_REGION)
		error = expose_panel_read(s, access.offset, access.count, data);
	for (size_t done = 0; access.region != EXPOSE_PANEL_REGION && done < access.count;) {
		unsigned width = piece(access.offset, access.count, done, widest(access.region));

		read_piece(s, access.region, access.offset + done, width, data + done);
		done += width;
	}
	if (!error)
		expose_answer(s, m, &access, sizeof(access), data, access.count, -1);
	if (data != word)
		free(data);
	return error;
}

/* Writes what has been found to lie inside. 0, or an errno value. */
static int write_region(struct expose_server *s, uint32_t region, uint64_t offset, size_t count,
			const uint8_t *data)
{
	if (region == EXPOSE_PANEL_REGION)
		return expose_panel_write(s, offset, count, data);
	if (region < PCI_BAR_COUNT)
		expose_msix_touched(s, region, offset, count);
	for (size_t done = 0; done < count;) {
		unsigned width = piece(offset, count, done, widest(region));

		write_piece(s, region, offset + done, width, data + done);
		done += width;
	}
	/* A function reset masks all vectors again. */
	if (region == VFIO_USER_REGION_CONFIG && s->interrupts.assigned)
		expose_msix_refresh(s);
	return 0;
}

int expose_region_write(struct expose_server *s, struct expose_message *m)
{
	struct vfio_user_region_access access = *(const struct vfio_user_region_access *)m->payload;
	int error;

	if (!inside(s, access.region, access.offset, access.count) ||
	    access.count > m->size - sizeof(access))
		return EINVAL;
	error = write_region(s, access.region, access.offset, access.count,
			     m->payload + sizeof(access));
	if (!error)
		expose_answer(s, m, &access, sizeof(access), NULL, 0, -1);
	return error;
}

int expose_region_write_multi(struct expose_server *s, struct expose_message *m)
{
	const uint8_t *writes = m->payload + sizeof(uint64_t);
	struct vfio_user_region_write w;
	uint64_t count;

	memcpy(&count, m->payload, sizeof(count));
	if (count > (m->size - sizeof(count)) / sizeof(w))
		return EINVAL;
	for (uint64_t i = 0; i < count; i++) {
		memcpy(&w, writes + i * sizeof(w), sizeof(w));
		if (w.count > sizeof(w.data) || !inside(s, w.region, w.offset, w.count) ||
		    write_region(s, w.region, w.offset, w.count, w.data))
			return EINVAL;
	}
	expose_answer(s, m, &count, sizeof(count), NULL, 0, -1);
	return 0;
}
