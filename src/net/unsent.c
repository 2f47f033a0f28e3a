/* See unsent.h. Most connections have nothing unsent, so it takes memory only while there is some.
 */
#include "net/unsent.h"
#include "base/mem.h"

static bool make(struct unsent **at)
{
    if (*at == NULL) {
        *at = mem_zalloc(sizeof(**at));
    }
    return *at != NULL;
}

bool unsent_append(struct unsent **at, struct slice data)
{
    if (!make(at)) {
        return false;
    }
    ASSERT((*at)->lent.len == 0);
    buf_append_slice(&(*at)->out, data);
    return buf_ok(&(*at)->out);
}

bool unsent_lend(struct unsent **at, struct slice data, struct shared *lender)
{
    ASSERT(data.len > 0);
    if (!make(at)) {
        return false;
    }
    ASSERT((*at)->lent.len == 0);
    if (lender != NULL) {
        shared_ref(lender);
    }
    (*at)->lender = lender;
    (*at)->lent = data;
    return true;
}

struct slice unsent_first(const struct unsent *u)
{
    if (u->out_at < u->out.len) {
        return slice_of(u->out.data + u->out_at, u->out.len - u->out_at);
    }
    ASSERT(u->lent.len > 0);
    return u->lent;
}

void unsent_take(struct unsent **at, size_t len)
{
    struct unsent *u = *at;
    if (u->out_at < u->out.len) {
        ASSERT(len <= u->out.len - u->out_at);
        u->out_at += len;
    } else {
        ASSERT(len <= u->lent.len);
        u->lent = slice_of(u->lent.data + len, u->lent.len - len);
    }
    if (u->out_at < u->out.len) {
        return;
    }
    buf_fini(&u->out);
    u->out_at = 0;
    if (u->lent.len == 0) {
        unsent_free(at);
    }
}

void unsent_free(struct unsent **at)
{
    struct unsent *u = *at;
    if (u != NULL) {
        shared_unref(u->lender);
        buf_fini(&u->out);
        mem_free(u);
        *at = NULL;
    }
}
