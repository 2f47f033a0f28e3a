/* What is handed over between threads: see the header. */
#include "serve/inbox.h"
#include "base/mem.h"

#include <unistd.h>

void inbox_init(struct inbox *inbox)
{
    pthread_mutex_init(&inbox->lock, NULL);
    list_init(&inbox->deliveries);
    inbox->is_closed = false;
}

void inbox_fini(struct inbox *inbox)
{
    while (!list_is_empty(&inbox->deliveries)) {
        struct delivery *delivery = LIST_FIRST(&inbox->deliveries, struct delivery, node);
        close(delivery->fd);
        delivery_free(delivery);
    }
    pthread_mutex_destroy(&inbox->lock);
}

bool inbox_put(struct inbox *inbox, struct delivery *delivery)
{
    pthread_mutex_lock(&inbox->lock);
    bool is_open = !inbox->is_closed;
    if (is_open) {
        list_push_back(&inbox->deliveries, &delivery->node);
    }
    pthread_mutex_unlock(&inbox->lock);
    return is_open;
}

static void take(struct inbox *inbox, struct list *out, bool is_last)
{
    pthread_mutex_lock(&inbox->lock);
    list_splice_back(out, &inbox->deliveries);
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

void delivery_free(struct delivery *delivery)
{
    list_remove(&delivery->node);
    given_request_fini(&delivery->request);
    mem_free(delivery);
}
