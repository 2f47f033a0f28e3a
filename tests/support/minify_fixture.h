/*
 * For unit tests of the minifier. Each case runs on an exact heap copy of its text (so that a
 * sanitizer sees a look behind the end), bare and with white space behind it: then its strings are
 * copied in steps instead of byte by byte.
 */
#ifndef SUPPORT_MINIFY_FIXTURE_H
#define SUPPORT_MINIFY_FIXTURE_H

#include "core/json/json.h"
#include "support/unit.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const char before[] = "data: ";

static inline enum json_outcome minify_copy(struct slice in, size_t padding, struct buf *out,
                                            bool *has_members)
{
    char *copy = malloc(in.len + padding);
    if (in.len > 0) {
        memcpy(copy, in.data, in.len);
    }
    memset(copy + in.len, ' ', padding);
    enum json_outcome outcome =
        json_minify_object(slice_of(copy, in.len + padding), out, has_members);
    free(copy);
    return outcome;
}

/* `expected` is without the closing brace, or NULL data: refused with `outcome`. */
static inline void check_minified(struct slice in, struct slice expected, enum json_outcome outcome)
{
    for (size_t padding = 0; padding <= 64; padding += 16) {
        struct buf out = BUF_INIT;
        bool has_members = false;
        buf_append_str(&out, before);
        enum json_outcome got = minify_copy(in, padding, &out, &has_members);
        struct slice written = slice_of(out.data + strlen(before), out.len - strlen(before));
        /* Said in two parts, or gcc -O3 sees memcmp() of a null pointer. */
        bool is_right = expected.len == 0 ? written.len == 0 : slice_eq(written, expected);
        if (got != outcome || !is_right) {
            fail_msg("%.*s: outcome %d, written: %.*s", SLICE_ARG(in), got, SLICE_ARG(written));
        }
        assert_true(buf_ok(&out));
        assert_memory_equal(out.data, before, strlen(before));
        if (outcome == JSON_OK) {
            assert_int_equal(has_members, expected.len > 1);
        }
        buf_fini(&out);
    }
}

struct good {
    struct slice in, out;
};

static inline void check_good(const struct good *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_minified(cases[i].in, cases[i].out, JSON_OK);
    }
}

static inline void check_bad(const struct slice *cases, size_t count, enum json_outcome outcome)
{
    for (size_t i = 0; i < count; i++) {
        check_minified(cases[i], slice_of(NULL, 0), outcome);
    }
}

#endif
