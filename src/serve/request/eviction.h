/*
 * Room for connections. As long as there is some, nobody is disturbed. When there is none left, the
 * oldest idle connection (idle.h) of the address that has most of them is closed for the newcomer:
 * who opens connections by the hundred loses its own. Only when nobody is idle does the listener
 * pause.
 *
 * Connections are counted for all workers together, and each closes its own only: if the greediest
 * address is another worker's client, that one is woken. On the worker's thread.
 */
#ifndef SERVE_REQUEST_EVICTION_H
#define SERVE_REQUEST_EVICTION_H

#include "serve/request/connection.h"

/* The connection is idle from now on, or is not. */
void eviction_note_idle(struct connection *c, bool is_idle);

/* A connection came: sees to it that there is room for one more, or pauses the listener. */
void eviction_make_room(struct connections *all, const struct connection *newcomer);

/* For each tick and wake: takes up accepting again, if there is room, or can be made. */
void eviction_tick(struct connections *all);

#endif
