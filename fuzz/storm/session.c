/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions: commands of all kinds in any order, nearly right. */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/storm/storm.h"
#include "spec/pci.h"
#include "spec/tester_panel.h"
#include "spec/vfio_user.h"

bool storm_agree(struct storm_client *c)
{
	static const char *const texts[] = {
		"{\"capabilities\":{\"max_data_xfer_size\":1048576,\"virtspec\":{}}}",
		"{\"capabilities\":{\"max_data_xfer_size\":7}}",
		"{}",
		"[[[[[[[[",
		"{\"capabilities\":{\"max_data_xfer_size\":-9223372036854775808}}",
	};
	struct {
		struct vfio_user_version version;
		char text[120];
	} m = { 0 };
	const char *text = texts[c->wild && storm_chance(c, 4) ? storm_below(c, 5) : 0];

	memcpy(m.text, text, strlen(text));
	return storm_ask(c, VFIO_USER_VERSION, &m, sizeof(m.version) + strlen(text) + 1, NULL, 0) &&
	       c->answer_size != SIZE_MAX;
}

/* A value that is right most of the time. */
static uint64_t or_number(struct storm_client *c, uint64_t value)
{
	return c->wild && storm_chance(c, 8) ? storm_number(c) : value;
}

static bool map(struct storm_client *c)
{
	unsigned i = (unsigned)storm_below(c, STORM_MEMORIES);
	const struct storm_memory *memory = &c->memories[i];
	struct vfio_user_dma_map m = {
		(uint32_t)or_number(c, sizeof(m)),
		(uint32_t)or_number(c, 3),
		or_number(c, storm_below(c, 3) << 11),
		or_number(c, memory->address),
		or_number(c, memory->size >> storm_below(c, 3)),
	};
	int fds[3] = { memory->fd, memory->fd, c->fd };
	unsigned count = i < 2;

	if (storm_chance(c, 2))
		m.offset = 0;
	if (c->wild && storm_chance(c, 10))
		count = (unsigned)storm_below(c, 4);
	return storm_ask(c, VFIO_USER_DMA_MAP, &m, sizeof(m), fds, count);
}

static bool unmap(struct storm_client *c)
{
	const struct storm_memory *memory = &c->memories[storm_below(c, STORM_MEMORIES)];
	struct vfio_user_dma_unmap m = {
		(uint32_t)or_number(c, sizeof(m)),
		(uint32_t)or_number(c, 0),
		or_number(c, memory->address),
		or_number(c, memory->size >> storm_below(c, 3)),
	};

	return storm_ask(c, VFIO_USER_DMA_UNMAP, &m, sizeof(m), NULL, 0);
}

/* The file behind a map is cut off, or grows again. */
static bool cut(struct storm_client *c)
{
	const struct storm_memory *m = &c->memories[1];

	return ftruncate(m->fd,
			 storm_chance(c, 2) ? (off_t)m->size : (off_t)storm_below(c, m->size)) == 0;
}

static bool information(struct storm_client *c)
{
	static const unsigned commands[] = {
		VFIO_USER_DEVICE_GET_INFO,
		VFIO_USER_DEVICE_GET_REGION_INFO,
		VFIO_USER_DEVICE_GET_REGION_IO_FDS,
		VFIO_USER_DEVICE_GET_IRQ_INFO,
		VFIO_USER_DEVICE_FEATURE,
		VFIO_USER_DIRTY_PAGES,
		VFIO_USER_DMA_READ,
		VFIO_USER_VERSION,
	};
	struct vfio_user_region_info m = { (uint32_t)or_number(c, 64),
					   0,
					   (uint32_t)or_number(c, storm_below(c, 11)),
					   0,
					   or_number(c, 0),
					   or_number(c, 0) };

	return storm_ask(c, (unsigned)or_number(c, commands[storm_below(c, 8)]), &m,
			 storm_chance(c, 4) ? storm_below(c, sizeof(m)) : sizeof(m), NULL, 0);
}

static bool interrupts(struct storm_client *c)
{
	struct {
		struct vfio_user_irq_set set;
		uint8_t wanted[16];
	} m = { { (uint32_t)or_number(c, sizeof(m.set)),
		  (uint32_t)or_number(c, 1u << storm_below(c, 3) | 8u << storm_below(c, 3)),
		  (uint32_t)or_number(c, storm_below(c, 2) * 2),
		  (uint32_t)or_number(c, storm_below(c, 4)),
		  (uint32_t)or_number(c, storm_below(c, 4)) },
		{ 1, 0, 1, 1 } };
	int fds[20], fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	unsigned count = m.set.count < 20 ? m.set.count : 20;
	uint64_t full = UINT64_MAX - 1;
	bool result;

	if (fd < 0)
		return false;
	if (storm_chance(c, 8))
		(void)!write(fd, &full, sizeof(full));
	for (unsigned i = 0; i < 20; i++)
		fds[i] = storm_chance(c, 40) ? c->memories[0].fd : fd;
	if (!(m.set.flags & VFIO_USER_IRQ_DATA_EVENTFD) || storm_chance(c, 8))
		count = storm_chance(c, 8) ? (unsigned)storm_below(c, 20) : 0;
	result = storm_ask(c, VFIO_USER_DEVICE_SET_IRQS, &m, sizeof(m), fds, count);
	close(fd);
	return result;
}

static bool access_region(struct storm_client *c)
{
	struct {
		struct vfio_user_region_access access;
		uint8_t data[256];
	} m = { { or_number(c, storm_below(c, 0x4000)), (uint32_t)or_number(c, storm_below(c, 9)),
		  0 },
		{ 0 } };
	bool write = storm_chance(c, 2);
	uint64_t number = storm_number(c);

	m.access.count = (uint32_t)or_number(c, UINT64_C(1) << storm_below(c, 4));
	if (m.access.region > 5 && m.access.region < 8) {
		m.access.region = VFIO_USER_REGION_CONFIG;
		m.access.offset %= 0x100;
	}
	memcpy(m.data, &number, sizeof(number));
	return storm_ask(c, write ? VFIO_USER_REGION_WRITE : VFIO_USER_REGION_READ, &m,
			 sizeof(m.access) + (write ? storm_chance(c, 8) ? 256 : 8 : 0), NULL, 0);
}

static bool many_writes(struct storm_client *c)
{
	struct {
		uint64_t count;
		struct vfio_user_region_write w[8];
	} m = { or_number(c, 1 + storm_below(c, 8)), { { 0 } } };

	for (unsigned i = 0; i < 8; i++)
		m.w[i] = (struct vfio_user_region_write){ or_number(c, storm_below(c, 0x1000)),
							  (uint32_t)or_number(c, storm_below(c, 5)),
							  (uint32_t)or_number(c, 4),
							  { (uint8_t)storm_random(c) } };
	return storm_ask(c, VFIO_USER_REGION_WRITE_MULTI, &m, sizeof(m), NULL, 0);
}

static bool panel(struct storm_client *c)
{
	struct {
		struct vfio_user_region_access access;
		uint64_t value;
	} m = { { 8 * storm_below(c, 7), VFIO_USER_PCI_REGIONS, 8 }, 0 };

	m.value = m.access.offset == TESTER_PANEL_ADVANCE ? storm_below(c, 3000000000u) : 0;
	m.access.offset = or_number(c, m.access.offset);
	return storm_ask(c, storm_chance(c, 4) ? VFIO_USER_REGION_READ : VFIO_USER_REGION_WRITE, &m,
			 sizeof(m), NULL, 0);
}

static bool reset(struct storm_client *c)
{
	return storm_ask(c, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0);
}

static bool noise(struct storm_client *c)
{
	uint8_t bytes[128];

	if (!c->wild || !storm_chance(c, 4))
		return true;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)storm_random(c);
	return send(c->fd, bytes, storm_below(c, sizeof(bytes)), MSG_NOSIGNAL) >= 0;
}

static bool drive(struct storm_client *c)
{
	storm_drive(c);
	return true;
}

void storm_session(struct storm_client *c)
{
	static bool (*const deeds[])(struct storm_client *) = {
		map,         map,   map,   unmap, cut,   information, interrupts, access_region,
		many_writes, panel, reset, noise, drive, drive,       drive,      interrupts,
	};

	c->wild = !storm_chance(c, 4);
	c->silent = c->wild && storm_chance(c, 16);
	if (!storm_agree(c))
		return;
	for (uint64_t n = storm_below(c, 40); n; n--) {
		if (!deeds[storm_below(c, sizeof(deeds) / sizeof(deeds[0]))](c))
			return;
	}
}
