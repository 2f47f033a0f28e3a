/*
 * One value of a setting: its types, how they are read from text, checked against their range, and
 * printed. Knows no particular setting. No I/O.
 */
#ifndef SERVE_CONFIG_SETTING_VALUE_H
#define SERVE_CONFIG_SETTING_VALUE_H

#include "base/assert.h"
#include "base/buf.h"

#include <kafkasse.h>

enum setting_type {
    SETTING_TYPE_TEXT,     /* char *, owned; without control characters */
    SETTING_TYPE_ADDRESS,  /* struct listen_address */
    SETTING_TYPE_TOPICS,   /* struct topic_patterns */
    SETTING_TYPE_ORIGINS,  /* struct origins */
    SETTING_TYPE_BOOL,     /* bool: yes, true, on, 1; no, false, off, 0 */
    SETTING_TYPE_DURATION, /* int64_t, milliseconds: 500ms, 15s, 2m, 1h, and 0 */
    SETTING_TYPE_BYTES,    /* int64_t: 4096, 64KiB, 8MiB, 1GiB, 1TiB */
    SETTING_TYPE_INTEGER,  /* int64_t */
    SETTING_TYPE_ENUM      /* int: the index of the word in the range */
};

/* What is needed to read a value. */
struct setting_kind {
    enum setting_type type;
    const char *name;  /* for messages */
    const char *range; /* as in settings.def */
};

/*
 * Reads `text` into the variable of the type's C type that `at` points to, releasing what it held
 * (all zero is fine). KSSE_EVALUE, KSSE_ENOMEM: the variable is unchanged then.
 */
CHECKED int setting_value_set(const struct setting_kind *kind, void *at, const char *text,
                              struct ksse_error *error);

/* Makes the uninitialised variable `to` a copy of `from`. KSSE_ENOMEM: it is all zero then. */
CHECKED int setting_value_copy(enum setting_type type, void *to, const void *from);

/* Releases what the variable holds; its pointers are NULL then. */
void setting_value_fini(enum setting_type type, void *at);

/* Appends the value in the notation that setting_value_set() reads. */
void setting_value_print(const struct setting_kind *kind, const void *at, struct buf *out);

#endif
