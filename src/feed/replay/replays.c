/* What all replays of a feed share: see the header. */
#include "feed/replay/replays.h"
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

struct replays *replays_new(struct channels *channels, struct plogs *plogs)
{
    struct replays *replays = mem_zalloc(sizeof(*replays));
    if (replays == NULL) {
        return NULL;
    }
    replays->context = channels->context;
    replays->channels = channels;
    queue_init(&replays->ready);
    list_init(&replays->waiting);
    queue_init(&replays->starved);
    list_init(&replays->dead);
    readers_init(&replays->readers);
    range_pool_init(&replays->range_pool, &plogs->next_range_id);
    list_init(&replays->ranges);
    return replays;
}

void replays_free(struct replays *replays)
{
    if (replays == NULL) {
        return;
    }
    ASSERT(replays->count == 0 && replays->bytes == 0);
    ASSERT(list_is_empty(&replays->ranges) && list_is_empty(&replays->readers.fetchers));
    mem_free(replays);
}

void replays_begin_turn(struct replays *replays)
{
    readers_turn(replays);
}

bool replays_have_work(const struct replays *replays)
{
    return readers_have_work(replays) || replays_are_ready(replays);
}

int64_t replays_due_ms(const struct replays *replays)
{
    return replays->readers.due_ms;
}

void replays_reap(struct replays *replays)
{
    while (!list_is_empty(&replays->dead)) {
        replay_free(LIST_FIRST(&replays->dead, struct replay, node));
    }
}

struct replays_usage replays_usage(const struct replays *replays)
{
    return (struct replays_usage){replays->count, replays->bytes, replays->range_pool.bytes};
}

/* ---- checks ---- */

static void check_partition(const struct replay *r, size_t i)
{
    const struct replay_partition *p = replay_partition(r, i);
    const struct partition_position *partition = &r->writer.position.partitions[i];
    const struct partition_position *target = &r->channel->writer.position.partitions[i];
    ASSERT(p->replay == r && p->log == r->channel->links[i]->log);
    ASSERT(partition->topic == target->topic && partition->partition == target->partition);
    ASSERT(p->follows == NULL || p->follows->log == p->log);
    ASSERT(p->gap_to == 0 || p->gap_from <= p->gap_to);
}

static void check_replay(const struct replay *r)
{
    const struct position *position = &r->writer.position;
    ASSERT(r->client->replay == r && r->client->channel == r->channel);
    ASSERT(r->client->segment == NULL && !list_is_empty(&r->channel_node));
    ASSERT(position->count == r->channel->writer.position.count);
    ASSERT(position->count == r->out->start.count && r->at <= r->out->len);
    ASSERT(r->charged_bytes == replay_frame_bytes(r));
    ASSERT(r->torn.size == 0 || r->torn.partition < position->count);
    ASSERT(r->fetcher == NULL || r->fetcher->owner == r);
    ASSERT(r->gone.sent <= r->gone.told && r->gone.told <= r->gone.count);
    for (size_t i = 0; i < position->count; i++) {
        check_partition(r, i);
    }
}

/* Adds up how many replays are in the list, and what they hold. */
static void check_list(const struct replays *replays, const struct list *list,
                       struct replays_usage *sum)
{
    LIST_EACH(r, list, struct replay, node)
    {
        ASSERT(r->replays == replays && replay_belongs(r, list));
        ASSERT((r->state == REPLAY_DEAD) == (r->client == NULL));
        if (r->client != NULL) {
            check_replay(r);
        }
        sum->count++;
        sum->frame_bytes += r->charged_bytes;
    }
}

void replays_check(const struct replays *replays)
{
    const struct list *lists[] = {&replays->ready.first,   &replays->ready.others,
                                  &replays->starved.first, &replays->starved.others,
                                  &replays->waiting,       &replays->dead};
    struct replays_usage sum = {0};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        check_list(replays, lists[i], &sum);
    }
    ASSERT(sum.count == replays->count && sum.frame_bytes == replays->bytes);
    readers_check(replays);
    cached_ranges_check(replays);
}
