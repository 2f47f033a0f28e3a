/* See fake_registry.h. */
#include "support/fake_registry.h"
#include "base/assert.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Under the lock. */
static const struct fake_answer *find_answer(struct fake_registry *f, const char *path)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->answers[i].path, path) == 0) {
            return &f->answers[i];
        }
    }
    return NULL;
}

/* Reads the head into f->head. False when there is none. */
static bool read_head(struct fake_registry *f, int connection)
{
    char head[FAKE_REGISTRY_HEAD];
    size_t len = 0;
    while (len < sizeof(head) - 1) {
        ssize_t got = read(connection, head + len, sizeof(head) - 1 - len);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            break;
        }
    }
    pthread_mutex_lock(&f->lock);
    memcpy(f->head, head, len + 1);
    f->requests++;
    pthread_mutex_unlock(&f->lock);
    return true;
}

static void write_all(int connection, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(connection, data, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        data += sent;
        len -= (size_t)sent;
    }
}

static void answer(struct fake_registry *f, int connection)
{
    char path[FAKE_REGISTRY_HEAD];
    char head[256];
    pthread_mutex_lock(&f->lock);
    bool is_get = sscanf(f->head, "GET %4095s HTTP/1.1", path) == 1;
    const struct fake_answer *found = is_get ? find_answer(f, path) : NULL;
    int status = found == NULL ? 404 : found->status;
    const char *body = found == NULL ? "{\"error_code\":404,\"message\":\"no\"}" : found->body;
    pthread_mutex_unlock(&f->lock);
    int len = snprintf(head, sizeof(head),
                       "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n"
                       "Location: /schemas/ids/1\r\n\r\n",
                       status, strlen(body));
    write_all(connection, head, (size_t)len);
    write_all(connection, body, strlen(body));
}

static void *serve(void *opaque)
{
    struct fake_registry *f = opaque;
    int connection;
    while ((connection = accept(f->listener, NULL, NULL)) >= 0) {
        if (!read_head(f, connection)) {
            close(connection);
            continue;
        }
        pthread_mutex_lock(&f->lock);
        bool is_silent = f->is_silent;
        pthread_mutex_unlock(&f->lock);
        if (is_silent) {
            if (f->silent >= 0) {
                close(f->silent);
            }
            f->silent = connection;
            continue;
        }
        answer(f, connection);
        close(connection);
    }
    return NULL;
}

void fake_registry_start(struct fake_registry *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    memset(f, 0, sizeof(*f));
    f->silent = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT(f->listener >= 0);
    ASSERT(bind(f->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    ASSERT(listen(f->listener, 16) == 0);
    ASSERT(getsockname(f->listener, (struct sockaddr *)&address, &len) == 0);
    snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    pthread_mutex_init(&f->lock, NULL);
    ASSERT(pthread_create(&f->thread, NULL, serve, f) == 0);
}

void fake_registry_stop(struct fake_registry *f)
{
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->listener);
    if (f->silent >= 0) {
        close(f->silent);
    }
    pthread_mutex_destroy(&f->lock);
}

void fake_registry_answer(struct fake_registry *f, const char *path, int status, const char *body)
{
    pthread_mutex_lock(&f->lock);
    struct fake_answer *old = (struct fake_answer *)find_answer(f, path);
    ASSERT(old != NULL || f->count < FAKE_REGISTRY_ANSWERS);
    struct fake_answer *partition = old != NULL ? old : &f->answers[f->count++];
    *partition = (struct fake_answer){path, status, body};
    pthread_mutex_unlock(&f->lock);
}

void fake_registry_be_silent(struct fake_registry *f, bool is_silent)
{
    pthread_mutex_lock(&f->lock);
    f->is_silent = is_silent;
    pthread_mutex_unlock(&f->lock);
}

int fake_registry_requests(struct fake_registry *f)
{
    pthread_mutex_lock(&f->lock);
    int requests = f->requests;
    pthread_mutex_unlock(&f->lock);
    return requests;
}

bool fake_registry_was_sent(struct fake_registry *f, const char *text)
{
    pthread_mutex_lock(&f->lock);
    bool is_there = strstr(f->head, text) != NULL;
    pthread_mutex_unlock(&f->lock);
    return is_there;
}
