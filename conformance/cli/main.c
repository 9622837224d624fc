/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/way.h"

static const struct {
	const char *name;
	const char *says;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "device", "examine a device", vs_command_device },
	{ "driver", "examine a driver", vs_command_driver },
	{ "fuzz", "fuzz a device", vs_command_fuzz },
	{ "replay", "run again what fuzzing found", vs_command_replay },
	{ "rules", "list the rules, or what covers each clause", vs_command_rules },
	{ "quirks", "list the lies and oddities that the mock device can put on",
	  vs_command_quirks },
	{ "explain", "say all that is known of a rule, a check or a quirk", vs_command_explain },
	{ "serve", "expose a mock device to a virtual machine, over vfio-user", vs_command_serve },
};

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
	fputs("virtspec: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int vs_complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return VS_EXIT_TROUBLE;
}

void vs_refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(VS_EXIT_TROUBLE);
}

bool vs_wants_colour(FILE *stream)
{
	const char *off = getenv("NO_COLOR");

	return isatty(fileno(stream)) && (!off || !*off);
}

static void help(FILE *out)
{
	fputs("Usage: virtspec COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Decides whether a virtio-PCI device follows the specification.\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].says);
	fputs("\nTargets:\n", out);
	for (size_t i = 0; i < vs_bus_way_count(); i++)
		fprintf(out, "  %s\n      %s\n", vs_bus_way_at(i)->syntax, vs_bus_way_at(i)->says);
	fputs("\nExit status: 0 conformant, 1 nonconformities found, 2 it could not run.\n"
	      "'virtspec COMMAND --help' says more.\n",
	      out);
}

int main(int argc, char **argv)
{
	char name[64];

	argp_err_exit_status = VS_EXIT_TROUBLE;
	if (argc < 2) {
		help(stderr);
		return VS_EXIT_TROUBLE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("virtspec " VIRTSPEC_VERSION);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			snprintf(name, sizeof(name), "virtspec %s", commands[i].name);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	return vs_complain("there is no command '%s'; 'virtspec --help' lists them", argv[1]);
}
