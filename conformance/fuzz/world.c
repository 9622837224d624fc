/* SPDX-License-Identifier: BSD-3-Clause */
/* What the fuzzer knows of the device, and the names and places that steps use. */
#include "fuzz/world.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/packed.h"
#include "driver/split.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

const char *vs_fuzz_oracle_name(enum vs_fuzz_oracle oracle)
{
	static const char *const names[VS_FUZZ_ORACLES] = { "fine", "died", "hung",   "stray",
							    "lost", "ring", "stalled" };

	return names[oracle];
}

/* Numbers differ from one time to the next of the same bug. */
static void without_numbers(const char *text, char *plain, size_t size)
{
	size_t length = 0;

	for (; *text && length + 1 < size; text++) {
		bool number = isdigit((unsigned char)*text) != 0;

		if (number && text[0] == '0' && text[1] == 'x')
			text++;
		plain[length++] = *text;
		if (number)
			plain[length - 1] = '#';
		while (number && isxdigit((unsigned char)text[1]))
			text++;
	}
	plain[length] = '\0';
}

void vs_fuzz_find(struct vs_fuzz_world *w, enum vs_fuzz_oracle oracle, const char *what,
		  const char *format, ...)
{
	struct vs_fuzz_finding *finding = &w->finding;
	va_list args;

	if (finding->oracle != VS_FUZZ_FINE || w->probing)
		return;
	finding->oracle = oracle;
	finding->step = w->step;
	without_numbers(what, finding->what, sizeof(finding->what));
	va_start(args, format);
	vsnprintf(finding->says, sizeof(finding->says), format, args);
	va_end(args);
}

struct vs_queue *vs_fuzz_queue(struct vs_fuzz_world *w, struct vs_fuzz_arg arg, unsigned *slot)
{
	unsigned number;

	if (!w->tracks || !w->s.queue_count)
		return NULL;
	number = (unsigned)(arg.value % w->s.queue_count);
	if (slot)
		*slot = number;
	return &w->s.queues[number];
}

static const uint8_t *base_of(const struct vs_fuzz_world *w, struct vs_fuzz_arg arg)
{
	switch (arg.base) {
	case VS_FUZZ_BUFFER:
		return w->buffers[arg.number % VS_FUZZ_BUFFERS];
	case VS_FUZZ_TABLE:
		return w->tables[arg.number % VS_FUZZ_TABLES];
	case VS_FUZZ_DESC:
	case VS_FUZZ_DRIVER:
	case VS_FUZZ_DEVICE:
		return w->s.queue_count ? w->s.queues[arg.number % w->s.queue_count]
						  .area[arg.base - VS_FUZZ_DESC]
					: NULL;
	default:
		return NULL;
	}
}

uint64_t vs_fuzz_address(const struct vs_fuzz_world *w, struct vs_fuzz_arg arg)
{
	const uint8_t *base = base_of(w, arg);

	if (base)
		return vs_dma_address(&w->s, base) + arg.value;
	if (arg.base == VS_FUZZ_BAR)
		return w->bus->bars[arg.number % PCI_BAR_COUNT].address + arg.value;
	if (arg.base == VS_FUZZ_END)
		return w->bus->dma.address + w->bus->dma.size + arg.value;
	return arg.value;
}

uint8_t *vs_fuzz_memory(const struct vs_fuzz_world *w, struct vs_fuzz_arg arg, size_t size)
{
	const struct vs_dma *dma = &w->bus->dma;
	uint64_t offset = vs_fuzz_address(w, arg) - dma->address;

	return offset < dma->size && size <= dma->size - offset ? dma->host + offset : NULL;
}

void vs_fuzz_saw(struct vs_fuzz_world *w, const struct vs_fuzz_step *step, const char *what,
		 uint64_t value)
{
	char text[96];

	if (w->seen)
		vs_fuzz_see(w->seen, vs_mix64((uint64_t)step->kind << 48 | w->s.view << 24 |
					      (uint64_t)w->s.stage << 32 |
					      vs_fuzz_class(step->args[0].value) << 8 |
					      vs_fuzz_class(value)));
	if (!w->tell)
		return;
	snprintf(text, sizeof(text), "%s is %#llx", what, (unsigned long long)value);
	w->tell(w->tell_context, text);
}

static void on_split(void *context, void *at, struct vs_split_descriptor *d)
{
	vs_fuzz_grant(context, at, d->addr, d->len, d->flags);
}

static void on_packed(void *context, void *at, struct vs_packed_descriptor *d)
{
	vs_fuzz_grant(context, at, d->addr, d->len, d->flags);
}

/* One way to start, tried on a device that nobody has done anything to. */
static bool try_start(struct vs_fuzz_world *w, enum vs_view view, unsigned size, unsigned options)
{
	struct vs_fuzz_step start = { .args = { { .value = view },
						{ .value = VS_STAGE_LIVE },
						{ .value = size },
						{ .value = options } } };
	jmp_buf resume;
	bool works;

	w->resume = &resume;
	if (setjmp(resume))
		return false;
	w->served = false;
	vs_fuzz_begin(w, &start);
	works = w->s.stage == VS_STAGE_LIVE && w->served;
	return works;
}

static void learn_view(struct vs_fuzz_world *w, enum vs_view view)
{
	w->usual[view].comes_up = try_start(w, view, 0, 0);
	w->usual[view].serves = w->usual[view].comes_up && w->answered;
	w->usual[view].interrupts = w->usual[view].serves && w->interrupted;
	if (!w->usual[view].comes_up)
		return;
	w->views |= 1u << view;
	if (try_start(w, view, 0, VS_FUZZ_OPTION_MSIX)) {
		w->usual[view].messages = w->interrupted;
		w->options |= VS_FUZZ_OPTION_MSIX;
	}
}

/* What is left of the ways to start, by trying each of them alone. */
static void learn_options(struct vs_fuzz_world *w)
{
	enum vs_view view = (enum vs_view)__builtin_ctz(w->views);

	for (unsigned i = 1; i < VS_FUZZ_OPTION_BITS; i++)
		if (try_start(w, view, 0, 1u << i))
			w->options |= 1u << i;
	for (unsigned size = 0; size < VS_FUZZ_SIZES; size++) {
		bool works = true;

		for (unsigned v = 0; v < VS_VIEW_COUNT; v++)
			works &= !(w->views >> v & 1) || try_start(w, (enum vs_view)v, size, 0);
		w->sizes |= (works ? 1u : 0u) << size;
	}
}

static void learn(struct vs_fuzz_world *w)
{
	bool modern = vs_caps_any(&w->fn.caps, VIRTIO_PCI_CAP_COMMON_CFG) != NULL;

	w->probing = true;
	if (modern)
		learn_view(w, VS_VIEW_MODERN);
	if (modern && vs_features_has(&w->s.offered, VIRTIO_F_RING_PACKED))
		learn_view(w, VS_VIEW_PACKED);
	if (w->fn.transitional)
		learn_view(w, VS_VIEW_LEGACY);
	if (w->views)
		learn_options(w);
	w->probing = false;
	w->hurt = true; /* what was learnt on is not what is judged */
}

int vs_fuzz_open(struct vs_fuzz_world *w, struct vs_bus *bus, bool draft, uint64_t timeout_ns,
		 char *error, size_t size)
{
	*w = (struct vs_fuzz_world){
		.bus = bus,
		.draft = draft,
		.timeout_ns = timeout_ns,
		.hooks = { .context = w, .split = on_split, .packed = on_packed },
	};
	bus->shadow = calloc(1, bus->dma.size);
	if (!bus->shadow) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	if (vs_function_read(bus, &w->fn, draft) == 0)
		learn(w);
	if (bus->state != VS_BUS_ALIVE || !w->views) {
		snprintf(error, size, "%s",
			 bus->state != VS_BUS_ALIVE ? bus->reason
			 : w->s.trouble.text[0]     ? w->s.trouble.text
						    : "the device does not come up in any view");
		vs_fuzz_close(w);
		return -1;
	}
	return 0;
}

void vs_fuzz_close(struct vs_fuzz_world *w)
{
	if (w->open)
		vs_session_close(&w->s);
	free(w->bus->shadow);
	w->bus->shadow = NULL;
	w->open = false;
}
