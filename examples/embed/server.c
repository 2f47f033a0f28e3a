/*
 * A whole server with callbacks: edits of people only, for those who know the word.
 *
 *     cc -o server server.c $(pkg-config --cflags --libs libkafkasse)
 *     ./server demo yes             # settings and their values; or: brokers kafka:9092
 *     curl -N -H 'X-Word: please' http://localhost:6917/demo.recentchange
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem() */
#endif
#include <kafkasse.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct ksse_server *server;

static void on_signal(int number)
{
    (void)number;
    ksse_server_stop(server);
}

static void log_line(void *file, enum ksse_log_level level, const char *event, const char *message,
                     const struct ksse_log_field *fields, size_t field_count)
{
    (void)level, (void)fields, (void)field_count;
    fprintf(file, "%s: %s\n", event, message);
}

/* The data is minified: a member has one spelling. */
static enum ksse_filtered filter(void *opaque, const struct ksse_event *event,
                                 struct ksse_output *output)
{
    (void)opaque, (void)output;
    bool is_bot = memmem(event->data, event->data_len, "\"bot\":true", 10) != NULL;
    return is_bot ? KSSE_FILTER_DROP : KSSE_FILTER_KEEP;
}

static int authorize(void *opaque, struct ksse_request *request)
{
    (void)opaque;
    const char *word = ksse_request_field(request, "X-Word");
    ksse_request_explain(request, "Say please.");
    return word != NULL && strcmp(word, "please") == 0 ? 0 : 403;
}

int main(int argc, char **argv)
{
    struct ksse_error error;
    struct ksse_config *config = ksse_config_new();
    if (config == NULL) {
        return 1;
    }
    ksse_config_set_log(config, KSSE_LOG_INFO, log_line, stderr);
    ksse_config_set_authorize(config, authorize, NULL);
    bool is_good = ksse_config_add_filter(config, "people", filter, NULL, &error) == KSSE_OK &&
                   ksse_config_set(config, "filter", "callback:people", &error) == KSSE_OK;
    for (int i = 1; i + 1 < argc && is_good; i += 2) {
        is_good = ksse_config_set(config, argv[i], argv[i + 1], &error) == KSSE_OK;
    }
    if (!is_good || ksse_server_new(config, &server, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    ksse_config_free(config);
    signal(SIGINT, on_signal);
    int result = ksse_server_run(server);
    signal(SIGINT, SIG_DFL);
    ksse_server_free(server);
    return result == KSSE_OK ? 0 : 1;
}
