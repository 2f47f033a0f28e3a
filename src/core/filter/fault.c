/* Messages with their place in a text: see the header. */
#include "core/filter/fault.h"
#include "core/json/json_scan.h"

enum {
    SHOWN_BEFORE = 60, /* bytes of the text around the place */
    SHOWN_AFTER = 40
};

/* The length of the character at `at`, or of the bytes there that are no UTF-8. */
static size_t step_at(struct slice text, size_t at)
{
    int step = json_utf8_step(text.data + at, text.data + text.len);
    return (size_t)(step < 0 ? -step : step);
}

/* Makes a line of UTF-8 of any bytes. */
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

void fault_append(const char *message, size_t at_byte, struct slice text, struct buf *out)
{
    size_t len = strlen(message);
    buf_append(out, message, len > 0 && message[len - 1] == '.' ? len - 1 : len);
    size_t place = at_byte < text.len ? at_byte : text.len;
    size_t character = 1;
    size_t from = 0;
    size_t to = place;
    for (size_t at = 0; at < place; character++) {
        at += step_at(text, at);
        from = place > at + SHOWN_BEFORE ? at : from;
    }
    while (to < text.len && to < place + SHOWN_AFTER) {
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
