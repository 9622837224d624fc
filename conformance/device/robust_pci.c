/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: what firmware and operating systems do to a PCI function beside driving it. */
#include "device/burst.h"

static uint16_t command(struct vs_ctx *t)
{
	return (uint16_t)vs_config_read(t->s, PCI_COMMAND, 2);
}

static void set_command(struct vs_ctx *t, uint16_t value)
{
	vs_config_write(t->s, PCI_COMMAND, 2, value);
}

static void decode(struct vs_ctx *t, bool on)
{
	const uint16_t bits = PCI_COMMAND_MEMORY | PCI_COMMAND_IO;
	uint16_t others = command(t) & (uint16_t)~bits;

	set_command(t, on ? others | bits : others);
}

/* A buffer and a notification for it, an event of the other kind, and time. */
static void tempt(struct vs_ctx *t, struct vs_request *request, uint64_t *digest)
{
	struct vs_queue *q = request->q;

	if (request->in)
		vs_mark(t, request->in, request->kind->in_size);
	q->ring->interrupts(q, true);
	q->ring->offer(q, request->elements, request->count, false);
	*digest = vs_queue_digest(t, q);
	vs_queue_notify(q);
	vs_try_change_config(t);
	vs_settle(t->s);
}

/*
 * Bus mastering off under a live device is the driver's fault, but whoever writes then writes where
 * somebody else may be (PCI 3.0, 6.2.2). Messages are writes too; the line is not.
 */
static void robust_bus_master(struct vs_ctx *t)
{
	struct vs_setup setup = { .msix = vs_sees_msix(t) };
	struct vs_session *s = t->s;
	struct vs_request request;
	uint64_t digest;

	if (!(s->bus->features & VS_BUS_MASTERING))
		vs_skip(t, "this bus keeps bus mastering to itself");
	vs_start_over(t, VS_STAGE_LIVE, setup);
	vs_serve_interrupting(t);
	vs_make_request(t, &request);
	vs_settle(s);
	set_command(t, command(t) & (uint16_t)~PCI_COMMAND_MASTER);
	vs_settle(s);
	vs_take_interrupts(t);
	tempt(t, &request, &digest);
	vs_where(t, "bus mastering off");
	if (vs_negotiated(t, VIRTIO_F_ACCESS_PLATFORM)) {
		vs_expect(t, vs_queue_digest(t, request.q) == digest, "rings that nobody writes",
			  "the device wrote into them");
		vs_expect(t, !request.in || vs_is_marked(t, request.in, request.kind->in_size),
			  "a buffer that nobody writes", "the device wrote into it");
	}
	if (s->msix_enabled)
		vs_expect(t, vs_take_interrupts(t) == 0, "no message", "one arrived");
	set_command(t, command(t) | PCI_COMMAND_MASTER);
	vs_settle(s);
	vs_expect_recovery(t, "bus mastering was off for a while");
}
VS_DEVICE_CHECK(robust_bus_master, .rules = VS_RULES(ROBUST_BUS_MASTER_TOGGLED),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);

/* What common configuration shows of the device and of one queue. */
#define SHOWN_MAX 12u

struct shown {
	uint64_t value[SHOWN_MAX];
};

static const enum vs_common_field shown_fields[] = {
	VS_DEVICE_STATUS, VS_NUM_QUEUES,        VS_CONFIG_MSIX_VECTOR, VS_QUEUE_SIZE,
	VS_QUEUE_ENABLE,  VS_QUEUE_MSIX_VECTOR, VS_QUEUE_NOTIFY_OFF,   VS_QUEUE_DESC,
	VS_QUEUE_DRIVER,  VS_QUEUE_DEVICE,
};
#define SHOWN_COUNT (sizeof(shown_fields) / sizeof(shown_fields[0]))

static struct shown show(struct vs_ctx *t)
{
	struct shown shown;

	if (t->s->queue_count)
		vs_set(t->s, VS_QUEUE_SELECT, t->s->queues[0].index);
	for (size_t i = 0; i < SHOWN_COUNT; i++)
		shown.value[i] = vs_get(t->s, shown_fields[i]);
	return shown;
}

/* The same registers at the same place, and a device that goes on where it was. */
static void expect_unmoved(struct vs_ctx *t, const struct shown *before)
{
	struct shown after = show(t);
	struct vs_used used;
	bool same = true;

	for (size_t i = 0; i < SHOWN_COUNT; i++)
		same &= vs_expect(t, after.value[i] == before->value[i], "registers as they were",
				  "%s was %#" PRIx64 ", is %#" PRIx64,
				  vs_common_fields[shown_fields[i]].name, before->value[i],
				  after.value[i]);
	if (same && vs_can_serve(t))
		vs_expect(t, vs_served(t, &used), "a device that goes on",
			  "a benign request is not served any more");
}

/* That the device serves without anything being done to it. */
static void need_service(struct vs_ctx *t)
{
	if (vs_can_serve(t))
		vs_serve_interrupting(t);
}

static void robust_memory_decode(struct vs_ctx *t)
{
	struct shown before;

	need_service(t);
	before = show(t);
	decode(t, false);
	vs_settle(t->s);
	decode(t, true);
	vs_where(t, "decoding switched off and on");
	expect_unmoved(t, &before);
}
VS_DEVICE_CHECK(robust_memory_decode, .rules = VS_RULES(ROBUST_MEMORY_DECODE_TOGGLED),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_BARS);

static unsigned bar_register(unsigned bar)
{
	return PCI_BAR0 + 4 * bar;
}

/* For checks that do more with decoding off than that. */
static void need_toggling(struct vs_ctx *t, const struct shown *before)
{
	struct shown after;

	decode(t, false);
	decode(t, true);
	after = show(t);
	for (size_t i = 0; i < SHOWN_COUNT; i++)
		if (after.value[i] != before->value[i])
			vs_block(t, VS_RULE_ROBUST_MEMORY_DECODE_TOGGLED,
				 "%s does not survive decoding switched off",
				 vs_common_fields[shown_fields[i]].name);
}

/* Writes a pattern, looks at what comes back, and puts the old value there again. */
static void size_register(struct vs_ctx *t, unsigned bar, uint32_t pattern)
{
	unsigned at = bar_register(bar);
	uint32_t before = vs_config_read(t->s, at, 4), raw, after;

	vs_config_write(t->s, at, 4, pattern);
	raw = vs_config_read(t->s, at, 4);
	vs_config_write(t->s, at, 4, before);
	after = vs_config_read(t->s, at, 4);
	vs_where(t, "BAR register %u", bar);
	vs_expect(t, raw == t->s->bus->bars[bar].raw, "the size that it showed at first",
		  "%#010" PRIx32 " after %#010" PRIx32 " was written, at first %#010" PRIx32, raw,
		  pattern, t->s->bus->bars[bar].raw);
	vs_expect(t, after == before, "the address again that was written back",
		  "%#010" PRIx32 ", wrote %#010" PRIx32, after, before);
}

/* All ones, and ones in the address bits only: the type bits are read-only either way. */
static void robust_bar_sizing(struct vs_ctx *t)
{
	const struct vs_bar *bars = t->s->bus->bars;
	struct shown before;

	need_service(t);
	before = show(t);
	need_toggling(t, &before);
	decode(t, false);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		uint32_t address_bits = bars[i].io ? PCI_BAR_IO_MASK : PCI_BAR_MEM_MASK;

		if (!bars[i].address)
			continue;
		size_register(t, i, UINT32_MAX);
		size_register(t, i, address_bits);
		if (bars[i].is64)
			size_register(t, i + 1, UINT32_MAX);
	}
	decode(t, true);
	vs_where(t, "after all BARs were sized");
	expect_unmoved(t, &before);
}
VS_DEVICE_CHECK(robust_bar_sizing, .rules = VS_RULES(ROBUST_BAR_SIZING), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_BARS);

struct places {
	uint64_t address[PCI_BAR_COUNT];
};

/* Takes `size` bytes off the upper end of [start, *end), aligned; 0: there is no room. */
static uint64_t take_down(uint64_t start, uint64_t *end, uint64_t size)
{
	uint64_t address;

	if (!vs_is_pow2(size) || size > *end)
		return 0;
	address = (*end - size) & ~(size - 1);
	if (address < start)
		return 0;
	*end = address;
	return address;
}

/* Other places for all BARs: from the upper ends of the windows down, so that they stay apart. */
static struct places mirror(const struct vs_ctx *t)
{
	const struct vs_bus *bus = t->s->bus;
	struct vs_bar_window w = bus->window;
	struct places places = { { 0 } };

	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *bar = &bus->bars[i];

		if (!bar->address)
			continue;
		if (bar->io)
			places.address[i] = take_down(w.io, &w.io_end, bar->size);
		else if (bar->address < w.memory_end)
			places.address[i] = take_down(w.memory, &w.memory_end, bar->size);
		else
			places.address[i] = take_down(w.memory64, &w.memory64_end, bar->size);
	}
	return places;
}

static void move_bars(struct vs_ctx *t, const struct places *places)
{
	struct vs_bus *bus = t->s->bus;

	decode(t, false);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		if (places->address[i] && vs_bus_move_bar(bus, i, places->address[i]))
			t->s->lost(t->s->lost_context);
	decode(t, true);
}

/* The MSI-X table, which often has a BAR of its own, keeps what is written to it. */
static void expect_table(struct vs_ctx *t)
{
	const struct vs_function *fn = t->s->fn;
	uint64_t data = fn->msix_table + PCI_MSIX_ENTRY_DATA;
	uint32_t read;

	if (!fn->msix_vectors)
		return;
	vs_bar_write(t->s, fn->msix_bar, data, 4, 0x5a3c);
	read = (uint32_t)vs_bar_read(t->s, fn->msix_bar, data, 4);
	vs_expect(t, read == 0x5a3c, "an MSI-X table at its new place", "BAR %u: %#" PRIx32,
		  fn->msix_bar, read);
	vs_bar_write(t->s, fn->msix_bar, data, 4, 0);
}

static void robust_bar_moved(struct vs_ctx *t)
{
	struct places old = { { 0 } }, new = mirror(t);
	struct shown before;

	need_service(t);
	before = show(t);
	need_toggling(t, &before);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		if (new.address[i])
			old.address[i] = t->s->bus->bars[i].address;
	move_bars(t, &new);
	vs_where(t, "BARs moved");
	expect_table(t);
	expect_unmoved(t, &before);
	move_bars(t, &old);
	vs_where(t, "BARs moved back");
	expect_table(t);
	expect_unmoved(t, &before);
}
VS_DEVICE_CHECK(robust_bar_moved, .rules = VS_RULES(ROBUST_BAR_MOVED), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_BARS);
