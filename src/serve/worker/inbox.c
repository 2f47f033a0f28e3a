/* What is handed over between threads: see the header. */
#include "serve/worker/inbox.h"
#include "base/mem.h"

#include <unistd.h>

void inbox_init(struct inbox *inbox)
{
    pthread_mutex_init(&inbox->lock, NULL);
    list_init(&inbox->handoffs);
    inbox->is_closed = false;
}

void inbox_fini(struct inbox *inbox)
{
    while (!list_is_empty(&inbox->handoffs)) {
        struct handoff *handoff = LIST_FIRST(&inbox->handoffs, struct handoff, node);
        close(handoff->fd);
        handoff_free(handoff);
    }
    pthread_mutex_destroy(&inbox->lock);
}

int inbox_put(struct inbox *inbox, struct handoff *handoff)
{
    pthread_mutex_lock(&inbox->lock);
    bool is_open = !inbox->is_closed;
    if (is_open) {
        list_push_back(&inbox->handoffs, &handoff->node);
    }
    pthread_mutex_unlock(&inbox->lock);
    return is_open ? 0 : KSSE_ESYSTEM;
}

static void take(struct inbox *inbox, struct list *out, bool is_last)
{
    pthread_mutex_lock(&inbox->lock);
    ASSERT(!inbox->is_closed || list_is_empty(&inbox->handoffs));
    list_splice_back(out, &inbox->handoffs);
    inbox->is_closed = inbox->is_closed || is_last;
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_take(struct inbox *inbox, struct list *out)
{
    take(inbox, out, false);
}

void inbox_close(struct inbox *inbox, struct list *out)
{
    take(inbox, out, true);
}

void handoff_free(struct handoff *handoff)
{
    list_remove(&handoff->node);
    given_request_fini(&handoff->request);
    mem_free(handoff);
}
