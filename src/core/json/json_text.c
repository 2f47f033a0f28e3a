/* Reads texts with escapes as pieces of plain UTF-8: see the header. */
#include "core/json/json_text.h"
#include "base/mem.h"
#include "core/json/json_scan.h"

/* A text being read. */
struct pieces {
    const char *at;
    const char *end;
    bool has_escapes;
    char code[4]; /* the UTF-8 of the last escape */
};

static struct pieces pieces_of(const struct json_text *text)
{
    const char *at = text->bytes.data;
    const char *end = text->bytes.len == 0 ? at : at + text->bytes.len;
    return (struct pieces){at, end, text->has_escapes, {0}};
}

/* The next piece; an empty one is the end. Lives until the next call. */
static struct slice next_piece(struct pieces *p)
{
    const char *start = p->at;
    if (!p->has_escapes || start == p->end) {
        p->at = p->end;
        return slice_of(start, (size_t)(p->end - start));
    }
    if (*start == '\\') {
        return slice_of(p->code, (size_t)json_utf8_encode(json_take_code(&p->at, p->end), p->code));
    }
    const char *stop = memchr(start, '\\', (size_t)(p->end - start));
    p->at = stop == NULL ? p->end : stop;
    return slice_of(start, (size_t)(p->at - start));
}

static struct slice slice_from(struct slice s, size_t skipped)
{
    return slice_of(s.data + skipped, s.len - skipped);
}

/* Compares as many bytes as both have, and cuts them off. */
static int compare_next(struct slice *a, struct slice *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->data, b->data, len);
    *a = slice_from(*a, len);
    *b = slice_from(*b, len);
    return order;
}

int json_text_order(const struct json_text *a, const struct json_text *b)
{
    struct pieces left = pieces_of(a);
    struct pieces right = pieces_of(b);
    struct slice x = next_piece(&left);
    struct slice y = next_piece(&right);
    while (x.len > 0 && y.len > 0) {
        int order = compare_next(&x, &y);
        if (order != 0) {
            return order;
        }
        if (x.len == 0) {
            x = next_piece(&left);
        }
        if (y.len == 0) {
            y = next_piece(&right);
        }
    }
    return (x.len > 0) - (y.len > 0);
}

bool json_text_is_same(const struct json_text *a, const struct json_text *b)
{
    if (!a->has_escapes && !b->has_escapes) {
        return slice_eq(a->bytes, b->bytes);
    }
    return json_text_order(a, b) == 0;
}

bool json_text_starts_with(const struct json_text *text, struct slice prefix)
{
    struct pieces pieces = pieces_of(text);
    while (prefix.len > 0) {
        struct slice piece = next_piece(&pieces);
        if (piece.len == 0 || compare_next(&piece, &prefix) != 0) {
            return false;
        }
    }
    return true;
}

static size_t unescaped_bytes(const struct json_text *text)
{
    struct pieces pieces = pieces_of(text);
    size_t bytes = 0;
    for (struct slice piece = next_piece(&pieces); piece.len > 0; piece = next_piece(&pieces)) {
        bytes += piece.len;
    }
    return bytes;
}

bool json_text_ends_with(const struct json_text *text, struct slice suffix)
{
    size_t len = unescaped_bytes(text);
    if (len < suffix.len || suffix.len == 0) {
        return suffix.len == 0;
    }
    size_t skipped = len - suffix.len;
    struct pieces pieces = pieces_of(text);
    while (suffix.len > 0) {
        struct slice piece = next_piece(&pieces);
        ASSERT(piece.len > 0);
        size_t skip = skipped < piece.len ? skipped : piece.len;
        skipped -= skip;
        piece = slice_from(piece, skip);
        if (compare_next(&piece, &suffix) != 0) {
            return false;
        }
    }
    return true;
}

size_t json_text_copy(const struct json_text *text, char *out)
{
    struct pieces pieces = pieces_of(text);
    size_t len = 0;
    for (struct slice piece = next_piece(&pieces); piece.len > 0; piece = next_piece(&pieces)) {
        memcpy(out + len, piece.data, piece.len);
        len += piece.len;
    }
    return len;
}

/* How many code points of UTF-8. */
static size_t count_plain(struct slice s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += ((uint8_t)s.data[i] & 0xc0) != 0x80;
    }
    return count;
}

size_t json_text_count(const struct json_text *text)
{
    struct pieces pieces = pieces_of(text);
    size_t count = 0;
    for (struct slice piece = next_piece(&pieces); piece.len > 0; piece = next_piece(&pieces)) {
        count += count_plain(piece);
    }
    return count;
}

/* ---- searching: Knuth, Morris and Pratt, for a text that comes in pieces ---- */

int json_needle_init(struct json_needle *needle, struct slice text)
{
    ASSERT(text.len <= JSON_NEEDLE_MAX_BYTES);
    uint16_t *fallback = mem_alloc((text.len + 1) * sizeof(*fallback));
    if (fallback == NULL) {
        return KSSE_ENOMEM;
    }
    fallback[0] = 0;
    for (size_t i = 1, matched = 0; i < text.len; i++) {
        while (matched > 0 && text.data[i] != text.data[matched]) {
            matched = fallback[matched - 1];
        }
        matched += text.data[i] == text.data[matched];
        fallback[i] = (uint16_t)matched;
    }
    *needle = (struct json_needle){text, fallback};
    return 0;
}

void json_needle_fini(struct json_needle *needle)
{
    mem_free(needle->fallback);
    *needle = (struct json_needle){{NULL, 0}, NULL};
}

/* How much of the needle is matched after another piece. */
static size_t match_piece(const struct json_needle *needle, size_t matched, struct slice piece)
{
    for (size_t i = 0; i < piece.len && matched < needle->text.len; i++) {
        while (matched > 0 && piece.data[i] != needle->text.data[matched]) {
            matched = needle->fallback[matched - 1];
        }
        matched += piece.data[i] == needle->text.data[matched];
    }
    return matched;
}

bool json_text_contains(const struct json_text *text, const struct json_needle *needle)
{
    if (needle->text.len == 0) {
        return true;
    }
    if (text->bytes.len < needle->text.len) {
        return false; /* escapes only make texts longer */
    }
    if (!text->has_escapes) {
        return memmem(text->bytes.data, text->bytes.len, needle->text.data, needle->text.len) !=
               NULL;
    }
    struct pieces pieces = pieces_of(text);
    size_t matched = 0;
    do {
        struct slice piece = next_piece(&pieces);
        if (piece.len == 0) {
            return false;
        }
        matched = match_piece(needle, matched, piece);
    } while (matched < needle->text.len);
    return true;
}
