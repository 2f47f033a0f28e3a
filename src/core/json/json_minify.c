/*
 * The record minifier: one pass from a record's bytes to its line, the hottest code of the server.
 * It converts nothing and builds no tree. No state between calls; any thread.
 *
 * Invariant: `out` always has room for the rest of the input, so that copying needs no check. Only
 * bytes that become longer (replacements, escapes) ask for more room.
 *
 * Functions pass the cursor by value, in two registers. A cursor whose src is NULL has stopped;
 * struct minify says why.
 */
#include "core/json/json.h"
#include "core/json/json_scan.h"
#include "core/json/json_step.h"

struct cursor {
    const char *src;
    char *dst;
};

struct minify {
    const char *end; /* of the input */
    struct buf *out;
    size_t body;       /* offset in out, after the top-level brace */
    size_t drop_to;    /* where the member to be dropped begins, or NOT_DROPPING */
    bool is_in_object; /* the innermost container, if any */
    bool keeps_kafka;
    bool has_kafka; /* with keeps_kafka: such a member was written */
    int depth;
    enum json_outcome stopped; /* why the cursor stopped */
    uint64_t is_object[JSON_MAX_DEPTH / 64];
};

#define NOT_DROPPING SIZE_MAX
#define STOP ((struct cursor){NULL, NULL})

static const char own_name[] = "_kafka";

/* ---- strings ---- */

/* Copies up to the next byte of a string that is not plain. */
static inline struct cursor copy_plain(const struct minify *m, struct cursor at)
{
    while (m->end - at.src >= JSON_STEP_BYTES) {
        size_t plain = json_copy_step(at.src, at.dst);
        at.src += plain;
        at.dst += plain;
        if (plain < JSON_STEP_BYTES) {
            return at;
        }
    }
    while (at.src < m->end && json_is(*at.src, JSON_CLASS_PLAIN)) {
        *at.dst++ = *at.src++;
    }
    return at;
}

/* Writes a text that is longer than the bytes it replaces, which src is past already. */
static struct cursor put_longer(struct minify *m, struct cursor at, const char *text, size_t len)
{
    m->out->len = (size_t)(at.dst - m->out->data);
    at.dst = buf_reserve(m->out, len + (size_t)(m->end - at.src));
    if (at.dst == NULL) {
        m->stopped = JSON_NO_MEMORY;
        return STOP;
    }
    memcpy(at.dst, text, len);
    at.dst += len;
    return at;
}

static struct cursor put_line_end_escape(struct minify *m, struct cursor at, int step)
{
    char escape[6];
    json_format_escape(json_utf8_decode(at.src, step), escape);
    at.src += step;
    return put_longer(m, at, escape, sizeof(escape));
}

/* Copies, escapes or replaces one sequence of bytes from 0x80 on. */
static inline struct cursor copy_sequence(struct minify *m, struct cursor at)
{
    uint8_t lead = (uint8_t)at.src[0];
    /* Two-byte sequences, which are most of what is not ASCII, need no call. */
    if (lead > 0xc2 && lead < 0xe0 && m->end - at.src > 1 && ((uint8_t)at.src[1] & 0xc0) == 0x80) {
        memcpy(at.dst, at.src, 2);
        return (struct cursor){at.src + 2, at.dst + 2};
    }
    int step = json_utf8_step(at.src, m->end);
    if (step < 0) {
        at.src -= step;
        return put_longer(m, at, "\xef\xbf\xbd", 3);
    }
    if ((lead == 0xc2 || lead == 0xe2) && json_is_line_end(json_utf8_decode(at.src, step))) {
        return put_line_end_escape(m, at, step);
    }
    for (; step > 0; step--) {
        *at.dst++ = *at.src++;
    }
    return at;
}

static struct cursor copy_multibyte(struct minify *m, struct cursor at)
{
    do {
        at = copy_sequence(m, at);
    } while (at.src != NULL && at.src < m->end && json_is_multibyte(*at.src));
    return at;
}

static inline struct cursor copy_escape(const struct minify *m, struct cursor at)
{
    int len = json_escape_length(at.src, m->end);
    if (len == 0) {
        return STOP;
    }
    for (; len > 0; len--) {
        *at.dst++ = *at.src++;
    }
    return at;
}

/*
 * Copies a string with its quotes. Always inlined, once for names and once for values, whose
 * branches are predicted differently: that is worth 15 %.
 */
static inline __attribute__((always_inline)) struct cursor copy_string(struct minify *m,
                                                                       struct cursor at)
{
    *at.dst++ = *at.src++;
    while (at.src != NULL) {
        at = copy_plain(m, at);
        if (at.src == m->end) {
            return STOP;
        }
        if (*at.src == '"') {
            *at.dst++ = *at.src++;
            return at;
        }
        if (*at.src == '\\') {
            at = copy_escape(m, at);
        } else if (json_is_multibyte(*at.src)) {
            at = copy_multibyte(m, at);
        } else {
            return STOP;
        }
    }
    return STOP;
}

/* ---- values ---- */

/* The next byte that is no white space, or NUL (which is valid nowhere) at the end. */
static inline char skip_space(const struct minify *m, struct cursor *at)
{
    while (at->src < m->end && json_is(*at->src, JSON_CLASS_SPACE)) {
        at->src++;
    }
    return at->src < m->end ? *at->src : '\0';
}

static struct cursor copy_number(const struct minify *m, struct cursor at)
{
    const char *end = json_number_end(at.src, m->end);
    if (end == NULL) {
        return STOP;
    }
    size_t len = (size_t)(end - at.src);
    if (len <= 16 && m->end - at.src >= 16) { /* mostly: one load and store, no call */
        memcpy(at.dst, at.src, 16);
    } else {
        memcpy(at.dst, at.src, len);
    }
    return (struct cursor){end, at.dst + len};
}

static struct cursor copy_literal(const struct minify *m, struct cursor at, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(m->end - at.src) < len || memcmp(at.src, word, len) != 0) {
        return STOP;
    }
    memcpy(at.dst, word, len);
    return (struct cursor){at.src + len, at.dst + len};
}

static struct cursor copy_scalar(const struct minify *m, struct cursor at, char first)
{
    switch (first) {
    case 't':
        return copy_literal(m, at, "true");
    case 'f':
        return copy_literal(m, at, "false");
    case 'n':
        return copy_literal(m, at, "null");
    default:
        return copy_number(m, at);
    }
}

static inline bool is_own_name(const char *from, const char *to)
{
    size_t len = (size_t)(to - from);
    /* The cheap test first: the name begins with '_', or with an escape. */
    if (len < sizeof(own_name) - 1 || (*from != '_' && *from != '\\')) {
        return false;
    }
    return json_text_eq(slice_of(from, len), own_name);
}

/* Copies a member's name and colon; at the top level also the comma before it. Decides whether the
 * member is dropped. */
static inline struct cursor copy_name(struct minify *m, struct cursor at)
{
    size_t begin = 0;
    bool is_top = m->depth == 1;
    if (is_top) {
        begin = (size_t)(at.dst - m->out->data);
        if (begin > m->body) {
            *at.dst++ = ',';
        }
    }
    if (skip_space(m, &at) != '"') {
        return STOP;
    }
    const char *name = at.src + 1;
    at = copy_string(m, at);
    if (at.src == NULL) {
        return STOP;
    }
    if (is_top && is_own_name(name, at.src - 1)) {
        m->has_kafka = true;
        m->drop_to = m->keeps_kafka ? NOT_DROPPING : begin;
    }
    if (skip_space(m, &at) != ':') {
        return STOP;
    }
    *at.dst++ = *at.src++;
    return at;
}

static struct cursor open_container(struct minify *m, struct cursor at, bool is_object)
{
    if (m->depth == JSON_MAX_DEPTH) {
        return STOP;
    }
    uint64_t bit = (uint64_t)1 << (m->depth % 64);
    uint64_t *word = &m->is_object[m->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    m->is_in_object = is_object;
    *at.dst++ = *at.src++;
    if (m->depth++ == 0) {
        m->body = (size_t)(at.dst - m->out->data);
    }
    return at;
}

/* Copies a member or element up to the end of a scalar, or to the inside of an empty container. */
static inline struct cursor copy_item(struct minify *m, struct cursor at)
{
    for (;;) {
        if (m->is_in_object) {
            at = copy_name(m, at);
            if (at.src == NULL) {
                return at;
            }
        }
        char first = skip_space(m, &at);
        if (first == '"') {
            return copy_string(m, at);
        }
        if (first != '{' && first != '[') {
            return copy_scalar(m, at, first);
        }
        at = open_container(m, at, first == '{');
        if (at.src == NULL || skip_space(m, &at) == (first == '{' ? '}' : ']')) {
            return at;
        }
    }
}

static inline struct cursor close_container(struct minify *m, struct cursor at)
{
    *at.dst++ = *at.src++;
    m->depth--;
    if (m->depth > 0) {
        int above = m->depth - 1;
        m->is_in_object = (m->is_object[above / 64] >> (above % 64)) & 1;
    }
    return at;
}

/* Copies what follows an item: closing brackets up to the next comma, or the end of the top value.
 */
static inline struct cursor copy_after_item(struct minify *m, struct cursor at)
{
    while (at.src != NULL && m->depth > 0) {
        if (m->depth == 1 && m->drop_to != NOT_DROPPING) {
            at.dst = m->out->data + m->drop_to;
            m->drop_to = NOT_DROPPING;
        }
        char next = skip_space(m, &at);
        if (next == ',') {
            at.src++;
            /* At the top level, copy_name() writes it. */
            if (m->depth > 1) {
                *at.dst++ = ',';
            }
            return at;
        }
        if (next != (m->is_in_object ? '}' : ']')) {
            return STOP;
        }
        at = close_container(m, at);
    }
    return at;
}

static enum json_outcome minify(struct minify *m, struct cursor at)
{
    bool is_object = skip_space(m, &at) == '{';
    do {
        at = copy_after_item(m, copy_item(m, at));
    } while (at.src != NULL && m->depth > 0);
    if (at.src == NULL) {
        return m->stopped;
    }
    skip_space(m, &at);
    if (at.src != m->end) {
        return JSON_INVALID;
    }
    if (!is_object) {
        return JSON_NOT_OBJECT;
    }
    ASSERT(at.dst <= m->out->data + m->out->cap);
    m->out->len = (size_t)(at.dst - m->out->data) - 1; /* without the closing brace */
    return JSON_OK;
}

/* Minifies. *m has its members about "_kafka" only; the others are set here. */
static enum json_outcome minify_object(struct minify *m, struct slice in, struct buf *out,
                                       bool *has_members)
{
    if (in.len == 0) {
        return JSON_INVALID;
    }
    size_t before = out->len;
    char *dst = buf_reserve(out, in.len);
    if (dst == NULL) {
        return JSON_NO_MEMORY;
    }
    m->end = in.data + in.len;
    m->out = out;
    m->body = 0;
    m->drop_to = NOT_DROPPING;
    m->is_in_object = false;
    m->depth = 0;
    m->stopped = JSON_INVALID;
    enum json_outcome outcome = minify(m, (struct cursor){in.data, dst});
    if (outcome != JSON_OK) {
        buf_truncate(out, before);
        return outcome;
    }
    *has_members = out->len > m->body;
    return JSON_OK;
}

enum json_outcome json_minify_object(struct slice in, struct buf *out, bool *has_members)
{
    struct minify m;
    m.keeps_kafka = false;
    m.has_kafka = false;
    return minify_object(&m, in, out, has_members);
}

enum json_outcome json_minify_whole_object(struct slice in, struct buf *out, bool *has_members,
                                           bool *has_kafka)
{
    struct minify m;
    m.keeps_kafka = true;
    m.has_kafka = false;
    enum json_outcome outcome = minify_object(&m, in, out, has_members);
    *has_kafka = m.has_kafka;
    return outcome;
}
