/* SPDX-License-Identifier: BSD-3-Clause */
/* What the server has to answer: written down from the protocol, command by command. */
#include <inttypes.h>
#include <string.h>

#include "fuzz/support/oracle.h"
#include "fuzz/support/vfio_user_peer.h"

/* Where what is said of maps has its numbers from. */
static bool is_memory(enum peer_thing thing)
{
	return thing == THING_SEALED || thing == THING_FILE;
}

static bool is_event(enum peer_thing thing)
{
	return thing == THING_EVENT || thing == THING_EVENT2;
}

static bool ends_behind(uint64_t address, uint64_t size, uint64_t from)
{
	return address + (size - 1) >= from;
}

static bool map(struct peer *p, const struct peer_message *m)
{
	const struct vfio_user_dma_map *a = (const void *)m->payload;
	uint64_t file = m->thing_count && m->things[0] == THING_FILE ? p->file_size : PEER_MEMORY;

	if (a->argsz < sizeof(*a) || m->thing_count > 1 || !a->size || !a->flags ||
	    a->flags > (VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE) ||
	    a->address + (a->size - 1) < a->address)
		return false;
	for (unsigned i = 0; i < p->map_count; i++)
		if (ends_behind(p->maps[i].address, p->maps[i].size, a->address) &&
		    ends_behind(a->address, a->size, p->maps[i].address))
			return false;
	if (m->thing_count &&
	    (!is_memory(m->things[0]) || a->offset > file || a->size > file - a->offset))
		return false;
	p->maps[p->map_count++] = (struct peer_map){
		.address = a->address,
		.size = a->size,
		.offset = a->offset,
		.readable = a->flags & VFIO_USER_DMA_READABLE,
		.writable = a->flags & VFIO_USER_DMA_WRITABLE,
		.thing = m->thing_count ? (int)m->things[0] : -1,
	};
	return true;
}

static bool unmap(struct peer *p, const struct peer_message *m)
{
	const struct vfio_user_dma_unmap *a = (const void *)m->payload;

	for (unsigned i = 0; i < p->map_count; i++) {
		if (p->maps[i].address != a->address || p->maps[i].size != a->size)
			continue;
		if (a->argsz < sizeof(*a) || a->flags)
			return false;
		p->maps[i] = p->maps[--p->map_count];
		return true;
	}
	return false;
}

static uint64_t region_size(const struct peer *p, uint32_t region)
{
	if (region == 0)
		return PEER_BAR;
	if (region == VFIO_USER_REGION_CONFIG)
		return PCIE_CONFIG_SIZE;
	return region == EXPOSE_PANEL_REGION && p->panel ? TESTER_PANEL_SIZE : 0;
}

static bool inside(const struct peer *p, uint64_t offset, uint32_t region, uint32_t count)
{
	uint64_t size = region_size(p, region);

	return count && count <= size && offset <= size - count;
}

static uint8_t *bytes_of(struct peer *p, uint32_t region)
{
	return region ? p->config_told : p->bar_told;
}

/* The panel takes eight bytes at a time. */
static bool panel_takes(uint64_t offset, uint32_t count, bool write)
{
	return count == 8 && offset % 8 == 0 &&
	       (!write || offset == TESTER_PANEL_ADVANCE || offset == TESTER_PANEL_PROVOKE ||
		offset == TESTER_PANEL_POWER);
}

static bool read_region(struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	const struct vfio_user_region_access *a = (const void *)m->payload;

	if (!inside(p, a->offset, a->region, a->count) ||
	    (a->region == EXPOSE_PANEL_REGION && !panel_takes(a->offset, a->count, false)))
		return false;
	answer->size = answer->compare = sizeof(*a) + a->count;
	memcpy(answer->payload, a, sizeof(*a));
	if (a->region == EXPOSE_PANEL_REGION || answer->size > PEER_PAYLOAD)
		answer->compare = sizeof(*a);
	else
		memcpy(answer->payload + sizeof(*a), bytes_of(p, a->region) + a->offset, a->count);
	return true;
}

static bool write_bytes(struct peer *p, uint64_t offset, uint32_t region, uint32_t count,
			const uint8_t *data)
{
	if (!inside(p, offset, region, count))
		return false;
	if (region == EXPOSE_PANEL_REGION)
		return panel_takes(offset, count, true);
	memcpy(bytes_of(p, region) + offset, data, count);
	return true;
}

static bool write_region(struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	const struct vfio_user_region_access *a = (const void *)m->payload;

	if (a->count > m->size - sizeof(*a) ||
	    !write_bytes(p, a->offset, a->region, a->count, m->payload + sizeof(*a)))
		return false;
	answer->size = answer->compare = sizeof(*a);
	memcpy(answer->payload, a, sizeof(*a));
	return true;
}

static bool write_multi(struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	struct vfio_user_region_write w;
	uint64_t count;

	memcpy(&count, m->payload, sizeof(count));
	if (count > (m->size - sizeof(count)) / sizeof(w))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		memcpy(&w, m->payload + sizeof(count) + i * sizeof(w), sizeof(w));
		if (w.count > sizeof(w.data) ||
		    !write_bytes(p, w.offset, w.region, w.count, w.data))
			return false;
	}
	answer->size = answer->compare = sizeof(count);
	memcpy(answer->payload, &count, sizeof(count));
	return true;
}

static bool device_info(const struct peer *p, const struct peer_message *m,
			struct peer_answer *answer)
{
	struct vfio_user_device_info info = {
		.argsz = sizeof(info),
		.flags = VFIO_USER_DEVICE_RESETS | VFIO_USER_DEVICE_PCI,
		.regions = VFIO_USER_PCI_REGIONS + p->panel,
		.irqs = VFIO_USER_PCI_IRQS,
	};

	answer->size = answer->compare = sizeof(info);
	memcpy(answer->payload, &info, sizeof(info));
	return ((const struct vfio_user_device_info *)(const void *)m->payload)->argsz >=
	       sizeof(info);
}

static bool region_info(const struct peer *p, const struct peer_message *m,
			struct peer_answer *answer)
{
	const struct vfio_user_region_info *a = (const void *)m->payload;
	bool panel = a->index == EXPOSE_PANEL_REGION && p->panel;
	struct vfio_user_region_info info = { .index = a->index, .size = region_size(p, a->index) };
	unsigned more = panel ? sizeof(struct vfio_user_region_type) : 0;

	info.argsz = (uint32_t)sizeof(info) + more;
	info.flags = !info.size ? 0
		     : panel    ? VFIO_USER_REGION_READS | VFIO_USER_REGION_WRITES |
				       VFIO_USER_REGION_MMAP | VFIO_USER_REGION_CAPS
			     : VFIO_USER_REGION_READS | VFIO_USER_REGION_WRITES;
	answer->size = answer->compare = sizeof(info);
	if (panel && a->argsz >= info.argsz) {
		info.cap_offset = sizeof(info);
		answer->size += more;
	}
	memcpy(answer->payload, &info, sizeof(info));
	return a->argsz >= sizeof(info) && (a->index < VFIO_USER_PCI_REGIONS || panel);
}

static uint32_t irqs(const struct peer *p, uint32_t index)
{
	const uint32_t counts[VFIO_USER_PCI_IRQS] = { p->config_told[PCI_INTERRUPT_PIN] != 0, 0,
						      PEER_VECTORS, 1, 1 };

	return index < VFIO_USER_PCI_IRQS ? counts[index] : 0;
}

static bool irq_info(const struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	const struct vfio_user_irq_info *a = (const void *)m->payload;
	struct vfio_user_irq_info info = { sizeof(info), 0, a->index, irqs(p, a->index) };

	if (info.count)
		info.flags = VFIO_USER_IRQ_EVENTFD |
			     (a->index == VFIO_USER_IRQ_INTX
				      ? VFIO_USER_IRQ_MASKABLE | VFIO_USER_IRQ_AUTOMASKED
			      : a->index == VFIO_USER_IRQ_MSIX ? VFIO_USER_IRQ_MASKABLE
							       : 0);
	answer->size = answer->compare = sizeof(info);
	memcpy(answer->payload, &info, sizeof(info));
	return a->argsz >= sizeof(info) && a->index < VFIO_USER_PCI_IRQS;
}

static bool set_events(const struct vfio_user_irq_set *a, const struct peer_message *m,
		       uint32_t action)
{
	if (m->thing_count && m->thing_count != a->count)
		return false;
	for (unsigned i = 0; i < m->thing_count; i++)
		if (!is_event(m->things[i]))
			return false;
	return action == VFIO_USER_IRQ_ACTION_TRIGGER ||
	       (action == VFIO_USER_IRQ_ACTION_UNMASK && a->index == VFIO_USER_IRQ_INTX);
}

static bool irq_set(const struct peer *p, const struct peer_message *m)
{
	const struct vfio_user_irq_set *a = (const void *)m->payload;
	uint32_t data = a->flags & VFIO_USER_IRQ_DATA_MASK;
	uint32_t action = a->flags & VFIO_USER_IRQ_ACTIONS;

	if (a->argsz < sizeof(*a) || a->index >= VFIO_USER_PCI_IRQS ||
	    __builtin_popcount(data) != 1 || __builtin_popcount(action) != 1 ||
	    (a->flags | (data | action)) != (data | action) ||
	    (m->thing_count && data != VFIO_USER_IRQ_DATA_EVENTFD))
		return false;
	if (!a->count)
		return !a->start && data == VFIO_USER_IRQ_DATA_NONE &&
		       action == VFIO_USER_IRQ_ACTION_TRIGGER;
	if ((uint64_t)a->start + a->count > irqs(p, a->index) ||
	    (data == VFIO_USER_IRQ_DATA_BOOL && a->count > m->size - sizeof(*a)))
		return false;
	return data != VFIO_USER_IRQ_DATA_EVENTFD || set_events(a, m, action);
}

/* Texts of the version message: see fuzz/targets/vfio_user.c. Good ones begin with a brace. */
static bool version(struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	const struct vfio_user_version *a = (const void *)m->payload;
	const char *text = (const char *)m->payload + sizeof(*a);
	const char *xfer = m->size > sizeof(*a) ? strstr(text, "xfer_size\":") : NULL;

	answer->compare = sizeof(*a);
	answer->open = true;
	if (a->major != VFIO_USER_MAJOR || (m->size > sizeof(*a) && text[0] != '{'))
		return false;
	p->panel = m->size > sizeof(*a) && strstr(text, TESTER_PANEL_CAPABILITY) != NULL;
	p->xfer = xfer ? (uint64_t)(xfer[11] - '0') : EXPOSE_XFER_MAX;
	p->negotiated = true;
	return true;
}

static bool execute(struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	switch (m->header.command) {
	case VFIO_USER_VERSION:
		return m->size >= sizeof(struct vfio_user_version) && version(p, m, answer);
	case VFIO_USER_DMA_MAP:
		return m->size >= sizeof(struct vfio_user_dma_map) && map(p, m);
	case VFIO_USER_DMA_UNMAP:
		answer->size = answer->compare = sizeof(struct vfio_user_dma_unmap);
		memcpy(answer->payload, m->payload, answer->size);
		return m->size >= answer->size && unmap(p, m);
	case VFIO_USER_DEVICE_GET_INFO:
		return m->size >= sizeof(struct vfio_user_device_info) && device_info(p, m, answer);
	case VFIO_USER_DEVICE_GET_REGION_INFO:
		return m->size >= sizeof(struct vfio_user_region_info) && region_info(p, m, answer);
	case VFIO_USER_DEVICE_GET_IRQ_INFO:
		return m->size >= sizeof(struct vfio_user_irq_info) && irq_info(p, m, answer);
	case VFIO_USER_DEVICE_SET_IRQS:
		return m->size >= sizeof(struct vfio_user_irq_set) && irq_set(p, m);
	case VFIO_USER_REGION_READ:
		return m->size >= sizeof(struct vfio_user_region_access) &&
		       read_region(p, m, answer);
	case VFIO_USER_REGION_WRITE:
		return m->size >= sizeof(struct vfio_user_region_access) &&
		       write_region(p, m, answer);
	case VFIO_USER_DEVICE_RESET:
		return true;
	case VFIO_USER_REGION_WRITE_MULTI:
		return m->size >= sizeof(uint64_t) && write_multi(p, m, answer);
	default:
		return false;
	}
}

/* Descriptors of no use, or with a command that takes none. */
static bool fits_things(const struct peer_message *m)
{
	for (unsigned i = 0; i < m->thing_count; i++)
		if (m->things[i] == THING_PIPE)
			return false;
	return !m->thing_count || m->header.command == VFIO_USER_DMA_MAP ||
	       m->header.command == VFIO_USER_DEVICE_SET_IRQS;
}

void peer_foretell(struct peer *p, const struct peer_message *m, struct peer_answer *answer)
{
	unsigned type = m->header.flags & VFIO_USER_TYPE_MASK;
	bool in_turn = p->negotiated == (m->header.command != VFIO_USER_VERSION);

	*answer = (struct peer_answer){
		.header = m->header,
		.none = m->header.flags & VFIO_USER_NO_REPLY || type == VFIO_USER_TYPE_REPLY,
	};
	if (type == VFIO_USER_TYPE_REPLY)
		return;
	answer->error = type != VFIO_USER_TYPE_COMMAND || !in_turn || !fits_things(m) ||
			!execute(p, m, answer);
	answer->last = !p->negotiated;
	p->over |= answer->last;
}

const struct peer_map *peer_map_of(const struct peer *p, uint64_t address)
{
	for (unsigned i = 0; i < p->map_count; i++)
		if (p->maps[i].address <= address &&
		    ends_behind(p->maps[i].address, p->maps[i].size, address))
			return &p->maps[i];
	return NULL;
}

static bool same_map(const struct expose_map *is, const struct peer_map *told)
{
	return told && is->address == told->address && is->size == told->size &&
	       is->offset == told->offset && is->readable == told->readable &&
	       is->writable == told->writable && (is->fd >= 0) == (told->thing >= 0);
}

void peer_compare(const struct peer *p)
{
	const struct expose_server *s = p->server;
	const size_t behind = PEER_TABLE + PEER_VECTORS * PCI_MSIX_ENTRY_SIZE;

	if (s->map_count != p->map_count)
		fuzz_oracle("maps", "%u maps, and there should be %u", s->map_count, p->map_count);
	for (unsigned i = 0; i < s->map_count; i++) {
		const struct expose_map *is = &s->maps[i];

		if (!same_map(is, peer_map_of(p, is->address)))
			fuzz_oracle("maps", "a map at %#" PRIx64 " that nobody asked for",
				    is->address);
		if (i && is->address <= s->maps[i - 1].address + (s->maps[i - 1].size - 1))
			fuzz_oracle("maps", "maps overlap at %#" PRIx64, is->address);
	}
	/* The server itself touches the MSI-X table. */
	if (memcmp(p->config, p->config_told, sizeof(p->config)) != 0 ||
	    memcmp(p->bar, p->bar_told, PEER_TABLE) != 0 ||
	    memcmp(p->bar + behind, p->bar_told + behind, PEER_BAR - behind) != 0)
		fuzz_oracle("registers", "what was written is not what is there");
}
