/*
 * Ingest: takes records from the tail readers into the partition logs, rendered once. One thread.
 */
#ifndef FEED_LOG_INGEST_H
#define FEED_LOG_INGEST_H

struct plogs;

/* Takes one bounded batch of each tail, and notes which tails may have more. The logs that have got
 * something are dirty: see plogs_take_dirty(). */
void ingest_run(struct plogs *plogs);

#endif
