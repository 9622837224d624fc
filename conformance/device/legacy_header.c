/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.10: the legacy header in BAR 0. */
#include "engine/check.h"
#include "spec/legacy.h"

/* Bits that the reference driver could accept for good. */
#define TRIED_FEATURES \
	(VS_BIT(VIRTIO_F_INDIRECT_DESC) | VS_BIT(VIRTIO_F_EVENT_IDX) | VS_BIT(VIRTIO_F_ANY_LAYOUT))

static void at_field(struct vs_ctx *t, enum vs_common_field field)
{
	const struct vs_common_field_info *f = &vs_legacy_fields[field];

	vs_where(t, "%s at %u", f->name, f->offset);
}

static void expect_kept(struct vs_ctx *t, enum vs_common_field field, uint32_t value)
{
	uint32_t back;

	vs_set(t->s, field, value);
	back = (uint32_t)vs_get(t->s, field);
	at_field(t, field);
	vs_expect(t, back == value, "what was written to read back",
		  "wrote %#" PRIx32 ", read %#" PRIx32, value, back);
}

static void expect_read_only(struct vs_ctx *t, enum vs_common_field field)
{
	uint32_t before = (uint32_t)vs_get(t->s, field), after;

	vs_set(t->s, field, before ^ 0x1f);
	after = (uint32_t)vs_get(t->s, field);
	at_field(t, field);
	vs_expect(t, after == before, "a register that takes no writes",
		  "%#" PRIx32 " became %#" PRIx32 " when %#" PRIx32 " was written", before, after,
		  before ^ 0x1f);
}

/* A second queue shows another address, or none: the register is that of the selected one. */
static void queue_registers(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint64_t size = vs_queue_get(s, 0, VS_QUEUE_SIZE);
	uint8_t *memory;

	at_field(t, VS_QUEUE_SIZE);
	if (!vs_expect(t, size && size <= VIRTIO_QUEUE_MAX_SIZE && vs_is_pow2(size),
		       "a power of two for a queue that exists", "%" PRIu64, size))
		return;
	expect_read_only(t, VS_QUEUE_SIZE);
	memory =
		vs_take_memory(t, vs_legacy_queue_bytes((uint16_t)size), VIRTIO_LEGACY_QUEUE_ALIGN);
	expect_kept(t, VS_QUEUE_ADDRESS,
		    (uint32_t)(vs_dma_address(s, memory) >> VIRTIO_LEGACY_PAGE_SHIFT));
	expect_kept(t, VS_QUEUE_SELECT, 1);
	at_field(t, VS_QUEUE_ADDRESS);
	vs_expect(t, vs_get(s, VS_QUEUE_ADDRESS) == 0, "0 for a queue without address",
		  "%#" PRIx64 " with queue 1 selected", vs_get(s, VS_QUEUE_ADDRESS));
	expect_kept(t, VS_QUEUE_SELECT, 0);
}

static void legacy_header(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint32_t tried;
	uint8_t isr;

	expect_kept(t, VS_DEVICE_STATUS, VIRTIO_STATUS_ACKNOWLEDGE);
	expect_kept(t, VS_DEVICE_STATUS, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	expect_read_only(t, VS_DEVICE_FEATURE);
	tried = vs_offered_window(s, 0) & TRIED_FEATURES;
	expect_kept(t, VS_DRIVER_FEATURE, tried);
	expect_kept(t, VS_DRIVER_FEATURE, tried & VS_BIT(VIRTIO_F_ANY_LAYOUT));
	/* Who has a request has a queue for it. */
	if (vs_request_kind(s->fn->type))
		queue_registers(t);
	vs_cap_write(s, s->isr, 0, 1, VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG);
	isr = vs_isr(s);
	vs_where(t, "isr_status at %u", VIRTIO_LEGACY_ISR_STATUS);
	vs_expect(t, isr == 0, "0 where nothing has happened, whatever was written", "%#x", isr);
}
VS_DEVICE_CHECK(legacy_header, .rules = VS_RULES(LEGACY_HEADER_LAYOUT), .stage = VS_STAGE_COMMON,
		.breaks = VS_BREAKS(DRIVER_LEGACY_QUEUE_ADDRESS));

/* A mapping may be refused, which is not judged here. */
static void expect_vector(struct vs_ctx *t, enum vs_common_field field, uint16_t vector)
{
	uint16_t back;

	vs_set(t->s, field, vector);
	back = (uint16_t)vs_get(t->s, field);
	at_field(t, field);
	vs_expect(t, back == vector || back == VIRTIO_MSI_NO_VECTOR,
		  "a vector register: what was written, or NO_VECTOR", "wrote %#x, read %#x",
		  vector, back);
}

static void legacy_header_vectors(struct vs_ctx *t)
{
	uint16_t last = (uint16_t)(t->s->fn->msix_vectors - 1);

	vs_msix_by_hand(t);
	expect_vector(t, VS_CONFIG_MSIX_VECTOR, last);
	expect_vector(t, VS_CONFIG_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR);
	vs_set(t->s, VS_QUEUE_SELECT, 0);
	expect_vector(t, VS_QUEUE_MSIX_VECTOR, last);
	expect_vector(t, VS_QUEUE_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR);
}
VS_DEVICE_CHECK(legacy_header_vectors, .rules = VS_RULES(LEGACY_HEADER_LAYOUT),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX);

struct answer {
	uint32_t features;
	uint16_t size;
};

static struct answer ask(struct vs_ctx *t, uint16_t decoding)
{
	struct answer answer;

	vs_config_write(t->s, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MASTER | decoding);
	answer.features = (uint32_t)vs_get(t->s, VS_DEVICE_FEATURE);
	answer.size = (uint16_t)vs_queue_get(t->s, 0, VS_QUEUE_SIZE);
	return answer;
}

static bool is_dead(struct answer answer)
{
	return (answer.features == 0 || answer.features == UINT32_MAX) &&
	       (answer.size == 0 || answer.size == UINT16_MAX);
}

/* Whatever the other BARs do: with memory decoding and without. */
static void legacy_header_answers(struct vs_ctx *t)
{
	static const uint16_t decoding[] = { 0, PCI_COMMAND_MEMORY };
	struct answer first = { 0 };

	for (unsigned i = 0; i < sizeof(decoding) / sizeof(decoding[0]); i++) {
		struct answer answer = ask(t, decoding[i]);

		vs_where(t, "I/O decoding on, memory decoding %s",
			 decoding[i] & PCI_COMMAND_MEMORY ? "on" : "off");
		if (i == 0)
			first = answer;
		vs_expect(t,
			  !is_dead(answer) && answer.features == first.features &&
				  answer.size == first.size,
			  "the registers of the legacy header",
			  "device_features %#010" PRIx32 ", queue_size %#x", answer.features,
			  answer.size);
	}
}
VS_DEVICE_CHECK(legacy_header_answers, .rules = VS_RULES(LEGACY_IO_BAR_ZERO),
		.stage = VS_STAGE_CAPS, .views = VS_ON(LEGACY));
