/*
 * How live channels look at new records through their selections: within the time of a turn, which
 * may end in the midst of a record; the next one goes on there. Between turns such a channel may
 * stand before the ends of its logs. Channels without a selection go on here, too, where thousands
 * of them had no time to render a batch. One thread.
 *
 * A log's new records are looked at one after the other by all its channels together, which share
 * what the scratch finds in them. A channel whose selection costs much is *late*: it goes on by
 * itself, after the others and in turn with its like, so that nobody else waits for it.
 */
#ifndef FEED_CHANNEL_CHANNEL_SELECT_H
#define FEED_CHANNEL_CHANNEL_SELECT_H

#include "feed/channel/channel.h"

/* There is something new in the log, from `from` on, for channels that are behind. */
void look_begin(struct partition_log *log, struct range_cursor from);

/* Looks as long as the turn lets it. Frames are offered by channels_offer(). */
void channels_select(struct feed *feed);

/* Whether there is more to look at. */
bool channels_lag(const struct feed *feed);

/* Whether the channel has not looked at all that its logs hold. */
bool channel_lags(const struct channel *c);

/* All frames have been offered. What the log has before `offset` is about to go: the clients of
 * channels that have not looked at it go on as replays. */
void select_at_risk(struct partition_log *log, int64_t offset);

/* The link looks at nothing any more: it stands at `offset` of its log. */
void select_from(struct channel_link *link, int64_t offset);

#endif
