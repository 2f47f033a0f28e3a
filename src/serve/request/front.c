/* See front.h. */
#include "serve/request/front.h"
#include "serve/request/h1.h"

#include <kafkasse.h>

void front_init(struct front *front, const struct front_options *options)
{
    struct exchanges_options exchanges = {
        .snapshot = options->snapshot,
        .admission = options->admission,
        .cluster = options->cluster,
        .hooks = &options->hooks->exchange,
        .opaque = options->opaque,
        .seed = options->seed,
        .workers = options->workers,
    };
    struct connections_options connections = {
        .settings = &options->snapshot->config->settings,
        .admission = options->admission,
        .counters = &front->exchanges.counters,
        .workers = options->workers,
        .wake_others = options->hooks->wake_others,
        .opaque = options->opaque,
    };
    exchanges_init(&front->exchanges, &exchanges);
    connections_init(&front->connections, &connections);
}

void front_start(struct front *front, struct loop *loop, struct feed *feed)
{
    exchanges_start(&front->exchanges, loop, feed);
    connections_start(&front->connections, loop);
}

void front_use(struct front *front, struct config_snapshot *snapshot)
{
    exchanges_use(&front->exchanges, snapshot);
}

void front_fini(struct front *front)
{
    exchanges_fini(&front->exchanges);
    connections_fini(&front->connections);
}

static void on_accept(void *opaque, int fd, const struct peer *peer)
{
    struct front *front = opaque;
    h1_accept(&front->connections, &front->exchanges, fd, peer);
}

int front_listen(struct front *front, int fd)
{
    struct connections *connections = &front->connections;
    connections->listener = listener_start(connections->loop, fd, on_accept, front);
    return connections->listener == NULL ? KSSE_ESYSTEM : KSSE_OK;
}

void front_stop_listening(struct front *front)
{
    listener_stop(front->connections.listener);
    front->connections.listener = NULL;
}

void front_serve(struct front *front, int fd, const struct peer *peer,
                 const struct given_request *request)
{
    h1_serve(&front->connections, &front->exchanges, fd, peer, request);
}

void front_before_feed(struct front *front)
{
    connections_turn(&front->connections);
    pulls_continue(&front->exchanges.pulls);
}

/* Builds that look for mistakes walk over everything in each turn; others have no time for that. */
static void check(const struct front *front)
{
#ifdef KSSE_CHECKS
    connections_check(&front->connections);
    exchanges_check(&front->exchanges);
#else
    (void)front;
#endif
}

void front_after_feed(struct front *front)
{
    pulls_tell(&front->exchanges.pulls);
    connections_reap(&front->connections);
    pulls_reap(&front->exchanges.pulls);
    check(front);
}

bool front_is_due(const struct front *front)
{
    return connections_are_due(&front->connections) || pulls_are_due(&front->exchanges.pulls);
}

void front_tick(struct front *front)
{
    connections_tick(&front->connections);
    exchanges_tick(&front->exchanges);
}

void front_on_wake(struct front *front)
{
    connections_on_wake(&front->connections);
}

void front_on_metadata(struct front *front)
{
    exchanges_on_metadata(&front->exchanges);
}

void front_drain(struct front *front)
{
    connections_drain(&front->connections);
    exchanges_drain(&front->exchanges);
}

bool front_is_over(const struct front *front)
{
    return front->connections.open == 0 && exchanges_count(&front->exchanges) == 0;
}

void front_close(struct front *front)
{
    connections_close(&front->connections);
    exchanges_close(&front->exchanges);
    pulls_reap(&front->exchanges.pulls);
}
