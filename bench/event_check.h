/*
 * Checks an event stream of a topic with one partition, filled by bench-produce: the record at
 * offset n is {"t":...,"n":n,...}, and all have the same size. Takes the body as it comes, in
 * pieces of any size and with its chunks if it has any, and keeps no more than the beginning of a
 * line.
 */
#ifndef BENCH_EVENT_CHECK_H
#define BENCH_EVENT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE_START = 160 /* of a line, what is looked into */
};

/* What was found in all streams together. */
struct findings {
    long records;
    long missing;   /* records that were left out */
    long twice;     /* records that had come, or came in the wrong order */
    long gaps;      /* gap events */
    long malformed; /* frames with something wrong in them */
    long data_len;  /* of a data line without the offset's digits; 0 before the first one */
};

struct event_check {
    long next; /* the record that is due */
    char start[LINE_START];
    long line_len;     /* of the line so far */
    char last;         /* byte of the line, before its end */
    long n;            /* of the frame's data line, or -1 */
    long id_next;      /* the offset in the frame's id line, or -1 */
    bool is_message;   /* the frame's event line says so */
    bool is_malformed; /* the frame is */
    long chunk_left;   /* bytes of the chunk that have not come yet; -1: no chunk is open */
};

/* `first` is the record that is due first. */
void event_check_init(struct event_check *check, long first);

void event_check_take(struct event_check *check, struct findings *all, const char *data,
                      size_t len);

/* Whether the bytes so far end with a whole frame. */
bool event_check_is_whole(const struct event_check *check);

#endif
