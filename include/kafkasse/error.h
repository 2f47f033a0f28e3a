/*
 * What fallible functions return, and the sentence that goes with it.
 */
#ifndef KAFKASSE_ERROR_H
#define KAFKASSE_ERROR_H

#include <kafkasse/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Fallible functions return KSSE_OK or one of the negative values. Each function's comment lists
 * those that it can return. After a failure, out-parameters other than the error are as they were.
 */
enum ksse_result {
    KSSE_OK = 0,
    KSSE_EUNKNOWN = -1, /* no setting, route or section has that name */
    KSSE_EVALUE = -2,   /* the value is malformed or out of range */
    KSSE_EREFUSED = -3, /* a Kafka property that would break the server's guarantees */
    KSSE_EKAFKA = -4,   /* librdkafka refused its configuration */
    KSSE_ELISTEN = -5,  /* the server cannot listen on the address */
    KSSE_ENOMEM = -6,   /* out of memory */
    KSSE_ESYSTEM = -7,  /* another call to the operating system failed */
    KSSE_EAGAIN = -8    /* nothing to read now */
};

/*
 * A sentence that says what is wrong and what to do about it: zero-terminated, cut off if longer.
 * Wherever a function takes a `struct ksse_error *`, it may be NULL, and is written only when the
 * function fails.
 */
struct ksse_error {
    char message[512];
};

#ifdef __cplusplus
}
#endif

#endif
