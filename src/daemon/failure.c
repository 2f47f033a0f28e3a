/* Failures, and helpers for settings that several files need: see daemon.h. */
#include "daemon/daemon.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int failure_set(struct failure *failure, enum exit_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(failure->text, sizeof failure->text, format, args);
    va_end(args);
    failure->status = status;
    return status == EXIT_SYSTEM      ? KSSE_ESYSTEM
           : status == EXIT_TRY_AGAIN ? KSSE_ELISTEN
                                      : KSSE_EVALUE;
}

int failure_from(struct failure *failure, int rc, const char *where, const struct ksse_error *error)
{
    enum exit_status status = EXIT_BAD_CONFIG;
    if (rc == KSSE_ENOMEM || rc == KSSE_ESYSTEM) {
        status = EXIT_SYSTEM;
    } else if (rc == KSSE_ELISTEN) {
        status = EXIT_TRY_AGAIN;
    }
    return failure_set(failure, status, "%s: %s", where, error->message);
}

char *join_list(const char *a, const char *b)
{
    const char *head = a == NULL ? "" : a;
    const char *tail = b == NULL ? "" : b;
    const char *comma = head[0] != '\0' && tail[0] != '\0' ? "," : "";
    size_t size = strlen(head) + strlen(tail) + 2;
    char *joined = malloc(size);
    if (joined != NULL) {
        snprintf(joined, size, "%s%s%s", head, comma, tail);
    }
    return joined;
}

const struct ksse_setting *setting_called(const char *name, size_t len)
{
    const struct ksse_setting *row;
    for (size_t i = 0; (row = ksse_setting_at(i)) != NULL; i++) {
        if (strlen(row->name) == len && memcmp(row->name, name, len) == 0) {
            return row;
        }
    }
    return NULL;
}
