/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability parser on any configuration space and any BARs. */
#include <string.h>

#include "driver/caps.h"
#include "fuzz/support/target.h"
#include "spec/virtio_pci.h"

const struct fuzz_shape fuzz_shape = { 0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	struct vs_bar bars[PCI_BAR_COUNT] = { 0 };
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;

	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		bars[i].size = UINT64_C(1) << fuzz_below(&in, 64);
	fuzz_bytes(&in, config, sizeof(config));
	vs_caps_parse(config, bars, false, &caps);
	if (caps.count > PCI_CAP_MAX)
		fuzz_oracle("caps-count", "%u capabilities", caps.count);
	return 0;
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	fuzz_seed(seeds, "nothing", "", 0);
}
