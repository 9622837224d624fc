/* SPDX-License-Identifier: BSD-3-Clause */
/* The entropy device (5.4): fills buffers with bytes. The same ones after every power-on, so that a
 * run can be repeated. */
#include "mock-device/model/device.h"
#include "spec/pci_function.h"

#define QUEUE_SIZE 16u
#define BLOCK      256u
/* Less than the whole buffer may be used (5.4.6.1), and a hostile one is up to 2^32 bytes long. */
#define FILL_MAX   (1u << 12)
#define SEED       UINT64_C(0x9e3779b97f4a7c15)

struct rng {
	uint64_t word; /* of a xorshift generator; never 0 */
};

static uint8_t next_byte(struct rng *rng)
{
	rng->word ^= rng->word << 13;
	rng->word ^= rng->word >> 7;
	rng->word ^= rng->word << 17;
	return (uint8_t)(rng->word >> 32);
}

static void power_on(struct mock *mock)
{
	struct rng *rng = mock->state;

	rng->word = SEED;
}

static uint16_t queue_max(struct mock *mock, unsigned queue)
{
	(void)mock;
	(void)queue;
	return QUEUE_SIZE;
}

static void execute(struct mock *mock, struct mock_chain *chain)
{
	uint64_t size = chain->writable < FILL_MAX ? chain->writable : FILL_MAX;
	uint8_t block[BLOCK];

	for (uint64_t at = 0; at < size && !chain->broken; at += BLOCK) {
		size_t part = size - at < BLOCK ? (size_t)(size - at) : BLOCK;

		for (size_t i = 0; i < part; i++)
			block[i] = next_byte(mock->state);
		mock_chain_write(mock, chain, at, block, part);
	}
	mock_complete(mock, chain);
}

MOCK_CLASS(rng, .type = VIRTIO_ID_ENTROPY, .class_code = PCI_CLASS_CODE_OTHER, .queue_count = 1,
	   .state_size = sizeof(struct rng), .power_on = power_on, .queue_max = queue_max,
	   .execute = execute);
