/* Accept: the first range that we can serve, in the order of the list. */
#include "http/accept.h"
#include "base/assert.h"

static const struct {
    const char *range;
    enum http_accept accept;
} ranges[] = {
    {"text/event-stream", HTTP_ACCEPT_SSE},
    {"text/*", HTTP_ACCEPT_SSE},
    {"*/*", HTTP_ACCEPT_SSE},
    {"application/json", HTTP_ACCEPT_JSON},
    {"application/x-ndjson", HTTP_ACCEPT_NDJSON},
    {"application/ndjson", HTTP_ACCEPT_NDJSON},
};

/* How many bytes of `list` are before its first comma outside of a quoted string. */
static size_t element_len(struct slice list)
{
    bool is_quoted = false;
    for (size_t i = 0; i < list.len; i++) {
        char c = list.data[i];
        if (c == '"') {
            is_quoted = !is_quoted;
        } else if (c == '\\' && is_quoted) {
            i++;
        } else if (c == ',' && !is_quoted) {
            return i;
        }
    }
    return list.len;
}

/* Cuts the first element off *list and returns its media range without parameters. */
static struct slice range_cut(struct slice *list)
{
    size_t len = element_len(*list);
    struct slice range = slice_of(list->data, len);
    size_t used = len < list->len ? len + 1 : len;
    *list = slice_of(list->data + used, list->len - used);
    return slice_trim(slice_cut(&range, ';'));
}

enum http_accept http_accept_parse(struct slice value)
{
    bool is_first = true;
    while (value.len > 0) {
        struct slice range = range_cut(&value);
        if (range.len == 0) {
            continue;
        }
        if (is_first && slice_eq_nocase(range, "text/html")) {
            return HTTP_ACCEPT_HTML;
        }
        is_first = false;
        for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
            if (slice_eq_nocase(range, ranges[i].range)) {
                return ranges[i].accept;
            }
        }
    }
    return HTTP_ACCEPT_SSE;
}
