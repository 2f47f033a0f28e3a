/* The public server: a configuration, perhaps the demo, and workers with their threads and
 * listening sockets. See kafkasse.h. */
#include "base/mem.h"
#include "base/thread.h"
#include "kafka/demo/mock_cluster.h"
#include "net/listener.h"
#include "serve/api/server.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

static void say(struct ksse_error *error, const char *message)
{
    if (error->message[0] == '\0') {
        snprintf(error->message, sizeof(error->message), "%s", message);
    }
}

/* A page that may not read fails in the browser only: so it is told here who may. */
static const char *say_readers(const struct origins *origins)
{
    if (origins->text == NULL) {
        return "No pages but its own may read it";
    }
    if (origins->takes_any) {
        return "Web pages of any origin may read it";
    }
    return strcmp(origins->text, "loopback") == 0 ? "Only web pages of this machine may read it"
                                                  : "Web pages of some origins may read it";
}

static void log_listening(const struct ksse_server *server)
{
    const struct listen_address *address = &server->snapshot->config->settings.listen;
    const struct logger *logger = &server->members[0].worker->log.logger;
    if (address->is_off) {
        logger_printf(logger, KSSE_LOG_INFO, "not-listening",
                      "Not listening: the program brings the requests.");
        return;
    }
    const struct origins *origins = &server->snapshot->config->settings.cors_origin;
    char port[16];
    char message[600];
    snprintf(port, sizeof(port), "%d", server->port);
    bool is_ipv6 = strchr(address->host, ':') != NULL;
    snprintf(message, sizeof(message), "Listening on http://%s%s%s:%d/. %s (cors-origin = %.200s).",
             is_ipv6 ? "[" : "", address->host[0] == '\0' ? "0.0.0.0" : address->host,
             is_ipv6 ? "]" : "", server->port, say_readers(origins),
             origins->text == NULL ? "" : origins->text);
    struct ksse_log_field fields[] = {{"port", port}};
    logger_line(logger, KSSE_LOG_INFO, "listening", message, fields, ARRAY_LEN(fields));
}

static int start_demo(struct ksse_server *server, struct ksse_error *error)
{
    struct mock_options options = {.backlog = 300, .records_per_second = 8};
    if (getrandom(&options.seed, sizeof(options.seed), 0) < 0) {
        options.seed = 1; /* the same edits each time will do, too */
    }
    return mock_cluster_start(&options, &server->demo, error);
}

static int make_group(struct ksse_server *server)
{
    const struct settings *s = &server->snapshot->config->settings;
    struct rlimit files;
    bool is_known = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < INT32_MAX;
    struct admission_limits limits = admission_limits(
        s->max_clients, is_known ? (int64_t)files.rlim_cur : INT32_MAX, s->workers);
    struct member *members = mem_zalloc((size_t)s->workers * sizeof(*members));
    if (members == NULL) {
        return KSSE_ENOMEM;
    }
    int rc =
        worker_group_init(&server->group, (size_t)s->workers, &limits, s->max_clients_per_address);
    if (rc < 0) {
        mem_free(members);
        return rc;
    }
    server->members = members;
    return 0;
}

/* Makes all workers, the first of which listens on `fd`, or none on -1. Takes it over, also on
 * failure. */
static int make_workers(struct ksse_server *server, int fd, struct ksse_error *error)
{
    const struct settings *s = &server->snapshot->config->settings;
    ASSERT(server->members != NULL && s->workers == (int64_t)server->group.count);
    const char *brokers = server->demo == NULL ? s->brokers : mock_cluster_brokers(server->demo);
    for (size_t i = 0; i < server->group.count; i++) {
        struct worker_options options = {server->snapshot, &server->group, i, brokers, fd};
        bool is_last = fd < 0 || i + 1 == server->group.count;
        fd = is_last ? -1 : listener_open_again(fd, error->message, sizeof(error->message));
        if (fd < 0 && !is_last) {
            close(options.listen_fd);
            return KSSE_ELISTEN;
        }
        int rc = worker_new(&options, &server->members[i].worker, error);
        if (rc < 0) {
            if (!is_last) {
                close(fd);
            }
            return rc;
        }
    }
    return 0;
}

/* What was made so far is freed by the caller with ksse_server_free(). */
static int open_server(struct ksse_server *server, const struct ksse_config *config,
                       struct ksse_error *error)
{
    int rc = config_snapshot_new(config, NULL, true, &server->snapshot, error);
    if (rc == 0) {
        rc = make_group(server);
    }
    if (rc < 0) {
        return rc;
    }
    const struct settings *s = &server->snapshot->config->settings;
    int fd = -1;
    if (!s->listen.is_off) {
        fd = listener_open(s->listen.host, s->listen.port, s->workers > 1, error->message,
                           sizeof(error->message));
        if (fd < 0) {
            return KSSE_ELISTEN;
        }
        server->port = listener_port(fd);
    }
    if (s->is_demo && start_demo(server, error) < 0) {
        if (fd >= 0) {
            close(fd);
        }
        return KSSE_EKAFKA;
    }
    return make_workers(server, fd, error);
}

int ksse_server_new(const struct ksse_config *config, struct ksse_server **out,
                    struct ksse_error *error)
{
    struct ksse_error ignored;
    error = error == NULL ? &ignored : error;
    error->message[0] = '\0';
    struct ksse_server *server = mem_zalloc(sizeof(*server));
    if (server == NULL) {
        say(error, "out of memory");
        return KSSE_ENOMEM;
    }
    pthread_mutex_init(&server->lock, NULL);
    int rc = open_server(server, config, error);
    if (rc < 0) {
        say(error, rc == KSSE_ENOMEM ? "out of memory" : "the system has no descriptors left");
        ksse_server_free(server);
        return rc;
    }
    log_listening(server);
    *out = server;
    return 0;
}

struct config_snapshot *server_snapshot(struct ksse_server *server)
{
    pthread_mutex_lock(&server->lock);
    struct config_snapshot *snapshot = config_snapshot_ref(server->snapshot);
    pthread_mutex_unlock(&server->lock);
    return snapshot;
}

int server_offer(struct ksse_server *server, struct config_snapshot *snapshot)
{
    for (size_t i = 0; i < server->group.count; i++) {
        int rc = worker_offer(server->members[i].worker, snapshot);
        if (rc < 0) {
            ASSERT(i == 0); /* all workers were made with the same deserializers */
            return rc;
        }
    }
    pthread_mutex_lock(&server->lock);
    struct config_snapshot *before = server->snapshot;
    ASSERT(before != NULL);
    server->snapshot = config_snapshot_ref(snapshot);
    pthread_mutex_unlock(&server->lock);
    config_snapshot_unref(before);
    return 0;
}

int ksse_server_port(const struct ksse_server *server)
{
    return server->port;
}

static void *run_member(void *worker)
{
    worker_run(worker);
    return NULL;
}

/* Starts the threads of all workers but the first. Returns how many run then. */
static size_t start_members(struct ksse_server *server)
{
    size_t started = 1;
    while (started < server->group.count) {
        struct member *member = &server->members[started];
        char name[THREAD_NAME_LEN + 1];
        snprintf(name, sizeof(name), "ksse-worker-%u", (unsigned)started % 1000);
        if (thread_start(name, THREAD_DEFAULT_STACK, run_member, member->worker, &member->thread) !=
            0) {
            logger_printf(&server->members[0].worker->log.logger, KSSE_LOG_ERROR, "no-thread",
                          "Cannot start a thread for worker %zu of %zu: %s. Set workers lower, or "
                          "raise the limit of threads.",
                          started + 1, server->group.count, strerror(errno));
            break;
        }
        started++;
    }
    return started;
}

int ksse_server_run(struct ksse_server *server)
{
    size_t started = start_members(server);
    bool is_complete = started == server->group.count;
    if (is_complete) {
        worker_run(server->members[0].worker);
    } else {
        ksse_server_stop(server);
        ksse_server_stop(server);
    }
    for (size_t i = 1; i < started; i++) {
        pthread_join(server->members[i].thread, NULL);
    }
    return is_complete ? 0 : KSSE_ESYSTEM;
}

/* The loop of a server that a program may turn by itself; NULL: it has several. */
static struct loop *only_loop(const struct ksse_server *server)
{
    return server->group.count == 1 ? server->members[0].worker->loop : NULL;
}

int ksse_server_fd(const struct ksse_server *server)
{
    struct loop *loop = only_loop(server);
    return loop == NULL ? -1 : loop_fd(loop);
}

int ksse_server_timeout_ms(const struct ksse_server *server)
{
    struct loop *loop = only_loop(server);
    return loop == NULL ? 0 : loop_timeout_ms(loop);
}

bool ksse_server_turn(struct ksse_server *server)
{
    return server->group.count == 1 && worker_turn(server->members[0].worker);
}

void ksse_server_stop(struct ksse_server *server)
{
    for (size_t i = 0; i < server->group.count; i++) {
        worker_stop(server->members[i].worker);
    }
}

void ksse_server_free(struct ksse_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->members != NULL) {
        for (size_t i = 0; i < server->group.count; i++) {
            worker_free(server->members[i].worker);
        }
        worker_group_fini(&server->group);
    }
    mock_cluster_stop(server->demo);
    config_snapshot_unref(server->snapshot);
    pthread_mutex_destroy(&server->lock);
    mem_free(server->members);
    mem_free(server);
}
