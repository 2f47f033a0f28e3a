/*
 * The event id: the text form of a position, kept ready. When an offset changes, its digits are
 * overwritten; the whole text is written again only when their number changes.
 *
 * Form: [{"topic":"t","partition":0,"offset":7},...], printable ASCII, which KafkaSSE's clients
 * send back in Last-Event-ID; assignment.h reads it. No I/O; one thread at a time.
 */
#ifndef CORE_STREAM_EVENT_ID_H
#define CORE_STREAM_EVENT_ID_H

#include "base/buf.h"
#include "core/stream/position.h"
#include "core/stream/view.h"

#include <kafkasse/error.h>

struct event_id {
    enum id_format format;
    struct buf text;
    struct id_number *numbers; /* one per partition: the place of its number in the text */
    size_t count;
};

#define EVENT_ID_INIT(id_format)                                                                   \
    (struct event_id)                                                                              \
    {                                                                                              \
        (id_format), BUF_INIT, NULL, 0                                                             \
    }

void event_id_fini(struct event_id *id);

/* Writes the whole text: for a new position, or one that has gained partitions. 0 or KSSE_ENOMEM.
 */
CHECKED int event_id_write(struct event_id *id, const struct position *position);

/*
 * Updates the text after partition `index` of `position`, and no other, has changed. 0, or
 * KSSE_ENOMEM: then the text is unusable until event_id_write() succeeds.
 */
CHECKED int event_id_update(struct event_id *id, const struct position *position, size_t index);

/*
 * The most bytes that a partition of a topic can take in an id, however large its number becomes,
 * with its comma. The brackets around all partitions are two more.
 */
size_t event_id_longest_partition(const char *topic, int32_t partition);

/* The most bytes that an id of these partitions can take. */
size_t event_id_longest(const struct position *position);

/* Lives until the next call with this id. */
static inline struct slice event_id_text(const struct event_id *id)
{
    return buf_slice(&id->text);
}

#endif
