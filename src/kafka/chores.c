/* One mutex, two lists: added and run. See chores.h. */
#include "kafka/chores.h"
#include "base/mem.h"
#include "kafka/wake.h"

#include <pthread.h>
#include <stdbool.h>

struct chores {
    pthread_mutex_t lock;
    pthread_cond_t added_or_stopping;
    pthread_t thread;
    struct list added;
    struct list finished;
    bool is_stopping;
    int event_fd;
};

static void *chores_main(void *opaque)
{
    struct chores *chores = opaque;
    pthread_mutex_lock(&chores->lock);
    for (;;) {
        while (list_is_empty(&chores->added) && !chores->is_stopping) {
            pthread_cond_wait(&chores->added_or_stopping, &chores->lock);
        }
        if (list_is_empty(&chores->added)) {
            break;
        }
        struct chore *chore = LIST_FIRST(&chores->added, struct chore, node);
        list_remove(&chore->node);
        pthread_mutex_unlock(&chores->lock);
        chore->run(chore);
        pthread_mutex_lock(&chores->lock);
        list_push_back(&chores->finished, &chore->node);
        wake_fd(chores->event_fd);
    }
    pthread_mutex_unlock(&chores->lock);
    return NULL;
}

struct chores *chores_new(int event_fd)
{
    struct chores *chores = mem_zalloc(sizeof(*chores));
    if (chores == NULL) {
        return NULL;
    }
    pthread_mutex_init(&chores->lock, NULL);
    pthread_cond_init(&chores->added_or_stopping, NULL);
    list_init(&chores->added);
    list_init(&chores->finished);
    chores->event_fd = event_fd;
    if (pthread_create(&chores->thread, NULL, chores_main, chores) != 0) {
        pthread_cond_destroy(&chores->added_or_stopping);
        pthread_mutex_destroy(&chores->lock);
        mem_free(chores);
        return NULL;
    }
    return chores;
}

void chores_add(struct chores *chores, struct chore *chore)
{
    ASSERT(chore->run != NULL && chore->done != NULL);
    list_init(&chore->node);
    pthread_mutex_lock(&chores->lock);
    list_push_back(&chores->added, &chore->node);
    pthread_cond_signal(&chores->added_or_stopping);
    pthread_mutex_unlock(&chores->lock);
}

void chores_deliver(struct chores *chores)
{
    struct list finished;
    list_init(&finished);
    pthread_mutex_lock(&chores->lock);
    list_splice_back(&finished, &chores->finished);
    pthread_mutex_unlock(&chores->lock);
    while (!list_is_empty(&finished)) {
        struct chore *chore = LIST_FIRST(&finished, struct chore, node);
        list_remove(&chore->node);
        chore->done(chore);
    }
}

void chores_free(struct chores *chores)
{
    if (chores == NULL) {
        return;
    }
    pthread_mutex_lock(&chores->lock);
    chores->is_stopping = true;
    pthread_cond_signal(&chores->added_or_stopping);
    pthread_mutex_unlock(&chores->lock);
    pthread_join(chores->thread, NULL);
    chores_deliver(chores);
    ASSERT(list_is_empty(&chores->added));
    pthread_cond_destroy(&chores->added_or_stopping);
    pthread_mutex_destroy(&chores->lock);
    mem_free(chores);
}
