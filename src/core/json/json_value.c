/* Walks over containers of minified JSON: see the header. */
#include "core/json/json_value.h"
#include "core/json/json_skip.h"

struct json_walk json_walk_begin(const struct json_value *container)
{
    ASSERT(container->kind == JSON_KIND_OBJECT || container->kind == JSON_KIND_ARRAY);
    ASSERT(container->text.len >= 2);
    const char *start = container->text.data;
    return (struct json_walk){start + 1, start + container->text.len - 1,
                              container->kind == JSON_KIND_OBJECT};
}

bool json_walk_next(struct json_walk *walk, struct json_text *name, struct json_value *value)
{
    const char *at = walk->at;
    const char *end = walk->end;
    if (at >= end) {
        return false;
    }
    if (walk->is_object) {
        const char *start = ++at;
        name->has_escapes = false;
        at = json_string_end(start, end, &name->has_escapes);
        name->bytes = slice_of(start, (size_t)(at - start));
        at += 2; /* the quote and the colon */
        if (at >= end) {
            walk->at = end;
            return false;
        }
    }
    at = json_take_value(at, end, value);
    walk->at = at < end ? at + 1 : end;
    return true;
}

bool json_has_member(const struct json_value *object, const struct json_text *name)
{
    struct json_walk walk = json_walk_begin(object);
    struct json_text taken;
    struct json_value value;
    while (json_walk_next(&walk, &taken, &value)) {
        if (json_text_is_same(&taken, name)) {
            return true;
        }
    }
    return false;
}
