/*
 * A whole server with callbacks: edits of people only, for those who know the word.
 *
 *     cc -o server server.c $(pkg-config --cflags --libs libkafkasse)
 *     ./server 127.0.0.1:6917              # the demo's cluster
 *     ./server 127.0.0.1:6917 kafka:9092   # yours
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
static char bots[] = "\"bot\":true"; /* what the filter looks for */
static char word_wanted[] = "please";

static void on_signal(int number)
{
    (void)number;
    ksse_server_stop(server);
}

static void log_line(void *opaque, enum ksse_log_level level, const char *event,
                     const char *message, const struct ksse_log_field *fields, size_t field_count)
{
    (void)opaque, (void)level, (void)fields, (void)field_count;
    fprintf(stderr, "%s: %s\n", event, message);
}

/* What looks like no JSON object is shown as text, instead of not at all. */
static enum ksse_deserialized deserialize(void *opaque, const struct ksse_record *record,
                                          struct ksse_output *output)
{
    (void)opaque;
    output->append(output, record->value, record->value_len);
    return record->value_len > 0 && *(const char *)record->value == '{' ? KSSE_DESERIALIZED_JSON
                                                                        : KSSE_DESERIALIZED_TEXT;
}

/* The data is minified: a member has one spelling. `opaque` is the one that is not shown. */
static enum ksse_filtered filter(void *opaque, const struct ksse_event *event,
                                 struct ksse_output *output)
{
    (void)output;
    bool has_it = memmem(event->data, event->data_len, opaque, strlen(opaque)) != NULL;
    return has_it ? KSSE_FILTER_DROP : KSSE_FILTER_KEEP;
}

static int authorize(void *opaque, struct ksse_request *request)
{
    const char *word = ksse_request_field(request, "X-Word");
    ksse_request_explain(request, "Say please.");
    return word != NULL && strcmp(word, opaque) == 0 ? 0 : 403;
}

int main(int argc, char **argv)
{
    const char *source = argc > 2 ? "brokers" : "demo";
    struct ksse_error error = {"usage: server ADDRESS:PORT [BROKERS]"};
    struct ksse_config *config = ksse_config_new();
    if (argc < 2 || config == NULL ||
        ksse_config_add_deserializer(config, "lenient", deserialize, NULL, &error) < 0 ||
        ksse_config_add_filter(config, "people", filter, bots, &error) < 0 ||
        ksse_config_set(config, "deserializer", "callback:lenient", &error) < 0 ||
        ksse_config_set(config, "filter", "callback:people", &error) < 0 ||
        ksse_config_set(config, "listen", argv[1], &error) < 0 ||
        ksse_config_set(config, source, argc > 2 ? argv[2] : "yes", &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    ksse_config_set_log(config, KSSE_LOG_INFO, log_line, NULL);
    ksse_config_set_authorize(config, authorize, word_wanted);
    if (ksse_server_new(config, &server, &error) < 0) {
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
