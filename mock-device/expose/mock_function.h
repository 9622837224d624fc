/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mock device as what a vfio-user server exposes: the one file of this room that knows the mock.
 *
 * Time: real time flows into the device (expose_mock_pass) until the client uses the tester's
 * panel; from then on time is virtual and the client's, until it goes. A device that died drops its
 * client and is at power-on for the next one.
 */
#ifndef EXPOSE_MOCK_FUNCTION_H
#define EXPOSE_MOCK_FUNCTION_H

#include "mock-device/expose/vfio_user.h"
#include "mock-device/model/mock.h"

struct expose_mock {
	struct mock *mock;            /* owned */
	struct expose_server *server; /* set by the caller as soon as there is one; not owned */
	bool big_endian, long_runs;   /* for the panel */
	/* For an observer, set after expose_mock_open(): as in struct mock_host, or NULL. */
	void (*stores)(void *observer, uint64_t address, const void *bytes);
	void *observer;
	bool virtual_time;
	uint64_t passed; /* CLOCK_MONOTONIC up to which time has flowed into the device */
};

/*
 * Makes the mock, at power-on. Returns 0, or -1 with one sentence in error. `m` must stay where it
 * is: the mock's host callbacks point at it.
 */
int expose_mock_open(struct expose_mock *m, const struct mock_settings *settings, char *error,
		     size_t size);
void expose_mock_close(struct expose_mock *m);

/* Fills in what a server exposes of it, context and panel included. An observer keeps a copy and
 * forwards to it. */
void expose_mock_function(struct expose_mock *m, struct expose_function *function);

/* Lets the real time since the last call pass, where time is real. */
void expose_mock_pass(struct expose_mock *m);

/* Milliseconds until the device has something to do, at most `most`; for expose_step. */
int expose_mock_wait(const struct expose_mock *m, int most);

#endif
