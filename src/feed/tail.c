/* The reader of new records and its topics: see the header. */
#include "feed/tail.h"
#include "core/record.h"
#include "feed/feed.h"

static void on_ready(void *opaque)
{
    struct tail *tail = opaque;
    tail->has_more = true;
}

int tail_open(struct tail *tail, struct feed *feed, const struct decoding *decoding)
{
    tail->feed = feed;
    tail->decoding = *decoding;
    tail->reader = source_open_reader(feed->source, READER_TAIL);
    if (tail->reader == NULL) {
        return -1;
    }
    tail->reader->on_ready = on_ready;
    tail->reader->opaque = tail;
    return 0;
}

void tail_close(struct tail *tail)
{
    if (tail->reader != NULL) {
        reader_close(tail->reader);
        tail->reader = NULL;
    }
    topics_free(tail);
}

enum record_kind tail_render(const struct tail *tail, struct reader *reader, struct record *record,
                             struct buf *out)
{
    const struct decoding *d = &tail->decoding;
    bool wants_headers = d->shows_headers || d->decoder->wants_headers;
    if (wants_headers && reader_headers(reader, &record->headers, &record->header_count) < 0) {
        return RECORD_NO_MEMORY;
    }
    return record_render(record, d->decoder, d->shows_headers, out);
}
