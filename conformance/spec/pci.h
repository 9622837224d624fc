/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI configuration space: offsets and bits that virtio over PCI rests on (PCI Local Bus 3.0 and
 * PCI Express 2.0 chapters on configuration space). All fields are little-endian.
 */
#ifndef VS_SPEC_PCI_H
#define VS_SPEC_PCI_H

#define PCI_CONFIG_SIZE  256u  /* conventional configuration space, bytes */
#define PCIE_CONFIG_SIZE 4096u /* with PCI Express extended configuration space */
#define PCI_HEADER_SIZE  64u   /* the predefined header; capabilities lie behind it */

#define PCI_VENDOR_ID        0x00u /* 16 bits */
#define PCI_DEVICE_ID        0x02u /* 16 bits */
#define PCI_COMMAND          0x04u /* 16 bits */
#define PCI_STATUS           0x06u /* 16 bits */
#define PCI_REVISION_ID      0x08u /* 8 bits */
#define PCI_CLASS_PROG       0x09u /* 8 bits */
#define PCI_CLASS_DEVICE     0x0au /* 16 bits: subclass, base class */
#define PCI_CACHE_LINE_SIZE  0x0cu /* 8 bits */
#define PCI_LATENCY_TIMER    0x0du /* 8 bits */
#define PCI_HEADER_TYPE      0x0eu /* 8 bits */
#define PCI_BIST             0x0fu /* 8 bits */
#define PCI_BAR0             0x10u /* six of 32 bits */
#define PCI_SUBSYSTEM_VENDOR 0x2cu /* 16 bits */
#define PCI_SUBSYSTEM_ID     0x2eu /* 16 bits */
#define PCI_EXPANSION_ROM    0x30u /* 32 bits */
#define PCI_CAPABILITY_LIST  0x34u /* 8 bits */
#define PCI_INTERRUPT_LINE   0x3cu /* 8 bits */
#define PCI_INTERRUPT_PIN    0x3du /* 8 bits: 0 none, 1 to 4 INTA# to INTD# */

#define PCI_BAR_COUNT 6u

#define PCI_COMMAND_IO           0x0001u
#define PCI_COMMAND_MEMORY       0x0002u
#define PCI_COMMAND_MASTER       0x0004u
#define PCI_COMMAND_INTX_DISABLE 0x0400u

#define PCI_STATUS_INTERRUPT 0x0008u
#define PCI_STATUS_CAP_LIST  0x0010u

#define PCI_HEADER_TYPE_MASK   0x7fu
#define PCI_HEADER_TYPE_NORMAL 0x00u

#define PCI_BAR_SPACE_IO      0x1u
#define PCI_BAR_MEM_TYPE_MASK 0x6u
#define PCI_BAR_MEM_TYPE_32   0x0u
#define PCI_BAR_MEM_TYPE_64   0x4u
#define PCI_BAR_MEM_PREFETCH  0x8u
#define PCI_BAR_MEM_MASK      0xfffffff0u
#define PCI_BAR_IO_MASK       0xfffffffcu

/* A capability: identifier, pointer to the next (its low two bits are reserved), body. */
#define PCI_CAP_ID           0u
#define PCI_CAP_NEXT         1u
#define PCI_CAP_SIZEOF       2u
#define PCI_CAP_POINTER_MASK 0xfcu
/* A list has at most this many dword-aligned members of two bytes or more behind the header. */
#define PCI_CAP_MAX          48u

#define PCI_CAP_ID_PM   0x01u
#define PCI_CAP_ID_MSI  0x05u
#define PCI_CAP_ID_VNDR 0x09u
#define PCI_CAP_ID_EXP  0x10u
#define PCI_CAP_ID_MSIX 0x11u

/* Of the power management capability, from its start. */
#define PCI_PM_CONTROL 4u /* 16 bits: the power state */

/* MSI-X capability (offsets from its first byte) and table. */
#define PCI_MSIX_CONTROL        2u /* 16 bits */
#define PCI_MSIX_TABLE          4u /* 32 bits: offset | BAR indicator */
#define PCI_MSIX_PBA            8u /* 32 bits: offset | BAR indicator */
#define PCI_MSIX_SIZEOF         12u
#define PCI_MSIX_CONTROL_SIZE   0x07ffu /* number of entries, less one */
#define PCI_MSIX_CONTROL_MASK   0x4000u /* function mask */
#define PCI_MSIX_CONTROL_ENABLE 0x8000u
#define PCI_MSIX_BIR_MASK       0x7u
#define PCI_MSIX_MAX_VECTORS    2048u

#define PCI_MSIX_ENTRY_SIZE    16u
#define PCI_MSIX_ENTRY_ADDR_LO 0u
#define PCI_MSIX_ENTRY_ADDR_HI 4u
#define PCI_MSIX_ENTRY_DATA    8u
#define PCI_MSIX_ENTRY_CONTROL 12u
#define PCI_MSIX_ENTRY_MASKED  0x1u

/* PCI Express capability: device capabilities and control, for function level reset. */
#define PCI_EXP_DEVCAP     4u
#define PCI_EXP_DEVCAP_FLR 0x10000000u
#define PCI_EXP_DEVCTL     8u
#define PCI_EXP_DEVCTL_FLR 0x8000u

/* Extended capabilities: 16-bit identifier, 4-bit version, 12-bit next pointer. */
#define PCI_EXT_CAP_FIRST        0x100u
#define PCI_EXT_CAP_ID(header)   ((header)&0xffffu)
#define PCI_EXT_CAP_NEXT(header) ((header) >> 20 & 0xffcu)
#define PCI_EXT_CAP_ID_SRIOV     0x10u
#define PCI_SRIOV_CTRL           8u /* 16 bits, from the start of that capability */
#define PCI_SRIOV_CTRL_VFE       0x0001u
#define PCI_EXT_CAP_MAX          480u /* two dwords each at the least */

#endif
