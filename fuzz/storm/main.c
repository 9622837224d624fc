/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtspec-storm [SECONDS [SEED]]: rounds of a server over a mock device with quirks, in a thread,
 * and of clients in this one. It ends with status 1 and the seed of the round when the server does
 * not serve a good client any more, or when descriptors were lost; the sanitizers tell of the rest.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/storm/storm.h"
#include "mock-device/expose/mock_function.h"
#include "mock-device/quirks/quirk.h"
#include "spec/vfio_user.h"

#define SESSIONS 24u /* of a round */
#define PATIENCE 20u /* seconds a round may go without a sign of life */

struct round {
	struct expose_mock mock;
	_Atomic bool stop;
	pthread_t thread;
	char path[64];
	char about[300];
};

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void *serve(void *argument)
{
	struct round *r = argument;

	while (!r->stop) {
		expose_mock_pass(&r->mock);
		if (expose_step(r->mock.server, expose_mock_wait(&r->mock, 20)) < 0)
			abort();
	}
	return NULL;
}

/* The value of a quirk that the dice choose, or NULL. */
static const char *choose_value(struct storm_client *c, const struct mock_quirk *quirk, char *word,
				size_t size)
{
	const char *at = quirk->values;
	size_t length;

	if (!at || !*at)
		return NULL;
	for (uint64_t skip = storm_below(c, 4); skip && strchr(at, ' '); skip--)
		at = strchr(at, ' ') + 1;
	length = strcspn(at, " ");
	if (length >= size)
		return NULL;
	memcpy(word, at, length);
	word[length] = '\0';
	return word;
}

/* A mock with a quirk or two. Those that do not go together are thrown again. */
static int make_mock(struct round *r, struct storm_client *c)
{
	static const char *const classes[] = { "blk", "net", "console", "rng" };
	unsigned quirks = 0;
	char error[300];

	while (mock_quirk_at(quirks))
		quirks++;
	for (unsigned tries = 0; tries < 100; tries++) {
		struct mock_settings s = { .class_name = classes[storm_below(c, 4)],
					   .interface = (enum mock_interface)storm_below(c, 2),
					   .packed = storm_chance(c, 4) };
		char names[2][64], values[2][64];

		s.quirk_count = (unsigned)storm_below(c, 3);
		for (unsigned i = 0; i < s.quirk_count; i++) {
			const struct mock_quirk *quirk =
				mock_quirk_at((unsigned)storm_below(c, quirks));

			mock_quirk_name(quirk, names[i], sizeof(names[i]));
			s.quirks[i].name = names[i];
			s.quirks[i].value = choose_value(c, quirk, values[i], sizeof(values[i]));
		}
		if (!expose_mock_open(&r->mock, &s, error, sizeof(error))) {
			snprintf(r->about, sizeof(r->about), "%s", mock_describe(r->mock.mock));
			return 0;
		}
	}
	fprintf(stderr, "virtspec-storm: no mock: %s\n", error);
	return -1;
}

/* A good client is served, however the others were. */
static bool is_served(struct round *r, struct storm_client *c)
{
	struct vfio_user_device_info info = { .argsz = sizeof(info) };
	time_t until = now() + PATIENCE;

	c->wild = c->silent = false;
	/* Some devices die or hang by themselves; then the next client finds them at power-on. */
	while (now() < until) {
		bool good = !storm_dial(c, r->path) && storm_agree(c) &&
			    storm_ask(c, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info), NULL, 0) &&
			    c->answer_size == sizeof(info);

		close(c->fd);
		if (good)
			return true;
	}
	return false;
}

static int play_round(struct storm_client *c, uint64_t seed)
{
	static struct round r;
	struct expose_function function;
	char error[300];
	int result = 0;

	c->random = seed;
	if (make_mock(&r, c))
		return -1;
	snprintf(r.path, sizeof(r.path), "/tmp/virtspec-storm-%d.sock", getpid());
	expose_mock_function(&r.mock, &function);
	r.mock.server = expose_listen(r.path, &function, error, sizeof(error));
	r.stop = false;
	if (!r.mock.server || pthread_create(&r.thread, NULL, serve, &r)) {
		fprintf(stderr, "virtspec-storm: cannot serve: %s\n", error);
		return -1;
	}
	alarm(4 * PATIENCE); /* a server that hangs for good ends the program */
	for (unsigned i = 0; i < SESSIONS; i++) {
		if (!storm_dial(c, r.path))
			storm_session(c);
		close(c->fd);
	}
	if (!is_served(&r, c)) {
		fprintf(stderr, "virtspec-storm: seed %llu: a good client is not served (%s)\n",
			(unsigned long long)seed, r.about);
		result = -1;
	}
	r.stop = true;
	pthread_join(r.thread, NULL);
	alarm(0);
	expose_close(r.mock.server);
	r.mock.server = NULL;
	expose_mock_close(&r.mock);
	return result;
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 60;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)time(NULL) << 20;
	time_t until = now() + seconds;
	static struct storm_client c;
	unsigned long rounds = 0;
	unsigned descriptors;
	int result = storm_make_memory(&c);

	descriptors = count_descriptors();
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	/* With a seed of its own a round can be played again alone: SECONDS 0. */
	do {
		result = result ? result : play_round(&c, seed + rounds);
		rounds++;
		if (!result && count_descriptors() != descriptors) {
			fprintf(stderr, "virtspec-storm: seed %llu: descriptors were lost\n",
				(unsigned long long)(seed + rounds - 1));
			result = -1;
		}
	} while (!result && now() < until);
	printf("%lu rounds, %lu sessions, %llu messages sent, %llu refused, memory asked for %llu "
	       "times\n",
	       rounds, rounds * SESSIONS, (unsigned long long)c.sent, (unsigned long long)c.refused,
	       (unsigned long long)c.served);
	storm_free_memory(&c);
	return result ? 1 : 0;
}
