/* One mutex, two lists: added and run. See job_queue.h. */
#include "kafka/job_queue.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "base/thread.h"

#include <stdbool.h>

struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t added_or_stopping;
    pthread_t thread;
    struct list added;
    struct list finished;
    bool is_stopping;
    int event_fd;
};

static void *job_queue_main(void *opaque)
{
    struct job_queue *jobs = opaque;
    pthread_mutex_lock(&jobs->lock);
    for (;;) {
        while (list_is_empty(&jobs->added) && !jobs->is_stopping) {
            pthread_cond_wait(&jobs->added_or_stopping, &jobs->lock);
        }
        if (list_is_empty(&jobs->added)) {
            break;
        }
        struct job *job = LIST_FIRST(&jobs->added, struct job, node);
        list_remove(&job->node);
        pthread_mutex_unlock(&jobs->lock);
        job->run(job);
        pthread_mutex_lock(&jobs->lock);
        list_push_back(&jobs->finished, &job->node);
        eventfd_signal(jobs->event_fd);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

int job_queue_new(const char *name, int event_fd, struct job_queue **out)
{
    struct job_queue *jobs = mem_zalloc(sizeof(*jobs));
    if (jobs == NULL) {
        return KSSE_ENOMEM;
    }
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->added_or_stopping, NULL);
    list_init(&jobs->added);
    list_init(&jobs->finished);
    jobs->event_fd = event_fd;
    if (thread_start(name, THREAD_DEFAULT_STACK, job_queue_main, jobs, &jobs->thread) < 0) {
        pthread_cond_destroy(&jobs->added_or_stopping);
        pthread_mutex_destroy(&jobs->lock);
        mem_free(jobs);
        return KSSE_ESYSTEM;
    }
    *out = jobs;
    return 0;
}

void job_queue_add(struct job_queue *jobs, struct job *job)
{
    ASSERT(job->run != NULL && job->done != NULL);
    list_init(&job->node);
    pthread_mutex_lock(&jobs->lock);
    list_push_back(&jobs->added, &job->node);
    pthread_cond_signal(&jobs->added_or_stopping);
    pthread_mutex_unlock(&jobs->lock);
}

void job_queue_deliver(struct job_queue *jobs)
{
    struct list finished;
    list_init(&finished);
    pthread_mutex_lock(&jobs->lock);
    list_splice_back(&finished, &jobs->finished);
    pthread_mutex_unlock(&jobs->lock);
    while (!list_is_empty(&finished)) {
        struct job *job = LIST_FIRST(&finished, struct job, node);
        list_remove(&job->node);
        job->done(job);
    }
}

void job_queue_free(struct job_queue *jobs)
{
    if (jobs == NULL) {
        return;
    }
    pthread_mutex_lock(&jobs->lock);
    jobs->is_stopping = true;
    pthread_cond_signal(&jobs->added_or_stopping);
    pthread_mutex_unlock(&jobs->lock);
    pthread_join(jobs->thread, NULL);
    job_queue_deliver(jobs);
    ASSERT(list_is_empty(&jobs->added));
    pthread_cond_destroy(&jobs->added_or_stopping);
    pthread_mutex_destroy(&jobs->lock);
    mem_free(jobs);
}
