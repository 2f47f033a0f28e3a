/* Formats lines of the log. They may contain text from clients (paths, ids), so every character
 * that could end a line, move a terminal's cursor or break the JSON is escaped. */
#include "daemon/log.h"

#include <stdio.h>
#include <string.h>

enum {
    TAIL_ROOM = 4 /* kept free for a closing quote, a brace and the line feed */
};

/* A line in the making. A piece that does not fit is dropped. */
struct text {
    char *bytes;
    size_t len;
};

static void put(struct text *text, const char *piece, size_t len)
{
    if (text->len + len <= LOG_LINE_MAX - TAIL_ROOM) {
        memcpy(text->bytes + text->len, piece, len);
        text->len += len;
    }
}

static void put_str(struct text *text, const char *piece)
{
    put(text, piece, strlen(piece));
}

/* For closing characters: they always fit, thanks to TAIL_ROOM. */
static void put_tail(struct text *text, char c)
{
    text->bytes[text->len++] = c;
}

/* The length of the well-formed UTF-8 sequence at `at` (zero-terminated), or 0. RFC 3629. */
static size_t utf8_length(const unsigned char *at)
{
    unsigned char first = at[0];
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0xc2 || first > 0xf4 || at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf) {
            return 0;
        }
    }
    return len;
}

/* Puts one character of a value, and returns how many bytes it had. */
static size_t put_escaped(struct text *text, const char *at)
{
    unsigned char c = (unsigned char)*at;
    char escape[8];
    if (c == '"' || c == '\\') {
        snprintf(escape, sizeof escape, "\\%c", c);
    } else if (c == '\n') {
        snprintf(escape, sizeof escape, "\\n");
    } else if (c < 0x20 || c == 0x7f) {
        snprintf(escape, sizeof escape, "\\u%04x", c);
    } else if (c < 0x80) {
        put(text, at, 1);
        return 1;
    } else {
        size_t len = utf8_length((const unsigned char *)at);
        bool is_c1_control = c == 0xc2 && (unsigned char)at[1] < 0xa0;
        if (len > 0 && !is_c1_control) {
            put(text, at, len);
            return len;
        }
        put_str(text, "\\ufffd");
        return len > 0 ? len : 1;
    }
    put_str(text, escape);
    return 1;
}

/* The message of a text line: escaped, except quotes and backslashes. */
static void put_message(struct text *text, const char *message)
{
    while (*message != '\0') {
        if (*message == '"' || *message == '\\') {
            put(text, message, 1);
            message++;
        } else {
            message += put_escaped(text, message);
        }
    }
}

static void put_quoted(struct text *text, const char *value)
{
    if (text->len + 2 > LOG_LINE_MAX - TAIL_ROOM) {
        return;
    }
    put_str(text, "\"");
    while (*value != '\0') {
        value += put_escaped(text, value);
    }
    put_tail(text, '"');
}

static bool needs_quotes(const char *value)
{
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"\\=", *c) != NULL) {
            return true;
        }
    }
    return *value == '\0';
}

static const char *level_name(enum ksse_log_level level)
{
    static const char *const names[] = {[KSSE_LOG_ERROR] = "error",
                                        [KSSE_LOG_WARNING] = "warning",
                                        [KSSE_LOG_INFO] = "info",
                                        [KSSE_LOG_DEBUG] = "debug"};
    return names[level];
}

/* RFC 3339, UTC, milliseconds. */
static void put_time(struct text *text, const struct timespec *now)
{
    struct tm parts;
    gmtime_r(&now->tv_sec, &parts);
    char digits[64];
    size_t len = strftime(digits, sizeof digits, "%Y-%m-%dT%H:%M:%S", &parts);
    put(text, digits, len);
    snprintf(digits, sizeof digits, ".%03dZ", (int)(now->tv_nsec / 1000000 % 1000));
    put_str(text, digits);
}

/* Whether a field of that name fits, with at least the beginning of its value. */
static bool has_room(const struct text *text, const char *name)
{
    return text->len + strlen(name) + 16 < LOG_LINE_MAX - TAIL_ROOM;
}

static void put_member(struct text *text, const char *name, const char *value)
{
    if (!has_room(text, name)) {
        return;
    }
    put_str(text, ",");
    put_quoted(text, name);
    put_str(text, ":");
    put_quoted(text, value);
}

static void format_json(struct text *text, const struct log_line *line)
{
    put_str(text, "{\"time\":\"");
    put_time(text, &line->time);
    put_str(text, "\"");
    put_member(text, "level", level_name(line->level));
    put_member(text, "event", line->event);
    put_member(text, "message", line->message);
    for (size_t i = 0; i < line->field_count; i++) {
        put_member(text, line->fields[i].name, line->fields[i].value);
    }
    put_tail(text, '}');
}

static void put_field(struct text *text, const struct ksse_log_field *field)
{
    put_str(text, " ");
    put_str(text, field->name);
    put_str(text, "=");
    if (needs_quotes(field->value)) {
        put_quoted(text, field->value);
    } else {
        put_str(text, field->value);
    }
}

static void format_text(struct text *text, const struct log_line *line)
{
    put_time(text, &line->time);
    put_str(text, " ");
    put_str(text, level_name(line->level));
    put_str(text, " ");
    put_str(text, line->event);
    put_str(text, " ");
    put_message(text, line->message);
    for (size_t i = 0; i < line->field_count && has_room(text, line->fields[i].name); i++) {
        put_field(text, &line->fields[i]);
    }
}

size_t log_format_line(const struct log_line *line, bool is_json, char out[LOG_LINE_MAX])
{
    struct text text = {out, 0};
    if (is_json) {
        format_json(&text, line);
    } else {
        format_text(&text, line);
    }
    put_tail(&text, '\n');
    return text.len;
}
