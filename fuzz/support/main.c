/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A target as a program of its own, without a fuzzing engine: runs the target's own seeds and the
 * files that are given, or writes the seeds into a folder.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/support/target.h"

#define INPUT_MAX (1u << 20)

struct fuzz_seeds {
	const char *folder; /* where they go; NULL: they are run */
	unsigned count;
	bool failed;
};

static const char *program;

static bool complain(const char *what, const char *path)
{
	fprintf(stderr, "%s: cannot %s %s: %s\n", program, what, path, strerror(errno));
	return false;
}

/* On the heap and no byte larger, so that a sanitizer sees who reads on. */
static void run(const void *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static bool write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		return complain("write", path);
	if (size)
		fwrite(data, 1, size, file);
	if (ferror(file) | fclose(file))
		return complain("write", path);
	return true;
}

void fuzz_seed(struct fuzz_seeds *seeds, const char *name, const void *data, size_t size)
{
	char path[4096];

	seeds->count++;
	if (!seeds->folder) {
		run(data, size);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", seeds->folder, name);
	seeds->failed |= !write_file(path, data, size);
}

static bool replay_file(const char *path, unsigned *count)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		return complain("read", path);
	size = fread(data, 1, sizeof(data), file);
	if (ferror(file) | fclose(file))
		return complain("read", path);
	run(data, size);
	++*count;
	return true;
}

static bool replay(const char *path, unsigned *count)
{
	struct dirent **names;
	struct stat about;
	bool well = true;
	int n;

	if (stat(path, &about))
		return complain("read", path);
	if (!S_ISDIR(about.st_mode))
		return replay_file(path, count);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return complain("read", path);
	for (int i = 0; i < n; i++) {
		char inside[4096];

		snprintf(inside, sizeof(inside), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			well &= replay_file(inside, count);
		free(names[i]);
	}
	free(names);
	return well;
}

/* An oracle has spoken: the end of a program that was to find out, and no crash of it. */
static void leave(int signal_number)
{
	(void)signal_number;
	_exit(3);
}

int main(int argc, char **argv)
{
	struct fuzz_seeds seeds = { 0 };
	unsigned count = 0;
	bool well = true;

	program = argv[0];
	signal(SIGABRT, leave);
	if (argc == 3 && !strcmp(argv[1], "--write-seeds")) {
		seeds.folder = argv[2];
		fuzz_make_seeds(&seeds);
		return seeds.failed ? 2 : 0;
	}
	if (argc > 1 && argv[1][0] == '-') {
		fprintf(stderr, "usage: %s [FILE|FOLDER]...\n       %s --write-seeds FOLDER\n",
			program, program);
		return 2;
	}
	fuzz_make_seeds(&seeds);
	run(NULL, 0);
	for (int i = 1; i < argc; i++)
		well &= replay(argv[i], &count);
	printf("%u seeds, %u files: no complaint\n", seeds.count, count);
	return well ? 0 : 2;
}
