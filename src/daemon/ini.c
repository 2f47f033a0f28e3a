/* Reads the configuration file with inih. A section may begin once, and a name may be set once in
 * it, except lists of topics, whose lines add up. */
#include "daemon/ini.h"

#include "daemon/ini_reader.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

enum section {
    SECTION_GLOBAL,
    SECTION_KAFKA,
    SECTION_ROUTE,
    SECTION_ALIAS
};

/* A section (name NULL) or a name that was set in it, and the line. */
struct ini_entry {
    char *section;
    char *name;
    char *value;
    int line;
    struct ini_entry *next;
};

struct ini_state {
    struct ksse_config *config;
    const char *path;
    struct failure *failure;
    bool has_failed;
    struct ini_reader reader;
    enum section section;
    char *section_text;       /* "" before the first section */
    const char *section_name; /* within section_text: the route's path, the alias' name */
    struct ini_entry *entries;
};

/* Only the first failure is kept. */
static void fail(struct ini_state *state, int rc, const char *message)
{
    if (state->has_failed) {
        return;
    }
    state->has_failed = true;
    failure_set(state->failure, rc == KSSE_ENOMEM ? EXIT_SYSTEM : EXIT_BAD_CONFIG, "%.200s:%d: %s",
                state->path, state->reader.line_number, message);
}

static void fail_no_memory(struct ini_state *state)
{
    fail(state, KSSE_ENOMEM, "out of memory");
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct ini_entry *find_entry(struct ini_state *state, const char *section, const char *name)
{
    struct ini_entry *entry = state->entries;
    while (entry != NULL && !(strcmp(entry->section, section) == 0 && is_same(entry->name, name))) {
        entry = entry->next;
    }
    return entry;
}

static void free_entry(struct ini_entry *entry)
{
    free(entry->section);
    free(entry->name);
    free(entry->value);
    free(entry);
}

/* Remembers the entry at the current line; `name` may be NULL. NULL after a failure. */
static struct ini_entry *add_entry(struct ini_state *state, const char *section, const char *name)
{
    struct ini_entry *entry = calloc(1, sizeof *entry);
    if (entry != NULL) {
        entry->section = strdup(section);
        entry->name = name == NULL ? NULL : strdup(name);
        entry->line = state->reader.line_number;
    }
    if (entry == NULL || entry->section == NULL || (name != NULL && entry->name == NULL)) {
        if (entry != NULL) {
            free_entry(entry);
        }
        fail_no_memory(state);
        return NULL;
    }
    entry->next = state->entries;
    state->entries = entry;
    return entry;
}

/* The text after `word` and a space, or NULL when `text` does not begin with them. */
static const char *argument_of(const char *text, const char *word)
{
    size_t len = strlen(word);
    return strncmp(text, word, len) == 0 && text[len] == ' ' ? text + len + 1 : NULL;
}

/* Sets state->section and section_name from section_text. */
static void classify_section(struct ini_state *state)
{
    const char *path = argument_of(state->section_text, "route");
    const char *alias = argument_of(state->section_text, "alias");
    if (strcmp(state->section_text, "kafka") == 0) {
        state->section = SECTION_KAFKA;
    } else if (path != NULL) {
        state->section = SECTION_ROUTE;
        state->section_name = path;
        struct ksse_error error;
        int rc = ksse_config_set_route(state->config, path, NULL, NULL, &error);
        if (rc < 0) {
            fail(state, rc, error.message);
        }
    } else if (alias != NULL) {
        state->section = SECTION_ALIAS;
        state->section_name = alias;
    } else {
        char message[300];
        snprintf(message, sizeof message,
                 "there is no section [%.100s]; there are [kafka], [route /PATH/{topics}] and "
                 "[alias NAME], and settings stand in front of the first of them",
                 state->section_text);
        fail(state, KSSE_EUNKNOWN, message);
    }
}

/* Makes every run of white space one space, so that equal sections have equal texts. */
static void squeeze_spaces(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        bool is_space = *from == ' ' || *from == '\t';
        if (!is_space || (to > text && to[-1] != ' ')) {
            *to++ = is_space ? ' ' : *from;
        }
    }
    *to = '\0';
}

static void begin_section(struct ini_state *state)
{
    free(state->section_text);
    state->section_text = strdup(state->reader.section);
    if (state->section_text == NULL) {
        fail_no_memory(state);
        return;
    }
    squeeze_spaces(state->section_text);
    const struct ini_entry *before = find_entry(state, state->section_text, NULL);
    if (before != NULL) {
        char message[300];
        snprintf(message, sizeof message, "the section [%.100s] is there already, on line %d",
                 state->section_text, before->line);
        fail(state, KSSE_EVALUE, message);
        return;
    }
    classify_section(state);
    if (!state->has_failed) {
        add_entry(state, state->section_text, NULL);
    }
}

static int set_alias(struct ini_state *state, const char *name, const char *value,
                     struct ksse_error *error)
{
    if (strcmp(name, "topics") != 0) {
        snprintf(error->message, sizeof error->message,
                 "an alias has no option \"%.100s\", only topics", name);
        return KSSE_EUNKNOWN;
    }
    return ksse_config_set_alias(state->config, state->section_name, value, error);
}

static void set_value(struct ini_state *state, const char *name, const char *value)
{
    struct ksse_error error;
    int rc = 0;
    switch (state->section) {
    case SECTION_GLOBAL:
        rc = ksse_config_set(state->config, name, value, &error);
        break;
    case SECTION_KAFKA:
        rc = ksse_config_set_kafka(state->config, name, value, &error);
        break;
    case SECTION_ROUTE:
        rc = ksse_config_set_route(state->config, state->section_name, name, value, &error);
        break;
    case SECTION_ALIAS:
        rc = set_alias(state, name, value, &error);
        break;
    }
    if (rc == KSSE_EUNKNOWN && state->section == SECTION_GLOBAL) {
        char message[sizeof error.message + 40];
        snprintf(message, sizeof message, "%s (kafkasse -h lists all)", error.message);
        fail(state, rc, message);
    } else if (rc < 0) {
        fail(state, rc, error.message);
    }
}

static bool is_list(const struct ini_state *state, const char *name)
{
    const struct ksse_setting *row = setting_called(name, strlen(name));
    return state->section != SECTION_KAFKA && row != NULL && row->is_list;
}

/* inih's handler: 1 to go on. inih may have cut its section and value off; the reader has all. */
static int take_line(void *opaque, const char *section, const char *name, const char *value)
{
    (void)section;
    struct ini_state *state = opaque;
    if (state->has_failed) {
        return 0;
    }
    const char *whole = state->reader.value == NULL ? value : state->reader.value;
    struct ini_entry *entry = find_entry(state, state->section_text, name);
    if (entry != NULL && !is_list(state, name)) {
        char message[300];
        snprintf(message, sizeof message, "%.100s is set already, on line %d", name, entry->line);
        fail(state, KSSE_EVALUE, message);
        return 0;
    }
    if (entry == NULL) {
        entry = add_entry(state, state->section_text, name);
    }
    char *all = entry == NULL ? NULL : join_list(entry->value, whole);
    if (all == NULL) {
        fail_no_memory(state);
        return 0;
    }
    free(entry->value);
    entry->value = all;
    set_value(state, name, all);
    return !state->has_failed;
}

/* inih's reader: NULL ends the file, also after a failure. */
static char *read_line(char *out, int size, void *opaque)
{
    struct ini_state *state = opaque;
    if (state->has_failed || !ini_reader_next(&state->reader, out, size)) {
        return NULL;
    }
    if (state->reader.fault != NULL) {
        fail(state, KSSE_EVALUE, state->reader.fault);
    } else if (state->reader.section != NULL) {
        begin_section(state);
    }
    return state->has_failed ? NULL : out;
}

/* inih's handler gets one pointer and its reader another; both are the state. */
static void parse(struct ini_state *state)
{
    int line = ini_parse_stream(read_line, state, take_line, state);
    if (ferror(state->reader.file)) {
        state->has_failed = true;
        failure_set(state->failure, EXIT_BAD_CONFIG, "the configuration file %.500s: %s",
                    state->path, strerror(errno));
    } else if (line > 0) {
        state->reader.line_number = line;
        fail(state, KSSE_EVALUE, "this is neither NAME = VALUE nor [SECTION] nor a comment");
    }
}

static void free_state(struct ini_state *state)
{
    while (state->entries != NULL) {
        struct ini_entry *entry = state->entries;
        state->entries = entry->next;
        free_entry(entry);
    }
    free(state->section_text);
    free(state->reader.line);
}

int ini_apply(struct ksse_config *config, const char *path, struct failure *failure)
{
    struct ini_state state = {.config = config, .path = path, .failure = failure};
    state.reader.file = fopen(path, "re");
    if (state.reader.file == NULL) {
        return failure_set(failure, EXIT_BAD_CONFIG, "the configuration file %.500s: %s", path,
                           strerror(errno));
    }
    state.section_text = strdup("");
    if (state.section_text == NULL) {
        fail_no_memory(&state);
    } else {
        parse(&state);
    }
    fclose(state.reader.file);
    free_state(&state);
    if (!state.has_failed) {
        return 0;
    }
    return failure->status == EXIT_SYSTEM ? KSSE_ESYSTEM : KSSE_EVALUE;
}
