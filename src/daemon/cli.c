/* getopt_long() on options that are built from the table of settings. */
#include "daemon/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_OPTIONS = 128,
    FIRST_SETTING = 1000, /* what getopt_long() returns for the first setting */
    FIRST_OPTION = 500    /* and for the first of cli_options */
};

static const struct cli_option cli_options[] = {
    {"config", 'c', "FILE", "Read settings from this INI file, as KAFKASSE_CONFIG does."},
    {"kafka", 'X', "PROPERTY=VALUE",
     "Set a property of librdkafka, such as security.protocol=SASL_SSL. May be given several "
     "times. Write secrets in the [kafka] section of the file instead."},
    {"test", 'T', NULL, "Check the configuration, print what the server would serve, and exit."},
    {"help", 'h', NULL, "Print this help and exit."},
    {"version", 'V', NULL, "Print the version and exit."},
    {"print-reference", 0, NULL, "Print the reference of all settings, as Markdown, and exit."},
};

enum {
    CLI_OPTION_COUNT = sizeof cli_options / sizeof cli_options[0]
};

const struct cli_option *cli_option_at(size_t index)
{
    return index < CLI_OPTION_COUNT ? &cli_options[index] : NULL;
}

/* The arguments of getopt_long(). */
struct option_table {
    struct option longs[MAX_OPTIONS];
    char shorts[MAX_OPTIONS * 2 + 2];
    size_t count;
};

static void add_option(struct option_table *table, const char *name, char letter, int has_value,
                       int value)
{
    if (table->count + 1 >= MAX_OPTIONS) {
        abort(); /* the table of settings has outgrown this one */
    }
    table->longs[table->count++] = (struct option){name, has_value, NULL, value};
    if (letter != 0) {
        size_t len = strlen(table->shorts);
        table->shorts[len] = letter;
        table->shorts[len + 1] = has_value == required_argument ? ':' : '\0';
    }
}

static void build_table(struct option_table *table)
{
    *table = (struct option_table){.shorts = ":"}; /* ':' tells missing values from bad options */
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct cli_option *option = &cli_options[i];
        add_option(table, option->name, option->letter,
                   option->value_name == NULL ? no_argument : required_argument, FIRST_OPTION + i);
    }
    const struct ksse_setting *row;
    for (int i = 0; (row = ksse_setting_at((size_t)i)) != NULL; i++) {
        add_option(table, row->name, row->letter,
                   row->value_name == NULL ? optional_argument : required_argument,
                   FIRST_SETTING + i);
    }
}

/* Turns a letter into the value of its long option. Other values stay as they are. */
static int value_of_letter(int found)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_options[i].letter != 0 && cli_options[i].letter == found) {
            return FIRST_OPTION + i;
        }
    }
    const struct ksse_setting *row;
    for (int i = 0; (row = ksse_setting_at((size_t)i)) != NULL; i++) {
        if (row->letter != 0 && row->letter == found) {
            return FIRST_SETTING + i;
        }
    }
    return found;
}

/* How many long options begin with `name`: more than one makes it ambiguous. */
static size_t count_beginning(const struct option_table *table, const char *name, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        count += strncmp(table->longs[i].name, name, len) == 0;
    }
    return count;
}

static int fail_long(const struct option_table *table, const char *text, struct failure *failure)
{
    const char *name = text + 2;
    size_t len = strcspn(name, "=");
    size_t candidates = count_beginning(table, name, len);
    if (candidates == 1) {
        return failure_set(failure, EXIT_BAD_CONFIG, "option %.200s: it takes no value", text);
    }
    if (candidates > 1) {
        return failure_set(failure, EXIT_BAD_CONFIG,
                           "option --%.*s: several options begin with that; write it out (-h lists "
                           "them)",
                           (int)len, name);
    }
    /* The library suggests the setting that was perhaps meant. */
    struct ksse_error error = {"no setting has that name"};
    char wanted[128];
    snprintf(wanted, sizeof wanted, "%.*s", (int)len, name);
    struct ksse_config *config = ksse_config_new();
    if (config != NULL && ksse_config_set(config, wanted, "", &error) == 0) {
        abort(); /* a setting that is not in the table of options */
    }
    ksse_config_free(config);
    return failure_set(failure, EXIT_BAD_CONFIG, "unknown option --%s: %s (-h lists all options)",
                       wanted, error.message);
}

/* getopt_long() returned '?' or ':' for argv[optind - 1], or for a letter in it. */
static int fail_option(const struct option_table *table, int code, char **argv,
                       struct failure *failure)
{
    const char *text = argv[optind - 1];
    if (code == ':') {
        return failure_set(failure, EXIT_BAD_CONFIG, "option %.200s: a value is missing", text);
    }
    if (optopt == 0 || optopt >= FIRST_OPTION) {
        return fail_long(table, text, failure);
    }
    return failure_set(failure, EXIT_BAD_CONFIG, "unknown option -%c (-h lists all options)",
                       optopt);
}

/* Adds "property=value", copied to `at` and cut in two. Returns the end of the copy. */
static char *add_property(struct cli *cli, const char *text, char *at)
{
    size_t size = strlen(text) + 1;
    memcpy(at, text, size);
    char *equals = strchr(at, '=');
    *equals = '\0';
    cli->properties[cli->property_count++] = (struct cli_assignment){at, equals + 1};
    return at + size;
}

static void take_setting(struct cli *cli, int index)
{
    const struct ksse_setting *row = ksse_setting_at((size_t)index);
    cli->settings[cli->setting_count++] =
        (struct cli_assignment){row->name, optarg == NULL ? "yes" : optarg};
}

/* Takes an option of the daemon's own. -h and -V have priority over all others. */
static int take_option(struct cli *cli, const struct cli_option *option, char **property_at,
                       struct failure *failure)
{
    switch (option->letter) {
    case 'c':
        cli->config_file = optarg;
        return 0;
    case 'X':
        if (strchr(optarg, '=') == NULL || optarg[0] == '=') {
            return failure_set(failure, EXIT_BAD_CONFIG,
                               "option -X: \"%.200s\" is not PROPERTY=VALUE", optarg);
        }
        *property_at = add_property(cli, optarg, *property_at);
        return 0;
    case 'T':
        cli->action = cli->action == CLI_SERVE ? CLI_TEST : cli->action;
        return 0;
    case 'h':
        cli->action = CLI_HELP;
        return 0;
    case 'V':
        cli->action = cli->action == CLI_HELP ? CLI_HELP : CLI_VERSION;
        return 0;
    default:
        cli->action = CLI_REFERENCE;
        return 0;
    }
}

static int parse_all(struct cli *cli, int argc, char **argv, struct failure *failure)
{
    struct option_table table;
    build_table(&table);
    char *property_at = cli->property_texts;
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, table.shorts, table.longs, NULL)) != -1) {
        if (code == '?' || code == ':') {
            return fail_option(&table, code, argv, failure);
        }
        int value = value_of_letter(code);
        if (value >= FIRST_SETTING) {
            take_setting(cli, value - FIRST_SETTING);
        } else {
            const struct cli_option *option = &cli_options[value - FIRST_OPTION];
            int rc = take_option(cli, option, &property_at, failure);
            if (rc < 0) {
                return rc;
            }
        }
    }
    if (optind < argc) {
        return failure_set(failure, EXIT_BAD_CONFIG,
                           "\"%.200s\" belongs to no option; brokers are given with -b, topics "
                           "with -t",
                           argv[optind]);
    }
    return 0;
}

int cli_parse(struct cli *cli, int argc, char **argv, struct failure *failure)
{
    size_t size = 1;
    for (int i = 0; i < argc; i++) {
        size += strlen(argv[i]) + 1;
    }
    *cli = (struct cli){.settings = calloc((size_t)argc + 1, sizeof *cli->settings),
                        .properties = calloc((size_t)argc + 1, sizeof *cli->properties),
                        .property_texts = malloc(size)};
    bool has_memory =
        cli->settings != NULL && cli->properties != NULL && cli->property_texts != NULL;
    int rc = has_memory ? parse_all(cli, argc, argv, failure)
                        : failure_set(failure, EXIT_SYSTEM, "out of memory");
    if (rc < 0) {
        cli_fini(cli);
    }
    return rc;
}

void cli_fini(struct cli *cli)
{
    free(cli->settings);
    free(cli->properties);
    free(cli->property_texts);
    *cli = (struct cli){0};
}

static int set_one(struct ksse_config *config, const char *name, const char *value,
                   struct failure *failure)
{
    struct ksse_error error;
    int rc = ksse_config_set(config, name, value, &error);
    if (rc == 0) {
        return 0;
    }
    char where[128];
    snprintf(where, sizeof where, "option --%s", name);
    return failure_from(failure, rc, where, &error);
}

/* Sets a list to all values that the options gave it. */
static int set_list(const struct cli *cli, struct ksse_config *config, const char *name,
                    struct failure *failure)
{
    char *all = NULL;
    for (size_t i = 0; i < cli->setting_count; i++) {
        if (strcmp(cli->settings[i].name, name) != 0) {
            continue;
        }
        char *joined = join_list(all, cli->settings[i].value);
        free(all);
        all = joined;
        if (all == NULL) {
            return failure_set(failure, EXIT_SYSTEM, "out of memory");
        }
    }
    int rc = set_one(config, name, all, failure);
    free(all);
    return rc;
}

int cli_apply(const struct cli *cli, struct ksse_config *config, struct failure *failure)
{
    for (size_t i = 0; i < cli->setting_count; i++) {
        const char *name = cli->settings[i].name;
        int rc = setting_called(name, strlen(name))->is_list
                     ? set_list(cli, config, name, failure)
                     : set_one(config, name, cli->settings[i].value, failure);
        if (rc < 0) {
            return rc;
        }
    }
    for (size_t i = 0; i < cli->property_count; i++) {
        struct ksse_error error;
        int rc = ksse_config_set_kafka(config, cli->properties[i].name, cli->properties[i].value,
                                       &error);
        if (rc < 0) {
            return failure_from(failure, rc, "option -X", &error);
        }
    }
    return 0;
}
