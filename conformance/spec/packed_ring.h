/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packed virtqueues (2.8): one ring of descriptors, and an event suppression structure for each
 * side. Offsets are in bytes; fields are little-endian.
 */
#ifndef VS_SPEC_PACKED_RING_H
#define VS_SPEC_PACKED_RING_H

/* A descriptor, available or used (2.8.13). */
#define VIRTQ_PACKED_ADDR  0u  /* 64 bits; means nothing in a used one */
#define VIRTQ_PACKED_LEN   8u  /* 32 bits; in a used one: bytes written */
#define VIRTQ_PACKED_ID    12u /* 16 bits; the buffer's, in the last descriptor of a list */
#define VIRTQ_PACKED_FLAGS 14u /* 16 bits */
#define VIRTQ_PACKED_SIZE  16u

/* Flags beside those of a split ring's descriptor; in a used one WRITE says that LEN counts. */
#define VIRTQ_PACKED_F_NEXT     0x0001u
#define VIRTQ_PACKED_F_WRITE    0x0002u
#define VIRTQ_PACKED_F_INDIRECT 0x0004u
/*
 * Available: AVAIL is the driver's wrap counter and USED its opposite. Used: both are the device's
 * wrap counter (2.8.1). Both counters start at 1.
 */
#define VIRTQ_PACKED_F_AVAIL    0x0080u
#define VIRTQ_PACKED_F_USED     0x8000u

/* An event suppression structure (2.8.14): the driver's for interrupts, the device's for
 * notifications. */
#define VIRTQ_EVENT_DESC  0u /* 16 bits: offset of a descriptor, wrap counter in the top bit */
#define VIRTQ_EVENT_FLAGS 2u /* 16 bits */
#define VIRTQ_EVENT_SIZE  4u

#define VIRTQ_EVENT_OFFSET_MASK 0x7fffu
#define VIRTQ_EVENT_WRAP        0x8000u

#define VIRTQ_EVENT_F_ENABLE  0u
#define VIRTQ_EVENT_F_DISABLE 1u
#define VIRTQ_EVENT_F_DESC    2u /* with EVENT_IDX: at the descriptor that DESC names */

/* The largest ring, and the alignment of the three areas (2.8.10.1). */
#define VIRTQ_PACKED_MAX_SIZE    32768u
#define VIRTQ_PACKED_ALIGN       16u
#define VIRTQ_PACKED_EVENT_ALIGN 4u

#endif
