/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A QEMU that we started: its process, its end, and what it writes to standard error. It never
 * outlives us, and its death is always noticed and reaped.
 */
#ifndef VS_QEMU_PROCESS_H
#define VS_QEMU_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Of what the process wrote, at most this much is kept: the newest. */
#define VS_QEMU_TEXT_MAX 16384u

struct vs_qemu_process {
	pid_t pid; /* 0: none, or reaped */
	int pidfd; /* -1: none */
	int err;   /* what it writes to standard error comes here; -1: none, or closed there */
	bool ended;
	int status;    /* of waitpid, once it ended */
	size_t length; /* of text */
	char text[VS_QEMU_TEXT_MAX + 1];
};

/* No process yet. */
void vs_qemu_process_init(struct vs_qemu_process *process);

/*
 * Starts the program at `path` with `argv`; the child keeps the open descriptors in fds and
 * standard error, which goes to process->text. It is killed when the calling thread ends. Returns
 * 0, or -1 with one sentence in error.
 */
int vs_qemu_process_start(struct vs_qemu_process *process, const char *path, char *const *argv,
			  const int *fds, size_t fd_count, char *error, size_t size);

/* Takes what the process wrote to standard error, without waiting. */
void vs_qemu_process_drain(struct vs_qemu_process *process);

/* Waits up to `ms` for the process to end by itself and reaps it. Whether it has ended. */
bool vs_qemu_process_wait(struct vs_qemu_process *process, int ms);

/* Ends the process if it runs, reaps it, takes its last words. */
void vs_qemu_process_end(struct vs_qemu_process *process);

/* How the process ended, for a sentence: "was killed by signal 6 (Aborted)". */
void vs_qemu_process_fate(const struct vs_qemu_process *process, char *text, size_t size);

/*
 * The line of process->text, from byte `start` on, that says most likely what went wrong, without
 * the program's name: the last one that is not a remark. "" for none.
 */
void vs_qemu_process_complaint(const struct vs_qemu_process *process, size_t start, char *text,
			       size_t size);

/*
 * Finds `program` as a shell would, along PATH unless it has a slash. Returns 0 with the path, or
 * -1 with one sentence in error.
 */
int vs_qemu_find_program(const char *program, char *path, size_t path_size, char *error,
			 size_t size);

#endif
