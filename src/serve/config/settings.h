/*
 * The settings of a server: typed values, read from text and printed as text.
 *
 * One table, settings.def, makes everything here. This is not the configuration: routes, aliases
 * and Kafka's properties are in config.h. No I/O; a struct is used by one thread at a time.
 */
#ifndef SERVE_CONFIG_SETTINGS_H
#define SERVE_CONFIG_SETTINGS_H

#include "base/assert.h"
#include "base/buf.h"
#include "core/stream/topic_pattern.h"
#include "serve/config/listen_address.h"
#include "serve/config/origins.h"

#include <kafkasse.h>

/* In the order of the words in settings.def. */
enum http1_framing {
    HTTP1_FRAMING_CHUNKED,
    HTTP1_FRAMING_CLOSE
};
enum setting_id_format {
    SETTING_ID_OFFSET,
    SETTING_ID_TIMESTAMP
};
enum setting_start {
    SETTING_START_LATEST,
    SETTING_START_EARLIEST
};
enum setting_gap {
    SETTING_GAP_EVENT,
    SETTING_GAP_SILENT,
    SETTING_GAP_ERROR
};
enum setting_unreadable {
    SETTING_UNREADABLE_SKIP,
    SETTING_UNREADABLE_WAIT
};
enum log_format {
    LOG_FORMAT_TEXT,
    LOG_FORMAT_JSON
};

/* A row's number: SETTING_ and its field's name. */
enum setting {
#define SETTING(scope, type, field, ...) SETTING_##field,
#include "serve/config/settings.def"
#undef SETTING
    SETTING_COUNT
};

#define SETTING_C_TEXT char * /* owned; never NULL once initialised */
#define SETTING_C_ADDRESS struct listen_address
#define SETTING_C_TOPICS struct topic_patterns
#define SETTING_C_ORIGINS struct origins
#define SETTING_C_BOOL bool
#define SETTING_C_DURATION int64_t
#define SETTING_C_BYTES int64_t
#define SETTING_C_INTEGER int64_t
#define SETTING_C_ENUM int

/* All settings; the options of routes are in here as the routes' defaults. */
struct settings {
#define SETTING(scope, type, field, ...) SETTING_C_##type field;
#include "serve/config/settings.def"
#undef SETTING
};

/* Drops `member` for rows that are no option of a route. */
#define SETTING_IN_ROUTE_GLOBAL(member)
#define SETTING_IN_ROUTE_BOTH(member) member

/* The options of one route. An option that is not set has no meaning until it is inherited. */
struct route_options {
#define SETTING(scope, type, field, ...) SETTING_IN_ROUTE_##scope(SETTING_C_##type field;)
#include "serve/config/settings.def"
#undef SETTING
    bool is_set[SETTING_COUNT];
};

/* Sets all defaults. KSSE_ENOMEM, and *s needs no settings_fini() then. */
CHECKED int settings_init(struct settings *s);
void settings_fini(struct settings *s);

/* Replaces one value. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM: *s is unchanged then. */
CHECKED int settings_set(struct settings *s, const char *name, const char *value,
                         struct ksse_error *error);

/* Makes `to`, which is uninitialised, a copy of `from`. KSSE_ENOMEM: no settings_fini() needed. */
CHECKED int settings_copy(struct settings *to, const struct settings *from);

/* Appends the value of `id` in the notation that settings_set() reads. */
void settings_print(const struct settings *s, enum setting id, struct buf *out);

/* The number of the setting called `name`, or -1. */
int setting_find(const char *name);

/* The name that `name` was perhaps meant to be, or NULL. Only options of a route if so told. */
const char *setting_suggest(const char *name, bool in_route);

/* As for settings; a zeroed struct is one without any option. */
void route_options_fini(struct route_options *options);
CHECKED int route_options_set(struct route_options *options, const char *name, const char *value,
                              struct ksse_error *error);
CHECKED int route_options_copy(struct route_options *to, const struct route_options *from);
void route_options_print(const struct route_options *options, enum setting id, struct buf *out);

/* Gives each option that is not set the value of `settings`. KSSE_ENOMEM. */
CHECKED int route_options_inherit(struct route_options *options, const struct settings *settings);

#endif
