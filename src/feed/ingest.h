/*
 * Ingest: takes records from the tail reader into the partition logs, rendered once, and lets the
 * channels show them. One thread.
 */
#ifndef FEED_INGEST_H
#define FEED_INGEST_H

#include <stdbool.h>

struct feed;

/* Takes one bounded batch and sends it. True when the tail reader may have more. */
bool ingest_run(struct feed *feed);

#endif
