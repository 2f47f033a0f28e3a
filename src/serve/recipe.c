/* Options of routes become recipes: see the header. */
#include "serve/recipe.h"
#include "avro/avro.h"
#include "base/mem.h"
#include "core/decoder.h"
#include "core/error.h"
#include "core/fault.h"
#include "serve/extension.h"

/* What is being made, and for whom. */
struct making {
    struct ksse_config *config;
    struct recipes *recipes;
    const struct route_config *route;
    bool opens;
    struct ksse_error *error;
};

const struct recipe *recipe_of(const struct ksse_config *config, size_t route_index)
{
    ASSERT(config->recipes != NULL && route_index < config->recipes->count);
    return &config->recipes->items[route_index];
}

void recipes_free(struct recipes *recipes)
{
    if (recipes == NULL) {
        return;
    }
    for (size_t i = 0; i < recipes->count; i++) {
        filter_free(recipes->items[i].filter);
        projection_free(recipes->items[i].redact);
    }
    for (size_t i = 0; i < recipes->extension_count; i++) {
        extension_free(recipes->extensions[i]);
    }
    mem_free(recipes->items);
    mem_free(recipes->decodings);
    mem_free(recipes->extensions);
    mem_free(recipes);
}

/* ---- extensions ---- */

/* The extension of that spec, which may be there already. */
static int get_extension(const struct making *m, const char *spec, const struct extension **out)
{
    struct recipes *recipes = m->recipes;
    for (size_t i = 0; i < recipes->extension_count; i++) {
        if (strcmp(recipes->extensions[i]->spec, spec) == 0) {
            *out = recipes->extensions[i];
            return 0;
        }
    }
    size_t size = (recipes->extension_count + 1) * sizeof(struct extension *);
    struct extension **extensions = mem_realloc(recipes->extensions, size);
    if (extensions == NULL) {
        return error_no_memory(m->error);
    }
    recipes->extensions = extensions;
    struct extension *made;
    int rc = extension_new(m->config, spec, m->opens, &made, m->error);
    if (rc == 0) {
        extensions[recipes->extension_count++] = made;
        *out = made;
    }
    return rc;
}

static int refuse(const struct making *m, const char *setting, const char *value, const char *why)
{
    error_set(m->error, "route %s: %s = %.100s: %s", m->route->path, setting, value, why);
    return KSSE_EVALUE;
}

/* The same for a text that is read by its characters: says where. */
static int refuse_at(const struct making *m, const char *setting, const char *text, const char *why,
                     size_t at)
{
    struct buf message = BUF_INIT;
    fault_append(why, at, slice_str(text), &message);
    error_set(m->error, "route %s: %s: %.*s", m->route->path, setting,
              SLICE_ARG(buf_slice(&message)));
    buf_fini(&message);
    return KSSE_EVALUE;
}

/* ---- decodings ---- */

static int add_decoding(const struct making *m, const struct recipe_decoding *decoding,
                        size_t *index)
{
    struct recipes *recipes = m->recipes;
    for (size_t i = 0; i < recipes->decoding_count; i++) {
        const struct recipe_decoding *other = &recipes->decodings[i];
        if (other->shows_headers == decoding->shows_headers &&
            strcmp(other->deserializer, decoding->deserializer) == 0) {
            *index = i;
            return 0;
        }
    }
    size_t size = (recipes->decoding_count + 1) * sizeof(*recipes->decodings);
    struct recipe_decoding *decodings = mem_realloc(recipes->decodings, size);
    if (decodings == NULL) {
        return error_no_memory(m->error);
    }
    recipes->decodings = decodings;
    decodings[recipes->decoding_count] = *decoding;
    *index = recipes->decoding_count++;
    return 0;
}

/* Whether it can be told here: what the registry and the directory are, avro_new() finds out. */
static int check_avro(const struct making *m)
{
    const struct settings *s = &m->config->settings;
    const char *name = m->route->options.deserializer;
    if (!avro_is_available()) {
        return refuse(m, "deserializer", name, "this program was built without Avro");
    }
    if (s->schema_registry[0] == '\0' && s->schema_files[0] == '\0') {
        return refuse(m, "deserializer", name, "it needs schema-registry or schema-files");
    }
    return 0;
}

static int make_decoding(const struct making *m, struct recipe *recipe)
{
    const struct route_options *o = &m->route->options;
    struct recipe_decoding decoding = {.deserializer = o->deserializer,
                                       .shows_headers = o->shows_headers};
    if (extension_is_spec(o->deserializer)) {
        int rc = get_extension(m, o->deserializer, &decoding.extension);
        if (rc != 0) {
            return rc;
        }
        if (extension_is_known(decoding.extension) && decoding.extension->deserialize == NULL) {
            return refuse(m, "deserializer", o->deserializer, "it is a filter only");
        }
    } else if (strcmp(o->deserializer, "avro") == 0) {
        int rc = check_avro(m);
        if (rc != 0) {
            return rc;
        }
    } else if (decoder_builtin(o->deserializer) == NULL) {
        return refuse(m, "deserializer", o->deserializer,
                      "there are json, text, base64, avro, plugin:/path/to/x.so and callback:NAME");
    }
    return add_decoding(m, &decoding, &recipe->decoding);
}

/* ---- filters ---- */

static int check_headers(const struct making *m, const struct recipe *recipe)
{
    const struct route_options *o = &m->route->options;
    if (!o->shows_headers && filter_uses_headers(recipe->filter)) {
        return refuse(m, "filter", o->filter,
                      "it looks at _kafka.headers, which needs headers = yes as well");
    }
    return 0;
}

static int parse_filter(const struct making *m, struct recipe *recipe)
{
    const char *text = m->route->options.filter;
    struct filter_fault fault;
    switch (filter_parse(slice_str(text), NULL, NULL, &recipe->filter, &fault)) {
    case FILTER_OK:
        return check_headers(m, recipe);
    case FILTER_BAD:
        break;
    case FILTER_NO_MEMORY:
        return error_no_memory(m->error);
    }
    return refuse_at(m, "filter", text, fault.message, fault.at);
}

static int make_filter(const struct making *m, struct recipe *recipe)
{
    const char *text = m->route->options.filter;
    if (text[0] == '\0') {
        return 0;
    }
    if (!extension_is_spec(text)) {
        return parse_filter(m, recipe);
    }
    int rc = get_extension(m, text, &recipe->extension);
    if (rc == 0 && extension_is_known(recipe->extension) && recipe->extension->filter == NULL) {
        rc = refuse(m, "filter", text, "it is a deserializer only");
    }
    return rc;
}

/* What is a member in JSON is somewhere within "value" of a text: it would be shown. */
static int check_redact(const struct making *m, const struct projection *redact)
{
    const char *deserializer = m->route->options.deserializer;
    bool is_one_value = strcmp(deserializer, "text") == 0 || strcmp(deserializer, "base64") == 0;
    if (is_one_value && !projection_hides_only_in(redact, "value", "_kafka")) {
        return refuse(m, "redact", m->route->options.redact,
                      "with deserializer = text or base64, records have only value and _kafka, and "
                      "value would show what is to be hidden");
    }
    return 0;
}

static int make_redact(const struct making *m, struct recipe *recipe)
{
    const char *text = m->route->options.redact;
    struct projection_fault fault;
    bool is_fields;
    if (slice_trim(slice_str(text)).len == 0) {
        return 0;
    }
    switch (projection_new(slice_of("", 0), slice_str(text), &recipe->redact, &is_fields, &fault)) {
    case PROJECTION_OK:
        return check_redact(m, recipe->redact);
    case PROJECTION_BAD:
        return refuse_at(m, "redact", text, fault.message, fault.at);
    case PROJECTION_NO_MEMORY:
        break;
    }
    return error_no_memory(m->error);
}

/* ---- all ---- */

static int make_all(struct making *m)
{
    int rc = 0;
    for (size_t i = 0; i < m->config->route_count && rc == 0; i++) {
        struct recipe *recipe = &m->recipes->items[i];
        m->route = &m->config->routes[i];
        rc = make_decoding(m, recipe);
        if (rc == 0) {
            rc = make_filter(m, recipe);
        }
        if (rc == 0) {
            rc = make_redact(m, recipe);
        }
    }
    return rc;
}

int recipes_make(struct ksse_config *config, bool opens, struct ksse_error *error)
{
    struct recipes *recipes = mem_zalloc(sizeof(*recipes));
    if (recipes == NULL) {
        return error_no_memory(error);
    }
    recipes->items = mem_zalloc(config->route_count * sizeof(*recipes->items));
    if (recipes->items == NULL) {
        recipes_free(recipes);
        return error_no_memory(error);
    }
    recipes->count = config->route_count;
    struct making m = {config, recipes, NULL, opens, error};
    int rc = make_all(&m);
    if (rc != 0) {
        recipes_free(recipes);
        return rc;
    }
    config->recipes = recipes;
    return 0;
}
