/* The reader of new records and its topics: see the header. */
#include "feed/log/tail.h"
#include "core/stream/record.h"
#include "feed/log/plogs.h"

static void on_ready(void *opaque)
{
    struct tail *tail = opaque;
    tail->has_more = true;
}

int tail_open(struct tail *tail, struct plogs *plogs, const struct rendering *rendering)
{
    tail->plogs = plogs;
    tail->rendering = *rendering;
    tail->reader = source_open_reader(plogs->context->source, READER_TAIL);
    if (tail->reader == NULL) {
        return KSSE_ENOMEM;
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
}

enum record_kind tail_render(const struct tail *tail, struct reader *reader, struct record *record,
                             struct buf *out)
{
    const struct rendering *d = &tail->rendering;
    bool wants_headers = d->shows_headers || d->deserializer->wants_headers;
    if (wants_headers && reader_headers(reader, &record->headers, &record->header_count) < 0) {
        return RECORD_NO_MEMORY;
    }
    return record_render(record, d->deserializer, d->shows_headers, out);
}
