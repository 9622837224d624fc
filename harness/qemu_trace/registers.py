# SPDX-License-Identifier: BSD-3-Clause
"""What of PCI and virtio a trace log is understood with: offsets, bits, types of capabilities."""

from __future__ import annotations

CONFIG_SIZE = 256
PCIE_CONFIG_SIZE = 4096
VENDOR = 0x00
DEVICE = 0x02
COMMAND = 0x04
STATUS = 0x06
STATUS_CAP_LIST = 0x10
BAR0 = 0x10
# Bytes of the header that keep what is written: command, cache line, latency, interrupt line.
WRITABLE = frozenset((0x04, 0x05, 0x0c, 0x0d, 0x3c))
BARS = 6
SUBSYSTEM = 0x2e
CAP_POINTER = 0x34
HEADER_SIZE = 0x40
CAPS_MAX = 48

ALL_ONES = 0xffffffff
BAR_IO = 0x1
BAR_64 = 0x4
BAR_PREFETCH = 0x8
BAR_MEMORY_MASK = 0xfffffff0
BAR_IO_MASK = 0xfffffffc

CAP_VENDOR = 0x09
CAP_MSIX = 0x11
# Within a capability.
CAP_NEXT = 1
VIRTIO_CAP_LEN = 2
VIRTIO_CFG_TYPE = 3
VIRTIO_BAR = 4
VIRTIO_OFFSET = 8
VIRTIO_LENGTH = 12
VIRTIO_MULTIPLIER = 16
VIRTIO_WINDOW_DATA = 16
MSIX_CONTROL = 2
MSIX_ENABLE = 0x8000
MSIX_TABLE = 4
MSIX_PBA = 8
MSIX_ENTRY = 16
MSIX_DATA, MSIX_CONTROL_AT = 8, 12  # in an entry, behind the address
MSIX_MASKED = 1

COMMON, NOTIFY, ISR, DEVICE_CFG, WINDOW, SHARED = 1, 2, 3, 4, 5, 8
# The least cap_len of a structure capability of each type.
CAP_SIZES = {COMMON: 16, NOTIFY: 20, ISR: 16, DEVICE_CFG: 16, WINDOW: 20, SHARED: 24}
REGION_ALIGN = 0x1000  # QEMU's structures lie in regions of whole pages
QEMU_MULTIPLIER = 4

# In common configuration, and in the legacy header.
FEATURE_SELECT, FEATURE = 0, 4
COMMON_STATUS, LEGACY_STATUS = 20, 18
LEGACY_FEATURES, LEGACY_NOTIFY = 0, 16
LEGACY_BAR = 0
DRIVER_OK = 4
FEATURE_WINDOWS = 4

VIRTIO_VENDOR = 0x1af4
TRANSITIONAL_FIRST, MODERN_FIRST, MODERN_LAST = 0x1000, 0x1040, 0x107f
# Device types behind transitional identifiers.
TRANSITIONAL_TYPES = {0x1000: 1, 0x1001: 2, 0x1002: 5, 0x1003: 3, 0x1004: 8, 0x1005: 4, 0x1009: 9}

# What the names of QEMU's memory regions begin with, and whose structures they are.
REGION_TYPES = {"virtio-pci-common": COMMON, "virtio-pci-notify": NOTIFY, "virtio-pci-isr": ISR,
                "virtio-pci-device": DEVICE_CFG}
REGION_MSIX_TABLE = "msix-table"
REGION_NAMES = ("virtio-pci", "msix-table", "msix-pba")
