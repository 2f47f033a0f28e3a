/* What there is to a filter besides parsing and evaluating it. Any thread. */
#include "core/filter.h"
#include "base/mem.h"
#include "core/filter_node.h"

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

size_t filter_size(const struct filter *filter)
{
    return filter->count;
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
