/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.5.1.2 MSI-X Vector Configuration: the table and the pending bits, as PCI has them. */
#include "engine/check.h"

/* What the capability announces, whether or not there is such a table. */
static uint32_t announced(struct vs_ctx *t)
{
	return (vs_msix_control(t->s) & PCI_MSIX_CONTROL_SIZE) + 1u;
}

static void msix_table_size(struct vs_ctx *t)
{
	uint32_t count = announced(t);

	vs_expect(t, count >= 2 && count <= PCI_MSIX_MAX_VECTORS, "2 to 2048 vectors", "%" PRIu32,
		  count);
}
VS_DEVICE_CHECK(msix_table_size, .rules = VS_RULES(PCI_MSIX_TABLE_SIZE), .stage = VS_STAGE_CAPS);

static void msix_table_useful(struct vs_ctx *t)
{
	uint32_t count = announced(t), events = 1u + t->s->num_queues;

	if (vs_negotiated(t, VIRTIO_F_ADMIN_VQ))
		events += (uint32_t)vs_get(t->s, VS_ADMIN_QUEUE_NUM);
	vs_expect(t, count <= 2 || count <= events, "no more vectors than events",
		  "%" PRIu32 " vectors for %" PRIu32 " events", count, events);
}
VS_DEVICE_CHECK(msix_table_useful, .rules = VS_RULES(PCI_MSIX_TABLE_SIZE_USEFUL),
		.stage = VS_STAGE_FEATURES, .setup = { .accept = VS_BIT(VIRTIO_F_ADMIN_VQ) });

/* One word of an entry, by its index in the entry. */
enum { ADDRESS_LOW, ADDRESS_HIGH, DATA, CONTROL, WORDS };

static uint64_t word_at(struct vs_ctx *t, uint32_t vector, unsigned word)
{
	return t->s->fn->msix_table + (uint64_t)vector * PCI_MSIX_ENTRY_SIZE +
	       sizeof(uint32_t) * word;
}

/* Differs from that of every other entry, also where one address bit is lost. */
static uint32_t pattern(uint32_t vector, unsigned word)
{
	static const uint32_t base[] = { 0xfee00000, 0x00c50000, 0xa5a50000 };

	return base[word] | vector << 2;
}

static void expect_kept(struct vs_ctx *t, uint32_t vector)
{
	static const char *const names[] = { "the lower address", "the upper address", "the data" };
	unsigned bar = t->s->fn->msix_bar;

	vs_where(t, "entry %" PRIu32 " of the table", vector);
	for (unsigned i = ADDRESS_LOW; i < CONTROL; i++) {
		uint32_t read = (uint32_t)vs_bar_read(t->s, bar, word_at(t, vector, i), 4);

		vs_expect(t, read == pattern(vector, i), "what was written to read back",
			  "%s: wrote %#" PRIx32 ", read %#" PRIx32, names[i], pattern(vector, i),
			  read);
	}
	for (int masked = 1; masked >= 0; masked--) {
		uint32_t read;

		vs_msix_mask(t->s, vector, masked);
		read = (uint32_t)vs_bar_read(t->s, bar, word_at(t, vector, CONTROL), 4);
		vs_expect(t, (read & PCI_MSIX_ENTRY_MASKED) == (uint32_t)masked,
			  "a mask bit that reads as written",
			  "wrote %d, vector control reads %#" PRIx32, masked, read);
	}
}

static bool inside(const struct vs_bar *bar, uint64_t offset, uint64_t size)
{
	return !bar->io && offset <= bar->size && size <= bar->size - offset;
}

static uint64_t pba_size(struct vs_ctx *t)
{
	return (announced(t) + 63) / 64 * sizeof(uint64_t);
}

static bool pba_inside(struct vs_ctx *t)
{
	const struct vs_function *fn = t->s->fn;

	return fn->msix_pba_bar < PCI_BAR_COUNT &&
	       inside(&t->s->bus->bars[fn->msix_pba_bar], fn->msix_pba, pba_size(t));
}

static bool pba_apart(struct vs_ctx *t)
{
	const struct vs_function *fn = t->s->fn;

	return fn->msix_bar != fn->msix_pba_bar || fn->msix_pba + pba_size(t) <= fn->msix_table ||
	       fn->msix_table + announced(t) * PCI_MSIX_ENTRY_SIZE <= fn->msix_pba;
}

static void expect_places(struct vs_ctx *t)
{
	const struct vs_function *fn = t->s->fn;
	uint32_t count = announced(t);

	vs_where(t, "MSI-X capability at %#x", fn->msix_pos);
	vs_require(t, fn->msix_vectors == count, "a table inside a memory BAR",
		   "%" PRIu32 " entries from %#" PRIx32 " of BAR %u", count, fn->msix_table,
		   fn->msix_bar);
	vs_expect(t, pba_inside(t), "pending bits inside a memory BAR",
		  "for %" PRIu32 " entries from %#" PRIx32 " of BAR %u", count, fn->msix_pba,
		  fn->msix_pba_bar);
	vs_expect(t, pba_apart(t), "pending bits beside the table",
		  "table at %#" PRIx32 ", pending bits at %#" PRIx32, fn->msix_table, fn->msix_pba);
}

/* All entries are written before one is read, so that entries that are one show. */
static void msix_table_real(struct vs_ctx *t)
{
	uint32_t count = announced(t);
	unsigned bar = t->s->fn->msix_bar;

	expect_places(t);
	for (uint32_t v = 0; v < count; v++) {
		if (!vs_msix_sampled(t, v))
			continue;
		vs_msix_mask(t->s, v, true);
		for (unsigned i = ADDRESS_LOW; i < CONTROL; i++)
			vs_bar_write(t->s, bar, word_at(t, v, i), 4, pattern(v, i));
	}
	for (uint32_t v = 0; v < count; v++)
		if (vs_msix_sampled(t, v))
			expect_kept(t, v);
	for (uint32_t v = 0; v < count; v++) {
		if (!vs_msix_sampled(t, v))
			continue;
		vs_msix_mask(t->s, v, true);
		for (unsigned i = ADDRESS_LOW; i < CONTROL; i++)
			vs_bar_write(t->s, bar, word_at(t, v, i), 4, 0);
	}
}
VS_DEVICE_CHECK(msix_table_real, .rules = VS_RULES(PCI_MSIX_TABLE_SIZE_REAL),
		.stage = VS_STAGE_COMMON);

static void mask_entry(struct vs_session *s, bool masked)
{
	vs_msix_mask(s, s->queue_vector, masked);
}

static void mask_function(struct vs_session *s, bool masked)
{
	vs_msix_set_control(s, PCI_MSIX_CONTROL_ENABLE | (masked ? PCI_MSIX_CONTROL_MASK : 0));
}

/* PCI 3.0, 6.8.3.3 to 6.8.3.5. */
static void expect_masking(struct vs_ctx *t, void (*mask)(struct vs_session *s, bool masked))
{
	struct vs_session *s = t->s;
	uint16_t vector = s->queue_vector;
	bool arrived;

	if (!pba_inside(t) || !pba_apart(t))
		vs_block(t, VS_RULE_PCI_MSIX_TABLE_SIZE_REAL, "the pending bits have no place");
	/* What a device says when it goes live is not what is looked at here. */
	vs_settle(s);
	mask(s, true);
	vs_msix_arrived(s, vector);
	vs_expect(t, !vs_msix_pending(s, vector), "pending bit 0 before any event", "1");
	vs_serve_interrupting(t);
	vs_wait_until(s, vs_msix_pending(s, vector));
	arrived = vs_msix_arrived(s, vector);
	vs_expect(t, !arrived, "no message while masked", "a message arrived");
	vs_expect(t, vs_msix_pending(s, vector), "pending bit 1 when an event was held back", "0");
	mask(s, false);
	vs_expect(t, vs_msix_wait(s, vector), "the message once unmasked", "none came");
	vs_expect(t, !vs_msix_pending(s, vector), "pending bit 0 once the message was sent", "1");
}

static void msix_entry_masked(struct vs_ctx *t)
{
	vs_where(t, "entry %u masked", t->s->queue_vector);
	expect_masking(t, mask_entry);
}
VS_DEVICE_CHECK(msix_entry_masked, .rules = VS_RULES(PCI_MSIX_MASKING), .stage = VS_STAGE_LIVE,
		.setup = { .msix = true }, .needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

static void msix_function_masked(struct vs_ctx *t)
{
	vs_where(t, "function masked, entry %u", t->s->queue_vector);
	expect_masking(t, mask_function);
}
VS_DEVICE_CHECK(msix_function_masked, .rules = VS_RULES(PCI_MSIX_MASKING), .stage = VS_STAGE_LIVE,
		.setup = { .msix = true }, .needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);
