/* Prints the reference of all settings as Markdown, from the same tables as -h. */
#include "daemon/help.h"

#include "daemon/cli.h"

#include <ctype.h>
#include <string.h>

static const char head[] =
    "# Reference of the settings\n"
    "\n"
    "This page is the output of `kafkasse --print-reference`.\n"
    "\n"
    "A setting has one name everywhere:\n"
    "\n"
    "| where | how |\n"
    "|---|---|\n"
    "| command line | `--linger 2m`; some have a letter too |\n"
    "| environment | `KAFKASSE_LINGER=2m` |\n"
    "| file (`-c FILE` or `KAFKASSE_CONFIG`) | `linger = 2m`, before the first section |\n"
    "\n"
    "The command line wins over the environment, the environment over the file, the file over the\n"
    "default. An unknown setting or a bad value is an error: `kafkasse` says where it is and "
    "exits\n"
    "with status 78. A variable `KAFKASSE_...` that is not a setting is logged and ignored, "
    "unless\n"
    "Kubernetes set it because of a Service called kafkasse. `kafkasse -T` checks everything and\n"
    "prints what would be served.\n"
    "\n"
    "Times are whole numbers with a unit: `500ms`, `15s`, `2m`, `1h`. Sizes are bytes, or numbers\n"
    "with `KiB`, `MiB`, `GiB`, `TiB`. Switches are `yes` or `no`.\n";

static const char sections[] =
    "\n"
    "## The file\n"
    "\n"
    "```ini\n"
    "; a line that begins with ; or # is a comment, and so is the text after a space and ;\n"
    "brokers = kafka1:9092,kafka2:9092\n"
    "topics  = eqiad.edits, codfw.edits\n"
    "topics  = ^public[.]                ; lists may continue on a further line\n"
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
    "- **`[kafka]`** goes to librdkafka as it is (`-X property=value` on the command line). "
    "Properties\n"
    "  that would break the server's guarantees are refused, with the reason: those of consumer\n"
    "  groups and offset commits, `auto.offset.reset`, `enable.partition.eof`, "
    "`fetch.wait.max.ms`,\n"
    "  `allow.auto.create.topics`, and `bootstrap.servers`, which is the setting `brokers` here.\n"
    "- **`[route PATH]`** adds a path. `{topics}` stands for a comma list of topics and is a "
    "whole\n"
    "  segment; a path without it serves its own `topics` as one stream. The first route that has "
    "a\n"
    "  path serves it. Without any such section the routes are `/{topics}` and\n"
    "  `/v2/stream/{topics}`. Its options are those marked \"route\" below; options "
    "that\n"
    "  it leaves out have the server's values.\n"
    "- **`[alias NAME]`** lets `NAME` in a URL stand for the names of its `topics`.\n"
    "\n"
    "Topics are matched by name, or by a POSIX extended regular expression that begins with `^`; "
    "it\n"
    "must match from the start of a name, and to its end only if it ends with `$`. Kafka's "
    "internal\n"
    "topics are never served.\n";

static const char tail[] =
    "\n"
    "## Exit status\n"
    "\n"
    "| status | meaning |\n"
    "|---|---|\n"
    "| 0 | ended by SIGTERM, SIGINT or SIGQUIT; `-h`, `-V`, `--print-reference`; `-T` found "
    "nothing wrong |\n"
    "| 71 | the system refused something, such as memory |\n"
    "| 75 | the server cannot listen on the address; trying again later may help |\n"
    "| 78 | wrong command line, environment, file, or Kafka property |\n";

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
    fputs("\n## Options that are not settings\n\n| option | meaning |\n|---|---|\n", out);
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
