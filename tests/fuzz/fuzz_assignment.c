/*
 * Fuzz target: event ids. Whatever the bytes, reading them neither crashes nor leaks; what is taken
 * has partitions and starts that make sense; and plain offsets come back the same through the event
 * id's own text.
 */
#include "base/assert.h"
#include "core/stream/assignment.h"
#include "core/stream/event_id.h"
#include "core/json/json.h"

enum {
    LIMIT = 50
};

/* Whether all entries are objects with an offset; the text is then as good as an event id. */
static bool are_plain(const struct assignments *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->items[i].start.kind != START_OFFSET) {
            return false;
        }
    }
    return true;
}

static void check_items(const struct assignments *a)
{
    ASSERT(a->count > 0 && a->count <= LIMIT);
    for (size_t i = 0; i < a->count; i++) {
        const struct assignment *item = &a->items[i];
        ASSERT(item->topic_at < a->names.len);
        ASSERT(item->topic_at + strlen(assignment_topic(a, i)) < a->names.len);
        ASSERT(item->partition >= ALL_PARTITIONS);
        ASSERT((item->partition == ALL_PARTITIONS) == (item->start.kind == START_DEFAULT));
        ASSERT(item->start.value >= 0);
    }
}

/* As the position would have them: sorted, the first of doubles. */
static void make_position(const struct assignments *a, struct position *p)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct assignment *item = &a->items[i];
        struct partition_position partition = {assignment_topic(a, i), item->partition,
                                               item->start.value, -1, NULL};
        ASSERT(position_insert(p, partition) >= 0);
    }
}

static void check_round_trip(const struct assignments *a)
{
    struct position position = POSITION_INIT;
    struct event_id id = EVENT_ID_INIT(ID_OFFSET);
    struct assignments again = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    make_position(a, &position);
    ASSERT(event_id_write(&id, &position) == 0);
    struct slice text = event_id_text(&id);
    for (size_t i = 0; i < text.len; i++) {
        ASSERT(text.data[i] >= 0x20 && text.data[i] < 0x7f);
    }
    ASSERT(assignments_from_event_id(&again, text, LIMIT, &refusal) == 0);
    ASSERT(again.count == position.count);
    for (size_t i = 0; i < again.count; i++) {
        const struct partition_position *partition = &position.partitions[i];
        ASSERT(strcmp(assignment_topic(&again, i), partition->topic) == 0);
        ASSERT(again.items[i].partition == partition->partition);
        ASSERT(again.items[i].start.kind == START_OFFSET);
        ASSERT(again.items[i].start.value == partition->offset);
    }
    assignments_fini(&again);
    refusal_fini(&refusal);
    event_id_fini(&id);
    position_fini(&position);
}

/* A refusal is JSON whatever was refused. */
static void check_refusal(const struct refusal *refusal)
{
    struct buf json = BUF_INIT;
    struct buf out = BUF_INIT;
    bool has_members;
    ASSERT(refusal->code == REFUSED_BAD_ID || refusal->code == REFUSED_TOO_MANY_TOPICS);
    refusal_append_json(refusal, &json);
    ASSERT(json_minify_object(buf_slice(&json), &out, &has_members) == JSON_OK);
    buf_fini(&json);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    struct slice text = slice_of((const char *)data, size);
    if (assignments_from_event_id(&a, text, LIMIT, &refusal) == 0) {
        check_items(&a);
        if (are_plain(&a)) {
            check_round_trip(&a);
        }
    } else {
        check_refusal(&refusal);
    }
    assignments_fini(&a);
    refusal_fini(&refusal);
    return 0;
}
