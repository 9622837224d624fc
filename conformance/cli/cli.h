/* SPDX-License-Identifier: BSD-3-Clause */
/* The program: one function a command, and what they share. */
#ifndef VS_CLI_H
#define VS_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit statuses (also in the manual). */
#define VS_EXIT_CONFORMANT    0
#define VS_EXIT_NONCONFORMANT 1
#define VS_EXIT_TROUBLE       2

/* Each takes its own arguments, argv[0] being "virtspec COMMAND", and returns an exit status. */
int vs_command_device(int argc, char **argv);
int vs_command_driver(int argc, char **argv);
int vs_command_fuzz(int argc, char **argv);
int vs_command_replay(int argc, char **argv);
int vs_command_rules(int argc, char **argv);
int vs_command_quirks(int argc, char **argv);
int vs_command_explain(int argc, char **argv);
int vs_command_serve(int argc, char **argv);

/* Prints "virtspec: SENTENCE" on standard error; returns VS_EXIT_TROUBLE. */
int vs_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and ends the program: for arguments that mean nothing. */
void vs_refuse(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Whether to write in colour to this stream: a terminal, and NO_COLOR not set. */
bool vs_wants_colour(FILE *stream);

#endif
