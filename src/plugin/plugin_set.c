/* Each plug-in once. There are a handful at most, so a list will do. See plugin_set.h. */
#include "plugin/plugin_set.h"
#include "base/mem.h"
#include "core/error.h"

#include <string.h>

struct entry {
    struct list node; /* in the set's entries, the newest first */
    struct plugin *plugin;
};

void plugin_set_init(struct plugin_set *set)
{
    list_init(&set->entries);
}

void plugin_set_fini(struct plugin_set *set)
{
    LIST_EACH_SAFE(entry, after, &set->entries, struct entry, node)
    {
        list_remove(&entry->node);
        plugin_close(entry->plugin);
        mem_free(entry);
    }
}

static struct plugin *find(struct plugin_set *set, const char *spec)
{
    LIST_EACH(entry, &set->entries, struct entry, node)
    {
        if (strcmp(plugin_spec(entry->plugin), spec) == 0) {
            return entry->plugin;
        }
    }
    return NULL;
}

static int add(struct plugin_set *set, const char *spec, struct plugin **out,
               struct ksse_error *error)
{
    struct entry *entry = mem_alloc(sizeof(*entry));
    if (entry == NULL) {
        return error_no_memory(error);
    }
    int result = plugin_open(spec, &entry->plugin, error);
    if (result < 0) {
        mem_free(entry);
        return result;
    }
    list_init(&entry->node);
    list_insert_before(set->entries.next, &entry->node);
    *out = entry->plugin;
    return KSSE_OK;
}

/* Whether it has what is wanted of it. */
static int check_role(const struct plugin *plugin, enum plugin_role role, struct ksse_error *error)
{
    bool is_filter = role == PLUGIN_FILTER;
    if (is_filter ? plugin_filter(plugin) != NULL : plugin_deserialize(plugin) != NULL) {
        return KSSE_OK;
    }
    error_set(error, "the plug-in %s (%s) has no %s function: it can only be a %s",
              plugin_spec(plugin), plugin_name(plugin), is_filter ? "filter" : "deserialize",
              is_filter ? "deserializer" : "filter");
    return KSSE_EVALUE;
}

int plugin_set_get(struct plugin_set *set, const char *spec, enum plugin_role role,
                   struct plugin **out, struct ksse_error *error)
{
    struct plugin *plugin = find(set, spec);
    int result = plugin == NULL ? add(set, spec, &plugin, error) : KSSE_OK;
    if (result == KSSE_OK) {
        result = check_role(plugin, role, error);
    }
    if (result == KSSE_OK) {
        *out = plugin;
    }
    return result;
}
