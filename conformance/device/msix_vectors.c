/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 4.1.5.1.2 MSI-X Vector Configuration: mapping events to vectors. The checks write the vector
 * registers themselves and tell the session nothing of MSI-X, so that it leaves them alone.
 */
#include "engine/check.h"

/* What a vector is mapped to: a queue by its index, or configuration changes. */
#define CONFIG_EVENT    (-1)
#define EVENT_NAME_SIZE 24u
/* Of a device with many queues, those at the ends are looked at. */
#define FIRST_QUEUES    4
#define LAST_QUEUES     2

static uint16_t vector_of(struct vs_ctx *t, int event)
{
	if (event == CONFIG_EVENT)
		return (uint16_t)vs_get(t->s, VS_CONFIG_MSIX_VECTOR);
	return (uint16_t)vs_queue_get(t->s, (uint16_t)event, VS_QUEUE_MSIX_VECTOR);
}

/* Writes a vector and tells what the register reads after that. */
static uint16_t map(struct vs_ctx *t, int event, uint16_t vector)
{
	if (event == CONFIG_EVENT)
		vs_set(t->s, VS_CONFIG_MSIX_VECTOR, vector);
	else
		vs_queue_set(t->s, (uint16_t)event, VS_QUEUE_MSIX_VECTOR, vector);
	return vector_of(t, event);
}

static void map_or_block(struct vs_ctx *t, int event, uint16_t vector)
{
	uint16_t read = map(t, event, vector);

	if (read != vector)
		vs_block(t,
			 vector == VIRTIO_MSI_NO_VECTOR ? VS_RULE_PCI_MSIX_UNMAP
							: VS_RULE_PCI_MSIX_ANY_VECTOR,
			 "vector %#x was written, the register reads %#x", vector, read);
}

static void at_event(struct vs_ctx *t, int event)
{
	if (event == CONFIG_EVENT)
		vs_where(t, "config_msix_vector");
	else
		vs_where(t, "queue %d, queue_msix_vector", event);
}

static bool is_queue(struct vs_ctx *t, int queue)
{
	return (queue < FIRST_QUEUES || queue >= t->s->num_queues - LAST_QUEUES) &&
	       vs_queue_get(t->s, (uint16_t)queue, VS_QUEUE_SIZE) != 0;
}

/* The next event after `event`, beginning with CONFIG_EVENT; num_queues or more: there is none. */
static int next_event(struct vs_ctx *t, int event)
{
	do
		event++;
	while (event < t->s->num_queues && !is_queue(t, event));
	return event;
}

#define for_each_event(event, t) \
	for (int event = CONFIG_EVENT; (event) < (t)->s->num_queues; (event) = next_event(t, event))

/* The queue that carries the benign request. */
static int request_event(struct vs_ctx *t)
{
	return vs_request_queue(t->s, vs_request_kind(t->s->fn->type), 0);
}

static uint16_t last_vector(const struct vs_ctx *t)
{
	return (uint16_t)(t->s->fn->msix_vectors - 1);
}

/*
 * Each event with the first and the last entry, and one event with all entries; whatever else was
 * mapped is taken off first.
 */
static void expect_mapped(struct vs_ctx *t, int event, uint16_t vector)
{
	uint16_t read = map(t, event, vector);

	if (read != vector && read != VIRTIO_MSI_NO_VECTOR)
		vs_block(t, VS_RULE_PCI_MSIX_VECTOR_READBACK,
			 "vector %#x was written, the register reads %#x", vector, read);
	at_event(t, event);
	vs_expect(t, read == vector, "any vector of the table accepted",
		  "vector %#x of %" PRIu32 " was refused with nothing else mapped", vector,
		  t->s->fn->msix_vectors);
	map(t, event, VIRTIO_MSI_NO_VECTOR);
}

static void msix_any_vector(struct vs_ctx *t)
{
	vs_msix_by_hand(t);
	for_each_event(event, t)
	{
		for (uint32_t v = 0; event <= 0 && v < t->s->fn->msix_vectors; v++)
			if (vs_msix_sampled(t, v))
				expect_mapped(t, event, (uint16_t)v);
		expect_mapped(t, event, 0);
		expect_mapped(t, event, last_vector(t));
	}
}
VS_DEVICE_CHECK(msix_any_vector, .rules = VS_RULES(PCI_MSIX_ANY_VECTOR), .stage = VS_STAGE_FEATURES,
		.needs = VS_NEEDS_MSIX, .views = VS_ON(MODERN) | VS_ON(LEGACY));

static void expect_used_through(struct vs_ctx *t, uint16_t vector)
{
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	vs_msix_by_hand(t);
	map_or_block(t, request_event(t), vector);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_serve_interrupting(t);
	vs_where(t, "queue %d mapped to vector %u", request_event(t), vector);
	vs_expect(t, vs_msix_wait(t->s, vector), "its interrupt through that vector",
		  "none came for a used buffer");
}

static void msix_queue_interrupts(struct vs_ctx *t)
{
	uint16_t last = last_vector(t);

	expect_used_through(t, 0);
	if (last > 1)
		expect_used_through(t, last / 2);
	if (last > 0)
		expect_used_through(t, last);
}
VS_DEVICE_CHECK(msix_queue_interrupts, .rules = VS_RULES(PCI_MSIX_ANY_VECTOR),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

static void expect_change_through(struct vs_ctx *t, uint16_t vector)
{
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	vs_msix_by_hand(t);
	map_or_block(t, CONFIG_EVENT, vector);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_change_config(t);
	vs_where(t, "configuration changes mapped to vector %u", vector);
	vs_expect(t, vs_msix_wait(t->s, vector), "their interrupt through that vector",
		  "none came for a change");
}

static void msix_config_interrupts(struct vs_ctx *t)
{
	expect_change_through(t, 0);
	if (last_vector(t) > 0)
		expect_change_through(t, last_vector(t));
}
VS_DEVICE_CHECK(msix_config_interrupts, .rules = VS_RULES(PCI_MSIX_ANY_VECTOR),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/*
 * Everything mapped at once. What is refused beside others and accepted alone was possible for the
 * device; what is refused alone as well is not this rule's.
 */
static void msix_mapping_succeeds(struct vs_ctx *t)
{
	uint32_t count = t->s->fn->msix_vectors, turn = 0;

	vs_msix_by_hand(t);
	for_each_event(event, t)
	{
		uint16_t vector = (uint16_t)(turn++ % count), alone;

		at_event(t, event);
		if (map(t, event, vector) != VIRTIO_MSI_NO_VECTOR) {
			vs_expect(t, true, "an accepted mapping", "refused");
			continue;
		}
		vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
		vs_msix_by_hand(t);
		alone = map(t, event, vector);
		vs_require(t, alone == VIRTIO_MSI_NO_VECTOR, "an accepted mapping",
			   "vector %u was refused after %" PRIu32
			   " other mappings, and accepted alone",
			   vector, turn - 1);
		return;
	}
}
VS_DEVICE_CHECK(msix_mapping_succeeds, .rules = VS_RULES(PCI_MSIX_MAPPING_SUCCEEDS),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/* Distinct vectors in up to three registers, looked at when all are written. */
static bool expect_registers(struct vs_ctx *t, const int *events, unsigned count, uint16_t offset)
{
	uint32_t vectors = t->s->fn->msix_vectors;
	bool refused = false;

	for (unsigned i = 0; i < count; i++)
		map(t, events[i], (uint16_t)((i + offset) % vectors));
	for (unsigned i = 0; i < count; i++) {
		uint16_t wrote = (uint16_t)((i + offset) % vectors);
		uint16_t read = vector_of(t, events[i]);

		at_event(t, events[i]);
		if (read == VIRTIO_MSI_NO_VECTOR)
			refused = true;
		else
			vs_expect(t, read == wrote, "the vector in force",
				  "%#x was written, %#x read later", wrote, read);
	}
	return refused;
}

static void msix_vector_readback(struct vs_ctx *t)
{
	int events[3] = { CONFIG_EVENT, request_event(t) };
	unsigned count = 2;

	vs_msix_by_hand(t);
	for_each_event(event, t) if (event != events[0] && event != events[1] && count < 3)
		events[count++] = event;
	if (!expect_registers(t, events, count, 0) && !expect_registers(t, events, count, 1))
		return;
	for (unsigned i = 0; i < count; i++)
		map(t, events[i], VIRTIO_MSI_NO_VECTOR);
	if (map(t, events[1], last_vector(t)) != VIRTIO_MSI_NO_VECTOR)
		vs_block(t, VS_RULE_PCI_MSIX_MAPPING_SUCCEEDS, "a mapping was refused");
	/* NO_VECTOR says that the mapping failed: so nothing may come. */
	vs_proceed(t, VS_STAGE_LIVE);
	vs_serve_interrupting(t);
	at_event(t, events[1]);
	vs_require(t, !vs_msix_wait(t->s, last_vector(t)), "the vector in force",
		   "NO_VECTOR, but interrupts arrive through the vector %#x that was written",
		   last_vector(t));
	vs_block(t, VS_RULE_PCI_MSIX_ANY_VECTOR, "a mapping was refused");
}
VS_DEVICE_CHECK(msix_vector_readback, .rules = VS_RULES(PCI_MSIX_VECTOR_READBACK),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

/* What has been taken off is silent, and its register says so; or it is not silent. */
static void expect_unmapped(struct vs_ctx *t, int event, uint16_t vector)
{
	uint16_t read = vector_of(t, event);
	bool arrived;

	vs_settle(t->s);
	arrived = vs_msix_arrived(t->s, vector);
	at_event(t, event);
	vs_expect_for(t, PCI_MSIX_UNMAP, !arrived, "no interrupt after NO_VECTOR was written",
		      "one through vector %u, which it had before", vector);
	vs_expect_for(t, PCI_MSIX_VECTOR_READBACK,
		      read == (arrived ? vector : VIRTIO_MSI_NO_VECTOR),
		      "the vector in force, or NO_VECTOR",
		      "%#x, and %s interrupt through vector %u", read, arrived ? "an" : "no",
		      vector);
}

static void msix_queue_unmapped(struct vs_ctx *t)
{
	vs_msix_by_hand(t);
	map_or_block(t, request_event(t), last_vector(t));
	map(t, request_event(t), VIRTIO_MSI_NO_VECTOR);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_serve_interrupting(t);
	expect_unmapped(t, request_event(t), last_vector(t));
}
VS_DEVICE_CHECK(msix_queue_unmapped, .rules = VS_RULES(PCI_MSIX_UNMAP, PCI_MSIX_VECTOR_READBACK),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX | VS_NEEDS_REQUEST,
		.views = VS_EVERYWHERE);

static void msix_config_unmapped(struct vs_ctx *t)
{
	vs_msix_by_hand(t);
	map_or_block(t, CONFIG_EVENT, last_vector(t));
	map(t, CONFIG_EVENT, VIRTIO_MSI_NO_VECTOR);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_change_config(t);
	expect_unmapped(t, CONFIG_EVENT, last_vector(t));
}
VS_DEVICE_CHECK(msix_config_unmapped, .rules = VS_RULES(PCI_MSIX_UNMAP, PCI_MSIX_VECTOR_READBACK),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/* Vectors that no table has, or not this one; the mapping before must not survive the attempt. */
static void expect_failure(struct vs_ctx *t, int event)
{
	const uint32_t count = t->s->fn->msix_vectors;
	const uint32_t vectors[] = {
		count, count + 1, 0x7ff, PCI_MSIX_MAX_VECTORS, 0x7ff0, 0xfffe
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint16_t read;

		if (vectors[i] < count)
			continue;
		map_or_block(t, event, 0);
		read = map(t, event, (uint16_t)vectors[i]);
		at_event(t, event);
		vs_expect(t, read == VIRTIO_MSI_NO_VECTOR, "NO_VECTOR after a failed mapping",
			  "%#x after vector %#" PRIx32 " of a table of %" PRIu32, read, vectors[i],
			  count);
	}
	map(t, event, VIRTIO_MSI_NO_VECTOR);
}

static void msix_failure_reported(struct vs_ctx *t)
{
	vs_msix_by_hand(t);
	for_each_event(event, t) expect_failure(t, event);
}
VS_DEVICE_CHECK(msix_failure_reported, .rules = VS_RULES(PCI_MSIX_FAILURE_REPORTED),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.breaks = VS_BREAKS(DRIVER_PCI_MSIX_VECTOR_INSIDE_TABLE),
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/* All events mapped, on a device that went live. */
static void msix_unmapped_after_reset(struct vs_ctx *t)
{
	for_each_event(event, t) map(t, event, last_vector(t));
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	/* The legacy header has the registers only then. */
	if (t->s->view == VS_VIEW_LEGACY)
		vs_msix_set_control(t->s, PCI_MSIX_CONTROL_ENABLE);
	for_each_event(event, t)
	{
		uint16_t read = vector_of(t, event);

		at_event(t, event);
		vs_expect(t, read == VIRTIO_MSI_NO_VECTOR, "NO_VECTOR after a reset", "%#x", read);
	}
}
VS_DEVICE_CHECK(msix_unmapped_after_reset, .rules = VS_RULES(PCI_MSIX_UNMAPPED_AFTER_RESET),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true }, .needs = VS_NEEDS_MSIX,
		.views = VS_ON(MODERN) | VS_ON(LEGACY));
