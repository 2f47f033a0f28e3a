/*
 * Which partitions are followed. A log that somebody watches gets offsets, and the tail reader
 * reads it; a log that nobody has watched for a while loses both. One thread.
 *
 * COLD -> WANTED -> STARTING -> LIVE <-> PAUSED -> CHECKING -> LIVE ... -> COLD
 *                               LIVE -> JUMPING -> LIVE, within one batch
 */
#ifndef FEED_LOG_PLOG_WATCH_H
#define FEED_LOG_PLOG_WATCH_H

#include "feed/log/partition_log.h"

/* Somebody watches the log from now on. Its offsets come later, with on_started(), unless it has
 * them. */
void plog_watch(struct partition_log *log);

/* Ends what one plog_watch() began. A log that nobody watches any more stays warm for a while. */
void plog_unwatch(struct partition_log *log);

/* Starts a log that has no offsets at a known one. Nothing happens when it has offsets. */
void plog_start_at(struct partition_log *log, int64_t offset);

/* The tail reader has stopped the log: it is started again in a while, at the same offset. */
void plog_pause(struct partition_log *log);

/* As above, because its offset is not in Kafka (any more): its range is asked for first. */
void plog_check(struct partition_log *log);

/* As above, because nothing before `to` can be read: plog_jump() is to follow, once the channels
 * have taken what the log holds. */
void plog_begin_jump(struct partition_log *log, int64_t to);

/* Tells the gap, and goes on behind it. Nothing happens to a log that is not JUMPING. */
void plog_jump(struct partition_log *log);

/* Asks for the offsets of all logs that want them. */
void plogs_look_up(struct plogs *plogs);

/* Paused logs are tried again at once. */
void plogs_retry(struct plogs *plogs);

/* Starts paused logs again, and ends those that nobody has watched for a while. */
void plogs_tick(struct plogs *plogs);

#endif
