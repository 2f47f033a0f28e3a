/* Whose questions they are: how many one may have, and their turns. See questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

/* ---- askers ---- */

static struct slice asker_slice(const uint64_t *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

/* Returns who asks, or NULL without memory. */
static struct asker *asker_find(struct questions *q, uint64_t key)
{
    struct asker *asker = map_get(&q->askers, asker_slice(&key));
    if (asker != NULL) {
        return asker;
    }
    asker = mem_zalloc(sizeof(*asker));
    if (asker == NULL) {
        return NULL;
    }
    asker->key = key;
    if (map_put(&q->askers, asker_slice(&asker->key), asker) < 0) {
        mem_free(asker);
        return NULL;
    }
    return asker;
}

static void asker_release(struct questions *q, struct asker *asker, size_t count)
{
    asker->open -= count;
    if (asker->open == 0) {
        map_remove(&q->askers, asker_slice(&asker->key));
        mem_free(asker);
    }
}

bool asker_enter(struct questions *q, const struct offset_lookup *lookup, struct asker **out)
{
    *out = NULL;
    if (lookup->asker != LOOKUP_OWN) {
        struct asker *asker = asker_find(q, lookup->asker);
        if (asker == NULL) {
            return false;
        }
        if (asker->open > 0 && (asker->open + lookup->count > QUESTIONS_OF_ASKER ||
                                q->open_count + lookup->count > QUESTIONS_OF_ALL)) {
            return false;
        }
        asker->open += lookup->count;
        *out = asker;
    }
    q->open_count += lookup->count;
    return true;
}

void asker_leave(struct questions *q, const struct question *question)
{
    q->open_count--;
    if (question->asker != NULL) {
        asker_release(q, question->asker, 1);
    }
}

/* ---- turns ---- */

static struct slice turn_slice(const struct turn_key *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

struct turn *turn_find(struct questions *q, struct leader *leader, uint64_t asker)
{
    struct turn_key key = {asker, leader->id};
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
    list_init(&turn->questions);
    if (map_put(&q->turns, turn_slice(&turn->key), turn) < 0) {
        mem_free(turn);
        return NULL;
    }
    return turn;
}

void turn_enter(struct turn *turn)
{
    if (list_is_empty(&turn->node)) {
        bool is_own = turn->key.asker == LOOKUP_OWN;
        list_push_back(is_own ? &turn->leader->first : &turn->leader->turns, &turn->node);
    }
}

void turn_trim(struct questions *q, struct turn *turn)
{
    if (turn->open == 0 && turn != q->picking) {
        map_remove(&q->turns, turn_slice(&turn->key));
        list_remove(&turn->node);
        mem_free(turn);
    } else if (list_is_empty(&turn->questions) && turn != q->picking) {
        list_remove(&turn->node);
    }
}

void askers_fini(struct questions *q)
{
    ASSERT(q->turns.count == 0 && q->askers.count == 0);
    map_fini(&q->turns);
    map_fini(&q->askers);
}
