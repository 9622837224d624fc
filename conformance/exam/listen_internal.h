/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of listening share; listen.h is what others see. */
#ifndef VS_LISTEN_INTERNAL_H
#define VS_LISTEN_INTERNAL_H

#include "exam/listen.h"
#include "mock-device/expose/mock_function.h"
#include "observe/rings.h"

struct vs_listen {
	struct vs_listen_setup setup;
	struct expose_mock mock;
	struct expose_function below; /* the mock's own, behind the one that is exposed */
	bool big_endian;

	/* Of the scenario that is open. */
	bool open;
	struct vs_scenario scenario;
	struct vs_subject subject;
	struct vs_trace trace;
	struct vs_rings *rings;
	struct vs_jury *jury;
	struct vs_ending ending;
	uint64_t changes; /* of the configuration, that have been told */
	bool recording_failed;
};

/* The device becomes another one, at power-on; -1 with a sentence, and it is what it was. */
int vs_listen_become(struct vs_listen *listen, const char *target, char *error, size_t size);

/* A scenario begins; -1 without memory. It ends, and the run counts it; nothing where none is open.
 */
int vs_listen_begin(struct vs_listen *listen, const struct vs_scenario *scenario);
void vs_listen_end(struct vs_listen *listen);

/* What a server exposes: everything that the mock has, recorded. */
void vs_listen_stand_between(struct vs_listen *listen, struct expose_function *function);
void vs_listen_look_before(struct vs_listen *listen);
void vs_listen_look_after(struct vs_listen *listen);
void vs_listen_record(struct vs_listen *listen, enum vs_event_kind kind, unsigned region,
		      uint64_t offset, unsigned width, uint64_t value);

/* An event that no access shows. */
void vs_listen_tell(struct vs_listen *listen, struct vs_event event);

/* Commands as they arrive, in pieces. */
#define VS_LISTEN_LINE 1024u /* bytes at most, with its end */
struct vs_listen_lines {
	int fd;
	char text[VS_LISTEN_LINE];
	size_t used;          /* bytes of `text` that have been read and not obeyed */
	bool ended, skipping; /* the rest of a line that was too long */
};

/* Obeys, and takes out, the complete lines of what has been read, and answers on `out`. False: one
 * of them was quit. There is room in `text` afterwards. */
bool vs_listen_obey_lines(struct vs_listen *listen, FILE *out, struct vs_listen_lines *lines);

/* Serves what is there, and waits for something up to most_ms. Whether a client is attached, or -1
 * with run->trouble. */
int vs_listen_serve(struct vs_listen *listen, int most_ms);

#endif
