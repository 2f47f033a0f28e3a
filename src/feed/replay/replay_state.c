/* The states of a replay: see the header. */
#include "feed/replay/replay_state.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

static bool is_listed(enum replay_state state)
{
    return state != REPLAY_NEW && state != REPLAY_RUNNING;
}

void replay_move(struct replay *r, enum replay_state state)
{
    struct replays *replays = r->replays;
    ASSERT(r->state != REPLAY_DEAD && (is_listed(r->state) || list_is_empty(&r->node)));
    switch (state) {
    case REPLAY_NEW:
        ASSERT(false);
        break;
    case REPLAY_READY: /* one that has just had a step is not urgent any more */
        queue_put(&replays->ready, &r->node, r->state != REPLAY_RUNNING && replay_is_urgent(r));
        break;
    case REPLAY_RUNNING:
        list_remove(&r->node);
        break;
    case REPLAY_BLOCKED:
    case REPLAY_WAITS_OFFSETS:
    case REPLAY_WAITS_READER:
    case REPLAY_WAITS_RECORDS:
        list_move_back(&replays->waiting, &r->node);
        break;
    case REPLAY_WAITS_MEMORY:
        queue_put(&replays->starved, &r->node, replay_is_urgent(r));
        break;
    case REPLAY_DEAD:
        list_move_back(&replays->dead, &r->node);
        break;
    }
    r->state = state;
}

void replay_rest(struct replay *r, enum replay_state state)
{
    ASSERT(r->state == REPLAY_RUNNING || r->state == REPLAY_READY);
    if (r->state == REPLAY_RUNNING) {
        replay_move(r, state);
    }
}

void replay_wake(struct replay *r)
{
    bool is_asleep = r->state != REPLAY_BLOCKED && r->state != REPLAY_DEAD &&
                     r->state != REPLAY_READY; /* which keeps its place in the queue */
    if (is_asleep && r->context->now_ms >= r->not_before_ms) {
        replay_move(r, REPLAY_READY);
    }
}

/* ---- memory and turns ---- */

size_t replays_half_bytes(const struct replays *replays)
{
    return replays->context->options.replay_bytes / 2;
}

bool replays_are_over_budget(const struct replays *replays)
{
    return replays->bytes > replays_half_bytes(replays);
}

bool replays_have_memory(const struct replays *replays)
{
    return !queue_is_empty(&replays->starved) && !replays_are_over_budget(replays);
}

bool replays_are_ready(const struct replays *replays)
{
    return replays_have_memory(replays) || !queue_is_empty(&replays->ready);
}

/* Those who have waited for memory go before others take it. */
struct replay *replays_next(struct replays *replays)
{
    struct queue *queue = replays_have_memory(replays) ? &replays->starved : &replays->ready;
    struct replay *r = LIST_ENTRY(queue_take(queue), struct replay, node);
    ASSERT(r->state == REPLAY_READY || r->state == REPLAY_WAITS_MEMORY);
    replay_move(r, REPLAY_RUNNING);
    return r;
}

bool replay_yields(struct replay *r)
{
    bool is_alone = queue_is_empty(&r->replays->ready);
    if (r->owes_us <= 0 || is_alone || r->torn.size > 0) {
        r->owes_us = 0;
        return false;
    }
    r->owes_us -= REPLAY_STEP_US;
    replay_move(r, REPLAY_READY);
    return true;
}

bool replay_belongs(const struct replay *r, const struct list *list)
{
    const struct replays *replays = r->replays;
    switch (r->state) {
    case REPLAY_READY:
        return list == &replays->ready.first || list == &replays->ready.others;
    case REPLAY_BLOCKED:
    case REPLAY_WAITS_OFFSETS:
    case REPLAY_WAITS_READER:
    case REPLAY_WAITS_RECORDS:
        return list == &replays->waiting;
    case REPLAY_WAITS_MEMORY:
        return list == &replays->starved.first || list == &replays->starved.others;
    case REPLAY_DEAD:
        return list == &replays->dead;
    case REPLAY_NEW:
    case REPLAY_RUNNING:
        break;
    }
    return false;
}
