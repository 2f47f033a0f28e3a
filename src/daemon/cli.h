/*
 * The command line. Its options are the rows of the library's table of settings and a few of the
 * daemon's own. Parsing and applying are two steps, because the file and the environment, which it
 * wins over, come in between.
 */
#ifndef DAEMON_CLI_H
#define DAEMON_CLI_H

#include "daemon/daemon.h"

enum cli_action {
    CLI_SERVE,
    CLI_TEST,      /* -T */
    CLI_HELP,      /* -h */
    CLI_VERSION,   /* -V */
    CLI_REFERENCE, /* --print-reference */
};

struct cli_assignment {
    const char *name;
    const char *value; /* borrowed from argv */
};

struct cli {
    enum cli_action action;
    const char *config_file; /* -c, or NULL */
    struct cli_assignment *settings;
    size_t setting_count;
    struct cli_assignment *properties; /* -X */
    size_t property_count;
    char *property_texts; /* argv's property=value pairs, cut in two; what `properties` points to */
};

/* An option of the daemon that is no setting. */
struct cli_option {
    const char *name;
    char letter; /* or 0 */
    const char *value_name;
    const char *help;
};

/* Row `index` of these options, or NULL behind the end. */
const struct cli_option *cli_option_at(size_t index);

/* Reads the options. 0, and then *cli needs cli_fini(), or -1. Borrows argv as long as *cli. */
int cli_parse(struct cli *cli, int argc, char **argv, struct failure *failure);
void cli_fini(struct cli *cli);

/* Sets what the options say. 0 or -1. */
int cli_apply(const struct cli *cli, struct ksse_config *config, struct failure *failure);

#endif
