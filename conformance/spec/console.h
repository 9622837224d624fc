/* SPDX-License-Identifier: BSD-3-Clause */
/* The console device (5.3): features, queues of port 0 and the configuration structure. */
#ifndef VS_SPEC_CONSOLE_H
#define VS_SPEC_CONSOLE_H

#include <assert.h>
#include <stdint.h>

/* Feature bit numbers (5.3.3). */
#define VIRTIO_CONSOLE_F_SIZE        0u
#define VIRTIO_CONSOLE_F_MULTIPORT   1u
#define VIRTIO_CONSOLE_F_EMERG_WRITE 2u

#define VIRTIO_CONSOLE_RECEIVEQ  0u
#define VIRTIO_CONSOLE_TRANSMITQ 1u

struct virtio_console_config {
	uint16_t cols;
	uint16_t rows;
	uint32_t max_nr_ports;
	uint32_t emerg_wr;
};
static_assert(sizeof(struct virtio_console_config) == 12, "virtio_console_config");

#endif
