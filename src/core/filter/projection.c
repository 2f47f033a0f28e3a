/*
 * Makes projections: two lists become one tree of names that says what to do with each member;
 * projection_apply.c follows it. Any thread.
 *
 * `redact` wins: a redacted field counts as not listed, so that projections that show the same have
 * the same lists.
 */
#include "base/mem.h"
#include "core/filter/projection_tree.h"

/* A path of either list, while the tree is made. */
struct entry {
    const struct path *path;
    bool is_redacted;
};

struct build {
    struct entry *entries; /* both lists merged, in the order of paths */
    struct projection_node *unused;
};

/* ---- the tree ---- */

static struct slice name_at(const struct entry *entry, size_t depth)
{
    return entry->path->steps[depth].name;
}

/* How many of `count` entries, from the first on, have the same name at that depth. */
static size_t group_length(const struct entry *entries, size_t count, size_t depth)
{
    size_t len = 1;
    while (len < count && slice_eq(name_at(&entries[len], depth), name_at(entries, depth))) {
        len++;
    }
    return len;
}

static bool has_field(const struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].is_redacted) {
            return true;
        }
    }
    return false;
}

static void make_node(struct build *b, struct projection_node *node, const struct entry *entries,
                      size_t count, size_t depth);

static void make_children(struct build *b, struct projection_node *node,
                          const struct entry *entries, size_t count, size_t depth)
{
    node->children = b->unused;
    for (size_t i = 0; i < count; i += group_length(entries + i, count - i, depth)) {
        node->child_count++;
    }
    b->unused += node->child_count;
    struct projection_node *child = node->children;
    for (size_t i = 0; i < count; child++) {
        size_t len = group_length(entries + i, count - i, depth);
        child->name = name_at(&entries[i], depth);
        child->keeps_others = node->keeps_others;
        node->lengths |= projection_length_bit(child->name.len);
        make_node(b, child, entries + i, len, depth + 1);
        i += len;
    }
}

/* Records have `headers_base64` only when it is not empty: an empty one would tell that the record
 * has a redacted header. */
static bool is_headers_base64(const struct path *path)
{
    return slice_eq_str(path->steps[0].name, "_kafka") &&
           slice_eq_str(path->steps[1].name, "headers_base64");
}

/* Makes the node of the entries whose first `depth` steps are the node's path. Recurses as deep as
 * paths are long. node->keeps_others has its parent's value at first. */
static void make_node(struct build *b, struct projection_node *node, const struct entry *entries,
                      size_t count, size_t depth)
{
    if (count > 0 && entries[0].path->count == depth) {
        if (entries[0].is_redacted) {
            node->action = PROJECTION_DROP;
            return;
        }
        /* All of it is shown, except what is redacted below. */
        node->keeps_others = true;
        entries++;
        count--;
        if (count == 0) {
            node->action = PROJECTION_COPY;
            return;
        }
    } else if (depth > 0 && !node->keeps_others && !has_field(entries, count)) {
        node->action = PROJECTION_DROP; /* only redacted paths, of a value that is not shown */
        return;
    }
    node->action = PROJECTION_ENTER;
    node->goes_empty = depth == 2 && is_headers_base64(entries[0].path);
    make_children(b, node, entries, count, depth);
}

/* Merges the two sorted lists. */
static size_t merge(const struct projection *p, struct entry *out)
{
    size_t field = 0;
    size_t redacted = 0;
    size_t count = 0;
    while (field < p->fields.count || redacted < p->redacted.count) {
        bool is_redacted =
            field == p->fields.count ||
            (redacted < p->redacted.count &&
             projection_compare_paths(&p->redacted.items[redacted], &p->fields.items[field]) < 0);
        out[count++] = (struct entry){
            is_redacted ? &p->redacted.items[redacted++] : &p->fields.items[field++], is_redacted};
    }
    return count;
}

static size_t count_steps(const struct projection_paths *paths)
{
    size_t count = 0;
    for (size_t i = 0; i < paths->count; i++) {
        count += paths->items[i].count;
    }
    return count;
}

/* 0 or KSSE_ENOMEM. */
CHECKED static int make_tree(struct projection *p, bool keeps_others)
{
    size_t most = 1 + count_steps(&p->fields) + count_steps(&p->redacted);
    size_t paths = p->fields.count + p->redacted.count;
    struct build b = {.entries = mem_alloc((paths + 1) * sizeof *b.entries)};
    p->nodes = mem_zalloc(most * sizeof *p->nodes);
    bool is_made = b.entries != NULL && p->nodes != NULL;
    if (is_made) {
        b.unused = p->nodes + 1;
        p->nodes->keeps_others = keeps_others;
        make_node(&b, p->nodes, b.entries, merge(p, b.entries), 0);
    }
    mem_free(b.entries);
    return is_made ? 0 : KSSE_ENOMEM;
}

/* ---- the lists ---- */

static void drop_redacted_fields(struct projection *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->fields.count; i++) {
        bool is_redacted = false;
        for (size_t j = 0; j < p->redacted.count && !is_redacted; j++) {
            is_redacted = projection_covers(&p->redacted.items[j], &p->fields.items[i]);
        }
        if (is_redacted) {
            path_fini(&p->fields.items[i]);
        } else {
            p->fields.items[kept++] = p->fields.items[i];
        }
    }
    p->fields.count = kept;
}

static void append_paths(struct buf *out, const char *name, const struct projection_paths *paths)
{
    buf_append_str(out, name);
    for (size_t i = 0; i < paths->count; i++) {
        if (i > 0) {
            buf_append_char(out, ',');
        }
        path_append(&paths->items[i], out);
    }
}

/* 0 or KSSE_ENOMEM. */
CHECKED static int make_text(struct projection *p, bool has_fields)
{
    if (has_fields) {
        append_paths(&p->text, "fields=", &p->fields);
    }
    if (p->redacted.count > 0) {
        append_paths(&p->text, has_fields ? " redact=" : "redact=", &p->redacted);
    }
    return buf_ok(&p->text) ? 0 : KSSE_ENOMEM;
}

CHECKED static int fill(struct projection *p, struct slice fields, struct slice redact,
                        struct projection_fault *fault)
{
    fault->is_in_fields = true;
    int rc = projection_paths_parse(fields, &p->fields, fault);
    if (rc < 0) {
        return rc;
    }
    fault->is_in_fields = false;
    rc = projection_paths_parse(redact, &p->redacted, fault);
    if (rc < 0) {
        return rc;
    }
    bool has_fields = p->fields.count > 0;
    if ((has_fields && projection_paths_add(&p->fields, "_kafka") < 0) ||
        projection_paths_add_forms(&p->redacted) < 0) {
        return KSSE_ENOMEM;
    }
    drop_redacted_fields(p);
    rc = make_text(p, has_fields);
    return rc < 0 ? rc : make_tree(p, !has_fields);
}

/* ---- public ---- */

int projection_new(struct slice fields, struct slice redact, struct projection **out,
                   struct projection_fault *fault)
{
    struct projection *p = mem_zalloc(sizeof *p);
    if (p == NULL) {
        return KSSE_ENOMEM;
    }
    int rc = fill(p, fields, redact, fault);
    if (rc < 0) {
        projection_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

void projection_free(struct projection *projection)
{
    if (projection == NULL) {
        return;
    }
    projection_paths_fini(&projection->fields);
    projection_paths_fini(&projection->redacted);
    mem_free(projection->nodes);
    buf_fini(&projection->text);
    mem_free(projection);
}

struct slice projection_text(const struct projection *projection)
{
    return buf_slice(&projection->text);
}

bool projection_hides(const struct projection *projection, const struct path *path)
{
    struct path_step names[PATH_MAX_STEPS];
    struct path named = {names, 0, NULL};
    ASSERT(path->count <= PATH_MAX_STEPS);
    for (size_t i = 0; i < path->count; i++) {
        if (path->steps[i].name.data != NULL) {
            names[named.count++] = path->steps[i];
        }
    }
    for (size_t i = 0; i < projection->redacted.count; i++) {
        const struct path *redacted = &projection->redacted.items[i];
        if (projection_covers(redacted, &named) || projection_covers(&named, redacted)) {
            return true;
        }
    }
    return false;
}

bool projection_hides_only_in(const struct projection *projection, const char *name,
                              const char *other)
{
    for (size_t i = 0; i < projection->redacted.count; i++) {
        struct slice first = projection->redacted.items[i].steps[0].name;
        if (!slice_eq_str(first, name) && !slice_eq_str(first, other)) {
            return false;
        }
    }
    return true;
}
