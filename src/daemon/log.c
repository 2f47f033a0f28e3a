/* Lines of the log. What comes from clients (paths, ids) may stand in them, so everything that
 * could end a line, move a terminal's cursor or break the JSON is escaped. */
#include "daemon/log.h"

#include <stdio.h>
#include <string.h>

enum {
    TAIL_ROOM = 4 /* kept free for a closing quote, a brace and the line feed */
};

/* A line in the making; what does not fit is dropped piece by piece. */
struct line {
    char *text;
    size_t len;
};

static void put(struct line *line, const char *piece, size_t len)
{
    if (line->len + len <= LOG_LINE_MAX - TAIL_ROOM) {
        memcpy(line->text + line->len, piece, len);
        line->len += len;
    }
}

static void put_str(struct line *line, const char *piece)
{
    put(line, piece, strlen(piece));
}

/* For what closes something: it always fits, thanks to TAIL_ROOM. */
static void put_tail(struct line *line, char c)
{
    line->text[line->len++] = c;
}

/* The length of the well-formed UTF-8 sequence at `text` (zero-terminated), or 0. RFC 3629. */
static size_t utf8_length(const unsigned char *text)
{
    unsigned char first = text[0];
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0xc2 || first > 0xf4 || text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf) {
            return 0;
        }
    }
    return len;
}

/* One character of a value; returns how many bytes of it were taken. */
static size_t put_escaped(struct line *line, const char *at)
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
        put(line, at, 1);
        return 1;
    } else {
        size_t len = utf8_length((const unsigned char *)at);
        bool is_c1_control = c == 0xc2 && (unsigned char)at[1] < 0xa0;
        if (len > 0 && !is_c1_control) {
            put(line, at, len);
            return len;
        }
        put_str(line, "\\ufffd");
        return len > 0 ? len : 1;
    }
    put_str(line, escape);
    return 1;
}

/* A message of text lines: escaped, but a quote is a quote. */
static void put_message(struct line *line, const char *message)
{
    while (*message != '\0') {
        if (*message == '"' || *message == '\\') {
            put(line, message, 1);
            message++;
        } else {
            message += put_escaped(line, message);
        }
    }
}

static void put_quoted(struct line *line, const char *value)
{
    if (line->len + 2 > LOG_LINE_MAX - TAIL_ROOM) {
        return;
    }
    put_str(line, "\"");
    while (*value != '\0') {
        value += put_escaped(line, value);
    }
    put_tail(line, '"');
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
    static const char *const names[] = {"error", "warning", "info", "debug"};
    return names[level];
}

/* RFC 3339, UTC, milliseconds. */
static void put_time(struct line *line, const struct timespec *now)
{
    struct tm parts;
    gmtime_r(&now->tv_sec, &parts);
    char text[64];
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    put(line, text, len);
    snprintf(text, sizeof text, ".%03dZ", (int)(now->tv_nsec / 1000000 % 1000));
    put_str(line, text);
}

/* Whether a member with this name and at least its quotes fits. */
static bool has_room(const struct line *line, const char *name)
{
    return line->len + strlen(name) + 16 < LOG_LINE_MAX - TAIL_ROOM;
}

static void put_member(struct line *line, const char *name, const char *value)
{
    if (!has_room(line, name)) {
        return;
    }
    put_str(line, ",");
    put_quoted(line, name);
    put_str(line, ":");
    put_quoted(line, value);
}

static void format_json(struct line *line, const struct timespec *now, enum ksse_log_level level,
                        const char *event, const char *message, const struct ksse_log_field *fields,
                        size_t field_count)
{
    put_str(line, "{\"time\":\"");
    put_time(line, now);
    put_str(line, "\"");
    put_member(line, "level", level_name(level));
    put_member(line, "event", event);
    put_member(line, "message", message);
    for (size_t i = 0; i < field_count; i++) {
        put_member(line, fields[i].name, fields[i].value);
    }
    put_tail(line, '}');
}

static void format_text(struct line *line, const struct timespec *now, enum ksse_log_level level,
                        const char *event, const char *message, const struct ksse_log_field *fields,
                        size_t field_count)
{
    put_time(line, now);
    put_str(line, " ");
    put_str(line, level_name(level));
    put_str(line, " ");
    put_str(line, event);
    put_str(line, " ");
    put_message(line, message);
    for (size_t i = 0; i < field_count && has_room(line, fields[i].name); i++) {
        put_str(line, " ");
        put_str(line, fields[i].name);
        put_str(line, "=");
        if (needs_quotes(fields[i].value)) {
            put_quoted(line, fields[i].value);
        } else {
            put_str(line, fields[i].value);
        }
    }
}

size_t log_format_line(char out[LOG_LINE_MAX], bool is_json, const struct timespec *now,
                       enum ksse_log_level level, const char *event, const char *message,
                       const struct ksse_log_field *fields, size_t field_count)
{
    struct line line = {out, 0};
    if (is_json) {
        format_json(&line, now, level, event, message, fields, field_count);
    } else {
        format_text(&line, now, level, event, message, fields, field_count);
    }
    put_tail(&line, '\n');
    return line.len;
}
