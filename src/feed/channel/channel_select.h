/*
 * How live channels apply their selections to new records: within the time of a turn, which may end
 * in the midst of a record; the next one goes on there. Between turns such a channel may stand
 * before the ends of its logs. Channels without a selection go on here, too, where thousands of
 * them had no time to render a batch. One thread.
 *
 * All channels of a log apply their selections to one record after the other together, and share
 * what the scratch finds in it. A channel whose selection costs much is *late*: it goes on by
 * itself, after the others and in turn with its like, so that nobody else waits for it.
 */
#ifndef FEED_CHANNEL_CHANNEL_SELECT_H
#define FEED_CHANNEL_CHANNEL_SELECT_H

#include "feed/channel/channels.h"

/* There is something new in the log, from `from` on, for channels that are behind. */
void select_begin(struct channels *channels, struct partition_log *log, struct range_cursor from);

/* The link is behind no more: it stands at `offset` of its log. */
void select_from(struct channel_link *link, int64_t offset);

/* Whether the channel has not applied its selection to all that its logs hold. */
bool channel_lags(const struct channel *c);

#endif
