/* The life of a filter, and its paths in an index. Any thread. */
#include "core/filter/filter.h"
#include "base/mem.h"
#include "core/filter/filter_node.h"

static void node_fini(struct filter_node *node)
{
    switch (node->op) {
    case FILTER_PATH:
        path_fini(&node->as.path);
        break;
    case FILTER_NUMBER:
        mem_free((char *)(uintptr_t)node->as.literal.value.text.data);
        break;
    case FILTER_CONTAINS:
        json_needle_fini(&node->as.needle);
        break;
    default:
        break;
    }
}

void filter_free(struct filter *filter)
{
    if (filter == NULL) {
        return;
    }
    for (size_t i = 0; i < filter->count; i++) {
        node_fini(&filter->nodes[i]);
    }
    mem_free(filter->nodes);
    mem_free(filter->literals);
    buf_fini(&filter->text);
    mem_free(filter);
}

struct slice filter_text(const struct filter *filter)
{
    return buf_slice(&filter->text);
}

bool filter_uses_headers(const struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_node *node = &filter->nodes[i];
        if (node->op == FILTER_PATH && path_is_in_headers(&node->as.path)) {
            return true;
        }
    }
    return false;
}

/* ---- paths in an index ---- */

CHECKED static int add_paths(const struct filter *filter, struct path_index *index,
                             struct path_entry **entries)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_node *node = &filter->nodes[i];
        if (node->op == FILTER_PATH && !node->is_hidden) {
            entries[i] = path_index_add(index, &node->as.path, false);
            if (entries[i] == NULL) {
                return KSSE_ENOMEM;
            }
        }
    }
    return 0;
}

/* A size is an entry of its path; `"name" in path` is an entry of the member. 0 or KSSE_ENOMEM. */
CHECKED static int add_derived(const struct filter *filter, struct path_index *index,
                               struct path_entry **entries)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_node *node = &filter->nodes[i];
        if (node->op == FILTER_SIZE && entries[node->first] != NULL) {
            entries[i] = path_index_add(index, &filter->nodes[node->first].as.path, true);
            if (entries[i] == NULL) {
                return KSSE_ENOMEM;
            }
        }
        if (node->op == FILTER_IN && filter->nodes[node->first].op == FILTER_TEXT) {
            struct path_entry *object = entries[filter->nodes[node->first].next];
            struct slice name = filter->nodes[node->first].as.literal.value.text;
            entries[i] = object == NULL ? NULL : path_index_add_member(index, object, name);
            if (object != NULL && entries[i] == NULL) {
                return KSSE_ENOMEM;
            }
        }
    }
    return 0;
}

struct path_entry **filter_add_paths(const struct filter *filter, struct path_index *index)
{
    struct path_entry **entries = mem_zalloc(filter->count * sizeof(struct path_entry *));
    if (entries == NULL) {
        return NULL;
    }
    if (add_paths(filter, index, entries) < 0 || add_derived(filter, index, entries) < 0) {
        filter_remove_paths(filter, index, entries);
        return NULL;
    }
    return entries;
}

void filter_remove_paths(const struct filter *filter, struct path_index *index,
                         struct path_entry **entries)
{
    for (size_t i = 0; entries != NULL && i < filter->count; i++) {
        path_index_remove(index, entries[i]);
    }
    mem_free(entries);
}
