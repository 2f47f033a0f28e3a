/*
 * A tail: the reader of the newest records, what makes texts of them, and the topics whose logs
 * hold these texts. A feed has one for each rendering that its routes ask for, usually one. One
 * thread.
 */
#ifndef FEED_LOG_TAIL_H
#define FEED_LOG_TAIL_H

#include "base/map.h"
#include "core/stream/deserializer.h"
#include "feed/log/source.h"

struct plogs;
struct record;

/* What is made of records before they go into logs. */
struct rendering {
    struct deserializer *deserializer; /* borrowed while the feed lives */
    bool shows_headers;                /* in `_kafka` */
};

struct tail {
    struct plogs *plogs;
    struct rendering rendering;
    struct reader *reader;
    struct map topics; /* struct topic, by name */
    bool has_more;     /* the last batch ended before the reader was empty */
};

/* Opens the reader. KSSE_ENOMEM without one. `plogs` is borrowed. */
CHECKED int tail_open(struct tail *tail, struct plogs *plogs, const struct rendering *rendering);

/* Closes the reader; topics_free() is to follow. Nothing happens to a zeroed one. */
void tail_close(struct tail *tail);

/*
 * Appends the text of a record that `reader` has just returned to `out`, as record_render() does.
 */
CHECKED enum record_kind tail_render(const struct tail *tail, struct reader *reader,
                                     struct record *record, struct buf *out);

#endif
