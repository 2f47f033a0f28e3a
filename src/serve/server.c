/* The public server: a configuration, a listening socket, perhaps the demo, and a worker. See
 * kafkasse.h. */
#include "base/mem.h"
#include "kafka/mock_cluster.h"
#include "net/listener.h"
#include "serve/worker.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

struct ksse_server {
    struct ksse_config *config;
    struct mock_cluster *demo; /* NULL: a real cluster */
    struct worker *worker;
    int port;
};

static void say(struct ksse_error *error, const char *message)
{
    if (error->message[0] == '\0') {
        snprintf(error->message, sizeof(error->message), "%s", message);
    }
}

static void log_listening(const struct ksse_server *server)
{
    const struct worker *w = server->worker;
    const struct listen_address *address = &server->config->settings.listen;
    char port[16];
    char message[400];
    snprintf(port, sizeof(port), "%d", server->port);
    bool is_ipv6 = strchr(address->host, ':') != NULL;
    snprintf(message, sizeof(message), "Listening on http://%s%s%s:%d/", is_ipv6 ? "[" : "",
             address->host[0] == '\0' ? "0.0.0.0" : address->host, is_ipv6 ? "]" : "",
             server->port);
    struct ksse_log_field fields[] = {{"port", port}};
    logger_line(&w->logger, KSSE_LOG_INFO, "listening", message, fields, ARRAY_LEN(fields));
}

static int start_demo(struct ksse_server *server, struct ksse_error *error)
{
    struct mock_options options = {.backlog = 300, .records_per_second = 8};
    if (getrandom(&options.seed, sizeof(options.seed), 0) < 0) {
        options.seed = 1; /* the same edits each time will do, too */
    }
    return mock_cluster_start(&options, &server->demo, error->message, sizeof(error->message));
}

/* What was made so far is freed by the caller with ksse_server_free(). */
static int open_server(struct ksse_server *server, const struct ksse_config *config,
                       struct ksse_error *error)
{
    int result = config_copy(config, &server->config);
    if (result < 0) {
        return result;
    }
    const struct settings *s = &server->config->settings;
    int fd = listener_open(s->listen.host, s->listen.port, error->message, sizeof(error->message));
    if (fd < 0) {
        return KSSE_ELISTEN;
    }
    server->port = listener_port(fd);
    const char *brokers = s->brokers;
    if (s->is_demo) {
        if (start_demo(server, error) < 0) {
            close(fd);
            return KSSE_EKAFKA;
        }
        brokers = mock_cluster_brokers(server->demo);
    }
    return worker_new(server->config, brokers, fd, &server->worker, error);
}

int ksse_server_new(const struct ksse_config *config, struct ksse_server **out,
                    struct ksse_error *error)
{
    struct ksse_error ignored;
    error = error == NULL ? &ignored : error;
    error->message[0] = '\0';
    int result = ksse_config_check(config, error);
    if (result < 0) {
        return result;
    }
    struct ksse_server *server = mem_zalloc(sizeof(*server));
    if (server == NULL) {
        say(error, "out of memory");
        return KSSE_ENOMEM;
    }
    result = open_server(server, config, error);
    if (result < 0) {
        say(error, result == KSSE_ENOMEM ? "out of memory" : "the system has no descriptors left");
        ksse_server_free(server);
        return result;
    }
    log_listening(server);
    *out = server;
    return KSSE_OK;
}

int ksse_server_port(const struct ksse_server *server)
{
    return server->port;
}

int ksse_server_run(struct ksse_server *server)
{
    worker_run(server->worker);
    return KSSE_OK;
}

void ksse_server_stop(struct ksse_server *server)
{
    worker_stop(server->worker);
}

void ksse_server_free(struct ksse_server *server)
{
    if (server != NULL) {
        worker_free(server->worker);
        mock_cluster_stop(server->demo);
        ksse_config_free(server->config);
        mem_free(server);
    }
}
