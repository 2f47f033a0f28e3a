/*
 * kafka-events BROKERS: a server on a port of its own, of which the program shows what Kafka says,
 * a line each, until its standard input ends. For the system tests.
 */
#include <kafkasse.h>

#include <pthread.h>
#include <stdio.h>

static void on_event(void *opaque, const struct ksse_kafka_event *event)
{
    static const char *const kinds[] = {[KSSE_KAFKA_ERROR] = "error",
                                        [KSSE_KAFKA_STATISTICS] = "statistics",
                                        [KSSE_KAFKA_THROTTLE] = "throttle"};
    (void)opaque;
    int number = event->kind == KSSE_KAFKA_THROTTLE ? event->throttle_ms : event->error;
    printf("%s %s %d %s\n", event->handle, kinds[event->kind], number, event->text);
}

static void *run(void *server)
{
    return ksse_server_run(server) == 0 ? NULL : server;
}

static struct ksse_server *make_server(const char *brokers)
{
    struct ksse_error error = {"out of memory"};
    struct ksse_server *server = NULL;
    struct ksse_config *config = ksse_config_new();
    if (config == NULL || ksse_config_set(config, "brokers", brokers, &error) != 0 ||
        ksse_config_set(config, "listen", "127.0.0.1:0", &error) != 0 ||
        ksse_config_set_kafka(config, "client.id", "throttled", &error) != 0 ||
        ksse_config_set_kafka(config, "statistics.interval.ms", "200", &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
    } else {
        ksse_config_set_kafka_events(config, on_event, NULL);
        if (ksse_server_new(config, &server, &error) != 0) {
            fprintf(stderr, "%s\n", error.message);
        }
    }
    ksse_config_free(config);
    return server;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    void *result = NULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct ksse_server *server = argc == 2 ? make_server(argv[1]) : NULL;
    if (server == NULL || pthread_create(&thread, NULL, run, server) != 0) {
        return 1;
    }
    printf("port %d\n", ksse_server_port(server));
    while (getchar() != EOF) {
        /* whoever starts it closes its standard input in the end */
    }
    ksse_server_stop(server);
    pthread_join(thread, &result);
    ksse_server_free(server);
    return result == NULL ? 0 : 1;
}
