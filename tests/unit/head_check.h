/*
 * Feeds a request head to the parser in one piece, byte by byte and cut in two at every place: the
 * outcome must be the same. Shared by the tests of the parser's files; include <cmocka.h> first.
 */
#ifndef TESTS_UNIT_HEAD_CHECK_H
#define TESTS_UNIT_HEAD_CHECK_H

#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LIMIT = 512
};

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define SIXTEEN "0123456789abcdef"
#define TOO_MUCH                                                                                   \
    SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN        \
        SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN    \
            SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN        \
                SIXTEEN

struct head_case {
    const char *head;
    size_t len;
    enum http_parse outcome;
};

#define CASE(text, outcome)                                                                        \
    {                                                                                              \
        text, sizeof(text) - 1, outcome                                                            \
    }

/* What a parse gave, with slices as offsets so that results from different memory compare. */
struct result {
    enum http_parse outcome;
    size_t head_len;
    struct http_request request;
};

/* Parses the first `len` bytes from a block of just that size, so that ASan sees a read behind it.
 */
static inline enum http_parse parse_prefix(const char *head, size_t len, size_t limit,
                                           size_t *scanned, struct result *result)
{
    char *copy = malloc(len + 1);
    assert_non_null(copy);
    char *exact = copy + 1;
    memcpy(exact, head, len);
    size_t before = *scanned;
    memset(result, 0xa5, sizeof(*result));
    struct result untouched = *result;
    result->outcome = http_request_parse(slice_of(exact, len), limit, scanned, &result->request,
                                         &result->head_len);
    if (result->outcome == HTTP_PARSE_MORE) {
        assert_true(*scanned >= before && *scanned <= len);
    } else {
        assert_int_equal(*scanned, before);
    }
    if (result->outcome != HTTP_PARSE_OK) {
        assert_memory_equal(&result->request, &untouched.request, sizeof(untouched.request));
        assert_int_equal(result->head_len, untouched.head_len);
    }
    /* Slices are moved to the caller's bytes, which live longer. */
    if (result->outcome == HTTP_PARSE_OK) {
        struct http_request *r = &result->request;
        r->target.data = head + (r->target.data - exact);
        r->path.data = head + (r->path.data - exact);
        if (r->query.data != NULL) {
            r->query.data = head + (r->query.data - exact);
        }
        for (int i = 0; i < r->field_count; i++) {
            r->fields[i].name.data = head + (r->fields[i].name.data - exact);
            r->fields[i].value.data = head + (r->fields[i].value.data - exact);
        }
    }
    free(copy);
    return result->outcome;
}

static inline void assert_slice_same(struct slice a, struct slice b)
{
    assert_ptr_equal(a.data, b.data);
    assert_int_equal(a.len, b.len);
}

static inline void assert_result_same(const struct result *a, const struct result *b)
{
    assert_int_equal(a->outcome, b->outcome);
    if (a->outcome != HTTP_PARSE_OK) {
        return;
    }
    assert_int_equal(a->head_len, b->head_len);
    assert_int_equal(a->request.method, b->request.method);
    assert_int_equal(a->request.minor_version, b->request.minor_version);
    assert_slice_same(a->request.target, b->request.target);
    assert_slice_same(a->request.path, b->request.path);
    assert_slice_same(a->request.query, b->request.query);
    assert_int_equal(a->request.field_count, b->request.field_count);
    for (int i = 0; i < a->request.field_count; i++) {
        assert_slice_same(a->request.fields[i].name, b->request.fields[i].name);
        assert_slice_same(a->request.fields[i].value, b->request.fields[i].value);
    }
}

static inline void parse_whole(const char *head, size_t len, size_t limit, struct result *result)
{
    size_t scanned = 0;
    (void)parse_prefix(head, len, limit, &scanned, result);
}

static inline void check_every_cut(const char *head, size_t len, size_t limit,
                                   enum http_parse outcome)
{
    struct result whole;
    parse_whole(head, len, limit, &whole);
    if (whole.outcome != outcome) {
        fail_msg("outcome %d, not %d, of: %.*s", (int)whole.outcome, (int)outcome, (int)len, head);
    }
    struct result cut;
    for (size_t at = 0; at <= len; at++) {
        size_t scanned = 0;
        if (parse_prefix(head, at, limit, &scanned, &cut) == HTTP_PARSE_MORE) {
            (void)parse_prefix(head, len, limit, &scanned, &cut);
        }
        assert_result_same(&whole, &cut);
    }
    size_t scanned = 0;
    size_t fed = 0;
    while (parse_prefix(head, fed, limit, &scanned, &cut) == HTTP_PARSE_MORE && fed < len) {
        fed++;
    }
    assert_result_same(&whole, &cut);
}

static inline void check_cases(const struct head_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_every_cut(cases[i].head, cases[i].len, LIMIT, cases[i].outcome);
    }
}

static inline struct slice whole_head(const char *text, struct result *result)
{
    parse_whole(text, strlen(text), LIMIT, result);
    assert_int_equal(result->outcome, HTTP_PARSE_OK);
    return result->request.target;
}

static inline void assert_text(struct slice s, const char *text)
{
    if (!slice_eq_str(s, text)) {
        fail_msg("'%.*s' is not '%s'", SLICE_ARG(s), text);
    }
}

#endif
