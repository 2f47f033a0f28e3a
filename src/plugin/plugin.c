/* Loads shared objects, and judges them before their functions are trusted. See plugin.h. */
#include "plugin/plugin.h"
#include "api/error.h"
#include "base/mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum {
    /* Of the members of the first version, which every plug-in has. */
    SIZE_MIN = offsetof(struct ksse_plugin, filter) + sizeof(ksse_filter_fn),
    SIZE_MAX_SANE = 4096 /* a larger one is no size, but something else in memory */
};

struct plugin {
    void *library;
    struct ksse_plugin table; /* members that the plug-in does not know are NULL */
    void *state;
    char *spec;
    char *path;
};

int plugin_spec_check(const char *spec, struct ksse_error *error)
{
    size_t path_len = strcspn(spec, "?");
    if (spec[0] == '/' && path_len > 1 && spec[path_len - 1] != '/') {
        return 0;
    }
    if (path_len == 0 || spec[0] == '/') {
        error_set(error, "a plug-in is named like this: plugin:/path/to/file.so, or "
                         "plugin:/path/to/file.so?args");
    } else {
        error_set(error,
                  "the plug-in %.*s must be named with its whole path, from / on: without it, the "
                  "system would look in its library path or wherever the server was started",
                  (int)path_len, spec);
    }
    return KSSE_EVALUE;
}

/* Checks that there is a file: dlopen() would wait for a FIFO, and explains little. */
CHECKED static int check_file(const char *path, struct ksse_error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        error_set(error, "there is no plug-in %s that could be read: %s", path, strerror(errno));
        return KSSE_EVALUE;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(error, "%s is no plug-in, and not even a file", path);
        return KSSE_EVALUE;
    }
    return 0;
}

/* Resolves all its symbols at once, so that none is missing later. RTLD_LOCAL hides its own. */
static int load(struct plugin *plugin, struct ksse_error *error)
{
    int rc = check_file(plugin->path, error);
    if (rc < 0) {
        return rc;
    }
    plugin->library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
    if (plugin->library == NULL) {
        error_set(error,
                  "the system cannot load %s: it is no shared object for this machine, or lacks "
                  "something. The system says: %s",
                  plugin->path, dlerror());
        return KSSE_EVALUE;
    }
    return 0;
}

/* Checks what the table says, before its functions are trusted. */
static int judge(const struct ksse_plugin *found, const char *path, struct ksse_error *error)
{
    if (found->abi != KSSE_PLUGIN_ABI) {
        error_set(error,
                  "%s was made for version %" PRIu32 " of the plug-in interface, and this server "
                  "has version %d: compile it with the kafkasse_plugin.h of kafkasse " KSSE_VERSION,
                  path, found->abi, KSSE_PLUGIN_ABI);
    } else if (found->size < SIZE_MIN || found->size > SIZE_MAX_SANE) {
        error_set(error,
                  "%s says that its struct ksse_plugin has %" PRIu32 " bytes, which cannot be: it "
                  "needs .size = sizeof(struct ksse_plugin)",
                  path, found->size);
    } else if (found->name == NULL || found->name[0] == '\0') {
        error_set(error, "%s has no name: its struct ksse_plugin needs a .name", path);
    } else if (found->deserialize == NULL && found->filter == NULL) {
        error_set(error, "%s has neither a deserialize nor a filter function", path);
    } else {
        return 0;
    }
    return KSSE_EVALUE;
}

static int find_table(struct plugin *plugin, struct ksse_error *error)
{
    const struct ksse_plugin *found = dlsym(plugin->library, KSSE_PLUGIN_SYMBOL);
    if (found == NULL) {
        error_set(error,
                  "%s is no plug-in of kafkasse: it exports no symbol " KSSE_PLUGIN_SYMBOL
                  " (see kafkasse_plugin.h)",
                  plugin->path);
        return KSSE_EVALUE;
    }
    int rc = judge(found, plugin->path, error);
    if (rc == 0) {
        size_t known = found->size < sizeof(plugin->table) ? found->size : sizeof(plugin->table);
        memcpy(&plugin->table, found, known);
    }
    return rc;
}

/* Makes one line of a plug-in's sentence, and terminates it. */
static void tidy(struct ksse_error *said)
{
    said->message[sizeof(said->message) - 1] = '\0';
    for (char *c = said->message; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
}

static int start(struct plugin *plugin, const char *args, struct ksse_error *error)
{
    struct ksse_error said = {{0}};
    if (plugin->table.open == NULL || plugin->table.open(args, &plugin->state, &said) == 0) {
        return 0;
    }
    tidy(&said);
    error_set(error, "the plug-in %s does not start: %s", plugin->path,
              said.message[0] == '\0' ? "it does not say why" : said.message);
    return KSSE_EVALUE;
}

/* Does not call close(): the plug-in was not opened, or was closed. */
static void unload(struct plugin *plugin)
{
    if (plugin->library != NULL) {
        dlclose(plugin->library);
    }
    mem_free(plugin->path);
    mem_free(plugin->spec);
    mem_free(plugin);
}

int plugin_open(const char *spec, struct plugin **out, struct ksse_error *error)
{
    int rc = plugin_spec_check(spec, error);
    if (rc < 0) {
        return rc;
    }
    struct plugin *plugin = mem_zalloc(sizeof(*plugin));
    if (plugin == NULL) {
        return error_no_memory(error);
    }
    size_t path_len = strcspn(spec, "?");
    plugin->spec = mem_strndup(spec, strlen(spec));
    plugin->path = mem_strndup(spec, path_len);
    if (plugin->spec == NULL || plugin->path == NULL) {
        rc = error_no_memory(error);
    } else if ((rc = load(plugin, error)) == 0 && (rc = find_table(plugin, error)) == 0) {
        rc = start(plugin, plugin->spec + path_len + (spec[path_len] == '?'), error);
    }
    if (rc < 0) {
        unload(plugin);
        return rc;
    }
    *out = plugin;
    return 0;
}

void plugin_close(struct plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    if (plugin->table.close != NULL) {
        plugin->table.close(plugin->state);
    }
    unload(plugin);
}

const char *plugin_spec(const struct plugin *plugin)
{
    return plugin->spec;
}

const char *plugin_name(const struct plugin *plugin)
{
    return plugin->table.name;
}

ksse_deserialize_fn plugin_deserialize(const struct plugin *plugin)
{
    return plugin->table.deserialize;
}

ksse_filter_fn plugin_filter(const struct plugin *plugin)
{
    return plugin->table.filter;
}

void *plugin_state(const struct plugin *plugin)
{
    return plugin->state;
}
