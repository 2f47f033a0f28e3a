/*
 * The event id: the text form of a position, kept ready. When one offset changes, usually only
 * its digits are overwritten; the text is written anew when their number changes.
 *
 * Form: [{"topic":"t","partition":0,"offset":7},...], printable ASCII, as KafkaSSE's clients send
 * it back in Last-Event-ID. No I/O; one thread at a time.
 */
#ifndef CORE_STREAM_EVENT_ID_H
#define CORE_STREAM_EVENT_ID_H

#include "base/buf.h"
#include "core/stream/position.h"
#include "core/stream/view.h"

struct event_id {
    enum id_format format;
    struct buf text;
    struct id_number *numbers; /* one per partition: where its number stands in the text */
    size_t count;
};

#define EVENT_ID_INIT(id_format)                                                                   \
    (struct event_id)                                                                              \
    {                                                                                              \
        (id_format), BUF_INIT, NULL, 0                                                             \
    }

void event_id_fini(struct event_id *id);

/* Writes the whole text: for a new position, or one that has gained partitions. 0, or -1 without
 * memory. */
CHECKED int event_id_write(struct event_id *id, const struct position *position);

/*
 * Brings the text up to date after partition `index` of `position` (the only one that changed) has
 * changed. 0, or -1 without memory: the text is then unusable until event_id_write() succeeds.
 */
CHECKED int event_id_update(struct event_id *id, const struct position *position, size_t index);

/*
 * How many bytes a partition of that name, which is a topic's, can take in an id, however far its
 * number grows, its comma included. The brackets around all are two more.
 */
size_t event_id_longest_partition(const char *topic, int32_t partition);

/* The same of a whole id of these partitions. */
size_t event_id_longest(const struct position *position);

/* Lives until the next call with this id. */
static inline struct slice event_id_text(const struct event_id *id)
{
    return buf_slice(&id->text);
}

#endif
