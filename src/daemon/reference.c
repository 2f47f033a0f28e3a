/* Prints the reference of all settings as Markdown, from the same tables as -h. */
#include "daemon/help.h"

#include "daemon/cli.h"

#include <ctype.h>
#include <string.h>

static const char head[] =
    "# Reference of the settings\n"
    "\n"
    "This page is the output of `kafkasse --print-reference`. `kafkasse -T` checks a\n"
    "configuration and prints what the server would serve.\n"
    "\n"
    "A setting has the same name everywhere:\n"
    "\n"
    "| where | how |\n"
    "|---|---|\n"
    "| command line | `--linger 2m`; some settings also have a letter |\n"
    "| environment | `KAFKASSE_LINGER=2m` |\n"
    "| file (`-c FILE` or `KAFKASSE_CONFIG`) | `linger = 2m`, before the first section |\n"
    "\n"
    "The command line overrides the environment, the environment overrides the file, and the\n"
    "file overrides the default. Unknown settings and invalid values are errors: `kafkasse` says\n"
    "where they are and exits with status 78. An unknown variable `KAFKASSE_...` is ignored, with\n"
    "a warning in the log, unless Kubernetes has set it for a Service called kafkasse.\n"
    "\n"
    "A time is a whole number with a unit: `500ms`, `15s`, `2m`, `1h`. A size is a number of\n"
    "bytes, or a number with `KiB`, `MiB`, `GiB` or `TiB`. A switch is `yes` or `no`.\n";

static const char sections[] =
    "\n"
    "## The file\n"
    "\n"
    "```ini\n"
    "; a comment begins with ; or # at the start of a line, or with a space and ; within it\n"
    "brokers = kafka1:9092,kafka2:9092\n"
    "topics  = eqiad.edits, codfw.edits\n"
    "topics  = ^public[.]                ; another line adds to the list\n"
    "\n"
    "[kafka]\n"
    "security.protocol = SASL_SSL\n"
    "sasl.mechanisms   = SCRAM-SHA-512\n"
    "sasl.username     = kafkasse\n"
    "sasl.password     = ...\n"
    "\n"
    "[route /v2/stream/{topics}]\n"
    "id-format = timestamp\n"
    "\n"
    "[route /all-edits]\n"
    "topics = eqiad.edits, codfw.edits\n"
    "\n"
    "[alias edits]\n"
    "topics = eqiad.edits, codfw.edits\n"
    "```\n"
    "\n"
    "- **`[kafka]`** holds properties of librdkafka, as `-X property=value` does on the command\n"
    "  line. kafkasse refuses properties that would break its promises, and says why: properties\n"
    "  of consumer groups and offset commits, `auto.offset.reset`, `enable.partition.eof`,\n"
    "  `fetch.wait.max.ms`, `allow.auto.create.topics`, and `bootstrap.servers`, which is the\n"
    "  setting `brokers`.\n"
    "- **`[route PATH]`** adds a path. `{topics}` in a path is a whole segment and stands for a\n"
    "  comma list of topics. A path without it serves the route's own `topics` as one stream. The\n"
    "  first route that matches a request serves it. A route may set the options marked \"route\"\n"
    "  below; the others come from the server's settings. Without such sections, the routes are\n"
    "  `/{topics}` and `/v2/stream/{topics}`.\n"
    "- **`[alias NAME]`** lets `NAME` in a URL stand for the names of its `topics`.\n"
    "\n"
    "A topic matches by its name, or by a POSIX extended regular expression that begins with `^`.\n"
    "The expression must match from the start of the name; end it with `$` to match the whole\n"
    "name. Kafka's internal topics are never served.\n";

static const char tail[] =
    "\n"
    "## Exit status\n"
    "\n"
    "| status | meaning |\n"
    "|---|---|\n"
    "| 0 | after a signal (SIGTERM, SIGINT, SIGQUIT), `-h`, `-V`, `--print-reference`; `-T`: valid "
    "|\n"
    "| 71 | the system refused something, such as memory |\n"
    "| 75 | the server cannot listen on its address; another try later may succeed |\n"
    "| 78 | the command line, the environment, the file or a Kafka property is wrong |\n";

/* Table cells must not hold a bare '|'. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void print_code_cell(FILE *out, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    fputc('`', out);
    print_cell(out, text);
    fputc('`', out);
}

static void print_variable(FILE *out, const char *name)
{
    fputs("`KAFKASSE_", out);
    for (; *name != '\0'; name++) {
        fputc(*name == '-' ? '_' : toupper((unsigned char)*name), out);
    }
    fputc('`', out);
}

static void print_option(FILE *out, char letter, const char *name, const char *value_name)
{
    fputc('`', out);
    if (letter != 0) {
        fprintf(out, "-%c`, `", letter);
    }
    fprintf(out, "--%s%s", name, value_name == NULL ? "" : " ");
    print_cell(out, value_name == NULL ? "" : value_name);
    fputc('`', out);
}

static void print_setting(FILE *out, const struct ksse_setting *row)
{
    fprintf(out, "| `%s`%s | ", row->name, row->is_route_option ? " (route)" : "");
    print_option(out, row->letter, row->name, row->value_name);
    fputs(" | ", out);
    print_variable(out, row->name);
    fputs(" | ", out);
    print_code_cell(out, row->default_value);
    fputs(" | ", out);
    print_code_cell(out, row->range);
    fputs(" | ", out);
    print_cell(out, row->help);
    fputs(" |\n", out);
}

static void print_settings(FILE *out)
{
    const char *section = "";
    const struct ksse_setting *row;
    for (size_t i = 0; (row = ksse_setting_at(i)) != NULL; i++) {
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            fprintf(out,
                    "\n## %s\n\n| setting | option | environment | default | range | meaning |\n"
                    "|---|---|---|---|---|---|\n",
                    section);
        }
        print_setting(out, row);
    }
}

static void print_options(FILE *out)
{
    fputs("\n## Other options\n\n| option | meaning |\n|---|---|\n", out);
    const struct cli_option *option;
    for (size_t i = 0; (option = cli_option_at(i)) != NULL; i++) {
        fputs("| ", out);
        print_option(out, option->letter, option->name, option->value_name);
        fputs(" | ", out);
        print_cell(out, option->help);
        fputs(" |\n", out);
    }
}

void reference_print(FILE *out)
{
    fputs(head, out);
    fputs(sections, out);
    print_settings(out);
    print_options(out);
    fputs(tail, out);
}
