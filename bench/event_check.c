/* The check of an event stream: see the header. */
#include "event_check.h"

#include "bench.h"

#include <stdlib.h>
#include <string.h>

static void frame_begin(struct event_check *check)
{
    check->n = -1;
    check->id_next = -1;
    check->is_message = false;
    check->is_malformed = false;
}

void event_check_init(struct event_check *check, long first)
{
    *check = (struct event_check){.next = first, .chunk_left = -1};
    frame_begin(check);
}

static bool begins(const struct event_check *check, const char *word)
{
    return strncmp(check->start, word, strlen(word)) == 0;
}

/* The number behind `name` in the line's beginning, or -1. */
static long number_behind(const struct event_check *check, const char *name)
{
    const char *at = strstr(check->start, name);
    return at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);
}

static long digits_of(long n)
{
    long digits = 1;
    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

/*
 * A data line that was cut or mixed with another one is longer or shorter than those of the other
 * records: apart from the digits of the offset they have one length.
 */
static void take_data(struct event_check *check, struct findings *all)
{
    check->n = number_behind(check, ",\"n\":");
    long len = check->line_len - digits_of(check->n < 0 ? 0 : check->n);
    all->data_len = all->data_len == 0 ? len : all->data_len;
    check->is_malformed |= !begins(check, "data: {" MARK) || check->n < 0 || check->last != '}' ||
                           len != all->data_len;
}

static void take_record(struct event_check *check, struct findings *all)
{
    all->records++;
    if (check->n < check->next) {
        all->twice++;
        return;
    }
    all->missing += check->n - check->next;
    check->next = check->n + 1;
}

/* The empty line: a frame is over. Comments and retry are frames without an event. */
static void take_frame(struct event_check *check, struct findings *all)
{
    check->is_malformed |= check->is_message && (check->n < 0 || check->id_next != check->n + 1);
    all->malformed += check->is_malformed;
    if (check->is_message && !check->is_malformed) {
        take_record(check, all);
    }
    frame_begin(check);
}

/* The head of a chunk, or the empty line behind one: only these have a CR. A frame is a chunk. */
static void take_chunk_line(struct event_check *check, struct findings *all)
{
    if (check->line_len == 1) {
        all->malformed += check->chunk_left != 0;
        check->chunk_left = -1;
        return;
    }
    char *end;
    long size = strtol(check->start, &end, 16);
    all->malformed += check->chunk_left >= 0 || *end != '\r';
    check->chunk_left = size;
}

static void take_line(struct event_check *check, struct findings *all)
{
    if (check->line_len > 0 && check->last == '\r') {
        take_chunk_line(check, all);
        return;
    }
    if (check->chunk_left >= 0) {
        check->chunk_left -= check->line_len + 1;
        check->is_malformed |= check->chunk_left < 0;
    }
    if (check->line_len == 0) {
        take_frame(check, all);
    } else if (begins(check, "event: ")) {
        check->is_malformed |= check->is_message;
        check->is_message = strcmp(check->start, "event: message") == 0;
        all->gaps += strcmp(check->start, "event: gap") == 0;
        check->is_malformed |= begins(check, "event: error");
    } else if (begins(check, "id: ")) {
        check->id_next = number_behind(check, "\"offset\":");
    } else if (begins(check, "data: ") && check->is_message) {
        take_data(check, all);
    } else if (!begins(check, "data:") && !begins(check, ":") && !begins(check, "retry: ")) {
        check->is_malformed = true;
    }
}

void event_check_take(struct event_check *check, struct findings *all, const char *data, size_t len)
{
    const char *end = data + len;
    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        size_t part = (size_t)((newline == NULL ? end : newline) - data);
        size_t room = LINE_START - 1;
        if ((size_t)check->line_len < room) {
            size_t copied = room - (size_t)check->line_len;
            copied = copied < part ? copied : part;
            memcpy(check->start + check->line_len, data, copied);
            check->start[(size_t)check->line_len + copied] = '\0';
        }
        check->line_len += (long)part;
        check->last = part > 0 ? data[part - 1] : check->last;
        data += part;
        if (newline != NULL) {
            take_line(check, all);
            check->line_len = 0;
            check->start[0] = '\0';
            data++;
        }
    }
}

bool event_check_is_whole(const struct event_check *check)
{
    return check->line_len == 0 && !check->is_message && check->n < 0;
}
