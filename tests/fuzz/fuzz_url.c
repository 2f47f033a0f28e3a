/*
 * Percent-encoding: what is encoded decodes to itself, what decodes does so again after it was
 * encoded, and a query is searched as if all of its names were decoded one after the other.
 */
#include "http/url.h"
#include "api/error.h"

#include <stdlib.h>

static void check_encoded(struct slice in)
{
    struct buf encoded = BUF_INIT;
    struct buf decoded = BUF_INIT;
    url_encode(in, &encoded);
    for (size_t i = 0; i < encoded.len; i++) {
        ASSERT(strchr("/?#&=+; \"<>", encoded.data[i]) == NULL && encoded.data[i] > ' ');
    }
    bool has_nul = in.len > 0 && memchr(in.data, '\0', in.len) != NULL;
    for (int plus = 0; plus < 2; plus++) {
        buf_clear(&decoded);
        ASSERT(url_decode(buf_slice(&encoded), plus != 0, &decoded) == (has_nul ? KSSE_EVALUE : 0));
        ASSERT(has_nul ? decoded.len == 0 : slice_eq(buf_slice(&decoded), in));
    }

    struct buf query = BUF_INIT;
    buf_append_str(&query, "a=b&&since=");
    buf_append_slice(&query, buf_slice(&encoded));
    buf_append_str(&query, "&since=2");
    buf_clear(&decoded);
    ASSERT(url_query_get(buf_slice(&query), "since", &decoded) == (has_nul ? KSSE_EVALUE : 1));
    ASSERT(has_nul || slice_eq(buf_slice(&decoded), in));
    buf_fini(&query);
    buf_fini(&encoded);
    buf_fini(&decoded);
}

static void check_decoded(struct slice in)
{
    struct buf once = BUF_INIT;
    buf_append_str(&once, "kept");
    if (url_decode(in, false, &once) == 0) {
        ASSERT(once.len <= in.len + 4);
        check_encoded(slice_of(once.data + 4, once.len - 4));
    } else {
        ASSERT(slice_eq_str(buf_slice(&once), "kept"));
    }
    buf_fini(&once);
}

/* The plain way, with a copy of every name. */
static int find_plainly(struct slice query, const char *name, struct buf *out)
{
    int found = 0;
    size_t begin = 0;
    while (found == 0 && begin < query.len) {
        size_t end = begin;
        while (end < query.len && query.data[end] != '&') {
            end++;
        }
        size_t equals = begin;
        while (equals < end && query.data[equals] != '=') {
            equals++;
        }
        struct buf key = BUF_INIT;
        if (end > begin &&
            url_decode(slice_of(query.data + begin, equals - begin), true, &key) == 0 &&
            slice_eq_str(buf_slice(&key), name)) {
            size_t value = equals < end ? equals + 1 : end;
            struct slice text = slice_of(query.data + value, end - value);
            found = url_decode(text, true, out) < 0 ? KSSE_EVALUE : 1;
        }
        buf_fini(&key);
        begin = end + 1;
    }
    return found;
}

static void check_query(struct slice in, const char *name)
{
    struct buf found = BUF_INIT;
    struct buf expected = BUF_INIT;
    ASSERT(url_query_get(in, name, &found) == find_plainly(in, name, &expected));
    ASSERT(slice_eq(buf_slice(&found), buf_slice(&expected)));
    buf_fini(&found);
    buf_fini(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of((const char *)data, size);
    check_encoded(in);
    check_decoded(in);
    check_query(in, "since");
    check_query(in, "a b");
    check_query(in, "");
    return 0;
}
