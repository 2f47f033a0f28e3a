/*
 * Who is asked what next: see questions.h.
 *
 * Leaders take turns, those that answered the last time first. A leader's requesters do, too: each
 * gives some questions to a round and goes to the end, and whoever could give none, because its
 * partitions are in the round already, is first in the next one. The lines of a requester do the
 * same. Every walk has a bound, so that the work is linear in the number of questions.
 */
#include "kafka/questions.h"

enum {
    REQUESTER_QUESTIONS = 64, /* of one requester in a round */
    REQUESTER_CONFLICTS = 16, /* lines of a requester that are passed over in a round */
    ROUND_CONFLICTS = 64,     /* requesters that are passed over in a round */
    TRIALS = 4,               /* leaders that have failed which are tried at the same time */
    SHORTEST_TRY_MS = 250,
    TRIES = 4, /* 250, 500, 1000, 2000 ms, and from the start: one that is back is found soon, and
                * one that is slow is given the time that it needs, now and then */
    BAD_MS = 10000 /* a partition that could not be told goes alone for so long */
};

/* ---- filling a round ---- */

static bool is_full(const struct round *round)
{
    bool is_trial = round->leader->failures > 0 && round->count > 0;
    return round->count == ROUND_QUESTIONS || round->is_bad || is_trial;
}

/* One bad partition fails the whole request, and then takes some more to be found. */
static bool is_bad(const struct subject *subject, int64_t now_ms)
{
    const struct answers *a = &subject->answers;
    return a->failed_round > 0 && now_ms - a->failed_ms < BAD_MS;
}

static bool fits(const struct round *round, const struct subject *subject, int64_t now_ms)
{
    bool wants_alone = round->count > 0 && is_bad(subject, now_ms);
    return subject->round != round->number && !wants_alone;
}

static void put(struct round *round, struct question *question)
{
    struct round_item *item = &round->items[round->count++];
    struct subject *subject = question->subject;
    *item = (struct round_item){subject, question, question->moment, {.kind = ANSWER_MISSING}};
    subject->round = round->number;
    subject->users++;
    question->item = item;
    list_remove(&question->node);
}

/*
 * The oldest and the newest in turn: whoever comes to a long line of his own address, which may be
 * that of a proxy, does not wait for all of it, and nobody is forgotten.
 */
static struct question *next_of(const struct line *line)
{
    struct list *node = line->takes_newest ? line->questions.prev : line->questions.next;
    return LIST_ENTRY(node, struct question, node);
}

/* Returns whether it gave a question. */
static bool pick_question(struct questions *q, struct line *line, struct round *round,
                          int64_t now_ms)
{
    while (!list_is_empty(&line->questions)) {
        struct question *question = next_of(line);
        if (question_advance(q, question, now_ms)) {
            continue;
        }
        if (!fits(round, question->subject, now_ms)) {
            return false;
        }
        round->is_bad = is_bad(question->subject, now_ms);
        put(round, question);
        line->takes_newest = !line->takes_newest;
        return true;
    }
    return false;
}

/* In the end the list has those that gave nothing, those whose turn did not come, and the others.
 */
static void rejoin(struct list *all, struct list *passed, struct list *served)
{
    list_splice_back(passed, all);
    list_splice_back(all, passed);
    list_splice_back(all, served);
}

/* Returns whether it gave a question. */
static bool pick_lines(struct questions *q, struct turn *turn, struct round *round, int64_t now_ms)
{
    struct list passed;
    struct list served;
    size_t conflicts = 0;
    size_t given = 0;
    list_init(&passed);
    list_init(&served);
    while (!list_is_empty(&turn->lines) && !is_full(round) && given < REQUESTER_QUESTIONS &&
           conflicts < REQUESTER_CONFLICTS) {
        struct line *line = LIST_FIRST(&turn->lines, struct line, node);
        line->open++;
        bool gave = pick_question(q, line, round, now_ms);
        list_move_back(gave ? &served : &passed, &line->node);
        given += gave ? 1 : 0;
        conflicts += gave || list_is_empty(&line->questions) ? 0 : 1;
        line->open--;
        line_trim(q, line);
    }
    rejoin(&turn->lines, &passed, &served);
    return given > 0;
}

static void pick_turns(struct questions *q, struct list *turns, struct round *round, int64_t now_ms)
{
    struct list passed;
    struct list served;
    size_t conflicts = 0;
    list_init(&passed);
    list_init(&served);
    while (!list_is_empty(turns) && !is_full(round) && conflicts < ROUND_CONFLICTS) {
        struct turn *turn = LIST_FIRST(turns, struct turn, node);
        turn->open++;
        bool gave = pick_lines(q, turn, round, now_ms);
        list_move_back(gave ? &served : &passed, &turn->node);
        conflicts += gave || list_is_empty(&turn->lines) ? 0 : 1;
        turn->open--;
        turn_trim(q, turn);
    }
    rejoin(turns, &passed, &served);
}

static bool has_questions(const struct leader *leader)
{
    return !list_is_empty(&leader->first) || !list_is_empty(&leader->turns);
}

static int try_ms(const struct leader *leader)
{
    return leader->failures == 0 ? ROUND_TRY_MS
                                 : SHORTEST_TRY_MS << ((leader->failures - 1) % TRIES);
}

/* False: its questions were all answered by what is known. */
static bool fill(struct questions *q, struct leader *leader, struct round *round, int64_t now_ms)
{
    round->leader = leader;
    round->number = q->round_count + 1;
    round->is_bad = false;
    round->has_failed = false;
    round->count = 0;
    while (round->count == 0 && has_questions(leader)) {
        pick_turns(q, &leader->first, round, now_ms);
        pick_turns(q, &leader->turns, round, now_ms);
    }
    round->timeout_ms = round->is_bad ? SHORTEST_TRY_MS : try_ms(leader);
    return round->count > 0;
}

static bool can_be_asked(const struct questions *q, const struct leader *leader)
{
    bool may_be = leader->failures == 0 || q->trials < TRIALS;
    return !leader->is_busy && may_be && has_questions(leader);
}

/* Those that failed come last. NULL: none now. */
static struct leader *choose(const struct questions *q)
{
    struct leader *failed = NULL;
    LIST_EACH(leader, &q->leaders, struct leader, node)
    {
        if (can_be_asked(q, leader) && leader->failures == 0) {
            return leader;
        }
        if (failed == NULL && can_be_asked(q, leader)) {
            failed = leader;
        }
    }
    return failed;
}

bool questions_can_take(const struct questions *q)
{
    return q->is_up && choose(q) != NULL;
}

bool questions_take(struct questions *q, struct round *round, int64_t now_ms)
{
    struct leader *leader;
    while (q->is_up && (leader = choose(q)) != NULL) {
        if (fill(q, leader, round, now_ms)) {
            q->round_count++;
            q->trials += leader->failures > 0 ? 1 : 0;
            leader->is_busy = true;
            list_move_back(&q->leaders, &leader->node);
            return true;
        }
    }
    return false;
}

/* ---- the end of a round ---- */

static void take_answer(struct questions *q, struct round_item *item, int64_t now_ms)
{
    struct question *question = item->question;
    if (item->answer.kind != ANSWER_MISSING) {
        answers_take(&item->subject->answers, item->moment, &item->answer, now_ms);
    }
    item->question = NULL;
    if (question != NULL) {
        question->item = NULL;
        if (!question_take(q, question, &item->answer, now_ms)) {
            line_rejoin(question); /* needs another answer, or there was no time for it */
        }
    }
    subject_release(q, item->subject, now_ms);
}

static void give_up_line(struct questions *q, struct line *line, uint64_t round, int64_t now_ms)
{
    line->open++;
    LIST_EACH_SAFE(question, after, &line->questions, struct question, node)
    {
        if (question->after < round) {
            question_give_up(q, question, now_ms);
        }
    }
    line->open--;
    line_trim(q, line);
}

/* Whoever asked before is told at once, and asks again when he thinks fit. */
static void give_up_turns(struct questions *q, struct list *turns, uint64_t round, int64_t now_ms)
{
    LIST_EACH_SAFE(turn, after, turns, struct turn, node)
    {
        turn->open++;
        LIST_EACH_SAFE(line, next, &turn->lines, struct line, node)
        {
            give_up_line(q, line, round, now_ms);
        }
        turn->open--;
        turn_trim(q, turn);
    }
}

/* A partition that was alone may be the reason. */
static void take_failure(struct questions *q, struct round *round, int64_t now_ms)
{
    bool is_alone = round->count == 1;
    for (size_t i = 0; i < round->count; i++) {
        struct round_item *item = &round->items[i];
        item->answer.kind = is_alone ? ANSWER_FAILED : ANSWER_MISSING;
        if (!is_alone && item->question != NULL) {
            question_give_up(q, item->question, now_ms);
        }
    }
    if (!round->is_bad) {
        round->leader->failures++;
        give_up_turns(q, &round->leader->first, round->number, now_ms);
        give_up_turns(q, &round->leader->turns, round->number, now_ms);
    }
}

void questions_answer(struct questions *q, struct round *round, int64_t now_ms)
{
    struct leader *leader = round->leader;
    ASSERT(leader->is_busy);
    leader->is_busy = false;
    q->trials -= leader->failures > 0 ? 1 : 0;
    if (round->has_failed) {
        take_failure(q, round, now_ms);
    } else {
        leader->failures = 0;
    }
    for (size_t i = 0; i < round->count; i++) {
        round->items[i].answer.round = round->number;
        take_answer(q, &round->items[i], now_ms);
    }
}
