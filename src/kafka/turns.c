/* Requesters' turns with a leader, and the lines that their questions stand in: see questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

/* ---- turns ---- */

static struct slice turn_slice(const struct turn_key *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

/* Returns the requester's turn, or NULL without memory. */
static struct turn *turn_find(struct questions *q, struct leader *leader, uint64_t requester)
{
    struct turn_key key = {requester, leader->id};
    struct turn *turn = map_get(&q->turns, turn_slice(&key));
    if (turn != NULL) {
        return turn;
    }
    turn = mem_zalloc(sizeof(*turn));
    if (turn == NULL) {
        return NULL;
    }
    turn->leader = leader;
    turn->key = key;
    list_init(&turn->node);
    list_init(&turn->lines);
    if (map_put(&q->turns, turn_slice(&turn->key), turn) < 0) {
        mem_free(turn);
        return NULL;
    }
    return turn;
}

void turn_trim(struct questions *q, struct turn *turn)
{
    if (list_is_empty(&turn->lines)) {
        list_remove(&turn->node);
    }
    if (turn->open == 0) {
        ASSERT(list_is_empty(&turn->lines));
        map_remove(&q->turns, turn_slice(&turn->key));
        mem_free(turn);
    }
}

/* ---- lines ---- */

static struct slice line_slice(const struct line_key *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

/* Returns the line, or NULL without memory. */
static struct line *line_find(struct questions *q, struct turn *turn, const struct subject *subject)
{
    struct line_key key = {turn, subject};
    struct line *line = map_get(&q->lines, line_slice(&key));
    if (line != NULL) {
        return line;
    }
    line = mem_zalloc(sizeof(*line));
    if (line == NULL) {
        return NULL;
    }
    line->key = key;
    list_init(&line->node);
    list_init(&line->questions);
    if (map_put(&q->lines, line_slice(&line->key), line) < 0) {
        mem_free(line);
        return NULL;
    }
    return line;
}

/* It has a question to ask (again). */
static void line_enter(struct line *line)
{
    struct turn *turn = line->key.turn;
    if (list_is_empty(&line->node)) {
        list_push_back(&turn->lines, &line->node);
    }
    if (list_is_empty(&turn->node)) {
        bool is_own = turn->key.requester == LOOKUP_OWN;
        list_push_back(is_own ? &turn->leader->first : &turn->leader->turns, &turn->node);
    }
}

void line_trim(struct questions *q, struct line *line)
{
    if (list_is_empty(&line->questions)) {
        list_remove(&line->node);
    }
    if (line->open == 0) {
        map_remove(&q->lines, line_slice(&line->key));
        mem_free(line);
    }
}

void line_join(struct questions *q, struct question *question)
{
    const struct subject *subject = question->subject;
    struct leader *leader = subject == NULL ? NULL : subject->leader;
    struct turn *turn = leader == NULL ? NULL : turn_find(q, leader, question->lookup->requester);
    if (turn == NULL) {
        return;
    }
    struct line *line = line_find(q, turn, subject);
    if (line == NULL) {
        turn_trim(q, turn);
        return;
    }
    question->line = line;
    line->open++;
    turn->open++;
    list_push_back(&line->questions, &question->node);
    line_enter(line);
}

void line_rejoin(struct question *question)
{
    struct line *line = question->line;
    list_insert_before(line->questions.next, &question->node);
    line->takes_newest = false;
    line_enter(line);
}

void line_leave(struct questions *q, struct question *question)
{
    struct line *line = question->line;
    struct turn *turn = line->key.turn;
    list_remove(&question->node);
    question->line = NULL;
    line->open--;
    turn->open--;
    line_trim(q, line);
    turn_trim(q, turn);
}

void turns_fini(struct questions *q)
{
    ASSERT(q->turns.count == 0 && q->lines.count == 0);
    map_fini(&q->turns);
    map_fini(&q->lines);
}
