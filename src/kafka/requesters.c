/* Who has open questions, and how many: see questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

static struct slice requester_slice(const uint64_t *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

/* Returns the requester, which may be new, or NULL without memory. */
static struct requester *requester_find(struct questions *q, uint64_t key)
{
    struct requester *requester = map_get(&q->requesters, requester_slice(&key));
    if (requester != NULL) {
        return requester;
    }
    requester = mem_zalloc(sizeof(*requester));
    if (requester == NULL) {
        return NULL;
    }
    requester->key = key;
    if (map_put(&q->requesters, requester_slice(&requester->key), requester) < 0) {
        mem_free(requester);
        return NULL;
    }
    return requester;
}

static void requester_release(struct questions *q, struct requester *requester, size_t count)
{
    ASSERT(requester->open >= count);
    requester->open -= count;
    if (requester->open == 0) {
        map_remove(&q->requesters, requester_slice(&requester->key));
        mem_free(requester);
    }
}

/* Everybody may have one look-up, whatever others ask. */
static bool are_too_many(const struct questions *q, const struct requester *requester, size_t more)
{
    return requester->open > 0 && (requester->open + more > QUESTIONS_OF_REQUESTER ||
                                   q->open_count + more > QUESTIONS_OF_ALL);
}

int requester_enter(struct questions *q, const struct offset_lookup *lookup, struct requester **out)
{
    struct requester *requester = NULL;
    if (lookup->requester != LOOKUP_OWN) {
        requester = requester_find(q, lookup->requester);
        if (requester == NULL) {
            return KSSE_ENOMEM;
        }
        if (are_too_many(q, requester, lookup->count)) {
            return KSSE_EREFUSED;
        }
        requester->open += lookup->count;
    }
    q->open_count += lookup->count;
    *out = requester;
    return 0;
}

void requester_leave(struct questions *q, const struct question *question)
{
    ASSERT(q->open_count > 0);
    q->open_count--;
    if (question->requester != NULL) {
        requester_release(q, question->requester, 1);
    }
}

void requesters_fini(struct questions *q)
{
    ASSERT(q->requesters.count == 0);
    map_fini(&q->requesters);
}
