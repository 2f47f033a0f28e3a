/*
 * A schema registry within a test: an HTTP server on a thread of its own that gives prepared
 * answers, one connection at a time, each closed after its answer. Functions are called on the
 * test's thread.
 */
#ifndef TESTS_FAKE_REGISTRY_H
#define TESTS_FAKE_REGISTRY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    FAKE_REGISTRY_ANSWERS = 80,
    FAKE_REGISTRY_HEAD = 4096
};

struct fake_answer {
    const char *path;
    int status;
    const char *body;
};

struct fake_registry {
    int listener;
    int silent; /* a connection that gets no answer, until the registry ends; -1: none */
    char url[64];
    pthread_t thread;
    pthread_mutex_t lock; /* for all below */
    struct fake_answer answers[FAKE_REGISTRY_ANSWERS];
    size_t count;
    bool is_silent;
    int requests;
    char head[FAKE_REGISTRY_HEAD]; /* of the last request */
};

void fake_registry_start(struct fake_registry *f);
void fake_registry_stop(struct fake_registry *f);

/* From now on, `path` is answered so; both texts are borrowed until the end. What has no answer is
 * a 404 without a code, as of a server that is no registry. */
void fake_registry_answer(struct fake_registry *f, const char *path, int status, const char *body);

/* Whether requests get no answer at all, with their connections left open. */
void fake_registry_be_silent(struct fake_registry *f, bool is_silent);

/* How many requests there were. */
int fake_registry_requests(struct fake_registry *f);

/* Whether the head of the last request has that text. */
bool fake_registry_was_sent(struct fake_registry *f, const char *text);

#endif
