/* Prints the page of -h from the tables of settings and options. */
#include "daemon/help.h"

#include "daemon/cli.h"

#include <string.h>

enum {
    WIDTH = 88,
    INDENT = 10
};

static const char head[] =
    "Usage: kafkasse -b BROKERS [OPTION]...\n"
    "       kafkasse --demo [OPTION]...\n"
    "\n"
    "Serves Kafka topics as Server-Sent Events, to browsers and all other HTTP clients.\n"
    "\n"
    "Examples:\n"
    "  kafkasse --demo                              a mock cluster with topics\n"
    "  kafkasse -b localhost:9092                   all topics, on http://127.0.0.1:6917\n"
    "  kafkasse -b kafka:9092 -t edits -t '^wiki[.]' -l :8080\n"
    "                                               some topics, on all addresses\n"
    "  kafkasse -c /etc/kafkasse.ini -T             check a file, print what it would serve\n"
    "  curl -N http://localhost:6917/edits          read a topic\n"
    "  curl -N 'http://localhost:6917/edits?since=2026-01-02T03:04:05Z'\n"
    "                                               the same, from that time on\n";

static const char tail[] =
    "\n"
    "A setting has the same name everywhere: --linger 2m on the command line, linger = 2m in the\n"
    "file, KAFKASSE_LINGER=2m in the environment. The command line overrides the environment,\n"
    "the environment overrides the file, and the file overrides the default.\n"
    "\n"
    "The file may have sections: [kafka] with properties of librdkafka; [route /PATH/{topics}]\n"
    "with a path to serve and options of its own, those marked \"per route\"; [alias NAME] with\n"
    "\"topics = \", for which NAME stands in URLs.\n"
    "\n"
    "Times: 500ms, 15s, 2m, 1h. Sizes: 4096, 64KiB, 8MiB, 1GiB.\n"
    "\n"
    "Exit status: 0 after SIGTERM, SIGINT or SIGQUIT, and after -h, -V and -T on a valid\n"
    "configuration; 71 if the system fails; 75 if the server cannot listen on its address; 78 if\n"
    "the configuration is wrong.\n";

/* Prints `text` in lines of at most WIDTH columns, indented, and broken between words. */
static void print_wrapped(FILE *out, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > 0 && column + 1 + len > WIDTH - INDENT) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0) {
            fprintf(out, "%*s", INDENT, "");
        } else {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_names(FILE *out, char letter, const char *name, const char *value_name)
{
    if (letter != 0) {
        fprintf(out, "  -%c, --%s", letter, name);
    } else {
        fprintf(out, "      --%s", name);
    }
    fprintf(out, "%s%s\n", value_name == NULL ? "" : " ", value_name == NULL ? "" : value_name);
}

/* "[1s..1h; default 10s; per route]", without the parts that the setting does not have. */
static void print_facts(FILE *out, const struct ksse_setting *row)
{
    char facts[256] = "";
    size_t len = 0;
    const char *const pieces[][2] = {{"", row->range},
                                     {"default ", row->default_value},
                                     {"", row->is_route_option ? "per route" : ""}};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (pieces[i][1][0] != '\0' && len < sizeof facts) {
            len += (size_t)snprintf(facts + len, sizeof facts - len, "%s%s%s", len > 0 ? "; " : "[",
                                    pieces[i][0], pieces[i][1]);
        }
    }
    if (len > 0 && len + 1 < sizeof facts) {
        snprintf(facts + len, sizeof facts - len, "]");
        print_wrapped(out, facts);
    }
}

static void print_setting(FILE *out, const struct ksse_setting *row)
{
    print_names(out, row->letter, row->name, row->value_name);
    print_wrapped(out, row->help);
    if (row->value_name != NULL) {
        print_facts(out, row);
    }
}

void help_print(FILE *out)
{
    fputs(head, out);
    fputs("\nGeneral:\n", out);
    const struct cli_option *option;
    for (size_t i = 0; (option = cli_option_at(i)) != NULL; i++) {
        print_names(out, option->letter, option->name, option->value_name);
        print_wrapped(out, option->help);
    }
    const char *section = "";
    const struct ksse_setting *row;
    for (size_t i = 0; (row = ksse_setting_at(i)) != NULL; i++) {
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            fprintf(out, "\n%s:\n", section);
        }
        print_setting(out, row);
    }
    fputs(tail, out);
}
