/*
 * The request head against the grammar as regular expressions: what the parser takes, the grammar
 * must take, with the same fields, and the other way round. And however the bytes are cut, the
 * outcome is the same. The first byte of an input, times 8, is the limit.
 */
#include "http/request.h"

#include <regex.h>
#include <stdlib.h>

#define HOST_RE                                                                                    \
    "(\\[[0-9A-Fa-f:.]+(%([A-Za-z0-9._~-]|%[0-9A-Fa-f][0-9A-Fa-f])+)?\\]|([A-Za-z0-9._~!$&'()*+,;" \
    "=-]|%[0-9A-Fa-f][0-9A-Fa-f])+)(:[0-9]*)?"
#define TARGET_REST "[!-\"$-~]*"
#define LINE_RE                                                                                    \
    "^(OPTIONS \\*|(GET|HEAD|OPTIONS) (/" TARGET_REST "|[hH][tT][tT][pP][sS]?://" HOST_RE          \
    "([/?]" TARGET_REST ")?)) HTTP/1\\.[0-9]$"
/* Bytes that no line may hold were looked for before: "." is any of the others. */
#define FIELD_RE "^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(.*)$"

enum verdict {
    TAKEN,
    UNFINISHED,
    REFUSED
};

struct oracle {
    enum verdict verdict;
    enum http_parse whole; /* of a head whose lines are all right; MORE before that */
    size_t request_len;
    struct http_field fields[HTTP_MAX_FIELDS + 1];
    int field_count;
    int host_count;
    int length_count;
    bool has_length;
    int coding_count;
    bool has_other_coding; /* than chunked */
    bool has_expect;
    bool is_bad; /* Host or Content-Length are malformed */
    bool is_1_0;
};

static regex_t line_re;
static regex_t field_re;
static regex_t host_re;
static regex_t length_re;
static regex_t zero_re;

static void compile(regex_t *re, const char *pattern)
{
    ASSERT(regcomp(re, pattern, REG_EXTENDED) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    compile(&line_re, LINE_RE);
    compile(&field_re, FIELD_RE);
    compile(&host_re, "^(" HOST_RE ")?$");
    compile(&length_re, "^[0-9]+$");
    compile(&zero_re, "^0+$");
    return 0;
}

static bool matches(const regex_t *re, struct slice s, regmatch_t *groups, size_t count)
{
    char *text = malloc(s.len + 1);
    ASSERT(text != NULL);
    memcpy(text, s.len == 0 ? "" : s.data, s.len);
    text[s.len] = '\0';
    bool is_match = regexec(re, text, count, groups, 0) == 0;
    free(text);
    return is_match;
}

static void judge_meaning(struct oracle *o, struct http_field f)
{
    if (slice_eq_nocase(f.name, "host")) {
        o->host_count++;
        o->is_bad = o->is_bad || !matches(&host_re, f.value, NULL, 0);
    } else if (slice_eq_nocase(f.name, "content-length")) {
        o->length_count++;
        o->is_bad = o->is_bad || !matches(&length_re, f.value, NULL, 0);
        o->has_length = o->has_length || !matches(&zero_re, f.value, NULL, 0);
    } else if (slice_eq_nocase(f.name, "transfer-encoding")) {
        o->coding_count++;
        o->has_other_coding = o->has_other_coding || !slice_eq_nocase(f.value, "chunked");
    } else if (slice_eq_nocase(f.name, "expect")) {
        o->has_expect = true;
    }
}

static bool judge_field(struct oracle *o, struct slice line)
{
    regmatch_t groups[3];
    if (!matches(&field_re, line, groups, 3)) {
        return false;
    }
    size_t value_at = (size_t)groups[2].rm_so;
    struct http_field f = {slice_of(line.data, (size_t)groups[1].rm_eo),
                           slice_of(line.data + value_at, line.len - value_at)};
    while (f.value.len > 0 && strchr(" \t", f.value.data[f.value.len - 1]) != NULL) {
        f.value.len--;
    }
    judge_meaning(o, f);
    if (o->field_count <= HTTP_MAX_FIELDS) {
        o->fields[o->field_count++] = f;
    }
    return true;
}

static bool is_control(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte < 32 || byte == 127;
}

/* Whether a byte stands in the first `len` that none may be, or a CR that ends no line. */
static bool has_bad_byte(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\r' ? i + 1 < len && bytes[i + 1] != '\n'
                             : is_control(bytes[i]) && bytes[i] != '\n' && bytes[i] != '\t') {
            return true;
        }
    }
    return false;
}

static enum http_parse judge_whole(const struct oracle *o)
{
    if (o->field_count > HTTP_MAX_FIELDS) {
        return HTTP_PARSE_TOO_LARGE;
    }
    if (o->is_bad || o->host_count > 1 || o->length_count > 1 ||
        (o->is_1_0 ? o->coding_count > 0 : o->host_count == 0)) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    bool is_odd =
        o->coding_count > 1 || o->has_other_coding || o->length_count > 0 || o->has_expect;
    return o->has_length || (o->coding_count > 0 && is_odd) ? HTTP_PARSE_HAS_BODY : HTTP_PARSE_OK;
}

/* What is behind a head that says `chunked`: one of the sixteen empty bodies, the beginning of one,
   or neither. */
static enum verdict judge_body(const char *bytes, size_t len, size_t *body_len)
{
    enum verdict verdict = REFUSED;
    for (size_t zeros = 1; zeros <= 16; zeros++) {
        char body[16 + 4];
        memset(body, '0', zeros);
        memcpy(body + zeros, "\r\n\r\n", 4);
        size_t whole = zeros + 4;
        if (memcmp(bytes, body, len < whole ? len : whole) == 0) {
            verdict = len < whole ? UNFINISHED : TAKEN;
            *body_len = whole;
            if (verdict == TAKEN) {
                break;
            }
        }
    }
    return verdict;
}

/* The head ends at `at`, and no byte from `seen` on may be looked at. */
static void judge_end(struct oracle *o, const char *bytes, size_t at, size_t seen, size_t limit)
{
    size_t body_len = 0;
    enum http_parse whole = judge_whole(o);
    o->verdict = whole == HTTP_PARSE_OK ? TAKEN : REFUSED;
    if (whole == HTTP_PARSE_OK && o->coding_count > 0) {
        o->verdict = judge_body(bytes + at, seen - at, &body_len);
        if (o->verdict == UNFINISHED && seen == limit) {
            o->verdict = REFUSED;
        }
    } else {
        o->whole = whole;
    }
    o->request_len = at + body_len;
}

static void judge(struct oracle *o, const char *bytes, size_t len, size_t limit)
{
    size_t seen = len < limit ? len : limit;
    size_t at = 0;
    for (int number = 0; true; number++) {
        const char *lf = at == seen ? NULL : memchr(bytes + at, '\n', seen - at);
        size_t next = lf == NULL ? seen : (size_t)(lf - bytes) + 1;
        if (has_bad_byte(bytes + at, next - at)) {
            o->verdict = REFUSED;
            return;
        }
        if (lf == NULL) {
            o->verdict = len < limit ? UNFINISHED : REFUSED;
            return;
        }
        struct slice line = slice_of(bytes + at, next - at - 1);
        line.len -= line.len > 0 && line.data[line.len - 1] == '\r' ? 1 : 0;
        at = next;
        if (number == 0 && line.len == 0) {
            continue; /* the one empty line that is skipped; the next is line 1 */
        }
        number = number == 0 ? 1 : number;
        bool is_right =
            number == 1 ? matches(&line_re, line, NULL, 0) : line.len == 0 || judge_field(o, line);
        if (!is_right) {
            o->verdict = REFUSED;
            return;
        }
        if (number == 1) {
            o->is_1_0 = line.data[line.len - 1] == '0';
        } else if (line.len == 0) {
            judge_end(o, bytes, at, seen, limit);
            return;
        }
    }
}

static void check_inside(struct slice s, struct slice in)
{
    ASSERT(s.data != NULL || s.len == 0);
    ASSERT(s.data == NULL || (s.data >= in.data && s.data + s.len <= in.data + in.len));
}

static void check_taken(const struct http_request *r, struct slice head, const struct oracle *o)
{
    ASSERT(head.len == o->request_len && r->field_count == o->field_count);
    for (int i = 0; i < r->field_count; i++) {
        check_inside(r->fields[i].name, head);
        check_inside(r->fields[i].value, head);
        ASSERT(slice_eq(r->fields[i].name, o->fields[i].name));
        ASSERT(slice_eq(r->fields[i].value, o->fields[i].value));
    }
    check_inside(r->target, head);
    check_inside(r->path, head);
    check_inside(r->query, head);
    ASSERT(r->path.len > 0 && (r->path.data[0] == '/' || slice_eq_str(r->path, "*")));
    ASSERT(memchr(r->path.data, '?', r->path.len) == NULL);
    ASSERT(r->minor_version == (o->is_1_0 ? 0 : 1));
}

static bool same_request(const struct http_request *a, const struct http_request *b)
{
    bool is_same = a->method == b->method && a->minor_version == b->minor_version &&
                   slice_eq(a->target, b->target) && slice_eq(a->path, b->path) &&
                   slice_eq(a->query, b->query) && a->field_count == b->field_count;
    for (int i = 0; is_same && i < a->field_count; i++) {
        is_same = slice_eq(a->fields[i].name, b->fields[i].name) &&
                  slice_eq(a->fields[i].value, b->fields[i].value);
    }
    return is_same;
}

/* Feeds `step` bytes more at a time and wants the outcome of the whole. */
static void check_steps(struct slice in, size_t limit, size_t step, enum http_parse whole,
                        const struct http_request *whole_request)
{
    struct http_request request;
    size_t head_len = 0;
    size_t scanned = 0;
    enum http_parse outcome = HTTP_PARSE_MORE;
    for (size_t len = 0; outcome == HTTP_PARSE_MORE; len += step) {
        len = len < in.len ? len : in.len;
        outcome = http_request_parse(slice_of(in.data, len), limit, &scanned, &request, &head_len);
        ASSERT(outcome != HTTP_PARSE_MORE || scanned <= len);
        if (len == in.len) {
            break;
        }
    }
    ASSERT(outcome == whole);
    ASSERT(outcome != HTTP_PARSE_OK || same_request(&request, whole_request));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t limit = (size_t)data[0] * 8;
    struct slice in = slice_of((const char *)data + 1, size - 1);
    struct oracle o = {.verdict = UNFINISHED, .whole = HTTP_PARSE_MORE};
    judge(&o, in.data, in.len, limit);

    struct http_request request;
    size_t head_len = 0;
    size_t scanned = 0;
    enum http_parse outcome = http_request_parse(in, limit, &scanned, &request, &head_len);
    ASSERT((outcome == HTTP_PARSE_OK) == (o.verdict == TAKEN));
    ASSERT((outcome == HTTP_PARSE_MORE) == (o.verdict == UNFINISHED));
    ASSERT(o.whole == HTTP_PARSE_MORE || outcome == o.whole);
    if (outcome == HTTP_PARSE_OK) {
        check_taken(&request, slice_of(in.data, head_len), &o);
    }
    check_steps(in, limit, 1, outcome, &request);
    check_steps(in, limit, 1 + in.len / 2, outcome, &request);
    check_steps(in, limit, 7, outcome, &request);
    return 0;
}
