/* Reading assignments: see the header for the forms. */
#include "core/stream/assignment.h"
#include "base/mem.h"
#include "core/json/json.h"

enum {
    ECHO_BYTES = 200 /* of a bad id that are sent back: enough to find the mistake */
};

void assignments_fini(struct assignments *a)
{
    mem_free(a->items);
    buf_fini(&a->names);
    *a = ASSIGNMENTS_INIT;
}

static int refuse(struct refusal *refusal, enum refusal_code code)
{
    refusal->code = code;
    return KSSE_EREFUSED;
}

static int add(struct assignments *a, struct assignment item, struct refusal *refusal)
{
    if (a->count == a->cap) {
        size_t cap = a->cap == 0 ? 8 : a->cap * 2;
        struct assignment *items = mem_realloc(a->items, cap * sizeof(*items));
        if (items == NULL) {
            return refuse(refusal, REFUSED_NO_MEMORY);
        }
        a->items = items;
        a->cap = cap;
    }
    if (!buf_ok(&a->names)) {
        return refuse(refusal, REFUSED_NO_MEMORY);
    }
    a->items[a->count++] = item;
    return 0;
}

static struct assignment whole_topic(size_t topic_at)
{
    return (struct assignment){topic_at, ALL_PARTITIONS, {START_DEFAULT, 0}};
}

/* Ends the name that begins at `at`. A NUL within it would make it a shorter name. No topic has
 * one, so such a name is replaced by one that no topic can have. */
static void end_name(struct assignments *a, size_t at)
{
    size_t len = a->names.len - at;
    if (buf_ok(&a->names) && len > 0 && memchr(a->names.data + at, '\0', len) != NULL) {
        buf_truncate(&a->names, at);
        buf_append_str(&a->names, "\\u0000");
    }
    buf_append_char(&a->names, '\0');
}

int assignments_add_topic(struct assignments *a, struct slice name, size_t limit,
                          struct refusal *refusal)
{
    if (a->count == limit) {
        return refuse(refusal, REFUSED_TOO_MANY_TOPICS);
    }
    struct assignment item = whole_topic(a->names.len);
    buf_append_slice(&a->names, name);
    end_name(a, item.topic_at);
    return add(a, item, refusal);
}

/* ---- event ids ---- */

/* The members of an object of the array, as far as it is read. */
struct entry {
    bool has_topic;
    bool has_partition;
    bool has_offset;
    bool has_timestamp;
    size_t topic_at;
    int64_t partition;
    int64_t offset;
    int64_t timestamp_ms;
};

static size_t add_name(struct assignments *a, struct slice escaped)
{
    size_t at = a->names.len;
    json_unescape(escaped, &a->names);
    end_name(a, at);
    return at;
}

/* Reads the value of the member `name`. 0, or KSSE_EVALUE when the text is broken. */
CHECKED static int read_member(struct json_reader *r, struct slice name, struct assignments *a,
                               struct entry *entry)
{
    enum json_token token = json_reader_next(r);
    struct slice text = r->text;
    if (json_text_eq(name, "topic")) {
        entry->has_topic = token == JSON_TOKEN_STRING;
        entry->topic_at = entry->has_topic ? add_name(a, text) : 0;
    } else if (json_text_eq(name, "partition")) {
        entry->has_partition =
            token == JSON_TOKEN_NUMBER && json_number_is_int64(text, &entry->partition);
    } else if (json_text_eq(name, "offset")) {
        entry->has_offset =
            token == JSON_TOKEN_NUMBER && json_number_is_int64(text, &entry->offset);
    } else if (json_text_eq(name, "timestamp")) {
        entry->has_timestamp =
            token == JSON_TOKEN_NUMBER && json_number_is_int64(text, &entry->timestamp_ms);
    }
    return json_reader_skip(r, token);
}

/* KSSE_EVALUE: the object lacks a member, or one is out of range. */
CHECKED static int entry_to_assignment(const struct entry *entry, struct assignment *out)
{
    if (!entry->has_topic || !entry->has_partition || entry->partition < 0 ||
        entry->partition > INT32_MAX) {
        return KSSE_EVALUE;
    }
    struct start start;
    if (entry->has_offset && entry->offset >= 0) {
        start = (struct start){START_OFFSET, entry->offset};
    } else if (entry->has_offset && entry->offset == -1) {
        start = (struct start){START_LATEST, 0};
    } else if (entry->has_offset && entry->offset == -2) {
        start = (struct start){START_EARLIEST, 0};
    } else if (!entry->has_offset && entry->has_timestamp) {
        start = (struct start){START_AFTER, entry->timestamp_ms < 0 ? 0 : entry->timestamp_ms};
    } else {
        return KSSE_EVALUE;
    }
    *out = (struct assignment){entry->topic_at, (int32_t)entry->partition, start};
    return 0;
}

/* Reads an object whose first token was just taken. 0 or KSSE_EVALUE. */
CHECKED static int read_object(struct json_reader *r, struct assignments *a, struct assignment *out)
{
    struct entry entry = {0};
    for (;;) {
        enum json_token token = json_reader_next(r);
        if (token == JSON_TOKEN_OBJECT_END) {
            return entry_to_assignment(&entry, out);
        }
        if (token != JSON_TOKEN_NAME || read_member(r, r->text, a, &entry) < 0) {
            return KSSE_EVALUE;
        }
    }
}

/* Reads the whole text. REFUSED_NOT when it is good. */
static enum refusal_code read_array(struct json_reader *r, struct assignments *a, size_t limit,
                                    struct refusal *refusal)
{
    if (json_reader_next(r) != JSON_TOKEN_ARRAY_BEGIN) {
        return REFUSED_BAD_ID;
    }
    for (;;) {
        enum json_token token = json_reader_next(r);
        struct assignment item;
        if (token == JSON_TOKEN_ARRAY_END) {
            bool is_whole = json_reader_next(r) == JSON_TOKEN_END;
            return is_whole && a->count > 0 ? REFUSED_NOT : REFUSED_BAD_ID;
        }
        if (token == JSON_TOKEN_STRING) {
            item = whole_topic(add_name(a, r->text));
        } else if (token != JSON_TOKEN_OBJECT_BEGIN || read_object(r, a, &item) < 0) {
            return REFUSED_BAD_ID;
        }
        if (a->count == limit) {
            return REFUSED_TOO_MANY_TOPICS;
        }
        if (add(a, item, refusal) < 0) {
            return refusal->code;
        }
    }
}

static bool is_json(struct slice text)
{
    struct json_reader r;
    json_reader_init(&r, text);
    enum json_token token = json_reader_next(&r);
    return json_reader_skip(&r, token) == 0 && json_reader_next(&r) == JSON_TOKEN_END;
}

/* Sends the id back, in KafkaSSE's members: as JSON if it is JSON, else as text. */
static void echo(struct slice text, struct refusal *refusal)
{
    if (is_json(text) && text.len <= ECHO_BYTES) {
        buf_append_str(&refusal->extra, ",\"assignments\":");
        buf_append_slice(&refusal->extra, text);
        return;
    }
    text.len = text.len > ECHO_BYTES ? ECHO_BYTES : text.len;
    buf_append_str(&refusal->extra, ",\"last_event_id\":");
    json_append_string(&refusal->extra, text);
}

int assignments_from_event_id(struct assignments *a, struct slice text, size_t limit,
                              struct refusal *refusal)
{
    struct json_reader r;
    json_reader_init(&r, text);
    enum refusal_code code = read_array(&r, a, limit, refusal);
    if (code == REFUSED_NOT) {
        return 0;
    }
    if (code == REFUSED_BAD_ID) {
        echo(text, refusal);
    }
    return refuse(refusal, code);
}
