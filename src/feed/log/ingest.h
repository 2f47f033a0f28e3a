/*
 * Ingest: takes records from the tail reader into the partition logs, rendered once, and lets the
 * channels show them. One thread.
 */
#ifndef FEED_LOG_INGEST_H
#define FEED_LOG_INGEST_H

struct feed;

/* Takes one bounded batch of each tail and sends it; notes which tails may have more. */
void ingest_run(struct feed *feed);

#endif
