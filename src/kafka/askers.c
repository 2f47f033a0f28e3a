/* Whose questions they are, and how many one may have: see questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

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

void askers_fini(struct questions *q)
{
    ASSERT(q->askers.count == 0);
    map_fini(&q->askers);
}
