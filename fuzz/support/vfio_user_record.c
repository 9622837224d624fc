/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/vfio_user_record.h"

#include <string.h>

#include "spec/byteorder.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct peer_record peer_record_read(struct fuzz_input *in)
{
	struct peer_record r;

	r.what = (uint8_t)(fuzz_number(in, 1) % DOINGS);
	r.how = (uint8_t)fuzz_number(in, 1);
	r.things = (uint8_t)fuzz_number(in, 1);
	r.more = (int8_t)fuzz_number(in, 1);
	r.a = fuzz_number(in, 8);
	r.b = fuzz_number(in, 8);
	r.c = (uint32_t)fuzz_number(in, 4);
	r.d = (uint32_t)fuzz_number(in, 4);
	r.e = (uint32_t)fuzz_number(in, 4);
	return r;
}

/* The last two are refused. */
static const char *const texts[] = {
	"{\"capabilities\":{\"virtspec\":{}}}",
	"{\"capabilities\":{\"max_data_xfer_size\":7}}",
	"{}",
	"{\"capabilities\":{\"virtspec\":{},\"max_data_xfer_size\":3}}",
	"[1]",
	"x",
};

static void put(struct peer_message *m, const void *data, size_t size)
{
	if (size > sizeof(m->payload) - m->size)
		size = sizeof(m->payload) - m->size;
	memcpy(m->payload + m->size, data, size);
	m->size += (unsigned)size;
}

/* `size` bytes that b is the seed of. */
static void put_data(struct peer_message *m, uint64_t seed, uint32_t size)
{
	for (uint32_t i = 0; i < size && m->size < sizeof(m->payload); i++)
		m->payload[m->size++] = (uint8_t)((seed >> 8 * (i % 8)) + i);
}

static void put_access(struct peer_message *m, const struct peer_record *r)
{
	struct vfio_user_region_access access = { r->a, r->c, r->d };

	put(m, &access, sizeof(access));
}

static void put_irqs(struct peer_message *m, const struct peer_record *r)
{
	struct vfio_user_irq_set set = {
		.argsz = r->e ? r->e : (uint32_t)sizeof(set),
		.flags = r->c,
		.index = r->d & 0xff,
		.start = (uint32_t)(int8_t)(r->d >> 8),
		.count = (uint32_t)(int16_t)(r->d >> 16),
	};

	put(m, &set, sizeof(set));
	if (r->c & VFIO_USER_IRQ_DATA_BOOL)
		put_data(m, r->b, set.count < 8 ? set.count : 8);
}

static void put_writes(struct peer_message *m, const struct peer_record *r)
{
	uint64_t count = r->e;

	put(m, &count, sizeof(count));
	for (unsigned i = 0; i < count && i < 4; i++) {
		struct vfio_user_region_write w = { r->a + UINT64_C(8) * i, r->c, r->d, { 0 } };

		vs_store_le64(w.data, r->b + i);
		put(m, &w, sizeof(w));
	}
}

static void put_payload(struct peer_message *m, const struct peer_record *r)
{
	const char *text = texts[r->b % COUNT(texts)];
	struct vfio_user_version version = { (uint16_t)r->c, 0 };
	struct vfio_user_dma_map map = { r->e ? r->e : (uint32_t)sizeof(map), r->c, r->d, r->a,
					 r->b };
	struct vfio_user_dma_unmap unmap = { r->e ? r->e : (uint32_t)sizeof(unmap), r->c, r->a,
					     r->b };
	struct vfio_user_region_info info = { .argsz = r->e ? r->e : 64, .index = r->c };

	switch (r->what) {
	case DO_VERSION:
		put(m, &version, sizeof(version));
		put(m, text, strlen(text) + 1);
		break;
	case DO_MAP:
		put(m, &map, sizeof(map));
		break;
	case DO_UNMAP:
		put(m, &unmap, sizeof(unmap));
		break;
	case DO_INFO:
	case DO_IRQ_INFO:
		put(m, &info, sizeof(struct vfio_user_irq_info));
		break;
	case DO_REGION_INFO:
		put(m, &info, sizeof(info));
		break;
	case DO_IRQ_SET:
		put_irqs(m, r);
		break;
	case DO_READ:
	case DO_WRITE:
		put_access(m, r);
		put_data(m, r->b, r->what == DO_WRITE && r->d < 256 ? r->d : 0);
		break;
	case DO_WRITE_MULTI:
		put_writes(m, r);
		break;
	case DO_RESET:
		break;
	default:
		put_data(m, r->b, r->d % 64);
		break;
	}
}

void peer_record_message(const struct peer_record *r, struct peer_message *m)
{
	static const uint8_t commands[DOINGS] = {
		[DO_VERSION] = VFIO_USER_VERSION,
		[DO_MAP] = VFIO_USER_DMA_MAP,
		[DO_UNMAP] = VFIO_USER_DMA_UNMAP,
		[DO_INFO] = VFIO_USER_DEVICE_GET_INFO,
		[DO_REGION_INFO] = VFIO_USER_DEVICE_GET_REGION_INFO,
		[DO_IRQ_INFO] = VFIO_USER_DEVICE_GET_IRQ_INFO,
		[DO_IRQ_SET] = VFIO_USER_DEVICE_SET_IRQS,
		[DO_READ] = VFIO_USER_REGION_READ,
		[DO_WRITE] = VFIO_USER_REGION_WRITE,
		[DO_WRITE_MULTI] = VFIO_USER_REGION_WRITE_MULTI,
		[DO_RESET] = VFIO_USER_DEVICE_RESET,
	};

	*m = (struct peer_message){ 0 };
	m->header.id = (uint16_t)(r->e ^ 0x1234);
	m->header.command = r->what == DO_OTHER || r->what == DO_BROKEN ? (uint16_t)(r->c & 0xff)
									: commands[r->what];
	m->header.flags = (r->how & HOW_SILENT ? VFIO_USER_NO_REPLY : 0) |
			  (r->how & HOW_REPLY ? VFIO_USER_TYPE_REPLY : 0) |
			  (r->how & HOW_TYPE ? 2 : 0);
	put_payload(m, r);
	/* The version's text is taken as a whole. */
	if (r->what != DO_VERSION && r->more < 0)
		m->size -= m->size < (unsigned)-r->more ? m->size : (unsigned)-r->more;
	else if (r->what != DO_VERSION)
		put_data(m, 0, (uint32_t)r->more);
	m->header.size = (uint32_t)sizeof(m->header) + m->size;
	m->thing_count = (r->things & 3u) % 3u;
	m->things[0] = (r->things >> 2 & 7) % THINGS;
	m->things[1] = (r->things >> 5) % THINGS;
}
