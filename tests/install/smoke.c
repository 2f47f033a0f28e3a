/*
 * A user of the installed library: two servers in one process, each with the demo's cluster inside
 * and a client. Says nothing but "ok"; whatever the library wrote would be seen by the test.
 */
#include <kafkasse.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct ksse_server *make_server(void)
{
    struct ksse_error error = {"no memory"};
    struct ksse_server *server = NULL;
    struct ksse_config *config = ksse_config_new();
    if (config == NULL || ksse_config_set(config, "demo", "yes", &error) != 0 ||
        ksse_config_set(config, "listen", "127.0.0.1:0", &error) != 0 ||
        ksse_server_new(config, &server, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
    }
    ksse_config_free(config);
    return server;
}

static void *run(void *server)
{
    return ksse_server_run(server) == 0 ? server : NULL;
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {10, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

/* Whether the server's stream holds an event. */
static int shows_events(struct ksse_server *server)
{
    static const char head[] = "GET /demo.recentchange?since=0 HTTP/1.1\r\nHost: a\r\n\r\n";
    static char text[1 << 16];
    size_t len = 0;
    ssize_t more = 1;
    int fd = connect_to(ksse_server_port(server));
    if (fd < 0 || send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL) < 0) {
        return 0;
    }
    while (more > 0 && len < sizeof(text) - 1) {
        text[len] = '\0';
        if (strstr(text, "event: message\n") != NULL) {
            break;
        }
        more = recv(fd, text + len, sizeof(text) - 1 - len, 0);
        len += more > 0 ? (size_t)more : 0;
    }
    close(fd);
    return strstr(text, "event: message\n") != NULL;
}

int main(void)
{
    struct ksse_server *servers[2] = {make_server(), make_server()};
    pthread_t threads[2];
    int is_good = 1;
    for (int i = 0; i < 2; i++) {
        if (servers[i] == NULL || pthread_create(&threads[i], NULL, run, servers[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < 2; i++) {
        is_good = shows_events(servers[i]) && is_good;
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        ksse_server_stop(servers[i]);
        is_good = pthread_join(threads[i], &result) == 0 && result != NULL && is_good;
        ksse_server_free(servers[i]);
    }
    puts(is_good ? "ok" : "no event, or a server that failed");
    return is_good ? 0 : 1;
}
