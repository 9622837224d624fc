/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that are no good PCI functions: mastering, decoding, BARs. */
#include "mock-device/quirks/quirk.h"

/* ---- Bus mastering ---- */

static void with_platform(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_ACCESS_PLATFORM);
}

static bool consume_anyway(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_live(q->mock) && queue->enabled;
}

static int read_anyway(struct mock_layer *q, uint64_t address, void *data, size_t size)
{
	if (mock_may_master(q->mock))
		return mock_op_dma_read(q->below, address, data, size);
	return q->mock->host.dma_read(q->mock->host.context, address, data, size);
}

static int write_anyway(struct mock_layer *q, uint64_t address, const void *data, size_t size)
{
	if (mock_may_master(q->mock))
		return mock_op_dma_write(q->below, address, data, size);
	return q->mock->host.dma_write(q->mock->host.context, address, data, size);
}
MOCK_QUIRK(mastering_off_serves, .kind = MOCK_VIOLATION,
	   .says = "a device with ACCESS_PLATFORM reaches memory with bus mastering off",
	   .breaks = MOCK_RULES(ROBUST_BUS_MASTER_TOGGLED),
	   .ops = { .offered_features = with_platform,
		    .may_consume = consume_anyway,
		    .dma_read = read_anyway,
		    .dma_write = write_anyway });

/* Without the feature it may, as far as rings and buffers go (6). */
MOCK_QUIRK(mastering_off_is_no_matter, .kind = MOCK_VARIATION,
	   .says = "a device without ACCESS_PLATFORM reaches memory with bus mastering off",
	   .ops = { .may_consume = consume_anyway,
		    .dma_read = read_anyway,
		    .dma_write = write_anyway });

static void send_anyway(struct mock_layer *q, unsigned vector)
{
	struct mock *mock = q->mock;
	const uint8_t *entry = mock->msix.table + (size_t)vector * PCI_MSIX_ENTRY_SIZE;

	if (mock_may_master(mock) || vector >= mock->msix.count)
		mock_op_send_message(q->below, vector);
	else
		mock->host.msi(mock->host.context, vector,
			       vs_load_le64(entry + PCI_MSIX_ENTRY_ADDR_LO),
			       vs_load_le32(entry + PCI_MSIX_ENTRY_DATA));
}
MOCK_QUIRK(mastering_off_sends, .kind = MOCK_VIOLATION,
	   .says = "the device sends messages with bus mastering off",
	   .breaks = MOCK_RULES(ROBUST_BUS_MASTER_TOGGLED), .needs = "mock:blk|net|console",
	   .ops = { .send_message = send_anyway });

/* state[0]: whether mastering was on, then off. */
static void note_mastering(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	bool before = mock_may_master(q->mock);

	mock_op_config_write(q->below, offset, width, value);
	if (before && !mock_may_master(q->mock))
		q->state[0] = 1;
}

static bool tired(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(mastering_off_is_final, .kind = MOCK_VIOLATION,
	   .says = "after bus mastering was off for a while the device never serves again",
	   .breaks = MOCK_RULES(ROBUST_BUS_MASTER_TOGGLED),
	   .ops = { .config_write = note_mastering, .may_consume = tired });

/* A device whose status says that it is not live any more, as if it had been reset half way. */
static void stop_when_off(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	mock_op_config_write(q->below, offset, width, value);
	if (!mock_may_master(q->mock))
		q->mock->status &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
}
MOCK_QUIRK(mastering_off_stops, .kind = MOCK_VARIATION,
	   .says = "bus mastering switched off takes DRIVER_OK away: the driver has to reset",
	   .ops = { .config_write = stop_when_off });

/* ---- Decoding ---- */

static bool decodes(const struct mock *mock)
{
	return vs_load_le16(mock->config + PCI_COMMAND) & PCI_COMMAND_MEMORY;
}

enum decode_lie { RESETS, DEAF };

/* state[0]: whether decoding was on and off; with a device that was driven, or firmware's own
 * sizing of BARs would count. */
static void note_decoding(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	bool before = decodes(q->mock);

	mock_op_config_write(q->below, offset, width, value);
	if (!before || decodes(q->mock) || !q->mock->status)
		return;
	if (q->value == DEAF)
		q->state[0] = 1;
	else
		mock_op_reset(q->mock->top);
}

static bool decode_once(struct mock_layer *q, bool io, uint64_t address, struct mock_place *place)
{
	return !q->state[0] && mock_op_decode(q->below, io, address, place);
}
MOCK_QUIRK(decoding_off_hurts, .kind = MOCK_VIOLATION,
	   .says = "decoding switched off resets the device, or is never switched on again",
	   .breaks = MOCK_RULES(ROBUST_MEMORY_DECODE_TOGGLED), .values = "resets deaf",
	   .ops = { .config_write = note_decoding, .decode = decode_once });

/* ---- BARs ---- */

static bool is_bar_register(unsigned offset, unsigned width)
{
	return width == sizeof(uint32_t) && offset >= PCI_BAR0 && offset % 4 == 0 &&
	       offset < PCI_BAR0 + PCI_BAR_COUNT * sizeof(uint32_t);
}

/* Ones in the address bits, none in at least one of the others. */
static bool is_other_probe(unsigned offset, unsigned width, uint32_t value)
{
	return is_bar_register(offset, width) && value == PCI_BAR_MEM_MASK;
}

/* state[0]: registers, by bit, that took such a probe for an address and keep to it. */
static void take_literally(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (is_other_probe(offset, width, value))
		q->state[0] |= UINT64_C(1) << (offset - PCI_BAR0) / 4;
	mock_op_config_write(q->below, offset, width, value);
}

static bool moved_away(struct mock_layer *q, bool io, uint64_t address, struct mock_place *place)
{
	return mock_op_decode(q->below, io, address, place) && !(q->state[0] >> place->bar & 1);
}
MOCK_QUIRK(bar_probe_moves, .kind = MOCK_VIOLATION,
	   .says = "ones in the address bits of a BAR move it for good, other than all ones",
	   .breaks = MOCK_RULES(ROBUST_BAR_SIZING),
	   .ops = { .config_write = take_literally, .decode = moved_away });

/* state[0]: the register that holds such a probe now, plus one. */
static void note_probe(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	mock_op_config_write(q->below, offset, width, value);
	if (is_bar_register(offset, width))
		q->state[0] = is_other_probe(offset, width, value) ? offset + 1u : 0;
}

static uint32_t literal_size(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_config_read(q->below, offset, width);

	return q->state[0] == offset + 1u ? value | PCI_BAR_MEM_MASK : value;
}
MOCK_QUIRK(bar_probe_literal, .kind = MOCK_VIOLATION,
	   .says = "a BAR shows its size to all ones only, and other probes as they were written",
	   .breaks = MOCK_RULES(ROBUST_BAR_SIZING),
	   .ops = { .config_write = note_probe, .config_read = literal_size });

/* state[0] to [5]: the registers as they are decoded; state[6]: whether they ever were. */
static void commit(struct mock_layer *q)
{
	const struct mock *mock = q->mock;

	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const uint8_t *bytes = mock->config + PCI_BAR0 + sizeof(uint32_t) * i;
		uint32_t value = vs_load_le32(bytes);
		bool pair = mock->bars.bar[i].kind == MOCK_BAR_MEMORY64;

		if (value == q->state[i])
			continue;
		q->state[i] = value;
		if (pair)
			q->state[i + 1] = vs_load_le32(bytes + sizeof(uint32_t));
		if (q->state[6])
			return;
	}
	q->state[6] = 1;
}

static void commit_one(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	bool before = decodes(q->mock);

	mock_op_config_write(q->below, offset, width, value);
	if (!before && decodes(q->mock))
		commit(q);
}

static bool decode_committed(struct mock_layer *q, bool io, uint64_t address,
			     struct mock_place *place)
{
	uint8_t *bars = q->mock->config + PCI_BAR0;
	uint8_t saved[PCI_BAR_COUNT * sizeof(uint32_t)];
	bool found;

	for (unsigned i = 0; i < sizeof(saved); i++)
		saved[i] = bars[i];
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		vs_store_le32(bars + sizeof(uint32_t) * i, (uint32_t)q->state[i]);
	found = mock_op_decode(q->below, io, address, place);
	for (unsigned i = 0; i < sizeof(saved); i++)
		bars[i] = saved[i];
	return found;
}
MOCK_QUIRK(bar_moves_singly, .kind = MOCK_VIOLATION,
	   .says = "of several BARs rewritten while decoding is off only the first one moves",
	   .breaks = MOCK_RULES(ROBUST_BAR_MOVED),
	   .ops = { .config_write = commit_one, .decode = decode_committed });
