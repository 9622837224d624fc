/* SPDX-License-Identifier: BSD-3-Clause */
/* The device-specific configuration and its generation (2.5, 4.1.4.3, 4.1.4.6). */
#include "mock-device/quirks/quirk.h"

static uint32_t stuck(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == offsetof(struct virtio_pci_common_cfg, config_generation))
		return 0;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(config_generation_stuck, .kind = MOCK_VIOLATION,
	   .says = "config_generation stays 0 whatever changes",
	   .breaks = MOCK_RULES(PCI_COMMON_GENERATION_CHANGES), .needs = "mock:blk",
	   .ops = { .common_read = stuck });
