/* See asked_topics.h. */
#include "serve/request/asked_topics.h"
#include "base/map.h"

struct asking {
    const struct ksse_config *config;
    struct map words;  /* of the URL */
    struct map topics; /* in the assignments */
    struct assignments *out;
    struct refusal *refusal;
};

static int no_memory(const struct asking *in)
{
    in->refusal->code = REFUSED_NO_MEMORY;
    return KSSE_EREFUSED;
}

/* 1 when the name is new in the set, 0 when not. Names are borrowed from the URL and the
 * configuration. */
static int add_to_set(const struct asking *in, struct map *set, struct slice name)
{
    static char present;
    if (map_get(set, name) != NULL) {
        return 0;
    }
    return map_put(set, name, &present) < 0 ? no_memory(in) : 1;
}

static int add_topic(struct asking *in, struct slice name)
{
    int is_new = add_to_set(in, &in->topics, name);
    if (is_new <= 0) {
        return is_new;
    }
    size_t limit = (size_t)in->config->settings.max_topics;
    return assignments_add_topic(in->out, name, limit, in->refusal);
}

/* What an operator listed: plain names only, whatever white space stands between them. */
static int add_listed(struct asking *in, const struct topic_patterns *topics)
{
    int result = 0;
    for (size_t i = 0; i < topics->count && result == 0; i++) {
        result = add_topic(in, slice_str(topics->items[i].text));
    }
    return result;
}

static int add_word(struct asking *in, struct slice word)
{
    int is_new = add_to_set(in, &in->words, word);
    if (is_new <= 0) {
        return is_new;
    }
    const struct alias_config *alias = config_alias(in->config, word);
    return alias == NULL ? add_topic(in, word) : add_listed(in, &alias->topics);
}

static int add_words(struct asking *in, struct slice list)
{
    int result = 0;
    while (list.data != NULL && result == 0) {
        result = add_word(in, slice_cut(&list, ','));
    }
    return result;
}

int asked_topics_read(const struct ksse_config *config, const struct route_config *route,
                      struct slice topics, struct assignments *out, struct refusal *refusal)
{
    struct asking in = {config, MAP_INIT, MAP_INIT, out, refusal};
    int result =
        route->takes_topics ? add_words(&in, topics) : add_listed(&in, &route->options.topics);
    map_fini(&in.words);
    map_fini(&in.topics);
    return result;
}
