/* Ends of events: see the header. */
#include "event_scan.h"

#include <string.h>

#define RECORD_LINE "data: {" MARK

void event_scan_init(struct event_scan *scan)
{
    *scan = (struct event_scan){.stamp = -1};
}

/* Both return how many bytes at the end are to be shown again. */
static size_t scan_marks(struct event_scan *scan, const char *data, const char *end,
                         event_fn *on_event, void *arg)
{
    for (;;) {
        if (scan->stamp < 0) {
            size_t keep;
            const char *next = mark_find(data, (size_t)(end - data), &scan->stamp, &keep);
            if (next == NULL) {
                return keep;
            }
            data = next;
        }
        const char *blank = memmem(data, (size_t)(end - data), "\n\n", 2);
        if (blank == NULL) {
            return end > data && end[-1] == '\n' ? 1 : 0;
        }
        on_event(arg, scan->stamp);
        scan->stamp = -1;
        data = blank + 2;
    }
}

/* A search for single bytes is the fastest there is, and lines are long. */
static size_t scan_lines(struct event_scan *scan, const char *data, const char *end,
                         event_fn *on_event, void *arg)
{
    const size_t start = sizeof(RECORD_LINE) - 1;
    while (data < end) {
        if (!scan->is_in_line && *data == '\n') {
            if (scan->has_data) {
                on_event(arg, -1);
            }
            scan->has_data = false;
            data++;
            continue;
        }
        if (!scan->is_in_line) {
            if ((size_t)(end - data) < start) {
                return (size_t)(end - data);
            }
            scan->has_data |= memcmp(data, RECORD_LINE, start) == 0;
        }
        const char *line_end = memchr(data, '\n', (size_t)(end - data));
        scan->is_in_line = line_end == NULL;
        data = line_end == NULL ? end : line_end + 1;
    }
    return 0;
}

void event_scan_take(struct event_scan *scan, char *data, size_t len, bool is_quick,
                     event_fn *on_event, void *arg)
{
    const char *end = data + len;
    data -= scan->kept;
    memcpy(data, scan->keep, scan->kept);
    size_t kept = (is_quick ? scan_lines : scan_marks)(scan, data, end, on_event, arg);
    scan->kept = (uint8_t)kept;
    memcpy(scan->keep, end - kept, kept);
}
