/* SPDX-License-Identifier: BSD-3-Clause */
/* The PCI configuration access capability (4.1.4.9). */
#include <string.h>

#include "mock-device/quirks/quirk.h"

static void none(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_PCI_CFG));
}
MOCK_QUIRK(window_missing, .kind = MOCK_VIOLATION,
	   .says = "there is no PCI configuration access capability",
	   .breaks = MOCK_RULES(PCI_WINDOW_PRESENT), .ops = { .build_caps = none });

/* The words of both quirks that follow: which part of the window's position goes wrong. */
enum wrong { NOTHING, BAR, OFFSET, LENGTH };

static struct mock_window bent(const struct mock_layer *q, const struct mock_window *window)
{
	struct mock_window other = *window;

	switch ((enum wrong)q->value) {
	case BAR:
		other.bar = 0;
		break;
	case OFFSET:
		other.offset &= UINT8_MAX;
		break;
	case LENGTH:
		other.offset &= ~3u;
		other.length = sizeof(uint32_t);
		break;
	default:
		break;
	}
	return other;
}

static void read(struct mock_layer *q, const struct mock_window *window, uint8_t *data)
{
	struct mock_window other = bent(q, window);

	if (q->value != NOTHING)
		mock_op_window_read(q->below, &other, data);
}
MOCK_QUIRK(window_read_wrong, .kind = MOCK_VIOLATION,
	   .says = "reading through the window reads nothing, or the wrong BAR, offset or length",
	   .breaks = MOCK_RULES(PCI_WINDOW_READ), .values = "nothing bar offset length",
	   .ops = { .window_read = read });

static void write(struct mock_layer *q, const struct mock_window *window, const uint8_t *data)
{
	struct mock_window other = bent(q, window);

	if (q->value != NOTHING)
		mock_op_window_write(q->below, &other, data);
}
MOCK_QUIRK(window_write_wrong, .kind = MOCK_VIOLATION,
	   .says = "writing through the window writes nothing, or the wrong BAR, offset or length",
	   .breaks = MOCK_RULES(PCI_WINDOW_WRITE), .values = "nothing bar offset length",
	   .needs = "mock:blk,quirk=structures-spread", .ops = { .window_write = write });

static bool looks_at(const struct mock_layer *q, const struct mock_window *window, uint8_t type)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, type);

	return cap && window->bar == cap->bar && window->offset >= cap->offset &&
	       window->offset - cap->offset < cap->length;
}

/* Serves the read from a copy that it takes without the side effect of the register. */
static void peek(struct mock_layer *q, const struct mock_window *window, uint8_t *data)
{
	if (looks_at(q, window, VIRTIO_PCI_CAP_ISR_CFG))
		data[0] = q->mock->isr;
	else
		mock_op_window_read(q->below, window, data);
}
MOCK_QUIRK(window_isr_not_cleared, .kind = MOCK_VIOLATION,
	   .says = "reading the ISR status through the window does not clear it",
	   .breaks = MOCK_RULES(PCI_WINDOW_READ), .ops = { .window_read = peek });

static void registers_only(struct mock_layer *q, const struct mock_window *window,
			   const uint8_t *data)
{
	if (!looks_at(q, window, VIRTIO_PCI_CAP_NOTIFY_CFG))
		mock_op_window_write(q->below, window, data);
}
MOCK_QUIRK(window_notification_lost, .kind = MOCK_VIOLATION,
	   .says = "a notification through the window goes nowhere",
	   .breaks = MOCK_RULES(PCI_WINDOW_WRITE), .ops = { .window_write = registers_only });

/* Two windows, the second of which nobody uses, and they come first. */
static void first(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap cap;
	unsigned at;

	mock_op_build_caps(q->below, caps);
	at = mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_PCI_CFG);
	if (at == caps->count)
		return;
	cap = caps->cap[at];
	mock_caps_remove(caps, at);
	mock_caps_insert(caps, 0, &cap);
	mock_caps_insert(caps, 0, &cap);
}
MOCK_QUIRK(window_twice, .kind = MOCK_VARIATION,
	   .says = "there are two PCI configuration access capabilities, and they come first",
	   .ops = { .build_caps = first });

/* Where the window looks at power-on is not said: at a register that reading changes, for one. */
static void armed(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *isr = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_ISR_CFG);
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_PCI_CFG);
	uint8_t *bytes;

	mock_op_build_config(q->below, config);
	if (!isr || !cap)
		return;
	bytes = config->bytes + cap->position;
	bytes[offsetof(struct virtio_pci_cap, bar)] = isr->bar;
	vs_store_le32(bytes + offsetof(struct virtio_pci_cap, offset), (uint32_t)isr->offset);
	vs_store_le32(bytes + offsetof(struct virtio_pci_cap, length), 1);
}
MOCK_QUIRK(window_armed, .kind = MOCK_VARIATION,
	   .says = "at power-on the window looks at the ISR status",
	   .ops = { .build_config = armed });
