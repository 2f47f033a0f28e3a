/* The table of settings as data, and the two structs that it makes. */
#include "serve/config/settings.h"

#include "api/error.h"
#include "base/nearest.h"
#include "serve/config/setting_value.h"

#define IS_ROUTE_OPTION_GLOBAL false
#define IS_ROUTE_OPTION_BOTH true

static const struct ksse_setting rows[SETTING_COUNT] = {
#define SETTING(scope, type, field, name, letter, value_name, default_value, range, section, help) \
    {name,                                                                                         \
     letter,                                                                                       \
     value_name,                                                                                   \
     default_value,                                                                                \
     range,                                                                                        \
     section,                                                                                      \
     help,                                                                                         \
     IS_ROUTE_OPTION_##scope,                                                                      \
     SETTING_TYPE_##type == SETTING_TYPE_TOPICS || SETTING_TYPE_##type == SETTING_TYPE_ORIGINS},
#include "serve/config/settings.def"
#undef SETTING
};

static const enum setting_type types[SETTING_COUNT] = {
#define SETTING(scope, type, field, ...) SETTING_TYPE_##type,
#include "serve/config/settings.def"
#undef SETTING
};

const struct ksse_setting *ksse_setting_at(size_t index)
{
    return index < SETTING_COUNT ? &rows[index] : NULL;
}

static struct setting_kind kind_of(int id)
{
    return (struct setting_kind){types[id], rows[id].name, rows[id].range};
}

/* The variable of row `id` in *s. */
static void *settings_field(struct settings *s, int id)
{
    switch (id) {
#define SETTING(scope, type, field, ...)                                                           \
    case SETTING_##field:                                                                          \
        return &s->field;
#include "serve/config/settings.def"
#undef SETTING
    default:
        ASSERT(!"a row of the table");
        return NULL;
    }
}

static const void *settings_const_field(const struct settings *s, int id)
{
    switch (id) {
#define SETTING(scope, type, field, ...)                                                           \
    case SETTING_##field:                                                                          \
        return &s->field;
#include "serve/config/settings.def"
#undef SETTING
    default:
        ASSERT(!"a row of the table");
        return NULL;
    }
}

/* The variable of row `id` in *options; NULL when it is no option of a route. */
static void *option_field(struct route_options *options, int id)
{
    switch (id) {
#define SETTING(scope, type, field, ...)                                                           \
    SETTING_IN_ROUTE_##scope(case SETTING_##field : return &options->field;)
#include "serve/config/settings.def"
#undef SETTING
    default:
        return NULL;
    }
}

static const void *option_const_field(const struct route_options *options, int id)
{
    switch (id) {
#define SETTING(scope, type, field, ...)                                                           \
    SETTING_IN_ROUTE_##scope(case SETTING_##field : return &options->field;)
#include "serve/config/settings.def"
#undef SETTING
    default:
        return NULL;
    }
}

int setting_find(const char *name)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (strcmp(rows[id].name, name) == 0) {
            return id;
        }
    }
    return -1;
}

const char *setting_suggest(const char *name, bool in_route)
{
    struct nearest nearest = {0};
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (!in_route || rows[id].is_route_option) {
            nearest_consider(&nearest, name, rows[id].name);
        }
    }
    return nearest.name;
}

static int say_unknown(const char *name, bool in_route, struct ksse_error *error)
{
    const char *what = in_route ? "option of a route" : "setting";
    const char *near = setting_suggest(name, in_route);
    if (near != NULL) {
        error_set(error, "no %s is called \"%.80s\": did you mean \"%s\"?", what, name, near);
    } else {
        error_set(error, "no %s is called \"%.80s\"", what, name);
    }
    return KSSE_EUNKNOWN;
}

int settings_init(struct settings *s)
{
    struct settings made;
    memset(&made, 0, sizeof made);
    for (int id = 0; id < SETTING_COUNT; id++) {
        struct setting_kind kind = kind_of(id);
        int rc = setting_value_set(&kind, settings_field(&made, id), rows[id].default_value, NULL);
        ASSERT(rc == 0 || rc == KSSE_ENOMEM);
        if (rc < 0) {
            settings_fini(&made);
            return rc;
        }
    }
    *s = made;
    return 0;
}

void settings_fini(struct settings *s)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        setting_value_fini(types[id], settings_field(s, id));
    }
}

int settings_set(struct settings *s, const char *name, const char *value, struct ksse_error *error)
{
    int id = setting_find(name);
    if (id < 0) {
        return say_unknown(name, false, error);
    }
    struct setting_kind kind = kind_of(id);
    return setting_value_set(&kind, settings_field(s, id), value, error);
}

int settings_copy(struct settings *to, const struct settings *from)
{
    struct settings made;
    memset(&made, 0, sizeof made);
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (setting_value_copy(types[id], settings_field(&made, id),
                               settings_const_field(from, id)) < 0) {
            settings_fini(&made);
            return KSSE_ENOMEM;
        }
    }
    *to = made;
    return 0;
}

void settings_print(const struct settings *s, enum setting id, struct buf *out)
{
    struct setting_kind kind = kind_of((int)id);
    setting_value_print(&kind, settings_const_field(s, (int)id), out);
}

void route_options_fini(struct route_options *options)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (options->is_set[id]) {
            setting_value_fini(types[id], option_field(options, id));
            options->is_set[id] = false;
        }
    }
}

int route_options_set(struct route_options *options, const char *name, const char *value,
                      struct ksse_error *error)
{
    int id = setting_find(name);
    if (id < 0) {
        return say_unknown(name, true, error);
    }
    void *field = option_field(options, id);
    if (field == NULL) {
        error_set(error, "%s: cannot be set for a route: set it for the whole server", name);
        return KSSE_EUNKNOWN;
    }
    struct setting_kind kind = kind_of(id);
    int rc = setting_value_set(&kind, field, value, error);
    options->is_set[id] = options->is_set[id] || rc == 0;
    return rc;
}

int route_options_copy(struct route_options *to, const struct route_options *from)
{
    struct route_options made;
    memset(&made, 0, sizeof made);
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (!from->is_set[id]) {
            continue;
        }
        if (setting_value_copy(types[id], option_field(&made, id), option_const_field(from, id)) !=
            0) {
            route_options_fini(&made);
            return KSSE_ENOMEM;
        }
        made.is_set[id] = true;
    }
    *to = made;
    return 0;
}

void route_options_print(const struct route_options *options, enum setting id, struct buf *out)
{
    const void *field = option_const_field(options, (int)id);
    ASSERT(field != NULL && options->is_set[id]);
    struct setting_kind kind = kind_of((int)id);
    setting_value_print(&kind, field, out);
}

int route_options_inherit(struct route_options *options, const struct settings *settings)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        void *field = option_field(options, id);
        if (field == NULL || options->is_set[id]) {
            continue;
        }
        if (setting_value_copy(types[id], field, settings_const_field(settings, id)) < 0) {
            return KSSE_ENOMEM;
        }
        options->is_set[id] = true;
    }
    return 0;
}
