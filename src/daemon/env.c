/* Settings from the environment. Reads environ once, before any thread is started. */
#include "daemon/env.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    NAME_SIZE = 128
};

/* "MAX_CLIENTS" to "max-clients", cut off if it is too long to be a setting's name. */
static void setting_name(const char *variable, size_t len, char *out)
{
    size_t i = 0;
    for (; i < len && i < NAME_SIZE - 1; i++) {
        char c = variable[i];
        out[i] = c == '_' ? '-' : (char)tolower((unsigned char)c);
    }
    out[i] = '\0';
}

static int apply_one(struct ksse_config *config, const char *entry, struct failure *failure)
{
    const char *equals = strchr(entry, '=');
    size_t len = (size_t)(equals - entry);
    if (len == strlen(ENV_CONFIG_FILE) && memcmp(entry, ENV_CONFIG_FILE, len) == 0) {
        return 0;
    }
    char name[NAME_SIZE];
    size_t prefix = strlen(ENV_PREFIX);
    setting_name(entry + prefix, len - prefix, name);
    struct ksse_error error;
    int rc = ksse_config_set(config, name, equals + 1, &error);
    if (rc == 0) {
        return 0;
    }
    char where[NAME_SIZE + 64];
    snprintf(where, sizeof where, "environment variable %.*s", (int)(len < 100 ? len : 100), entry);
    return failure_from(failure, rc, where, &error);
}

int env_apply(struct ksse_config *config, struct failure *failure)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        bool is_ours = strncmp(*entry, ENV_PREFIX, strlen(ENV_PREFIX)) == 0;
        if (is_ours && strchr(*entry, '=') != NULL && apply_one(config, *entry, failure) != 0) {
            return -1;
        }
    }
    return 0;
}
