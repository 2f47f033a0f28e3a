/*
 * kafkasse, the daemon: makes a configuration of the file, the environment and the command line,
 * and runs a server of the library with it until a signal.
 */
#include "daemon/cli.h"
#include "daemon/env.h"
#include "daemon/hangup.h"
#include "daemon/help.h"
#include "daemon/ini.h"
#include "daemon/log_queue.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    /* Descriptors, besides those of clients; see admission.c. */
    FILES_OF_OTHERS = 512,   /* of connections that are not streams */
    FILES_OF_A_WORKER = 256, /* of a worker's connections to Kafka */
    LAST_SECONDS = 1         /* for an orderly end after the second signal */
};

/* For the signal handlers. Set while a server runs. */
static struct ksse_server *volatile running_server;
static volatile sig_atomic_t stop_count;

static void handle_alarm(int number)
{
    (void)number;
    _exit(EXIT_OK);
}

/*
 * The first signal lets streams end. The second one ends the process, whatever it is doing: a
 * broker that does not answer may hold up a thread of librdkafka for longer than an operator wants
 * to wait.
 */
static void handle_stop(int number)
{
    (void)number;
    struct ksse_server *server = running_server;
    if (server != NULL) {
        ksse_server_stop(server);
    }
    stop_count++;
    if (stop_count == 2) {
        alarm(LAST_SECONDS);
    }
}

static void set_signal(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* Whether the setting has this value. */
static bool is_set_to(const struct ksse_config *config, const char *name, const char *value)
{
    char *text = ksse_config_get(config, name);
    bool is_same = text != NULL && strcmp(text, value) == 0;
    ksse_text_free(text);
    return is_same;
}

/* An embedded server may be handed requests, but a daemon must listen. */
static int check_listen(const struct ksse_config *config, struct failure *failure)
{
    return is_set_to(config, "listen", "off")
               ? failure_set(failure, EXIT_BAD_CONFIG,
                             "listen = off is for programs that embed the library: no client could "
                             "reach this one. Give it an address, such as 127.0.0.1:6917")
               : 0;
}

/* Lowest priority first: file, environment, command line. */
static int configure(struct ksse_config *config, const struct cli *cli, struct failure *failure)
{
    const char *file = cli->config_file == NULL ? getenv(ENV_CONFIG_FILE) : cli->config_file;
    int rc = file == NULL ? 0 : ini_apply(config, file, failure);
    if (rc == 0) {
        rc = env_apply(config, failure);
    }
    if (rc == 0) {
        rc = cli_apply(cli, config, failure);
    }
    if (rc < 0) {
        return rc;
    }
    struct ksse_error error;
    rc = ksse_config_check(config, &error);
    if (rc == 0) {
        return check_listen(config, failure);
    }
    char where[300];
    snprintf(where, sizeof where, "configuration%s%.200s%s", file == NULL ? "" : " (with ",
             file == NULL ? "" : file, file == NULL ? "" : ")");
    return failure_from(failure, rc, where, &error);
}

/* The log of the daemon's own lines, which go the same way as the library's. */
struct daemon_log {
    enum ksse_log_level level;
    struct log_queue *queue;
};

/* A ksse_log_fn for the daemon's lines. Unlike the library, the daemon does not filter by level. */
static void log_line(void *opaque, enum ksse_log_level level, const char *event,
                     const char *message, const struct ksse_log_field *fields, size_t field_count)
{
    const struct daemon_log *log = opaque;
    if (level <= log->level) {
        log_queue_line(log->queue, level, event, message, fields, field_count);
    }
}

static int open_log(struct ksse_config *config, struct daemon_log *log, struct failure *failure)
{
    static const char *const levels[] = {[KSSE_LOG_ERROR] = "error",
                                         [KSSE_LOG_WARNING] = "warning",
                                         [KSSE_LOG_INFO] = "info",
                                         [KSSE_LOG_DEBUG] = "debug"};
    struct log_queue_options options = {STDERR_FILENO, is_set_to(config, "log-format", "json"),
                                        LOG_QUEUE_BYTES};
    log->level = KSSE_LOG_INFO;
    for (int i = KSSE_LOG_ERROR; i <= KSSE_LOG_DEBUG; i++) {
        if (is_set_to(config, "log-level", levels[i])) {
            log->level = (enum ksse_log_level)i;
        }
    }
    log->queue = log_queue_new(&options);
    if (log->queue == NULL) {
        return failure_set(failure, EXIT_SYSTEM, "the log's thread could not be started");
    }
    ksse_config_set_log(config, log->level, log_queue_line, log->queue);
    ksse_config_set_log_dropped(config, log_queue_dropped, log->queue);
    return 0;
}

/* The value of a numeric setting; 0 without memory. */
static unsigned long long number_of(const struct ksse_config *config, const char *name)
{
    char *text = ksse_config_get(config, name);
    unsigned long long number = text == NULL ? 0 : strtoull(text, NULL, 10);
    ksse_text_free(text);
    return number;
}

/* Each client needs a file descriptor, and the usual soft limit of 1024 is far below max-clients.
 */
static void raise_file_limit(const struct ksse_config *config, struct daemon_log *log)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    unsigned long long clients = number_of(config, "max-clients");
    unsigned long long others = FILES_OF_OTHERS + FILES_OF_A_WORKER * number_of(config, "workers");
    if (limit.rlim_cur < clients + others) {
        char files[32];
        char wanted[32];
        snprintf(files, sizeof files, "%llu", (unsigned long long)limit.rlim_cur);
        snprintf(wanted, sizeof wanted, "%llu", clients);
        const struct ksse_log_field fields[] = {{"files", files}, {"max-clients", wanted}};
        log_line(log, KSSE_LOG_WARNING, "file-limit",
                 "the limit of open files (ulimit -n) is too low for max-clients", fields, 2);
    }
}

/* SIGQUIT as in nginx: a graceful end. */
static const int stop_signals[] = {SIGTERM, SIGINT, SIGQUIT};

enum {
    STOP_SIGNAL_COUNT = sizeof stop_signals / sizeof stop_signals[0]
};

/* Blocks or unblocks the signals that stop the server, on the calling thread. */
static void mask_stop_signals(int how)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
        sigaddset(&signals, stop_signals[i]);
    }
    sigprocmask(how, &signals, NULL);
}

static void set_stop_signals(void (*handler)(int))
{
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
        set_signal(stop_signals[i], handler);
    }
}

static int run_server(struct ksse_config *config, struct failure *failure)
{
    struct ksse_error error;
    struct ksse_server *server;
    /* A script that sees the log line "listening" may stop the server at once, before
     * running_server is set. The server's threads inherit the mask, so that the handler runs on
     * this thread only. */
    mask_stop_signals(SIG_BLOCK);
    int rc = ksse_server_new(config, &server, &error);
    if (rc < 0) {
        return failure_from(failure, rc, "cannot start", &error);
    }
    running_server = server;
    set_signal(SIGALRM, handle_alarm);
    set_stop_signals(handle_stop);
    mask_stop_signals(SIG_UNBLOCK);
    rc = ksse_server_run(server);
    running_server = NULL; /* a late signal must not reach a server that is being freed */
    ksse_server_free(server);
    return rc == 0
               ? 0
               : failure_set(failure, EXIT_SYSTEM, "a thread of the server could not be started");
}

static int serve_with_log(struct ksse_config *config, struct daemon_log *log,
                          struct failure *failure)
{
    if (hangup_start(log_line, log) < 0) {
        return failure_set(failure, EXIT_SYSTEM, "the thread for SIGHUP could not be started");
    }
    env_tell_unknown(config, log_line, log);
    raise_file_limit(config, log);
    int rc = run_server(config, failure);
    hangup_stop();
    return rc;
}

static int serve(struct ksse_config *config, struct failure *failure)
{
    /* Their default is to end the process. Operators send them as other servers take them. */
    set_signal(SIGPIPE, SIG_IGN);
    set_signal(SIGUSR1, SIG_IGN);
    set_signal(SIGUSR2, SIG_IGN);
    struct daemon_log log;
    int rc = open_log(config, &log, failure);
    if (rc < 0) {
        return rc;
    }
    rc = serve_with_log(config, &log, failure);
    log_queue_free(log.queue, LOG_FLUSH_MS);
    return rc;
}

/* A ksse_log_fn for -T. */
static void print_line(void *opaque, enum ksse_log_level level, const char *event,
                       const char *message, const struct ksse_log_field *fields, size_t field_count)
{
    (void)opaque, (void)level, (void)event, (void)fields, (void)field_count;
    fprintf(stderr, "kafkasse: %s\n", message);
}

static int test(struct ksse_config *config, struct failure *failure)
{
    env_tell_unknown(config, print_line, NULL);
    char *text = ksse_config_describe(config);
    if (text == NULL) {
        return failure_set(failure, EXIT_SYSTEM, "out of memory");
    }
    fputs(text, stdout);
    puts("the configuration is good");
    ksse_text_free(text);
    return 0;
}

static int configure_and_run(const struct cli *cli, struct failure *failure)
{
    struct ksse_config *config = ksse_config_new();
    if (config == NULL) {
        return failure_set(failure, EXIT_SYSTEM, "out of memory");
    }
    int rc = configure(config, cli, failure);
    if (rc == 0 && cli->action == CLI_TEST) {
        rc = test(config, failure);
    } else if (rc == 0) {
        rc = serve(config, failure);
    }
    ksse_config_free(config);
    return rc;
}

static int run(const struct cli *cli, struct failure *failure)
{
    int rc = 0;
    switch (cli->action) {
    case CLI_HELP:
        help_print(stdout);
        break;
    case CLI_VERSION:
        puts("kafkasse " KSSE_VERSION);
        break;
    case CLI_REFERENCE:
        reference_print(stdout);
        break;
    case CLI_SERVE:
    case CLI_TEST:
        rc = configure_and_run(cli, failure);
        break;
    }
    if (rc < 0) {
        return rc;
    }
    /* An earlier write may have failed, too. */
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        return failure_set(failure, EXIT_SYSTEM, "standard output: %s", strerror(errno));
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct failure failure = {EXIT_OK, ""};
    struct cli cli;
    int rc = cli_parse(&cli, argc, argv, &failure);
    if (rc == 0) {
        rc = run(&cli, &failure);
        cli_fini(&cli);
    }
    if (rc < 0) {
        fprintf(stderr, "kafkasse: %s\n", failure.text);
    }
    return (int)failure.status;
}
