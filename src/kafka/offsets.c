/*
 * rd_kafka_offsets_for_times() with the moments -1 and -2, which every version passes on to the
 * broker, answers times, earliest and latest in one request per leader. Two limits of it shape this
 * file: a request may name a partition only once, so different moments of one partition go in
 * rounds; and one bad partition or leader fails the whole call, so a call that failed is asked
 * again leader by leader, and if a leader answers with an error, in halves.
 */
#include "kafka/offsets.h"
#include "base/mem.h"
#include "kafka/wake.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHORTEST_TRY_MS = 100
};

struct question {
    const char *topic;
    int32_t partition;
    int32_t leader;
    int64_t at_ms;
    struct offset_query *query;
    bool is_open; /* to be asked (again) */
};

static int compare_questions(const void *a, const void *b)
{
    const struct question *x = a;
    const struct question *y = b;
    if (x->leader != y->leader) {
        return x->leader < y->leader ? -1 : 1;
    }
    int order = strcmp(x->topic, y->topic);
    if (order != 0) {
        return order;
    }
    if (x->partition != y->partition) {
        return x->partition < y->partition ? -1 : 1;
    }
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static bool is_same_partition(const struct question *a, const struct question *b)
{
    return a->partition == b->partition && strcmp(a->topic, b->topic) == 0;
}

static size_t count_queries(const struct list *lookups)
{
    size_t count = 0;
    LIST_EACH(lookup, lookups, struct offset_lookup, node)
    {
        count += lookup->count;
    }
    return count;
}

/* Returns the number of questions. A look-up's names stand one after another. */
static size_t collect(const struct snapshot *snapshot, const struct list *lookups,
                      struct question *questions)
{
    size_t count = 0;
    LIST_EACH(lookup, lookups, struct offset_lookup, node)
    {
        const char *name = lookup->names;
        for (size_t i = 0; i < lookup->count; i++) {
            struct offset_query *query = &lookup->queries[i];
            int32_t leader = snapshot_leader(snapshot, name, query->partition);
            if (leader >= 0) {
                questions[count++] =
                    (struct question){name, query->partition, leader, query->at_ms, query, true};
            }
            name += strlen(name) + 1;
        }
    }
    qsort(questions, count, sizeof(*questions), compare_questions);
    return count;
}

static void take_answer(struct question *question, int64_t offset)
{
    question->is_open = false;
    if (offset >= 0) {
        question->query->offset = offset;
        question->query->is_known = true;
    } else if (question->at_ms >= 0) {
        /* No record at or after that moment: the next round asks for the latest offset. */
        question->at_ms = OFFSET_AT_LATEST;
        question->is_open = true;
    }
}

static void give_up(struct question **asked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        asked[i]->is_open = false;
    }
}

static rd_kafka_resp_err_t ask_once(rd_kafka_t *rk, struct question **asked, size_t count,
                                    int64_t timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(list, asked[i]->topic, asked[i]->partition)->offset =
            asked[i]->at_ms;
    }
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, (int)timeout_ms);
    for (size_t i = 0; i < count && err == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        /* A partition without a leader is in no request: its offset is still the question. */
        if (list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            take_answer(asked[i], list->elems[i].offset);
        } else {
            asked[i]->is_open = false;
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

/* Half of what is left, so that those that come after a silent leader are asked too. */
static int64_t try_ms(int64_t deadline_ms)
{
    int64_t timeout_ms = (deadline_ms - monotonic_ms()) / 2;
    return timeout_ms < SHORTEST_TRY_MS ? SHORTEST_TRY_MS : timeout_ms;
}

/* All have the same leader. Depth is the logarithm of `count`. */
static void ask_leader(rd_kafka_t *rk, struct question **asked, size_t count, int64_t deadline_ms)
{
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (monotonic_ms() < deadline_ms) {
        err = ask_once(rk, asked, count, try_ms(deadline_ms));
    }
    bool has_answered = err > RD_KAFKA_RESP_ERR_UNKNOWN; /* codes below are librdkafka's own */
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    if (!has_answered || count == 1) {
        give_up(asked, count);
        return;
    }
    ask_leader(rk, asked, count / 2, deadline_ms);
    ask_leader(rk, asked + count / 2, count - count / 2, deadline_ms);
}

static void ask(rd_kafka_t *rk, struct question **asked, size_t count, int64_t deadline_ms)
{
    if (monotonic_ms() < deadline_ms &&
        ask_once(rk, asked, count, try_ms(deadline_ms)) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    size_t from = 0;
    while (from < count) {
        size_t to = from + 1;
        while (to < count && asked[to]->leader == asked[from]->leader) {
            to++;
        }
        ask_leader(rk, asked + from, to - from, deadline_ms);
        from = to;
    }
}

/* One open question per partition. */
static size_t pick_round(struct question *questions, size_t count, struct question **picked)
{
    size_t picked_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (questions[i].is_open &&
            (picked_count == 0 || !is_same_partition(picked[picked_count - 1], &questions[i]))) {
            picked[picked_count++] = &questions[i];
        }
    }
    return picked_count;
}

/* An answer holds for everybody who asked the same: equal questions stand side by side. */
static void share_answers(struct question *questions, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct question *known = &questions[i - 1];
        struct question *open = &questions[i];
        if (open->is_open && known->query->is_known && known->query->at_ms == open->query->at_ms &&
            is_same_partition(known, open)) {
            take_answer(open, known->query->offset);
        }
    }
}

void offsets_answer(rd_kafka_t *rk, const struct snapshot *snapshot, struct list *lookups,
                    int64_t deadline_ms)
{
    size_t limit = count_queries(lookups);
    if (limit == 0) {
        return;
    }
    struct question *questions = mem_alloc(limit * sizeof(*questions));
    struct question **picked = mem_alloc(limit * sizeof(struct question *));
    if (questions != NULL && picked != NULL) {
        size_t count = collect(snapshot, lookups, questions);
        size_t picked_count = pick_round(questions, count, picked);
        while (picked_count > 0) {
            ask(rk, picked, picked_count, deadline_ms);
            share_answers(questions, count);
            picked_count = pick_round(questions, count, picked);
        }
    }
    mem_free(picked);
    mem_free(questions);
}
