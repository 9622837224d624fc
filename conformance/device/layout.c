/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.1 Virtio Over PCI Bus, 4.1.3 PCI Device Layout: a sane PCI function around the device. */
#include "engine/check.h"

static void pci_header(struct vs_ctx *t)
{
	const uint8_t *config = t->s->fn->config;
	uint8_t type = config[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK;
	uint8_t pin = config[PCI_INTERRUPT_PIN];
	uint8_t class_code = config[PCI_CLASS_DEVICE + 1];

	vs_expect(t, type == PCI_HEADER_TYPE_NORMAL, "header type 0", "%#x", type);
	vs_expect(t, pin <= 4, "an interrupt pin of 0 (none) to 4 (INTD#)", "%u", pin);
	/* Base classes end at 0x13, but for 0x40 (co-processor) and 0xff (fits none). */
	vs_expect(t, class_code <= 0x13 || class_code == 0x40 || class_code == 0xff,
		  "a base class that PCI assigns", "%#x", class_code);
}
VS_DEVICE_CHECK(pci_header, .rules = VS_RULES(PCI_LAYOUT_HEADER), .stage = VS_STAGE_FUNCTION);

static void capability_list(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;

	vs_expect(t, !(caps->odd & VS_CAPS_NO_BIT), "Capabilities List set in the status register",
		  "it is clear");
	vs_expect(t, !(caps->odd & VS_CAPS_CYCLE), "a list that ends",
		  "a pointer leads back to a capability already seen");
	vs_expect(t, !(caps->odd & VS_CAPS_IN_HEADER), "pointers to 0x40 or beyond",
		  "a pointer leads into the predefined header");
	vs_expect(t, !(caps->odd & VS_CAPS_UNALIGNED), "pointers to multiples of 4",
		  "a pointer has one of its two low bits set");
	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		vs_where(t, "capability %#x at %#x", cap->id, cap->pos);
		vs_expect(t, !(cap->odd & VS_CAP_PAST_END), "its bytes inside configuration space",
			  "it runs past the end");
		vs_expect(t, !(cap->odd & VS_CAP_OVERLAP), "bytes of its own",
			  "it shares bytes with one before it");
	}
}
VS_DEVICE_CHECK(capability_list, .rules = VS_RULES(PCI_LAYOUT_CAPABILITY_LIST),
		.stage = VS_STAGE_FUNCTION);

/* A power of two is what sizing finds on a BAR whose address bits are all those above its size. */
static void bar_sizes(struct vs_ctx *t)
{
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *bar = &t->s->bus->bars[i];

		vs_where(t, "BAR %u", i);
		if (bar->raw == 0 || bar->raw == UINT32_MAX)
			continue; /* not there, or the upper half of the one before */
		vs_expect(t, vs_is_pow2(bar->size), "a size that is a power of two",
			  "reads %#x after all ones were written", bar->raw);
		vs_expect(t, !(bar->is64 && i == PCI_BAR_COUNT - 1), "room for its upper half",
			  "the last BAR claims to be of 64 bits");
		if (bar->is64)
			i++;
	}
}
VS_DEVICE_CHECK(bar_sizes, .rules = VS_RULES(PCI_LAYOUT_BARS), .stage = VS_STAGE_FUNCTION);
