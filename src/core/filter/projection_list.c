/* Lists of paths, as settings and URLs write them: read, sorted, and rid of what says nothing new.
 * Any thread. */
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

static enum projection_outcome bad(struct projection_fault *fault, size_t at, const char *before,
                                   const char *what)
{
    fault->at = at;
    snprintf(fault->message, sizeof fault->message, "%s%s.", before, what);
    return PROJECTION_BAD;
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

/* Reads the path at *at, and moves that behind it and the spaces there. */
static enum projection_outcome parse_path(struct slice list, size_t *at,
                                          struct projection_paths *out,
                                          struct projection_fault *fault)
{
    size_t start = *at;
    if (out->count == PROJECTION_MAX_PATHS) {
        return bad(fault, start, "", "There are more than 128 paths");
    }
    struct path path;
    const char *expected;
    switch (path_parse(list, at, true, &path, &expected)) {
    case PATH_BAD:
        return bad(fault, *at, "Expected ", expected);
    case PATH_NO_MEMORY:
        return PROJECTION_NO_MEMORY;
    case PATH_OK:
        break;
    }
    if (has_index(&path)) {
        path_fini(&path);
        return bad(fault, start, "", "A path in such a list has no index: it means all elements");
    }
    out->items[out->count++] = path;
    *at = skip_spaces(list, *at);
    return PROJECTION_OK;
}

enum projection_outcome projection_paths_parse(struct slice list, struct projection_paths *out,
                                               struct projection_fault *fault)
{
    *out = (struct projection_paths){NULL, 0};
    if (list.len > PROJECTION_MAX_BYTES) {
        return bad(fault, PROJECTION_MAX_BYTES, "", "The list is longer than 4096 bytes");
    }
    size_t at = skip_spaces(list, 0);
    if (at == list.len) {
        return PROJECTION_OK;
    }
    out->items = mem_alloc((PROJECTION_MAX_PATHS + 1) * sizeof *out->items);
    if (out->items == NULL) {
        return PROJECTION_NO_MEMORY;
    }
    for (;;) {
        enum projection_outcome outcome = parse_path(list, &at, out, fault);
        if (outcome != PROJECTION_OK) {
            return outcome;
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
    return PROJECTION_OK;
}

bool projection_paths_add(struct projection_paths *paths, const char *path)
{
    size_t at = 0;
    const char *expected;
    /* There is room for one more. */
    if (path_parse(slice_str(path), &at, false, &paths->items[paths->count], &expected) !=
        PATH_OK) {
        return false;
    }
    paths->count++;
    settle(paths);
    return true;
}

/* ---- other forms of the same ---- */

/* The member of `_kafka` that shows the same as that one when it is no UTF-8, or is UTF-8; or NULL.
 */
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

/* Appends the path with another second name. There is room for it. */
static bool add_form(struct projection_paths *paths, const struct path *path, const char *name)
{
    struct path_step steps[PATH_MAX_STEPS];
    struct buf text = BUF_INIT;
    size_t at = 0;
    const char *expected;
    memcpy(steps, path->steps, path->count * sizeof *steps);
    steps[1].name = slice_str(name);
    path_append(&(struct path){steps, path->count, NULL}, &text);
    bool is_added = buf_ok(&text) && path_parse(buf_slice(&text), &at, false,
                                                &paths->items[paths->count], &expected) == PATH_OK;
    paths->count += is_added;
    buf_fini(&text);
    return is_added;
}

bool projection_paths_add_forms(struct projection_paths *paths)
{
    size_t count = paths->count;
    if (count == 0) {
        return true;
    }
    struct path *items = mem_realloc(paths->items, 2 * count * sizeof *items);
    if (items == NULL) {
        return false;
    }
    paths->items = items;
    for (size_t i = 0; i < count; i++) {
        bool is_in_kafka = items[i].count > 1 && slice_eq_str(items[i].steps[0].name, "_kafka");
        const char *name = is_in_kafka ? other_form(items[i].steps[1].name) : NULL;
        if (name != NULL && !add_form(paths, &items[i], name)) {
            return false;
        }
    }
    settle(paths);
    return true;
}
