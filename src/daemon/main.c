/*
 * kafkasse, the daemon: puts a configuration together from file, environment and command line, and
 * runs one server of the library with it until a signal.
 */
#include "daemon/cli.h"
#include "daemon/env.h"
#include "daemon/help.h"
#include "daemon/ini.h"
#include "daemon/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    /* Beside those of clients; see admission.c. */
    FILES_OF_OTHERS = 512,  /* connections that are no streams */
    FILES_OF_A_WORKER = 256 /* its connections to Kafka */
};

/* For the signal handler. Set while a server runs. */
static struct ksse_server *volatile running_server;

static void handle_stop(int number)
{
    (void)number;
    struct ksse_server *server = running_server;
    if (server != NULL) {
        ksse_server_stop(server);
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

/* The library may be given its requests; a daemon that listens nowhere would serve nobody. */
static int check_listen(const struct ksse_config *config, struct failure *failure)
{
    return is_set_to(config, "listen", "off")
               ? failure_set(failure, EXIT_BAD_CONFIG,
                             "listen = off is for programs with the library in them: nobody could "
                             "reach the daemon. Give it an address, such as 127.0.0.1:6917")
               : 0;
}

/* Lowest priority first: file, environment, command line. */
static int configure(struct ksse_config *config, const struct cli *cli, struct failure *failure)
{
    const char *file = cli->config_file == NULL ? getenv(ENV_CONFIG_FILE) : cli->config_file;
    if (file != NULL && ini_apply(config, file, failure) != 0) {
        return -1;
    }
    if (env_apply(config, failure) != 0 || cli_apply(cli, config, failure) != 0) {
        return -1;
    }
    struct ksse_error error;
    int rc = ksse_config_check(config, &error);
    if (rc == 0) {
        return check_listen(config, failure);
    }
    char where[300];
    snprintf(where, sizeof where, "configuration%s%.200s%s", file == NULL ? "" : " (with ",
             file == NULL ? "" : file, file == NULL ? "" : ")");
    return failure_from(failure, rc, where, &error);
}

/* Where the daemon's own lines go: the same way as the library's. */
struct daemon_log {
    enum ksse_log_level level;
    ksse_log_fn write;
};

static struct daemon_log choose_log(const struct ksse_config *config)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    struct daemon_log log = {KSSE_LOG_INFO, log_text};
    for (int i = KSSE_LOG_ERROR; i <= KSSE_LOG_DEBUG; i++) {
        if (is_set_to(config, "log-level", levels[i])) {
            log.level = (enum ksse_log_level)i;
        }
    }
    if (is_set_to(config, "log-format", "json")) {
        log.write = log_json;
    }
    return log;
}

/* The value of a setting that is a number; 0 without memory. */
static unsigned long long number_of(const struct ksse_config *config, const char *name)
{
    char *text = ksse_config_get(config, name);
    unsigned long long number = text == NULL ? 0 : strtoull(text, NULL, 10);
    ksse_text_free(text);
    return number;
}

/* Each client needs a file descriptor, and the usual soft limit of 1024 is far below max-clients.
 */
static void raise_file_limit(const struct ksse_config *config, const struct daemon_log *log)
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
    if (limit.rlim_cur < clients + others && log->level >= KSSE_LOG_WARNING) {
        char files[32];
        char wanted[32];
        snprintf(files, sizeof files, "%llu", (unsigned long long)limit.rlim_cur);
        snprintf(wanted, sizeof wanted, "%llu", clients);
        const struct ksse_log_field fields[] = {{"files", files}, {"max-clients", wanted}};
        log->write(NULL, KSSE_LOG_WARNING, "file-limit",
                   "the limit of open files (ulimit -n) is too low for max-clients", fields, 2);
    }
}

/* Blocks or unblocks the signals that stop the server, on the calling thread. */
static void mask_stop_signals(int how)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(how, &signals, NULL);
}

static int serve(struct ksse_config *config, struct failure *failure)
{
    struct daemon_log log = choose_log(config);
    ksse_config_set_log(config, log.level, log.write, NULL);
    set_signal(SIGPIPE, SIG_IGN);
    raise_file_limit(config, &log);
    struct ksse_error error;
    struct ksse_server *server;
    /* Whoever sees the server's line "listening" may stop it at once, before it can be told so. The
     * server's threads inherit the mask: the handler runs on this one only. */
    mask_stop_signals(SIG_BLOCK);
    int rc = ksse_server_new(config, &server, &error);
    if (rc != 0) {
        return failure_from(failure, rc, "cannot start", &error);
    }
    running_server = server;
    set_signal(SIGTERM, handle_stop);
    set_signal(SIGINT, handle_stop);
    mask_stop_signals(SIG_UNBLOCK);
    rc = ksse_server_run(server);
    /* A late signal must not reach a server that is being freed. */
    set_signal(SIGTERM, SIG_IGN);
    set_signal(SIGINT, SIG_IGN);
    running_server = NULL;
    ksse_server_free(server);
    return rc == 0
               ? 0
               : failure_set(failure, EXIT_SYSTEM, "a thread of the server could not be started");
}

static int test(const struct ksse_config *config, struct failure *failure)
{
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
        if (configure_and_run(cli, failure) != 0) {
            return -1;
        }
        break;
    }
    /* A part of it may have failed to go out earlier. */
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
    if (rc != 0) {
        fprintf(stderr, "kafkasse: %s\n", failure.text);
    }
    return (int)failure.status;
}
