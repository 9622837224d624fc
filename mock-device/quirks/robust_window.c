/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that a badly pointed window harms (4.1.4.9). */
#include "mock-device/quirks/harm.h"

/* What a look at configuration space means to the window: false if it touches no pci_cfg_data. */
static bool touches(struct mock_layer *q, unsigned offset, unsigned width,
		    struct mock_window *window)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_PCI_CFG);
	const uint8_t *bytes;
	unsigned data;

	if (!cap)
		return false;
	data = cap->position + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);
	if (offset >= data + sizeof(uint32_t) || offset + width <= data)
		return false;
	bytes = q->mock->config + cap->position;
	window->bar = bytes[offsetof(struct virtio_pci_cap, bar)];
	window->offset = vs_load_le32(bytes + offsetof(struct virtio_pci_cap, offset));
	window->length = vs_load_le32(bytes + offsetof(struct virtio_pci_cap, length));
	return true;
}

static bool is_bad_bar(const struct mock *mock, const struct mock_window *window)
{
	return window->bar >= PCI_BAR_COUNT || mock->bars.bar[window->bar].kind == MOCK_BAR_NONE;
}

static uint32_t bad_bar_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	struct mock_window window;

	if (touches(q, offset, width, &window) && is_bad_bar(q->mock, &window))
		mock_harm(q);
	return mock_op_config_read(q->below, offset, width);
}
MOCK_QUIRK(window_bad_bar_harms, .kind = MOCK_VIOLATION,
	   .says = "reading through the window from a BAR that is not there does harm",
	   .breaks = MOCK_RULES(ROBUST_WINDOW_BAD_BAR), .values = MOCK_HARM_VALUES,
	   .ops = { .config_read = bad_bar_read, MOCK_HARM_OPS });

/* Nobody reads or writes at power-on: then the length is 0, which is no blow yet. */
static void bad_length_write(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_window window;

	if (touches(q, offset, width, &window) && window.length > sizeof(uint32_t))
		mock_harm(q);
	mock_op_config_write(q->below, offset, width, value);
}
MOCK_QUIRK(window_bad_length_harms, .kind = MOCK_VIOLATION,
	   .says = "writing through the window with a length above 4 does harm",
	   .breaks = MOCK_RULES(ROBUST_WINDOW_BAD_LENGTH), .values = MOCK_HARM_VALUES,
	   .ops = { .config_write = bad_length_write, MOCK_HARM_OPS });

static void past_bar_read(struct mock_layer *q, const struct mock_window *window, uint8_t *data)
{
	uint64_t size = q->mock->bars.bar[window->bar].size;

	if (size && (uint64_t)window->offset + window->length > size)
		mock_harm(q);
	mock_op_window_read(q->below, window, data);
}
MOCK_QUIRK(window_past_bar_harms, .kind = MOCK_VIOLATION,
	   .says = "reading through the window past the end of a BAR does harm",
	   .breaks = MOCK_RULES(ROBUST_WINDOW_OFFSET_PAST_BAR), .values = MOCK_HARM_VALUES,
	   .ops = { .window_read = past_bar_read, MOCK_HARM_OPS });

static void short_write(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_window window;

	if (touches(q, offset, width, &window) && window.length <= sizeof(uint32_t) &&
	    width < window.length)
		mock_harm(q);
	mock_op_config_write(q->below, offset, width, value);
}
MOCK_QUIRK(window_short_write_harms, .kind = MOCK_VIOLATION,
	   .says = "a write of pci_cfg_data with fewer bytes than the length says does harm",
	   .breaks = MOCK_RULES(ROBUST_WINDOW_SHORT_WRITE), .values = MOCK_HARM_VALUES,
	   .ops = { .config_write = short_write, MOCK_HARM_OPS });

/* state[0]: a reset has not yet come after the window was used. */
static void use(struct mock_layer *q, const struct mock_window *window, const uint8_t *data)
{
	q->state[0] = 1;
	mock_op_window_write(q->below, window, data);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}

/* The words of window_spreads: where the window also is, once it was used. */
static const unsigned elsewhere[] = { PCI_VENDOR_ID, PCI_SUBSYSTEM_VENDOR };

static uint32_t spread(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_config_read(q->below, offset, width);

	return q->state[0] && offset == elsewhere[q->value] ? 0 : value;
}
MOCK_QUIRK(window_spreads, .kind = MOCK_VIOLATION,
	   .says = "after use of the window it answers for other bytes as well, until a reset",
	   .breaks = MOCK_RULES(ROBUST_WINDOW_OWN_BYTES_ONLY), .values = "vendor subsystem",
	   .ops = { .window_write = use, .reset = forget, .config_read = spread });
