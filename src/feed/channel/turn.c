/* The time of a turn: see the header. */
#include "feed/channel/turn.h"
#include "core/filter/selection.h"
#include "feed/log/feed_context.h"

static int64_t read_clock_us(const struct turn *turn)
{
    const struct feed_options *options = turn->options;
    return options->clock_us == NULL ? 0 : options->clock_us(options->clock_opaque);
}

static void note_read(struct turn *turn)
{
    turn->read_after = selection_scratch_cost_ns(turn->scratch) + turn->options->clock_cost_ns;
}

void turn_init(struct turn *turn, const struct feed_options *options,
               const struct selection_scratch *scratch)
{
    *turn = (struct turn){.options = options, .scratch = scratch};
}

void turn_begin(struct turn *turn)
{
    *turn = (struct turn){.options = turn->options,
                          .scratch = turn->scratch,
                          .show_left_us = SHOW_US,
                          .select_left_us = SELECT_US};
    turn->began_us = read_clock_us(turn);
    note_read(turn);
}

int64_t turn_read_us(struct turn *turn)
{
    int64_t now_us = read_clock_us(turn) - turn->began_us;
    ASSERT(now_us >= turn->now_us);
    turn->now_us = now_us;
    note_read(turn);
    return turn->now_us;
}

int64_t turn_now_us(struct turn *turn)
{
    bool is_fresh = selection_scratch_cost_ns(turn->scratch) < turn->read_after;
    return is_fresh ? turn->now_us : turn_read_us(turn);
}

void turn_begin_show(struct turn *turn)
{
    turn->show_began_us = turn_read_us(turn);
    turn->show_until_us = turn->show_began_us + turn->show_left_us;
}

void turn_end_show(struct turn *turn)
{
    turn->show_left_us -= turn_read_us(turn) - turn->show_began_us;
}
