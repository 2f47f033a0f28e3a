/*
 * A deserializer plug-in: a line of comma separated values becomes a JSON object, with the names of
 * the columns as arguments:
 *
 *     deserializer = plugin:/path/to/csv.so?id,name,price
 *     7,"Nails, long",2.50   is shown as   {"id":7,"name":"Nails, long","price":2.50,"_kafka":...}
 *
 * Quotes are those of RFC 4180. What is a number in JSON is one here, everything else is a string.
 */
#include <kafkasse_plugin.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MAX = 64
};

/* The bytes of a column's name, or of a record's field. */
struct part {
    const char *at;
    const char *end;
    bool is_quoted; /* a field in which "" is one quote */
};

struct csv {
    size_t count;
    struct part columns[COLUMNS_MAX]; /* within the arguments, which live until close() */
};

/* Takes the name at *rest, which is behind its comma then, or NULL behind the last one. */
static bool take_name(const char **rest, struct part *name)
{
    const char *at = *rest;
    for (name->at = at; *at != '\0' && *at != ','; at++) {
        if (*at == '"' || *at == '\\' || (unsigned char)*at < 0x20) {
            return false;
        }
    }
    name->end = at;
    *rest = *at == ',' ? at + 1 : NULL;
    return name->end > name->at;
}

static int csv_open(const char *args, void **state, struct ksse_error *error)
{
    struct csv *csv = calloc(1, sizeof(*csv));
    const char *rest = args;
    while (csv != NULL && rest != NULL) {
        if (csv->count == COLUMNS_MAX || !take_name(&rest, &csv->columns[csv->count++])) {
            snprintf(error->message, sizeof(error->message),
                     "it needs the names of the columns, 64 at most and without quotes, as in "
                     "csv.so?id,name,price");
            free(csv);
            return -1;
        }
    }
    *state = csv;
    return csv == NULL ? -1 : 0;
}

/* The same with a field of a record. False: its quotes are wrong. */
static bool take_field(const char **rest, const char *end, struct part *field)
{
    const char *at = *rest;
    field->is_quoted = at < end && *at == '"';
    if (field->is_quoted) {
        for (field->at = ++at; at < end && (*at != '"' || (at + 1 < end && at[1] == '"'));) {
            at += *at == '"' ? 2 : 1;
        }
        field->end = at;
        if (at++ == end) {
            return false;
        }
    } else {
        for (field->at = at; at < end && *at != ',';) {
            at++;
        }
        field->end = at;
    }
    *rest = at < end ? at + 1 : NULL;
    return at == end || *at == ',';
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* RFC 8259, section 6, without exponents. */
static bool is_number(const struct part *field)
{
    const char *digits = field->at + (field->at < field->end && *field->at == '-');
    const char *at = skip_digits(digits, field->end);
    if (at == digits || (*digits == '0' && at - digits > 1)) {
        return false;
    }
    if (at < field->end && *at == '.') {
        digits = at + 1;
        at = skip_digits(digits, field->end);
    }
    return at > digits && at == field->end;
}

static void put(struct ksse_output *output, const char *text)
{
    output->append(output, text, strlen(text));
}

static void put_string(struct ksse_output *output, const struct part *field)
{
    put(output, "\"");
    for (const char *at = field->at; at < field->end; at++) {
        unsigned char c = (unsigned char)*at;
        char escaped[8];
        if (c < 0x20 || c == '"' || c == '\\') {
            snprintf(escaped, sizeof(escaped), "\\u%04x", c);
            put(output, escaped);
            at += c == '"' && field->is_quoted; /* the second one */
        } else {
            output->append(output, at, 1);
        }
    }
    put(output, "\"");
}

/* Output before a failure counts as its reason, so all fields are read first. */
static bool read_fields(const struct csv *csv, const struct ksse_record *record,
                        struct part fields[COLUMNS_MAX])
{
    const char *rest = record->value;
    const char *end = rest + record->value_len;
    size_t count = 0;
    while (end > rest && (end[-1] == '\n' || end[-1] == '\r')) {
        end--;
    }
    while (rest != NULL) {
        if (count == csv->count || !take_field(&rest, end, &fields[count++])) {
            return false;
        }
    }
    return count == csv->count;
}

static enum ksse_deserialized csv_deserialize(void *state, const struct ksse_record *record,
                                              struct ksse_output *output)
{
    const struct csv *csv = state;
    struct part fields[COLUMNS_MAX];
    if (!read_fields(csv, record, fields)) {
        put(output, "not as many fields as columns, or a quote that is not closed");
        return KSSE_DESERIALIZED_FAILED;
    }
    for (size_t i = 0; i < csv->count; i++) {
        put(output, i == 0 ? "{\"" : ",\"");
        output->append(output, csv->columns[i].at,
                       (size_t)(csv->columns[i].end - csv->columns[i].at));
        put(output, "\":");
        if (!fields[i].is_quoted && is_number(&fields[i])) {
            output->append(output, fields[i].at, (size_t)(fields[i].end - fields[i].at));
        } else {
            put_string(output, &fields[i]);
        }
    }
    put(output, "}");
    return KSSE_DESERIALIZED_JSON;
}

const struct ksse_plugin ksse_plugin = {
    .abi = KSSE_PLUGIN_ABI,
    .size = sizeof(struct ksse_plugin),
    .name = "csv",
    .open = csv_open,
    .close = free,
    .deserialize = csv_deserialize,
};
