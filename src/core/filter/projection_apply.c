/*
 * Applies projections: one pass over a record's text that leaves out what is not shown. The hot
 * path of streams with a projection. Any thread.
 *
 * Bytes stay `pending` until something after them is dropped, or the text ends, so that they are
 * copied in pieces as long as possible. With a dropped item goes one comma: the one before it, or
 * the one after it when nothing of its container is shown yet.
 */
#include "core/json/json.h"
#include "core/json/json_skip.h"
#include "core/filter/projection_tree.h"

/* An open object or array. */
struct frame {
    const struct projection_node *node; /* an array has the node of its member */
    bool is_object;
    bool has_shown; /* one of its items */
    bool goes_empty;
};

struct cut {
    const char *at;
    const char *end;
    const char *pending; /* the first byte that is not copied yet */
    char *dst;
    size_t depth;
    char *before; /* where the open object that goes when empty begins in the output; they do not
                   * nest */
    struct frame frames[JSON_MAX_DEPTH];
};

static void copy_pending(struct cut *c, const char *to)
{
    size_t len = (size_t)(to - c->pending);
    memcpy(c->dst, c->pending, len);
    c->dst += len;
}

/* Leaves out the item that begins at `start` and ends at c->at. */
static void drop(struct cut *c, const struct frame *frame, const char *start)
{
    if (frame->has_shown) {
        copy_pending(c, start - 1);
        c->pending = c->at;
        return;
    }
    copy_pending(c, start);
    c->pending = c->at < c->end && *c->at == ',' ? c->at + 1 : c->at;
}

/* The child of that name, which has no escapes; or NULL. */
static inline const struct projection_node *find(const struct projection_node *node,
                                                 struct slice name)
{
    /* Most names of a record have a length that no child has. */
    if ((node->lengths & projection_length_bit(name.len)) == 0) {
        return NULL;
    }
    size_t low = 0;
    size_t high = node->child_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = projection_compare(name, node->children[middle].name);
        if (order == 0) {
            return &node->children[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* Unescapes the name into the unused output, which has room for the rest of the text. */
static const struct projection_node *
find_escaped(const struct cut *c, const struct projection_node *node, struct slice name)
{
    struct json_text text = json_text_of(name, true);
    return find(node, slice_of(c->dst, json_text_copy(&text, c->dst)));
}

/* Reads the name and colon at c->at, and returns the name's node or NULL. */
static inline const struct projection_node *take_name(struct cut *c,
                                                      const struct projection_node *node)
{
    bool has_escapes = false;
    const char *start = c->at + 1;
    const char *quote = json_string_end(start, c->end, &has_escapes);
    c->at = c->end - quote > 2 ? quote + 2 : c->end;
    struct slice name = slice_of(start, (size_t)(quote - start));
    return has_escapes ? find_escaped(c, node, name) : find(node, name);
}

static inline void skip_value(struct cut *c)
{
    struct json_value value;
    c->at = json_take_value(c->at, c->end, &value);
}

static inline bool is_container(const struct cut *c)
{
    return *c->at == '{' || *c->at == '[';
}

static void enter(struct cut *c, const struct projection_node *node)
{
    ASSERT(c->depth < JSON_MAX_DEPTH);
    c->frames[c->depth++] = (struct frame){node, *c->at == '{', false, false};
    c->at++;
}

/* The same for a member that begins at `start` and is left out if it proves empty. */
static void enter_perhaps(struct cut *c, const struct projection_node *node, const char *start)
{
    copy_pending(c, start);
    c->pending = start;
    c->before = c->dst;
    enter(c, node);
    c->frames[c->depth - 1].goes_empty = true;
}

/* Nothing of the object is shown: leaves it out, as drop() does. The comma before it is already
 * written. */
static void take_back(struct cut *c, const struct frame *parent)
{
    c->pending = c->at;
    c->dst = c->before;
    if (parent->has_shown) {
        c->dst--;
    } else if (c->at < c->end && *c->at == ',') {
        c->pending++;
    }
}

/* Closes the innermost container. */
static inline void leave(struct cut *c)
{
    const struct frame *frame = &c->frames[--c->depth];
    c->at++;
    if (frame->goes_empty) {
        struct frame *parent = &c->frames[c->depth - 1];
        if (!frame->has_shown) {
            take_back(c, parent);
        }
        parent->has_shown |= frame->has_shown;
    }
}

/* What to do with the value at c->at. `node` is NULL when no path leads there. */
static inline enum projection_action action_at(const struct cut *c, const struct frame *frame,
                                               const struct projection_node *node)
{
    if (node == NULL) {
        return frame->node->keeps_others ? PROJECTION_COPY : PROJECTION_DROP;
    }
    if (node->action == PROJECTION_ENTER && !is_container(c)) {
        return node->keeps_others ? PROJECTION_COPY : PROJECTION_DROP;
    }
    return node->action;
}

/* Copies, drops or enters a member or element. */
static inline void take_item(struct cut *c, struct frame *frame)
{
    const char *start = c->at;
    const struct projection_node *node = frame->is_object ? take_name(c, frame->node) : frame->node;
    if (c->at == c->end) {
        return;
    }
    switch (action_at(c, frame, node)) {
    case PROJECTION_COPY:
        skip_value(c);
        frame->has_shown = true;
        break;
    case PROJECTION_DROP:
        skip_value(c);
        drop(c, frame, start);
        break;
    case PROJECTION_ENTER:
        if (node->goes_empty && frame->is_object && *c->at == '{') {
            enter_perhaps(c, node, start);
            break;
        }
        frame->has_shown = true;
        enter(c, node);
        break;
    }
}

void projection_apply(const struct projection *projection, struct slice text, struct buf *out)
{
    struct cut c;
    c.dst = buf_reserve(out, text.len); /* it never gets longer */
    if (c.dst == NULL) {
        return;
    }
    c.at = text.data;
    c.end = text.data + text.len;
    c.pending = text.data;
    c.depth = 0;
    enter(&c, projection->nodes);
    while (c.depth > 0 && c.at < c.end) {
        if (*c.at == ',') {
            c.at++;
        } else if (*c.at == '}' || *c.at == ']') {
            leave(&c);
        } else {
            take_item(&c, &c.frames[c.depth - 1]);
        }
    }
    copy_pending(&c, c.end);
    ASSERT((size_t)(c.dst - out->data) <= out->len + text.len);
    out->len = (size_t)(c.dst - out->data);
}
