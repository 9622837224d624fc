/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a whole PCI function has beside the parts that virtio rests on: the other bits of the
 * header, class codes, and the PCI Express capability of an endpoint integrated in the root complex
 * (PCI Local Bus 3.0, 6.2; PCI Express 2.0, 7.8).
 */
#ifndef VS_SPEC_PCI_FUNCTION_H
#define VS_SPEC_PCI_FUNCTION_H

#define PCI_COMMAND_PARITY 0x0040u
#define PCI_COMMAND_SERR   0x0100u

/* Errors in the status register: writing 1 clears them. */
#define PCI_STATUS_ERRORS 0xf900u

#define PCI_INTERRUPT_PIN_INTA 1u

#define PCI_BAR_SIZEOF   4u  /* of one register */
#define PCI_BAR_MIN_SIZE 16u /* of a memory BAR, bytes */
#define PCI_BAR_IO_MIN   4u  /* of an I/O BAR, bytes */

/* Base class, subclass and programming interface in one 24-bit number, as at PCI_CLASS_PROG. */
#define PCI_CLASS_CODE_STORAGE       0x018000u /* mass storage, other */
#define PCI_CLASS_CODE_NETWORK       0x020000u /* Ethernet */
#define PCI_CLASS_CODE_COMMUNICATION 0x078000u /* communication, other */
#define PCI_CLASS_CODE_OTHER         0xff0000u /* fits no class */

/* PCI Express capability (offsets from its first byte). */
#define PCI_EXP_FLAGS             2u /* 16 bits: version, type of the port or device */
#define PCI_EXP_FLAGS_VERSION_1   0x0001u
#define PCI_EXP_FLAGS_TYPE_RC_END 0x0090u /* root complex integrated endpoint */
#define PCI_EXP_DEVSTA            10u     /* 16 bits */
/* Version 1 of the capability ends here for a function that has no link. */
#define PCI_EXP_SIZEOF_RC_END     12u

#endif
