/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Split virtqueues (2.7): the three parts of a ring, as offsets and bits. Fields are little-endian
 * on the modern interface, in the guest's order on the legacy one (2.7.3).
 */
#ifndef VS_SPEC_SPLIT_RING_H
#define VS_SPEC_SPLIT_RING_H

/* A descriptor (2.7.5). */
#define VIRTQ_DESC_ADDR  0u  /* 64 bits */
#define VIRTQ_DESC_LEN   8u  /* 32 bits */
#define VIRTQ_DESC_FLAGS 12u /* 16 bits */
#define VIRTQ_DESC_NEXT  14u /* 16 bits */
#define VIRTQ_DESC_SIZE  16u

#define VIRTQ_DESC_F_NEXT     1u
#define VIRTQ_DESC_F_WRITE    2u
#define VIRTQ_DESC_F_INDIRECT 4u

/* The available ring (2.7.6): flags, idx, ring[queue size], used_event. */
#define VIRTQ_AVAIL_FLAGS           0u
#define VIRTQ_AVAIL_IDX             2u
#define VIRTQ_AVAIL_RING(i)         (4u + 2u * (i))
#define VIRTQ_AVAIL_USED_EVENT(qsz) (4u + 2u * (qsz))
#define VIRTQ_AVAIL_SIZE(qsz)       (6u + 2u * (qsz))
#define VIRTQ_AVAIL_F_NO_INTERRUPT  1u

/* The used ring (2.7.8): flags, idx, ring[queue size] of id and len, avail_event. */
#define VIRTQ_USED_FLAGS            0u
#define VIRTQ_USED_IDX              2u
#define VIRTQ_USED_RING(i)          (4u + 8u * (i))
#define VIRTQ_USED_RING_LEN(i)      (8u + 8u * (i))
#define VIRTQ_USED_AVAIL_EVENT(qsz) (4u + 8u * (qsz))
#define VIRTQ_USED_SIZE(qsz)        (6u + 8u * (qsz))
#define VIRTQ_USED_F_NO_NOTIFY      1u

/* Alignment of the three parts (2.7). */
#define VIRTQ_DESC_ALIGN  16u
#define VIRTQ_AVAIL_ALIGN 2u
#define VIRTQ_USED_ALIGN  4u

#endif
