/* Reads lists of paths, as settings and URLs write them, sorts them, and drops paths that others
 * cover. Any thread. */
#include "base/mem.h"
#include "core/filter/projection_tree.h"

#include <stdio.h>
#include <stdlib.h>

void projection_paths_fini(struct projection_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        path_fini(&paths->items[i]);
    }
    mem_free(paths->items);
    *paths = (struct projection_paths){NULL, 0};
}

bool projection_covers(const struct path *path, const struct path *other)
{
    if (path->count > other->count) {
        return false;
    }
    for (size_t i = 0; i < path->count; i++) {
        if (!slice_eq(path->steps[i].name, other->steps[i].name)) {
            return false;
        }
    }
    return true;
}

int projection_compare_paths(const struct path *a, const struct path *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int order = projection_compare(a->steps[i].name, b->steps[i].name);
        if (order != 0) {
            return order;
        }
    }
    return a->count == b->count ? 0 : a->count < b->count ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
    return projection_compare_paths(a, b);
}

/* Puts the paths in order and drops those that another one covers. */
static void settle(struct projection_paths *paths)
{
    size_t kept = 0;
    qsort(paths->items, paths->count, sizeof *paths->items, compare);
    for (size_t i = 0; i < paths->count; i++) {
        if (kept > 0 && projection_covers(&paths->items[kept - 1], &paths->items[i])) {
            path_fini(&paths->items[i]);
        } else {
            paths->items[kept++] = paths->items[i];
        }
    }
    paths->count = kept;
}

static int bad(struct projection_fault *fault, size_t at, const char *before, const char *what)
{
    fault->at = at;
    snprintf(fault->message, sizeof fault->message, "%s%s.", before, what);
    return KSSE_EVALUE;
}

static size_t skip_spaces(struct slice list, size_t at)
{
    while (at < list.len && (list.data[at] == ' ' || list.data[at] == '\t')) {
        at++;
    }
    return at;
}

static bool has_index(const struct path *path)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->steps[i].name.data == NULL) {
            return true;
        }
    }
    return false;
}

/* Reads the path at *at, and moves *at to the end of the path and the spaces after it. */
static int parse_path(struct slice list, size_t *at, struct projection_paths *out,
                      struct projection_fault *fault)
{
    size_t start = *at;
    if (out->count == PROJECTION_MAX_PATHS) {
        return bad(fault, start, "", "There are more than 128 paths");
    }
    struct path path;
    const char *expected;
    int rc = path_parse(list, at, true, &path, &expected);
    if (rc < 0) {
        return rc == KSSE_EVALUE ? bad(fault, *at, "Expected ", expected) : rc;
    }
    if (has_index(&path)) {
        path_fini(&path);
        return bad(fault, start, "", "A path in such a list has no index: it means all elements");
    }
    out->items[out->count++] = path;
    *at = skip_spaces(list, *at);
    return 0;
}

int projection_paths_parse(struct slice list, struct projection_paths *out,
                           struct projection_fault *fault)
{
    *out = (struct projection_paths){NULL, 0};
    if (list.len > PROJECTION_MAX_BYTES) {
        return bad(fault, PROJECTION_MAX_BYTES, "", "The list is longer than 4096 bytes");
    }
    size_t at = skip_spaces(list, 0);
    if (at == list.len) {
        return 0;
    }
    out->items = mem_alloc((PROJECTION_MAX_PATHS + 1) * sizeof *out->items);
    if (out->items == NULL) {
        return KSSE_ENOMEM;
    }
    for (;;) {
        int rc = parse_path(list, &at, out, fault);
        if (rc < 0) {
            return rc;
        }
        if (at == list.len) {
            break;
        }
        if (list.data[at] != ',') {
            return bad(fault, at, "Expected ", "a comma");
        }
        at = skip_spaces(list, at + 1);
    }
    settle(out);
    return 0;
}

int projection_paths_add(struct projection_paths *paths, const char *path)
{
    size_t at = 0;
    const char *expected;
    /* There is room for one more. */
    int rc = path_parse(slice_str(path), &at, false, &paths->items[paths->count], &expected);
    ASSERT(rc != KSSE_EVALUE);
    if (rc < 0) {
        return rc;
    }
    paths->count++;
    settle(paths);
    return 0;
}

/* ---- other forms of the same ---- */

/* The member of `_kafka` that shows the same value when it is not UTF-8, or when it is; or NULL. */
static const char *other_form(struct slice name)
{
    static const char *const forms[][2] = {
        {"key", "key_base64"},
        {"key_base64", "key"},
        {"headers", "headers_base64"},
        {"headers_base64", "headers"},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (slice_eq_str(name, forms[i][0])) {
            return forms[i][1];
        }
    }
    return NULL;
}

/* Adds the path with another second name. There is room for it. 0 or KSSE_ENOMEM. */
CHECKED static int add_form(struct projection_paths *paths, const struct path *path,
                            const char *name)
{
    struct path_step steps[PATH_MAX_STEPS];
    struct buf text = BUF_INIT;
    size_t at = 0;
    const char *expected;
    memcpy(steps, path->steps, path->count * sizeof *steps);
    steps[1].name = slice_str(name);
    path_append(&(struct path){steps, path->count, NULL}, &text);
    int rc = KSSE_ENOMEM;
    if (buf_ok(&text)) {
        rc = path_parse(buf_slice(&text), &at, false, &paths->items[paths->count], &expected);
        ASSERT(rc != KSSE_EVALUE);
        paths->count += rc == 0;
    }
    buf_fini(&text);
    return rc;
}

int projection_paths_add_forms(struct projection_paths *paths)
{
    size_t count = paths->count;
    if (count == 0) {
        return 0;
    }
    struct path *items = mem_realloc(paths->items, 2 * count * sizeof *items);
    if (items == NULL) {
        return KSSE_ENOMEM;
    }
    paths->items = items;
    for (size_t i = 0; i < count; i++) {
        bool is_in_kafka = items[i].count > 1 && slice_eq_str(items[i].steps[0].name, "_kafka");
        const char *name = is_in_kafka ? other_form(items[i].steps[1].name) : NULL;
        if (name != NULL && add_form(paths, &items[i], name) < 0) {
            return KSSE_ENOMEM;
        }
    }
    settle(paths);
    return 0;
}
