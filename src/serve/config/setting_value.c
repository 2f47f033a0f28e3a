/* Values of settings by type. Numbers with units share one reader: a unit is a factor. */
#include "serve/config/setting_value.h"

#include "base/mem.h"
#include "api/error.h"
#include "core/stream/topic_pattern.h"
#include "serve/config/listen_address.h"
#include "serve/config/origins.h"

struct unit {
    const char *name;
    int64_t factor;
};

/* Largest first: printing takes the first that divides. */
static const struct unit time_units[] = {
    {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0}};
static const struct unit size_units[] = {{"TiB", INT64_C(1) << 40},
                                         {"GiB", INT64_C(1) << 30},
                                         {"MiB", INT64_C(1) << 20},
                                         {"KiB", INT64_C(1) << 10},
                                         {"", 1},
                                         {NULL, 0}};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static bool is_number(enum setting_type type)
{
    return type == SETTING_TYPE_DURATION || type == SETTING_TYPE_BYTES ||
           type == SETTING_TYPE_INTEGER;
}

static const struct unit *units_of(enum setting_type type)
{
    switch (type) {
    case SETTING_TYPE_DURATION:
        return time_units;
    case SETTING_TYPE_BYTES:
        return size_units;
    default:
        return no_units;
    }
}

/* What a number of this type looks like, for messages. */
static const char *notation_of(enum setting_type type)
{
    switch (type) {
    case SETTING_TYPE_DURATION:
        return "write a whole number with its unit: 500ms, 15s, 2m or 1h";
    case SETTING_TYPE_BYTES:
        return "write a whole number of bytes, or one with KiB, MiB, GiB or TiB";
    default:
        return "write a whole number";
    }
}

/* Reads digits and a unit. A bare 0 needs no unit. */
static bool number_parse(enum setting_type type, struct slice text, int64_t *out)
{
    size_t digits = 0;
    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    int64_t value;
    if (!slice_is_int64(slice_of(text.data, digits), &value)) {
        return false;
    }
    struct slice unit_name = slice_of(text.data + digits, text.len - digits);
    if (value == 0 && unit_name.len == 0) {
        *out = 0;
        return true;
    }
    for (const struct unit *unit = units_of(type); unit->name != NULL; unit++) {
        if (slice_eq_str(unit_name, unit->name)) {
            return !__builtin_mul_overflow(value, unit->factor, out);
        }
    }
    return false;
}

static void number_print(enum setting_type type, int64_t value, struct buf *out)
{
    const struct unit *unit = units_of(type);
    while (value != 0 && value % unit->factor != 0) {
        unit++;
    }
    buf_append_int(out, value == 0 ? 0 : value / unit->factor);
    buf_append_str(out, value == 0 ? "" : unit->name);
}

/* Cuts the next piece in front of `separator` off *rest; *rest is NULL behind the last one. */
static struct slice cut_piece(const char **rest, const char *separator)
{
    const char *start = *rest;
    const char *end = strstr(start, separator);
    *rest = end == NULL ? NULL : end + strlen(separator);
    return end == NULL ? slice_str(start) : slice_of(start, (size_t)(end - start));
}

static bool is_in_range(const struct setting_kind *kind, int64_t value)
{
    if (kind->range[0] == '\0') {
        return true;
    }
    const char *rest = kind->range;
    int64_t low;
    int64_t high;
    bool is_read = number_parse(kind->type, cut_piece(&rest, ".."), &low);
    ASSERT(is_read && rest != NULL);
    is_read = number_parse(kind->type, slice_str(rest), &high);
    ASSERT(is_read);
    return value >= low && value <= high;
}

static int number_set(const struct setting_kind *kind, int64_t *at, const char *text,
                      struct ksse_error *error)
{
    int64_t value;
    if (!number_parse(kind->type, slice_str(text), &value)) {
        error_set(error, "%s: \"%.80s\" is not valid: %s", kind->name, text,
                  notation_of(kind->type));
        return KSSE_EVALUE;
    }
    if (!is_in_range(kind, value)) {
        error_set(error, "%s: \"%.80s\" is out of range: choose one in %s", kind->name, text,
                  kind->range);
        return KSSE_EVALUE;
    }
    *at = value;
    return 0;
}

static int enum_set(const struct setting_kind *kind, int *at, const char *text,
                    struct ksse_error *error)
{
    const char *rest = kind->range;
    for (int index = 0; rest != NULL; index++) {
        if (slice_eq_str(cut_piece(&rest, " | "), text)) {
            *at = index;
            return 0;
        }
    }
    error_set(error, "%s: \"%.80s\" is not valid: choose one of %s", kind->name, text, kind->range);
    return KSSE_EVALUE;
}

static void enum_print(const struct setting_kind *kind, int value, struct buf *out)
{
    const char *rest = kind->range;
    struct slice word = {NULL, 0};
    for (int index = 0; index <= value; index++) {
        ASSERT(rest != NULL);
        word = cut_piece(&rest, " | ");
    }
    buf_append_slice(out, word);
}

static int bool_set(const struct setting_kind *kind, bool *at, const char *text,
                    struct ksse_error *error)
{
    static const char *const words[] = {"no", "false", "off", "0", "yes", "true", "on", "1"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *at = i >= ARRAY_LEN(words) / 2;
            return 0;
        }
    }
    error_set(error, "%s: \"%.80s\" is not valid: write yes or no", kind->name, text);
    return KSSE_EVALUE;
}

static int text_set(const struct setting_kind *kind, char **at, const char *text,
                    struct ksse_error *error)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            /* It may end up in a header field, where a line end would start another one. */
            error_set(error, "%s: the value has control characters: take them out", kind->name);
            return KSSE_EVALUE;
        }
    }
    char *copy = mem_strndup(text, strlen(text));
    if (copy == NULL) {
        return error_no_memory(error);
    }
    mem_free(*at);
    *at = copy;
    return 0;
}

static int address_set(const struct setting_kind *kind, struct listen_address *at, const char *text,
                       struct ksse_error *error)
{
    const char *why;
    if (listen_address_parse(slice_str(text), at, &why) < 0) {
        error_set(error, "%s: \"%.80s\" is not valid: %s", kind->name, text, why);
        return KSSE_EVALUE;
    }
    return 0;
}

static int topics_set(const struct setting_kind *kind, struct topic_patterns *at, const char *text,
                      struct ksse_error *error)
{
    struct topic_patterns made;
    struct ksse_error why;
    int rc = topic_patterns_parse(slice_str(text), &made, &why);
    if (rc < 0) {
        error_set(error, "%s: %.400s", kind->name, why.message);
        return rc;
    }
    topic_patterns_fini(at);
    *at = made;
    return 0;
}

static int origins_set(const struct setting_kind *kind, struct origins *at, const char *text,
                       struct ksse_error *error)
{
    struct origins made;
    struct ksse_error why;
    int rc = origins_parse(slice_str(text), &made, &why);
    if (rc < 0) {
        error_set(error, "%s: %.400s", kind->name, why.message);
        return rc;
    }
    origins_fini(at);
    *at = made;
    return 0;
}

int setting_value_set(const struct setting_kind *kind, void *at, const char *text,
                      struct ksse_error *error)
{
    switch (kind->type) {
    case SETTING_TYPE_TEXT:
        return text_set(kind, at, text, error);
    case SETTING_TYPE_ADDRESS:
        return address_set(kind, at, text, error);
    case SETTING_TYPE_TOPICS:
        return topics_set(kind, at, text, error);
    case SETTING_TYPE_ORIGINS:
        return origins_set(kind, at, text, error);
    case SETTING_TYPE_BOOL:
        return bool_set(kind, at, text, error);
    case SETTING_TYPE_ENUM:
        return enum_set(kind, at, text, error);
    default:
        ASSERT(is_number(kind->type));
        return number_set(kind, at, text, error);
    }
}

int setting_value_copy(enum setting_type type, void *to, const void *from)
{
    switch (type) {
    case SETTING_TYPE_TEXT: {
        const char *text = *(char *const *)from;
        char **copy = to;
        *copy = mem_strndup(text, strlen(text));
        return *copy == NULL ? KSSE_ENOMEM : 0;
    }
    case SETTING_TYPE_TOPICS: {
        struct topic_patterns *copy = to;
        *copy = (struct topic_patterns){0};
        return topic_patterns_copy(copy, from);
    }
    case SETTING_TYPE_ORIGINS:
        return origins_copy(to, from);
    case SETTING_TYPE_ADDRESS:
        *(struct listen_address *)to = *(const struct listen_address *)from;
        return 0;
    case SETTING_TYPE_BOOL:
        *(bool *)to = *(const bool *)from;
        return 0;
    case SETTING_TYPE_ENUM:
        *(int *)to = *(const int *)from;
        return 0;
    default:
        ASSERT(is_number(type));
        *(int64_t *)to = *(const int64_t *)from;
        return 0;
    }
}

void setting_value_fini(enum setting_type type, void *at)
{
    if (type == SETTING_TYPE_TEXT) {
        char **text = at;
        mem_free(*text);
        *text = NULL;
    } else if (type == SETTING_TYPE_TOPICS) {
        topic_patterns_fini(at);
    } else if (type == SETTING_TYPE_ORIGINS) {
        origins_fini(at);
    }
}

void setting_value_print(const struct setting_kind *kind, const void *at, struct buf *out)
{
    switch (kind->type) {
    case SETTING_TYPE_TEXT:
        buf_append_str(out, *(char *const *)at);
        break;
    case SETTING_TYPE_ADDRESS:
        listen_address_print(at, out);
        break;
    case SETTING_TYPE_TOPICS: {
        const struct topic_patterns *patterns = at;
        buf_append_str(out, patterns->text == NULL ? "" : patterns->text);
        break;
    }
    case SETTING_TYPE_ORIGINS: {
        const struct origins *origins = at;
        buf_append_str(out, origins->text == NULL ? "" : origins->text);
        break;
    }
    case SETTING_TYPE_BOOL:
        buf_append_str(out, *(const bool *)at ? "yes" : "no");
        break;
    case SETTING_TYPE_ENUM:
        enum_print(kind, *(const int *)at, out);
        break;
    default:
        ASSERT(is_number(kind->type));
        number_print(kind->type, *(const int64_t *)at, out);
        break;
    }
}
