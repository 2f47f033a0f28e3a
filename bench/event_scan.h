/*
 * Finds the ends of whole events in an event stream that comes in pieces of any size. No parsing:
 * it looks for the mark of a record and for the empty line; comments and events without a mark,
 * such as `gap`, do not count. One per stream.
 */
#ifndef BENCH_EVENT_SCAN_H
#define BENCH_EVENT_SCAN_H

#include "bench.h"

struct event_scan {
    int64_t stamp; /* of the event whose end has not come yet, or -1 */
    uint8_t kept;  /* bytes of the last piece that are looked at again with the next one */
    char keep[MARK_MAX];
    bool is_in_line; /* quick: the next byte does not begin a line */
    bool has_data;   /* quick: the record has come, the empty line has not */
};

/* Called for each event with what scan_take() was called with; the stamp is -1 when quick. */
typedef void event_fn(void *arg, int64_t stamp);

void event_scan_init(struct event_scan *scan);

/*
 * Takes the next `len` bytes; the MARK_MAX bytes before `data` are overwritten. When quick, it
 * relies on the record's mark being the first thing in its `data` line and does not read the time.
 */
void event_scan_take(struct event_scan *scan, char *data, size_t len, bool is_quick,
                     event_fn *on_event, void *arg);

#endif
