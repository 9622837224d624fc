/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: MSI-X used clumsily, or changed while the device runs. */
#include "engine/check.h"

#define ALL_ONES UINT64_MAX
#define BEHIND   64u /* bytes behind the table and the pending bits that are tried */

static uint64_t table_size(const struct vs_ctx *t)
{
	return (uint64_t)t->s->fn->msix_vectors * PCI_MSIX_ENTRY_SIZE;
}

static uint64_t pba_size(const struct vs_ctx *t)
{
	return (t->s->fn->msix_vectors + 63u) / 64 * sizeof(uint64_t);
}

/* Reads and writes [offset, offset + size) of a BAR by one width, aligned or not. */
static void hammer(struct vs_ctx *t, unsigned bar, uint64_t offset, unsigned size, unsigned width,
		   unsigned step)
{
	for (unsigned i = 0; i + width <= size; i += step) {
		vs_bar_read(t->s, bar, offset + i, width);
		vs_bar_write(t->s, bar, offset + i, width, ALL_ONES);
		vs_bar_write(t->s, bar, offset + i, width, 0);
	}
}

/* The function is masked, so that no message goes where the blows point to. */
static void robust_msix_odd_access(struct vs_ctx *t)
{
	static const uint8_t widths[][2] = { { 1, 1 }, { 2, 2 }, { 8, 8 }, { 4, 1 } };
	const struct vs_function *fn = t->s->fn;
	uint64_t entry = fn->msix_table + table_size(t) - PCI_MSIX_ENTRY_SIZE;

	vs_msix_set_control(t->s, PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK);
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		hammer(t, fn->msix_bar, entry, PCI_MSIX_ENTRY_SIZE, widths[i][0], widths[i][1]);
		hammer(t, fn->msix_pba_bar, fn->msix_pba, 8, widths[i][0], widths[i][1]);
	}
	vs_expect_recovery(t, "accesses of odd width or alignment to the MSI-X table and the PBA");
}
VS_DEVICE_CHECK(robust_msix_odd_access, .rules = VS_RULES(ROBUST_MSIX_ODD_ACCESS),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true }, .needs = VS_NEEDS_MSIX);

/* Whether [offset, offset + BEHIND) of a BAR exists and belongs to nothing that a write changes. */
static bool is_free(const struct vs_ctx *t, unsigned bar, uint64_t offset)
{
	const struct vs_function *fn = t->s->fn;
	const uint64_t end = offset + BEHIND;

	if (bar >= PCI_BAR_COUNT || end > t->s->bus->bars[bar].size)
		return false;
	if (bar == fn->msix_bar && offset < fn->msix_table + table_size(t) && end > fn->msix_table)
		return false;
	if (bar == fn->msix_pba_bar && offset < fn->msix_pba + pba_size(t) && end > fn->msix_pba)
		return false;
	for (unsigned i = 0; i < fn->caps.count; i++) {
		const struct vs_cap *cap = &fn->caps.list[i];

		if (cap->id == PCI_CAP_ID_VNDR && cap->bar == bar && cap->offset < end &&
		    offset < cap->offset + cap->length)
			return false;
	}
	return true;
}

static void robust_msix_past_end(struct vs_ctx *t)
{
	const struct vs_function *fn = t->s->fn;
	const struct {
		unsigned bar;
		uint64_t end;
	} places[] = { { fn->msix_bar, fn->msix_table + table_size(t) },
		       { fn->msix_pba_bar, fn->msix_pba + pba_size(t) } };
	unsigned tried = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!is_free(t, places[i].bar, places[i].end))
			continue;
		hammer(t, places[i].bar, places[i].end, BEHIND, 4, 4);
		hammer(t, places[i].bar, places[i].end, BEHIND, 8, 8);
		tried++;
	}
	if (!tried)
		vs_skip(t, "nothing is free behind the MSI-X table and the PBA in their BARs");
	vs_expect_recovery(t, "accesses behind the MSI-X table and the PBA");
}
VS_DEVICE_CHECK(robust_msix_past_end, .rules = VS_RULES(ROBUST_MSIX_PAST_END),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true }, .needs = VS_NEEDS_MSIX);

/* An event of either kind that would use the vector; whether anything comes of it is open. */
static void cause_events(struct vs_ctx *t)
{
	struct vs_request request;

	if (vs_can_serve(t)) {
		vs_make_request(t, &request);
		request.q->ring->interrupts(request.q, true);
		vs_send_request(t, &request);
	}
	vs_try_change_config(t);
	vs_settle(t->s);
}

static void robust_vector_out_of_range(struct vs_ctx *t)
{
	const uint32_t count = t->s->fn->msix_vectors;
	const uint32_t vectors[] = { count, 0x7ff, 0xfffe };

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		if (vectors[i] < count)
			continue;
		vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
		vs_msix_by_hand(t);
		vs_set(t->s, VS_CONFIG_MSIX_VECTOR, vectors[i]);
		for (uint16_t q = 0; q < t->s->num_queues && q < 8; q++)
			vs_queue_set(t->s, q, VS_QUEUE_MSIX_VECTOR, vectors[i]);
		vs_proceed(t, VS_STAGE_LIVE);
		cause_events(t);
	}
	vs_expect_recovery(t, "events mapped to vectors past the end of the table");
}
VS_DEVICE_CHECK(robust_vector_out_of_range, .rules = VS_RULES(ROBUST_VECTOR_OUT_OF_RANGE),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.breaks = VS_BREAKS(DRIVER_PCI_MSIX_VECTOR_INSIDE_TABLE,
				    DRIVER_PCI_MSIX_MAPPING_VERIFIED));

/* Maps the queue of the request to another vector on the live device. */
static void remap(struct vs_ctx *t, const struct vs_queue *q, uint16_t vector)
{
	uint16_t read;

	vs_queue_set(t->s, q->index, VS_QUEUE_MSIX_VECTOR, vector);
	read = (uint16_t)vs_get(t->s, VS_QUEUE_MSIX_VECTOR);
	vs_where(t, "queue %u, vector %#x written while live", q->index, vector);
	if (vector == VIRTIO_MSI_NO_VECTOR && read != vector)
		vs_block(t, VS_RULE_PCI_MSIX_UNMAP, "queue_msix_vector reads %#x", read);
	vs_require(t, read == vector, "a mapping that can be changed",
		   "queue_msix_vector reads %#x", read);
}

/* Through which of the two vectors the next interrupt comes: `expected`, or neither. */
static void expect_through(struct vs_ctx *t, const uint16_t *vectors, uint16_t expected)
{
	for (unsigned i = 0; i < 2; i++)
		vs_msix_arrived(t->s, vectors[i]);
	vs_serve_interrupting(t);
	vs_settle(t->s);
	if (expected != VIRTIO_MSI_NO_VECTOR)
		vs_expect(t, vs_msix_wait(t->s, expected), "the next interrupt through it",
			  "none came through it");
	for (unsigned i = 0; i < 2; i++)
		if (vectors[i] != expected)
			vs_expect(t, !vs_msix_arrived(t->s, vectors[i]),
				  "no interrupt through another vector",
				  "one came through vector %u", vectors[i]);
}

static void robust_vector_changed_live(struct vs_ctx *t)
{
	uint16_t vectors[2] = { t->s->queue_vector, t->s->queue_vector - 1u };
	struct vs_request request;

	if (t->s->queue_vector == t->s->config_vector)
		vs_skip(t, "the table has one entry: there is nothing to change to");
	vs_serve_interrupting(t);
	if (!vs_msix_wait(t->s, vectors[0]))
		vs_block(t, VS_RULE_PCI_MSIX_ANY_VECTOR, "no interrupt came through vector %u",
			 vectors[0]);
	vs_make_request(t, &request);
	remap(t, request.q, vectors[1]);
	expect_through(t, vectors, vectors[1]);
	remap(t, request.q, VIRTIO_MSI_NO_VECTOR);
	expect_through(t, vectors, VIRTIO_MSI_NO_VECTOR);
	remap(t, request.q, vectors[0]);
	expect_through(t, vectors, vectors[0]);
	vs_expect_recovery(t, "changes of vectors while live");
}
VS_DEVICE_CHECK(robust_vector_changed_live, .rules = VS_RULES(ROBUST_VECTOR_CHANGED_LIVE),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true },
		.needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST);
