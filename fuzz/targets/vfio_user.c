/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vfio-user server, its socket's other end held by the input: commands with good and bad
 * numbers, descriptors, memory that shrinks, in pieces, ahead of answers, and answers to what the
 * device asks. A second account of the session foretells every answer.
 *
 * An input: a byte (whether the version is agreed upon at first), then records of 32 bytes: what
 * (1), how (1), descriptors (1: how many, which, which), bytes more or less than the command has
 * (1), and numbers a, b (8 each), c, d, e (4 each).
 */
#include <string.h>
#include <unistd.h>

#include "fuzz/support/target.h"
#include "fuzz/support/vfio_user_bell.h"
#include "fuzz/support/vfio_user_record.h"
#include "spec/byteorder.h"

#define RECORDS_MAX  64u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t doings[] = { DO_MAP,         DO_MAP,   DO_UNMAP, DO_IRQ_SET, DO_READ,
				   DO_WRITE,       DO_BELL,  DO_BELL,  DO_BELL,    DO_WRITE_MULTI,
				   DO_SHRINK,      DO_INFO,  DO_LINE,  DO_HANG_UP, DO_MSI,
				   DO_REGION_INFO, DO_BROKEN };
static const uint64_t hows[] = { 0, 0, 0, HOW_SILENT, HOW_REPLY, HOW_AHEAD, HOW_PIECES };
static const uint64_t passed[] = { 0,
				   1 | THING_SEALED << 2,
				   1 | THING_FILE << 2,
				   1 | THING_EVENT << 2,
				   2 | THING_EVENT << 2 | THING_EVENT2 << 5,
				   2 | THING_FILE << 2 | THING_EVENT << 5 };
static const uint64_t mores[] = { 0, 0, 0, 1, 0xff, 0xf8, 0x80, 8 };
static const uint64_t places[] = { 0,          1,
				   8,          0xfff,
				   0x1000,     0x10000,
				   0x11000,    0x20000,
				   0x1008,     0x1ff8,
				   0x2000,     0xfffffffffffff000,
				   UINT64_MAX, UINT64_MAX - 7,
				   PEER_BELL,  0xffffffff };
static const uint64_t smalls[] = { 0,       1,          2,          3,         4,    7,
				   8,       9,          64,         0x21,      0x24, 0x1000,
				   0x10000, 0xffffffff, 0x7fffffff, 0x80000000 };

#define LIKE(array) (array), COUNT(array)
static const struct fuzz_field fields[] = {
	{ 0, 1, LIKE(doings) },  { 1, 1, LIKE(hows) },    { 2, 1, LIKE(passed) },
	{ 3, 1, LIKE(mores) },   { 4, 8, LIKE(places) },  { 12, 8, LIKE(places) },
	{ 20, 4, LIKE(smalls) }, { 24, 4, LIKE(smalls) }, { 28, 4, LIKE(smalls) },
};

/* Memory where the device looks for it, and the device looking where there is memory. */
static void mend(uint8_t *data, size_t size, uint32_t random)
{
	for (size_t at = 1; at + PEER_RECORD <= size; at += PEER_RECORD) {
		uint8_t *r = data + at;

		random = random * 1103515245u + 12345u;
		r[0] %= DOINGS;
		if (r[0] == DO_MAP) {
			vs_store_le64(r + 4, (random >> 8 & 3) << 12);
			vs_store_le64(r + 12, UINT64_C(0x1000) << (random >> 10 & 1));
			vs_store_le32(r + 20, random >> 12 & 3 ? 3 : 1);
			r[3] = 0;
			vs_store_le32(r + 28, 0);
		} else if (r[0] == DO_BELL) {
			vs_store_le64(r + 4, (random >> 8 & 3) * 0xff8 + (random >> 10 & 7));
			r[3] = 0;
		} else if (r[0] == DO_IRQ_SET) {
			/* index, first vector, how many: -1 to 4 of both */
			r[3] = 0;
			r[24] = random >> 8 & 3;
			r[25] = (uint8_t)((random >> 10) % 6 - 1);
			vs_store_le16(r + 26, (uint16_t)((random >> 14) % 6 - 1));
			vs_store_le32(r + 20, VFIO_USER_IRQ_DATA_NONE << random / 2 % 3 |
						      VFIO_USER_IRQ_ACTION_MASK << random / 8 % 3);
			vs_store_le32(r + 28, 0);
		}
		if (random >> 30)
			r[1] &= HOW_SILENT | HOW_AHEAD | HOW_PIECES;
	}
}

const struct fuzz_shape fuzz_shape = {
	.head = 1,
	.record = PEER_RECORD,
	.fields = fields,
	.field_count = COUNT(fields),
	.mend = mend,
};

static void ring(struct peer *p, const struct peer_record *r)
{
	struct vfio_user_region_access access = { PEER_BELL, 0, 8 };
	struct peer_message m = { .size = 0 };

	peer_collect(p);
	if (p->over)
		return;
	memcpy(m.payload, &access, sizeof(access));
	m.size = sizeof(access) + 8;
	m.header = (struct vfio_user_header){ .id = (uint16_t)r->b,
					      .command = VFIO_USER_REGION_WRITE,
					      .size = (uint32_t)sizeof(m.header) + m.size };
	p->bell = (struct peer_bell){ .address = r->a,
				      .size = 1 + r->c % PEER_DMA_MAX,
				      .write = r->d & 1 };
	for (unsigned i = 0; p->bell.write && i < p->bell.size; i++)
		p->bell.data[i] = (uint8_t)(r->b + i);
	peer_ring(p, &m, r->e);
	p->bell.size = 0;
}

static void renew_session(struct peer *p)
{
	peer_collect(p);
	peer_hang_up(p);
	peer_dial(p);
}

/* A client that does all as it should be is served, whatever was before. */
static void be_good(struct peer *p)
{
	static const struct peer_record records[] = { { .what = DO_VERSION }, { .what = DO_INFO } };
	struct peer_message m;

	for (unsigned i = 0; i < COUNT(records); i++) {
		peer_record_message(&records[i], &m);
		peer_send(p, &m, 0, m.header.size);
		peer_foretell(p, &m, &p->due[p->due_count++]);
		if (p->due[p->due_count - 1].error)
			fuzz_oracle("served", "a good client is refused");
		peer_collect(p);
	}
}

/* The stream makes no sense behind it, or it is never all there. */
static void send_broken(struct peer *p, struct peer_message *m, uint32_t size)
{
	bool impossible = size < sizeof(m->header) || size - sizeof(m->header) > EXPOSE_PAYLOAD_MAX;

	peer_collect(p);
	if (p->over)
		return;
	if (!impossible && size <= sizeof(m->header) + m->size)
		m->size = 0;
	if (!impossible && size == sizeof(m->header))
		return;
	m->header.size = size;
	m->thing_count = 0;
	peer_send(p, m, 0, sizeof(m->header) + (impossible ? 0 : m->size));
	p->due[p->due_count++] = (struct peer_answer){
		.header = m->header,
		.error = true,
		.none = !impossible || m->header.flags & VFIO_USER_NO_REPLY,
	};
	p->over = impossible;
	peer_collect(p);
	peer_hang_up(p);
	peer_dial(p);
}

static void send(struct peer *p, const struct peer_message *m, unsigned how)
{
	struct peer_answer answer;

	if (m->header.command == VFIO_USER_DMA_MAP && p->map_count == PEER_MAPS)
		return;
	if (how & HOW_PIECES) {
		size_t part = m->header.size / 2;

		peer_collect(p);
		peer_send(p, m, 0, part);
		peer_collect(p);
		peer_send(p, m, part, m->header.size);
	} else {
		peer_send(p, m, 0, m->header.size);
	}
	peer_foretell(p, m, &answer);
	p->due[p->due_count++] = answer;
	if (!(how & HOW_AHEAD) || p->over || p->due_count == PEER_AHEAD - 1)
		peer_collect(p);
}

static void play(struct peer *p, const struct peer_record *r)
{
	struct peer_message m;

	if (p->over)
		renew_session(p);
	peer_record_message(r, &m);
	switch (r->what) {
	case DO_BELL:
		ring(p, r);
		break;
	case DO_SHRINK:
		peer_collect(p);
		p->file_size = r->a % (PEER_MEMORY + 1);
		if (ftruncate(p->things[THING_FILE], (off_t)p->file_size))
			fuzz_oracle("machine", "no file of memory");
		break;
	case DO_HANG_UP:
		renew_session(p);
		break;
	case DO_LINE:
		expose_intx(p->server, r->c & 1);
		break;
	case DO_MSI:
		peer_collect(p);
		expose_msi(p->server, r->c, 0, r->d);
		break;
	case DO_BROKEN:
		send_broken(p, &m, r->c);
		break;
	default:
		send(p, &m, r->how);
		break;
	}
}

/* What stays of one client, and of one input, is nothing: peer_hang_up() looks. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peer p;
	struct fuzz_input in = fuzz_input(data, size);

	if (!p.server)
		peer_make(&p);
	peer_renew_memory(&p);
	peer_dial(&p);
	if (!(fuzz_number(&in, 1) & 1))
		be_good(&p);
	for (unsigned i = 0; i < RECORDS_MAX && fuzz_left(&in) >= PEER_RECORD; i++) {
		struct peer_record r = peer_record_read(&in);

		play(&p, &r);
		if (!p.due_count && !p.over)
			peer_compare(&p);
	}
	renew_session(&p);
	be_good(&p);
	peer_hang_up(&p);
	return 0;
}

static void seed(struct fuzz_seeds *seeds, const char *name, const struct peer_record *records,
		 unsigned count)
{
	uint8_t bytes[1 + 8 * PEER_RECORD] = { 0 };

	for (unsigned i = 0; i < count; i++) {
		const struct peer_record *r = &records[i];
		uint8_t *at = bytes + 1 + (size_t)i * PEER_RECORD;

		at[0] = r->what;
		at[1] = r->how;
		at[2] = r->things;
		at[3] = (uint8_t)r->more;
		vs_store_le64(at + 4, r->a);
		vs_store_le64(at + 12, r->b);
		vs_store_le32(at + 20, r->c);
		vs_store_le32(at + 24, r->d);
		vs_store_le32(at + 28, r->e);
	}
	fuzz_seed(seeds, name, bytes, 1 + (size_t)count * PEER_RECORD);
}

#define SEED(name, ...)                                                \
	seed(seeds, name, (const struct peer_record[]){ __VA_ARGS__ }, \
	     sizeof((const struct peer_record[]){ __VA_ARGS__ }) / sizeof(struct peer_record))

#define MAP(address, size, which)                                                      \
	{                                                                              \
		.what = DO_MAP, .a = (address), .b = (size), .c = 3, .things = (which) \
	}
#define BELL(address, size, write)                                                 \
	{                                                                          \
		.what = DO_BELL, .a = (address), .c = (size), .d = (write), .e = 7 \
	}
#define SEALED  (1 | THING_SEALED << 2)
#define SHRINKS (1 | THING_FILE << 2)

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	SEED("registers", { .what = DO_WRITE, .a = 0x100, .b = 0x1122334455667788, .d = 8 },
	     { .what = DO_READ, .a = 0x100, .d = 8 }, { .what = DO_READ, .c = 7, .d = 256 });
	SEED("sealed", MAP(0x1000, 0x1000, SEALED), BELL(0x1000, 63, 1), BELL(0x1010, 20, 0),
	     { .what = DO_UNMAP, .a = 0x1000, .b = 0x1000 }, BELL(0x1000, 8, 0));
	SEED("shrinks", MAP(0x1000, 0x2000, SHRINKS), { .what = DO_SHRINK, .a = 0x800 },
	     BELL(0x17f0, 40, 0), BELL(0x1100, 40, 1));
	SEED("asked", MAP(0x1000, 0x1000, 0), MAP(0x2000, 0x1000, SEALED), BELL(0x1fe0, 63, 0),
	     BELL(0x1fe0, 63, 1));
	SEED("interrupts",
	     { .what = DO_IRQ_SET, .c = 0x24, .d = 2 | 2 << 16, .things = 2 | 2 << 2 | 3 << 5 },
	     { .what = DO_MSI, .c = 1 },
	     { .what = DO_IRQ_SET, .c = 0x24, .d = 1 << 16, .things = 9 },
	     { .what = DO_LINE, .c = 1 });
	SEED("ahead", { .what = DO_INFO, .how = HOW_AHEAD }, { .what = DO_IRQ_INFO, .c = 2 },
	     { .what = DO_REGION_INFO, .c = 9, .how = HOW_PIECES },
	     { .what = DO_WRITE_MULTI, .a = 8, .d = 8, .e = 2 });
	SEED("broken", { .what = DO_BROKEN, .c = 3 }, { .what = DO_BROKEN, .c = 0x7fffffff },
	     { .what = DO_BROKEN, .c = 100 }, { .what = DO_HANG_UP });
}
