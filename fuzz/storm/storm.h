/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A storm over a vfio-user server: sessions of clients that know the protocol, drive the device
 * half-way well, and then lie, stop or go at any point. Everything follows from a seed.
 */
#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORM_MEMORIES 3u

struct storm_memory {
	uint64_t address;
	size_t size;
	int fd; /* -1: by message */
	uint8_t *bytes;
};

/* One client. */
struct storm_client {
	uint64_t random;
	int fd;
	bool wild;   /* mutates what it sends */
	bool silent; /* does not answer when asked for memory */
	uint64_t sent, refused, served;
	uint16_t next_id;
	struct storm_memory memories[STORM_MEMORIES];
	uint8_t answer[4096]; /* payload of the last answer */
	size_t answer_size;   /* SIZE_MAX: it was an error, or none came */
};

uint64_t storm_random(struct storm_client *c);
static inline uint64_t storm_below(struct storm_client *c, uint64_t end)
{
	return end ? storm_random(c) % end : 0;
}

static inline bool storm_chance(struct storm_client *c, unsigned one_in)
{
	return storm_below(c, one_in) == 0;
}

/* A number with which things go wrong. */
uint64_t storm_number(struct storm_client *c);

/* Memory of the client, made once. 0, or -1. */
int storm_make_memory(struct storm_client *c);
void storm_free_memory(struct storm_client *c);

/* Connects. 0, or -1. */
int storm_dial(struct storm_client *c, const char *path);

/* Sends a command (mutated, if the client is wild) and looks for its answer for a while. False
 * when the connection is over. */
bool storm_ask(struct storm_client *c, unsigned command, const void *payload, size_t size,
	       const int *fds, unsigned fd_count);

/* A correct start of a session, and one of anything. */
bool storm_agree(struct storm_client *c);
void storm_session(struct storm_client *c);

/* Finds the device's structures and drives it, with mistakes. */
void storm_drive(struct storm_client *c);

#endif
