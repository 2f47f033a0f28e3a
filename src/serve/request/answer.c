/* See answer.h. */
#include "serve/request/answer.h"
#include "base/mem.h"
#include "serve/request/exchange.h"

static void on_free(struct shared *shared)
{
    struct answer *answer = CONTAINER_OF(shared, struct answer, shared);
    ASSERT(answer->exchanges->answer_bytes >= answer->body.cap);
    answer->exchanges->answer_bytes -= answer->body.cap;
    list_remove(&answer->node);
    buf_fini(&answer->body);
    mem_free(answer);
}

/* Whose answer was given first has had the most time to read it. */
static void keep_budget(struct exchanges *xs)
{
    LIST_EACH_SAFE(x, after, &xs->by_state[EXCHANGE_FINISHING], struct exchange, node)
    {
        if (xs->answer_bytes <= xs->max_answer_bytes) {
            break;
        }
        if (x->is_lent) {
            xs->counters.answers_cut++;
            x->sink->abort(x);
        }
    }
}

struct answer *answer_new(struct exchanges *xs, struct buf *body)
{
    struct answer *answer = buf_ok(body) ? mem_zalloc(sizeof(*answer)) : NULL;
    if (answer == NULL) {
        buf_fini(body);
        return NULL;
    }
    answer->shared = (struct shared){1, on_free};
    answer->exchanges = xs;
    answer->body = *body;
    *body = BUF_INIT;
    list_init(&answer->node);
    list_push_back(&xs->answers, &answer->node);
    xs->answer_bytes += answer->body.cap;
    keep_budget(xs);
    return answer;
}

void answer_unref(struct answer *answer)
{
    shared_unref(answer == NULL ? NULL : &answer->shared);
}
