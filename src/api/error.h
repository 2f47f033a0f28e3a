/*
 * Fills in the struct ksse_error of public functions. Any thread.
 */
#ifndef API_ERROR_H
#define API_ERROR_H

#include <kafkasse/error.h>

/* Formats the sentence, and cuts it off if it is too long. `error` may be NULL. */
void error_set(struct ksse_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the sentence for KSSE_ENOMEM and returns that. */
int error_no_memory(struct ksse_error *error);

#endif
