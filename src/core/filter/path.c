/*
 * Parsing and writing paths. Any thread.
 *
 * During parsing, the names of the steps are offsets into a buffer that may still move.
 */
#include "core/filter/path.h"
#include "base/mem.h"
#include "core/json/json.h"
#include "core/json/json_scan.h"

struct parse {
    struct slice text;
    size_t at;
    bool takes_dashes;
    const char *fault; /* why it stopped, if not for memory */
    struct path_step steps[PATH_MAX_STEPS];
    size_t offsets[PATH_MAX_STEPS]; /* of the steps' names in `names` */
    size_t count;
    struct buf names;
};

void path_fini(struct path *path)
{
    mem_free(path->steps);
    mem_free(path->names);
    *path = PATH_INIT;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The next byte, or NUL (which is valid nowhere) at the end. */
static char next(const struct parse *p)
{
    return p->at < p->text.len ? p->text.data[p->at] : '\0';
}

static int expected(struct parse *p, const char *what)
{
    p->fault = what;
    return KSSE_EVALUE;
}

static void skip_spaces(struct parse *p)
{
    while (next(p) == ' ') {
        p->at++;
    }
}

/* Begins a name: append its bytes to p->names, then call end_name(). */
static void begin_name(struct parse *p)
{
    p->offsets[p->count] = p->names.len;
}

static void end_name(struct parse *p)
{
    struct path_step *step = &p->steps[p->count];
    /* Any pointer but NULL for now; make() sets the real one, once the buffer does not move. */
    step->name = slice_of("", p->names.len - p->offsets[p->count]);
    step->index = 0;
    buf_append_char(&p->names, '\0');
    p->count++;
}

CHECKED static int parse_bare_name(struct parse *p)
{
    if (!is_letter(next(p))) {
        return expected(p, "a name");
    }
    size_t start = p->at;
    while (is_letter(next(p)) || json_is(next(p), JSON_CLASS_DIGIT) ||
           (p->takes_dashes && next(p) == '-')) {
        p->at++;
    }
    begin_name(p);
    buf_append(&p->names, p->text.data + start, p->at - start);
    end_name(p);
    return 0;
}

/* The length of a character of a quoted name, or 0 when the name must not have it. */
static size_t quoted_length(const struct parse *p)
{
    const char *at = p->text.data + p->at;
    const char *end = p->text.data + p->text.len;
    if (json_is_multibyte(*at)) {
        int step = json_utf8_step(at, end);
        return step < 0 ? 0 : (size_t)step;
    }
    if (*at == '\\') {
        return (size_t)json_escape_length(at, end);
    }
    return json_is(*at, JSON_CLASS_PLAIN) || *at == '"';
}

CHECKED static int parse_quoted_name(struct parse *p)
{
    char quote = next(p);
    size_t start = ++p->at;
    while (p->at < p->text.len && next(p) != quote) {
        size_t len = quoted_length(p);
        if (len == 0) {
            return expected(p, next(p) == '\\' ? "an escape as in JSON" : "a character in UTF-8");
        }
        p->at += len;
    }
    if (p->at == p->text.len) {
        return expected(p, "the closing quote of a name");
    }
    begin_name(p);
    json_unescape(slice_of(p->text.data + start, p->at - start), &p->names);
    end_name(p);
    p->at++;
    return 0;
}

CHECKED static int parse_index(struct parse *p)
{
    size_t start = p->at;
    uint64_t value = 0;
    for (; json_is(next(p), JSON_CLASS_DIGIT); p->at++) {
        value = value * 10 + (uint64_t)(next(p) - '0');
        if (value > UINT32_MAX) {
            p->at = start;
            return expected(p, "an index of at most 4294967295");
        }
    }
    p->steps[p->count++] = (struct path_step){slice_of(NULL, 0), (uint32_t)value};
    return 0;
}

CHECKED static int parse_brackets(struct parse *p)
{
    p->at++;
    skip_spaces(p);
    char c = next(p);
    bool is_quoted = c == '"' || c == '\'';
    if (!is_quoted && (p->count == 0 || !json_is(c, JSON_CLASS_DIGIT))) {
        return expected(p, p->count == 0 ? "a name in quotes" : "an index or a name in quotes");
    }
    int rc = is_quoted ? parse_quoted_name(p) : parse_index(p);
    if (rc < 0) {
        return rc;
    }
    skip_spaces(p);
    if (next(p) != ']') {
        return expected(p, "\"]\"");
    }
    p->at++;
    return 0;
}

CHECKED static int parse_steps(struct parse *p)
{
    int rc = next(p) == '[' ? parse_brackets(p) : parse_bare_name(p);
    while (rc == 0 && (next(p) == '[' || next(p) == '.')) {
        if (p->count == PATH_MAX_STEPS) {
            return expected(p, "a path of at most 16 steps");
        }
        if (next(p) == '[') {
            rc = parse_brackets(p);
        } else {
            p->at++;
            rc = parse_bare_name(p);
        }
    }
    return rc;
}

/* Makes the path, and moves the names to it. */
CHECKED static int make(struct parse *p, struct path *out)
{
    struct path_step *steps = buf_ok(&p->names) ? mem_alloc(p->count * sizeof *steps) : NULL;
    if (steps == NULL) {
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < p->count; i++) {
        steps[i] = p->steps[i];
        if (steps[i].name.data != NULL) {
            steps[i].name.data = p->names.data + p->offsets[i];
        }
    }
    *out = (struct path){steps, p->count, p->names.data};
    p->names = BUF_INIT;
    return 0;
}

int path_parse(struct slice text, size_t *at, bool takes_dashes, struct path *out,
               const char **fault)
{
    struct parse p = {.text = text, .at = *at, .takes_dashes = takes_dashes, .names = BUF_INIT};
    int rc = parse_steps(&p);
    if (rc == 0) {
        rc = make(&p, out);
    } else {
        *fault = p.fault;
    }
    buf_fini(&p.names);
    if (rc != KSSE_ENOMEM) {
        *at = p.at;
    }
    return rc;
}

/* Names with dashes are not bare, so that the text means the same in filters and lists. */
static bool is_bare(struct slice name)
{
    if (name.len == 0 || !is_letter(name.data[0])) {
        return false;
    }
    for (size_t i = 1; i < name.len; i++) {
        if (!is_letter(name.data[i]) && !json_is(name.data[i], JSON_CLASS_DIGIT)) {
            return false;
        }
    }
    return true;
}

static void append_name(struct slice name, bool is_first, struct buf *out)
{
    if (is_bare(name)) {
        if (!is_first) {
            buf_append_char(out, '.');
        }
        buf_append_slice(out, name);
        return;
    }
    buf_append_char(out, '[');
    json_append_string(out, name);
    buf_append_char(out, ']');
}

void path_append(const struct path *path, struct buf *out)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        if (step->name.data != NULL) {
            append_name(step->name, i == 0, out);
            continue;
        }
        buf_append_char(out, '[');
        buf_append_int(out, step->index);
        buf_append_char(out, ']');
    }
}

static bool is_name(const struct path *path, size_t step, const char *name)
{
    return path->count > step && path->steps[step].name.data != NULL &&
           slice_eq_str(path->steps[step].name, name);
}

bool path_is_in_headers(const struct path *path)
{
    return is_name(path, 0, "_kafka") &&
           (is_name(path, 1, "headers") || is_name(path, 1, "headers_base64"));
}

bool path_is_header(const struct path *path)
{
    return path->count == 3 && path->steps[2].name.data != NULL && path_is_in_headers(path);
}
