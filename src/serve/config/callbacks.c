/* Deserializers and filters of the embedding program, which settings name. See config.h. */
#include "base/mem.h"
#include "api/error.h"
#include "serve/config/config.h"

static bool is_name(const char *name)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return name[0] != '\0' && name[strspn(name, chars)] == '\0';
}

static struct callback_config *find(const struct ksse_config *config, const char *name)
{
    for (size_t i = 0; i < config->callback_count; i++) {
        if (strcmp(config->callbacks[i].name, name) == 0) {
            return &config->callbacks[i];
        }
    }
    return NULL;
}

const struct callback_config *config_callback(const struct ksse_config *config, const char *name)
{
    return find(config, name);
}

/* Returns the callbacks of that name, without functions if they are new; NULL without memory. */
static struct callback_config *get(struct ksse_config *config, const char *name)
{
    struct callback_config *found = find(config, name);
    if (found != NULL) {
        return found;
    }
    size_t size = (config->callback_count + 1) * sizeof(*config->callbacks);
    struct callback_config *callbacks = mem_realloc(config->callbacks, size);
    if (callbacks == NULL) {
        return NULL;
    }
    config->callbacks = callbacks;
    callbacks[config->callback_count] =
        (struct callback_config){.name = mem_strndup(name, strlen(name))};
    return callbacks[config->callback_count].name == NULL ? NULL
                                                          : &callbacks[config->callback_count++];
}

/* NULL with what is wrong in *error and *rc. */
static struct callback_config *get_checked(struct ksse_config *config, const char *name,
                                           bool has_function, int *rc, struct ksse_error *error)
{
    *rc = KSSE_EVALUE;
    if (!is_name(name)) {
        error_set(error, "callback: \"%.100s\" is not a valid name: use a-z A-Z 0-9 _ -", name);
        return NULL;
    }
    if (!has_function) {
        error_set(error, "callback %s: it has no function: give one", name);
        return NULL;
    }
    struct callback_config *callback = get(config, name);
    *rc = callback == NULL ? error_no_memory(error) : 0;
    return callback;
}

int ksse_config_add_deserializer(struct ksse_config *config, const char *name,
                                 ksse_deserialize_fn deserialize, void *opaque,
                                 struct ksse_error *error)
{
    int rc;
    struct callback_config *callback = get_checked(config, name, deserialize != NULL, &rc, error);
    if (callback != NULL) {
        callback->deserialize = deserialize;
        callback->deserialize_opaque = opaque;
    }
    return rc;
}

int ksse_config_add_filter(struct ksse_config *config, const char *name, ksse_filter_fn filter,
                           void *opaque, struct ksse_error *error)
{
    int rc;
    struct callback_config *callback = get_checked(config, name, filter != NULL, &rc, error);
    if (callback != NULL) {
        callback->filter = filter;
        callback->filter_opaque = opaque;
    }
    return rc;
}

int callbacks_copy(struct ksse_config *to, const struct ksse_config *from)
{
    ASSERT(to->callback_count == 0);
    for (size_t i = 0; i < from->callback_count; i++) {
        struct callback_config *callback = get(to, from->callbacks[i].name);
        if (callback == NULL) {
            return KSSE_ENOMEM;
        }
        char *name = callback->name;
        *callback = from->callbacks[i];
        callback->name = name;
    }
    ASSERT(to->callback_count == from->callback_count);
    return 0;
}

void callbacks_fini(struct ksse_config *config)
{
    for (size_t i = 0; i < config->callback_count; i++) {
        mem_free(config->callbacks[i].name);
    }
    mem_free(config->callbacks);
    config->callbacks = NULL;
    config->callback_count = 0;
}
