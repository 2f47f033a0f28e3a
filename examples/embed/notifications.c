/*
 * Each user's own records: the cookie says who asks, and the server adds a filter that the client
 * cannot remove. See docs/notifications.md.
 *
 *     cc -o notifications notifications.c $(pkg-config --cflags --libs libkafkasse)
 *     ./notifications demo yes      # settings and their values; or: brokers kafka:9092
 *     curl -N -b session=5f1c http://localhost:6917/demo.recentchange
 */
#include <kafkasse.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct ksse_server *server;

/* Your sessions: in memory, since a callback must not wait for a database. */
static const struct session {
    const char *id;
    const char *user;
} sessions[] = {{"5f1c", "QuietHeron"}, {"a9e0", "Marginalia"}};

/* Returns the user whose session a Cookie field names, or NULL. */
static const char *user_of(const char *cookies)
{
    static const char name[] = "session=";
    const char *id = cookies == NULL ? NULL : strstr(cookies, name);
    if (id == NULL || (id != cookies && id[-1] != ' ')) {
        return NULL;
    }
    id += strlen(name);
    size_t len = strcspn(id, "; ");
    for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
        if (strlen(sessions[i].id) == len && memcmp(sessions[i].id, id, len) == 0) {
            return sessions[i].user;
        }
    }
    return NULL;
}

/* What a user may see. False: the name would not stay within its quotes. */
static bool filter_of(const char *user, char *out, size_t cap)
{
    int len = snprintf(out, cap, "user == \"%s\"", user);
    return strpbrk(user, "\"\\") == NULL && len > 0 && (size_t)len < cap;
}

static int authorize(void *opaque, struct ksse_request *request)
{
    (void)opaque;
    char filter[256];
    const char *user = user_of(ksse_request_field(request, "Cookie"));
    if (user == NULL || !filter_of(user, filter, sizeof(filter))) {
        ksse_request_explain(request, "Please log in.");
        return 401;
    }
    if (ksse_request_narrow(request, "demo.recentchange") < 0 ||
        ksse_request_add_filter(request, filter) < 0) {
        return 500;
    }
    return 0;
}

static void on_signal(int number)
{
    (void)number;
    ksse_server_stop(server);
}

int main(int argc, char **argv)
{
    struct ksse_error error;
    struct ksse_config *config = ksse_config_new();
    if (config == NULL) {
        return 1;
    }
    ksse_config_set_authorize(config, authorize, NULL);
    bool is_good = true;
    for (int i = 1; i + 1 < argc && is_good; i += 2) {
        is_good = ksse_config_set(config, argv[i], argv[i + 1], &error) == KSSE_OK;
    }
    if (!is_good || ksse_server_new(config, &server, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    ksse_config_free(config);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    int result = ksse_server_run(server);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    ksse_server_free(server);
    return result == KSSE_OK ? 0 : 1;
}
