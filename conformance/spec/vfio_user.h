/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of the vfio-user protocol, version 0.0 (docs/interop/vfio-user.rst of QEMU). Both sides
 * are on one machine: fields are in its byte order.
 */
#ifndef VS_SPEC_VFIO_USER_H
#define VS_SPEC_VFIO_USER_H

#include <assert.h>
#include <stdint.h>

#define VFIO_USER_MAJOR 0u
#define VFIO_USER_MINOR 0u

/* Limits that hold where the version capabilities do not name others. */
#define VFIO_USER_DEFAULT_MSG_FDS  1u
#define VFIO_USER_DEFAULT_XFER     0x100000u
#define VFIO_USER_DEFAULT_DMA_MAPS 65535u
#define VFIO_USER_PAGE_SIZE        4096u

enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DMA_READ = 11,  /* server to client */
	VFIO_USER_DMA_WRITE = 12, /* server to client */
	VFIO_USER_DEVICE_RESET = 13,
	VFIO_USER_DIRTY_PAGES = 14, /* of older revisions */
	VFIO_USER_REGION_WRITE_MULTI = 15,
	VFIO_USER_DEVICE_FEATURE = 16,
	VFIO_USER_MIG_DATA_READ = 17,
	VFIO_USER_MIG_DATA_WRITE = 18,
};

struct vfio_user_header {
	uint16_t id;
	uint16_t command;
	uint32_t size; /* of the whole message */
	uint32_t flags;
	uint32_t error; /* errno value, in replies with the error flag */
};

#define VFIO_USER_TYPE_MASK    0xfu
#define VFIO_USER_TYPE_COMMAND 0x0u
#define VFIO_USER_TYPE_REPLY   0x1u
#define VFIO_USER_NO_REPLY     0x10u
#define VFIO_USER_ERROR        0x20u

struct vfio_user_version {
	uint16_t major;
	uint16_t minor;
	/* JSON text with a terminating zero byte, or nothing */
};

struct vfio_user_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset; /* in the descriptor's file */
	uint64_t address;
	uint64_t size;
};

#define VFIO_USER_DMA_READABLE 0x1u
#define VFIO_USER_DMA_WRITABLE 0x2u

struct vfio_user_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

struct vfio_user_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t regions;
	uint32_t irqs;
};

#define VFIO_USER_DEVICE_RESETS 0x1u
#define VFIO_USER_DEVICE_PCI    0x2u

/* Regions of a PCI device: 0 to 5 are BARs. */
#define VFIO_USER_REGION_ROM    6u
#define VFIO_USER_REGION_CONFIG 7u
#define VFIO_USER_REGION_VGA    8u
#define VFIO_USER_PCI_REGIONS   9u

struct vfio_user_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset; /* of the first capability, from the start of this struct */
	uint64_t size;
	uint64_t offset;
};

#define VFIO_USER_REGION_READS  0x1u
#define VFIO_USER_REGION_WRITES 0x2u
#define VFIO_USER_REGION_MMAP   0x4u
#define VFIO_USER_REGION_CAPS   0x8u

/* Capability of device-specific regions: what kind of region it is. */
struct vfio_user_region_type {
	uint16_t id;
	uint16_t version;
	uint32_t next;
	uint32_t type;
	uint32_t subtype;
};

#define VFIO_USER_REGION_CAP_TYPE 2u

/* Interrupts of a PCI device. */
#define VFIO_USER_IRQ_INTX 0u
#define VFIO_USER_IRQ_MSI  1u
#define VFIO_USER_IRQ_MSIX 2u
#define VFIO_USER_IRQ_ERR  3u
#define VFIO_USER_IRQ_REQ  4u
#define VFIO_USER_PCI_IRQS 5u

struct vfio_user_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

#define VFIO_USER_IRQ_EVENTFD    0x1u
#define VFIO_USER_IRQ_MASKABLE   0x2u
#define VFIO_USER_IRQ_AUTOMASKED 0x4u
#define VFIO_USER_IRQ_NORESIZE   0x8u

struct vfio_user_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
	/* booleans, one byte each, where the flags say so */
};

#define VFIO_USER_IRQ_DATA_NONE      0x01u
#define VFIO_USER_IRQ_DATA_BOOL      0x02u
#define VFIO_USER_IRQ_DATA_EVENTFD   0x04u
#define VFIO_USER_IRQ_DATA_MASK      0x07u
#define VFIO_USER_IRQ_ACTION_MASK    0x08u
#define VFIO_USER_IRQ_ACTION_UNMASK  0x10u
#define VFIO_USER_IRQ_ACTION_TRIGGER 0x20u
#define VFIO_USER_IRQ_ACTIONS        0x38u

/* REGION_READ, REGION_WRITE; data follows. */
struct vfio_user_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

/* DMA_READ, DMA_WRITE; data follows. */
struct vfio_user_dma_access {
	uint64_t address;
	uint64_t count;
};

/* REGION_WRITE_MULTI: a number of 64 bits, and so many of these. */
struct vfio_user_region_write {
	uint64_t offset;
	uint32_t region;
	uint32_t count; /* bytes of data that count, at most 8 */
	uint8_t data[8];
};

static_assert(sizeof(struct vfio_user_header) == 16, "wire size");
static_assert(sizeof(struct vfio_user_version) == 4, "wire size");
static_assert(sizeof(struct vfio_user_dma_map) == 32, "wire size");
static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "wire size");
static_assert(sizeof(struct vfio_user_device_info) == 16, "wire size");
static_assert(sizeof(struct vfio_user_region_info) == 32, "wire size");
static_assert(sizeof(struct vfio_user_region_type) == 16, "wire size");
static_assert(sizeof(struct vfio_user_irq_info) == 16, "wire size");
static_assert(sizeof(struct vfio_user_irq_set) == 20, "wire size");
static_assert(sizeof(struct vfio_user_region_access) == 16, "wire size");
static_assert(sizeof(struct vfio_user_dma_access) == 16, "wire size");
static_assert(sizeof(struct vfio_user_region_write) == 24, "wire size");

#endif
