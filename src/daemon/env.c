/* Settings from the environment. Reads environ before any other thread is started. */
#include "daemon/env.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    NAME_SIZE = 128
};

/* A variable with our prefix. */
struct variable {
    const char *entry;
    int shown;        /* how many bytes of its name messages show */
    const char *word; /* after the prefix, in capitals */
    size_t word_len;
    const char *value;
    char name[NAME_SIZE]; /* of the setting */
};

/* "MAX_CLIENTS" to "max-clients", cut off if it is too long to be a setting's name. */
static void setting_name(struct variable *v)
{
    size_t i = 0;
    for (; i < v->word_len && i < NAME_SIZE - 1; i++) {
        char c = v->word[i];
        v->name[i] = c == '_' ? '-' : (char)tolower((unsigned char)c);
    }
    v->name[i] = '\0';
}

/* Whether the entry has our prefix and is not KAFKASSE_CONFIG; then *v is it. */
static bool read_entry(const char *entry, struct variable *v)
{
    size_t prefix = strlen(ENV_PREFIX);
    const char *equals = strchr(entry, '=');
    if (equals == NULL || strncmp(entry, ENV_PREFIX, prefix) != 0) {
        return false;
    }
    size_t len = (size_t)(equals - entry);
    v->entry = entry;
    v->shown = (int)(len < 100 ? len : 100);
    v->word = entry + prefix;
    v->word_len = len - prefix;
    v->value = equals + 1;
    setting_name(v);
    return len != strlen(ENV_CONFIG_FILE) || memcmp(entry, ENV_CONFIG_FILE, len) != 0;
}

int env_apply(struct ksse_config *config, struct failure *failure)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        struct variable v;
        struct ksse_error error;
        if (!read_entry(*entry, &v)) {
            continue;
        }
        int rc = ksse_config_set(config, v.name, v.value, &error);
        if (rc < 0 && rc != KSSE_EUNKNOWN) {
            char where[NAME_SIZE + 64];
            snprintf(where, sizeof where, "environment variable %.*s", v.shown, v.entry);
            return failure_from(failure, rc, where, &error);
        }
    }
    return 0;
}

void env_tell_unknown(struct ksse_config *config, ksse_log_fn log, void *opaque)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        struct variable v;
        struct ksse_error error;
        if (!read_entry(*entry, &v) || setting_called(v.name, strlen(v.name)) != NULL ||
            env_is_of_kubernetes(v.word, v.word_len, v.value) ||
            ksse_config_set(config, v.name, v.value, &error) !=
                KSSE_EUNKNOWN) { /* for its sentence */
            continue;
        }
        char message[NAME_SIZE + sizeof error.message + 64];
        snprintf(message, sizeof message, "The environment variable %.*s is ignored: %s", v.shown,
                 v.entry, error.message);
        log(opaque, KSSE_LOG_WARNING, "unknown-variable", message, NULL, 0);
    }
}

/* ---- Kubernetes ---- */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What follows PORT: "=tcp://..." or "_6917_TCP" and, with that, _ADDR and the like. */
static bool is_port_tail(const char *tail, const char *value)
{
    static const char *const protocols[] = {"TCP", "UDP", "SCTP"};
    static const char *const ends[] = {"=", "_ADDR=", "_PORT=", "_PROTO="};
    if (*tail == '=') {
        return starts_with(value, "tcp://") || starts_with(value, "udp://") ||
               starts_with(value, "sctp://");
    }
    size_t digits = *tail == '_' ? strspn(tail + 1, "0123456789") : 0;
    if (digits == 0 || tail[1 + digits] != '_') {
        return false;
    }
    tail += 1 + digits + 1;
    for (size_t p = 0; p < sizeof protocols / sizeof protocols[0]; p++) {
        const char *rest = starts_with(tail, protocols[p]) ? tail + strlen(protocols[p]) : "";
        for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
            if (starts_with(rest, ends[e])) {
                return true;
            }
        }
    }
    return false;
}

/* Whether a word of the name begins at `at`. */
static bool begins_word(const char *name, const char *at)
{
    return at == name || at[-1] == '_';
}

/*
 * The service's name may have more words than KAFKASSE, so the known words are looked for at the
 * beginning of each word: SERVICE_HOST, SERVICE_PORT, SERVICE_PORT_<name>, PORT,
 * PORT_<number>_<protocol>, and the last with _ADDR, _PORT, _PROTO. Source: Kubernetes' "Service",
 * environment variables.
 */
bool env_is_of_kubernetes(const char *name, size_t len, const char *value)
{
    for (const char *at = name; at < name + len; at++) {
        if (!begins_word(name, at)) {
            continue;
        }
        if (starts_with(at, "SERVICE_HOST=") || starts_with(at, "SERVICE_PORT=") ||
            starts_with(at, "SERVICE_PORT_") ||
            (starts_with(at, "PORT") && is_port_tail(at + strlen("PORT"), value))) {
            return true;
        }
    }
    return false;
}
