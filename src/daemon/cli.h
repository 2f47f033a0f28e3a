/*
 * The command line. Its options are the library's settings and a few of the daemon's own. Parsing
 * and applying are two steps: the file and the environment are applied in between, since the
 * command line has priority over them.
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
    char *property_texts; /* the memory of `properties` */
};

/* An option that is not a setting. */
struct cli_option {
    const char *name;
    char letter; /* or 0 */
    const char *value_name;
    const char *help;
};

/* Row `index` of these options, or NULL after the last one. */
const struct cli_option *cli_option_at(size_t index);

/* Reads the options into *cli, which borrows argv and needs cli_fini(). KSSE_EVALUE or KSSE_ESYSTEM
 * with *failure filled in. */
KSSE_CHECKED int cli_parse(struct cli *cli, int argc, char **argv, struct failure *failure);
void cli_fini(struct cli *cli);

/* Applies the options. KSSE_EVALUE or KSSE_ESYSTEM with *failure filled in. */
KSSE_CHECKED int cli_apply(const struct cli *cli, struct ksse_config *config,
                           struct failure *failure);

#endif
