/*
 * Filters in two ways, which the first byte chooses:
 *
 * - The other bytes are dice that make a record and an expression, in random spellings, while a
 *   slow reference of the manual's rules works out on jansson's values what the expression is: the
 *   filter must say the same, and so must its negation and its text parsed again.
 * - The other bytes are an expression, a line end and a record: it must be parsed or refused with a
 *   place and a sentence, its text must mean the same, and so must the record with all its strings
 *   written as escapes.
 *
 * Each of them is also parsed with some paths hidden, and looks at the record with these redacted:
 * what is hidden must change nothing.
 *
 * Numbers are texts here, since jansson cannot hold all; see compare_numbers().
 */
#include "fuzz_filter_reference.h"
#include "fuzz_json.h"

#include "core/filter/fault.h"
#include "core/filter/filter.h"
#include "core/json/json.h"
#include "core/filter/projection.h"

/* ---- what holds for every expression ---- */

static bool hides(void *opaque, const struct path *path)
{
    const struct projection *redact = opaque;
    return redact != NULL && projection_hides(redact, path);
}

/* NULL when it is refused, and then the fault is looked at. Parses a copy, so that reading on is
 * seen. */
static struct filter *parse_hiding(struct slice text, const struct projection *redact)
{
    struct filter *filter = NULL;
    struct filter_fault fault;
    char *copy = malloc(text.len + 1);
    ASSERT(copy != NULL);
    memcpy(copy, text.data, text.len);
    copy = realloc(copy, text.len + (text.len == 0));
    int rc = filter_parse(slice_of(copy, text.len), hides, (void *)redact, &filter, &fault);
    ASSERT(rc != KSSE_ENOMEM);
    if (rc == KSSE_EVALUE) {
        struct buf shown = BUF_INIT;
        size_t len = strlen(fault.message);
        ASSERT(fault.at <= text.len && len > 10 && fault.message[len - 1] == '.');
        fault_append(fault.message, fault.at, slice_of(copy, text.len), &shown);
        ASSERT(buf_ok(&shown));
        for (size_t i = 0; i < shown.len; i++) {
            ASSERT((uint8_t)shown.data[i] >= ' ' && shown.data[i] != 0x7f);
        }
        buf_fini(&shown);
    }
    free(copy);
    return filter;
}

static struct filter *parse(struct slice text)
{
    return parse_hiding(text, NULL);
}

static bool keeps(const struct filter *filter, struct slice record)
{
    static struct path_index *index;
    if (index == NULL) {
        index = path_index_new();
        ASSERT(index != NULL);
    }
    char *copy = malloc(record.len);
    ASSERT(copy != NULL);
    memcpy(copy, record.data, record.len);
    path_index_set_record(index, slice_of(copy, record.len));
    struct path_entry **entries = filter_add_paths(filter, index);
    ASSERT(entries != NULL);
    uint64_t cost_ns = 0;
    enum filter_verdict verdict = filter_evaluate(filter, entries, index, &cost_ns);
    ASSERT(verdict != FILTER_TOO_COSTLY && cost_ns <= FILTER_MAX_COST_NS);
    /* Now with what the index remembers. */
    ASSERT(filter_evaluate(filter, entries, index, &cost_ns) == verdict);
    filter_remove_paths(filter, index, entries);
    bool is_kept = verdict == FILTER_KEEPS;
    free(copy);
    return is_kept;
}

/* The filter's own text is the same filter; only its length may be too much. */
static void check_text(const struct filter *filter, struct slice record, bool is_kept)
{
    struct filter *again = parse(filter_text(filter));
    ASSERT(again != NULL || filter_text(filter).len > FILTER_MAX_BYTES);
    if (again != NULL) {
        ASSERT(slice_eq(filter_text(again), filter_text(filter)));
        ASSERT(keeps(again, record) == is_kept);
        filter_free(again);
    }
}

/* ---- hidden paths ---- */

static const struct projection *redaction(size_t number)
{
    static const char *const lists[] = {"a",      "b",      "c.a, b",     "a.b",
                                        "_k",     "b.b.a",  "_kafka.key", "a.a, c, _kafka",
                                        "a.c, b", "_kafka", "a, b, c"};
    static struct projection *made[ARRAY_LEN(lists)];
    size_t at = number % ARRAY_LEN(lists);
    if (made[at] == NULL) {
        struct projection_fault fault;
        ASSERT(projection_new(slice_of("", 0), slice_str(lists[at]), &made[at], &fault) == 0);
    }
    return made[at];
}

/* Whether the texts differ in marks only, which stand where a path begins: no path begins so. */
static bool is_but_for_marks(struct slice marked, struct slice plain)
{
    size_t at = 0;
    for (size_t i = 0; i < marked.len; i++) {
        bool is_same = at < plain.len && marked.data[i] == plain.data[at];
        if (!is_same && marked.data[i] != '~') {
            return false;
        }
        at += is_same ? 1 : 0;
    }
    return at == plain.len;
}

/* `filter` sees all of the expression's paths. Equal texts are equal filters, hidden paths or not,
 * and nobody can write the text of one that has some. */
static void check_hidden_text(const struct filter *filter, const struct filter *hidden,
                              const struct projection *redact)
{
    struct slice plain = filter_text(filter);
    struct slice marked = filter_text(hidden);
    ASSERT(is_but_for_marks(marked, plain));
    struct filter *again = parse_hiding(plain, redact);
    ASSERT(again != NULL || plain.len > FILTER_MAX_BYTES);
    ASSERT(again == NULL || slice_eq(filter_text(again), marked));
    filter_free(again);
    if (marked.len != plain.len) {
        struct filter *written = parse(marked);
        ASSERT(written == NULL);
    }
}

/* An expression that was parsed to `filter`, without what a choice of lists redacts. */
static void check_hidden(struct slice expression, const struct filter *filter, struct slice record)
{
    const struct projection *redact = redaction(expression.len + record.len);
    struct filter *hidden = parse_hiding(expression, redact);
    struct buf shown = BUF_INIT;
    ASSERT(hidden != NULL);
    check_hidden_text(filter, hidden, redact);
    bool is_kept = keeps(hidden, record);
    ASSERT(filter_text(hidden).len != filter_text(filter).len || is_kept == keeps(filter, record));
    projection_apply(redact, record, &shown);
    ASSERT(buf_ok(&shown));
    ASSERT(keeps(hidden, buf_slice(&shown)) == is_kept);
    buf_fini(&shown);
    filter_free(hidden);
}

/* ---- dice ---- */

static void check_dice(const uint8_t *data, size_t size)
{
    struct dice dice = {data, size, json_array(), 0, NULL};
    struct buf record = BUF_INIT;
    struct buf expression = BUF_INIT;
    struct buf negation = BUF_INIT;
    dice.root = make_object(&dice, &record, 0);
    enum truth truth = make_condition(&dice, &expression, 0);
    ASSERT(buf_ok(&record) && buf_ok(&expression));
    buf_append_str(&negation, "!(");
    buf_append_slice(&negation, buf_slice(&expression));
    buf_append_char(&negation, ')');
    struct filter *filter = parse(buf_slice(&expression));
    struct filter *opposite = parse(buf_slice(&negation));
    ASSERT(filter != NULL || dice.nodes > FILTER_MAX_NODES / 8);
    if (filter != NULL && opposite != NULL) {
        bool is_kept = keeps(filter, buf_slice(&record));
        if (is_kept != (truth == TRUE) || keeps(opposite, buf_slice(&record)) != (truth == FALSE)) {
            fprintf(stderr, "%.*s\n%.*s\n", SLICE_ARG(buf_slice(&expression)),
                    SLICE_ARG(buf_slice(&record)));
            ASSERT(!"the reference has another opinion");
        }
        check_text(filter, buf_slice(&record), is_kept);
        check_hidden(buf_slice(&expression), filter, buf_slice(&record));
    }
    filter_free(filter);
    filter_free(opposite);
    buf_fini(&negation);
    buf_fini(&expression);
    buf_fini(&record);
    json_decref(dice.root);
    json_decref(dice.kept);
}

/* ---- as it comes ---- */

/* Appends a string or name with all of it as escapes. */
static void append_escaped(struct slice text, struct buf *out)
{
    struct buf plain = BUF_INIT;
    json_unescape(text, &plain);
    buf_append_char(out, '"');
    for (size_t i = 0; i < plain.len;) {
        if ((plain.data[i] & 0x80) == 0) {
            buf_printf(out, "\\u%04x", (unsigned)plain.data[i++]);
            continue;
        }
        struct buf quoted = BUF_INIT;
        size_t end = i + 1;
        while (end < plain.len && ((uint8_t)plain.data[end] & 0xc0) == 0x80) {
            end++;
        }
        json_append_string_ascii(&quoted, slice_of(plain.data + i, end - i));
        buf_append(out, quoted.data + 1, quoted.len - 2);
        buf_fini(&quoted);
        i = end;
    }
    buf_append_char(out, '"');
    buf_fini(&plain);
}

static void escape_all(struct slice record, struct buf *out)
{
    static const char *const words[] = {"",   "",   "{",  "}",    "[",     "]",
                                        NULL, NULL, NULL, "true", "false", "null"};
    struct json_reader r;
    json_reader_init(&r, record);
    bool is_first = true;
    for (enum json_token token = json_reader_next(&r); token != JSON_TOKEN_END;
         token = json_reader_next(&r)) {
        ASSERT(token != JSON_TOKEN_ERROR);
        bool is_end = token == JSON_TOKEN_OBJECT_END || token == JSON_TOKEN_ARRAY_END;
        buf_append_str(out, is_first || is_end ? "" : ",");
        is_first = token == JSON_TOKEN_NAME || token == JSON_TOKEN_OBJECT_BEGIN ||
                   token == JSON_TOKEN_ARRAY_BEGIN;
        if (token == JSON_TOKEN_NUMBER) {
            buf_append_slice(out, r.text);
        } else if (words[token] == NULL) {
            append_escaped(r.text, out);
            buf_append_str(out, token == JSON_TOKEN_NAME ? ":" : "");
        } else {
            buf_append_str(out, words[token]);
        }
    }
}

static void check_record(struct slice expression, const struct filter *filter, struct slice json)
{
    struct buf record = BUF_INIT;
    struct buf escaped = BUF_INIT;
    bool has_members;
    if (json_minify_object(json, &record, &has_members) == JSON_OK) {
        buf_append_str(&record, has_members ? "," : "");
        buf_append_str(&record, "\"_kafka\":{\"topic\":\"t\",\"offset\":5,\"key\":null}}");
        bool is_kept = keeps(filter, buf_slice(&record));
        check_text(filter, buf_slice(&record), is_kept);
        check_hidden(expression, filter, buf_slice(&record));
        escape_all(buf_slice(&record), &escaped);
        ASSERT(keeps(filter, buf_slice(&escaped)) == is_kept);
    }
    buf_fini(&escaped);
    buf_fini(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] == '#') {
        check_dice(data + 1, size - 1);
        return 0;
    }
    struct slice json = slice_of((const char *)data, size);
    struct slice expression = slice_cut(&json, '\n');
    struct filter *filter = parse(expression);
    if (filter != NULL) {
        check_text(filter, slice_str("{}"), keeps(filter, slice_str("{}")));
        if (json.data != NULL) {
            check_record(expression, filter, json);
        }
    }
    filter_free(filter);
    return 0;
}
