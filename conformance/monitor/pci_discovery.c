/* SPDX-License-Identifier: BSD-3-Clause */
/* Which functions a driver takes (4.1.2): that it does shows in the outcome. */
#include "monitor/monitor.h"

VS_TRIAL_MONITOR(pci_device_id, VS_RULE_DRIVER_PCI_DISCOVERY_DEVICE_ID_MATCHED);
VS_TRIAL_MONITOR(pci_transitional_id, VS_RULE_DRIVER_PCI_DISCOVERY_TRANSITIONAL_ID_MATCHED);
VS_TRIAL_MONITOR(pci_any_revision, VS_RULE_DRIVER_PCI_DISCOVERY_ANY_REVISION);
