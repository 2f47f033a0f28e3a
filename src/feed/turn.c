/* The time of a turn: see the header. */
#include "feed/turn.h"
#include "feed/feed.h"

void turn_begin(struct feed *feed)
{
    const struct feed_options *options = &feed->options;
    feed->turn = (struct turn){.show_left_us = SHOW_US, .select_left_us = SELECT_US};
    feed->turn.began_us = options->clock_us == NULL ? 0 : options->clock_us(options->clock_opaque);
    feed->turn.read_after =
        selection_scratch_cost_ns(&feed->selection_scratch) + options->clock_cost_ns;
}

int64_t turn_read_us(struct feed *feed)
{
    const struct feed_options *options = &feed->options;
    struct turn *turn = &feed->turn;
    if (options->clock_us != NULL) {
        turn->now_us = options->clock_us(options->clock_opaque) - turn->began_us;
    }
    turn->read_after = selection_scratch_cost_ns(&feed->selection_scratch) + options->clock_cost_ns;
    return turn->now_us;
}

int64_t turn_now_us(struct feed *feed)
{
    return selection_scratch_cost_ns(&feed->selection_scratch) < feed->turn.read_after
               ? feed->turn.now_us
               : turn_read_us(feed);
}
