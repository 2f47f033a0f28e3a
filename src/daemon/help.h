/* The page of -h, and the reference of all settings. */
#ifndef DAEMON_HELP_H
#define DAEMON_HELP_H

#include <stdio.h>

void help_print(FILE *out);

/* Markdown; docs/reference.md is this output. */
void reference_print(FILE *out);

#endif
