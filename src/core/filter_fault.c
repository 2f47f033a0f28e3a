/* What is wrong with an expression, for people. Any thread. */
#include "core/filter_node.h"
#include "core/json_scan.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    SHOWN_BEFORE = 60, /* bytes of the expression around the place */
    SHOWN_BEHIND = 40
};

void filter_fault_set(struct filter_fault *fault, size_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault->at = at;
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
}

/* How long the character at `at` is, be it good UTF-8 or not. */
static size_t step_at(struct slice text, size_t at)
{
    int step = json_utf8_step(text.data + at, text.data + text.len);
    return (size_t)(step < 0 ? -step : step);
}

/* In one line and as UTF-8, whatever it is. */
static void append_shown(struct buf *out, struct slice text, size_t from, size_t to)
{
    while (from < to) {
        size_t len = step_at(text, from);
        if (json_utf8_step(text.data + from, text.data + text.len) < 0) {
            buf_append_str(out, "\xef\xbf\xbd");
        } else if ((uint8_t)text.data[from] < ' ' || text.data[from] == 0x7f) {
            buf_append_char(out, ' ');
        } else {
            buf_append(out, text.data + from, len);
        }
        from += len;
    }
}

void filter_fault_append(const struct filter_fault *fault, struct slice text, struct buf *out)
{
    size_t len = strlen(fault->message);
    buf_append(out, fault->message, len > 0 && fault->message[len - 1] == '.' ? len - 1 : len);
    size_t place = fault->at < text.len ? fault->at : text.len;
    size_t character = 1;
    size_t from = 0;
    size_t to = place;
    for (size_t at = 0; at < place; character++) {
        at += step_at(text, at);
        from = place > at + SHOWN_BEFORE ? at : from;
    }
    while (to < text.len && to < place + SHOWN_BEHIND) {
        to += step_at(text, to);
    }
    if (place == text.len) {
        buf_append_str(out, ", at the end: ");
    } else {
        buf_printf(out, ", at character %zu: ", character);
    }
    buf_append_str(out, from > 0 ? "..." : "");
    append_shown(out, text, from, place);
    buf_append_str(out, ">>>");
    append_shown(out, text, place, to);
    buf_append_str(out, to < text.len ? "..." : "");
}
