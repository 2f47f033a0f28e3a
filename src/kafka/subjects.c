/* What questions are about, and who leads it: see questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

#include <string.h>

enum {
    IDLE_SUBJECTS = 4096,               /* that are remembered at most */
    IDLE_MS = 3 * ANSWERS_REMEMBERED_MS /* ... and who could not be told is asked for again soon */
};

static void subject_free(struct questions *q, struct subject *subject)
{
    list_remove(&subject->node);
    q->idle_count--;
    map_remove(&q->subjects, subject->key);
    answers_fini(&subject->answers);
    mem_free(subject);
}

void subjects_trim(struct questions *q, int64_t now_ms)
{
    while (!list_is_empty(&q->idle)) {
        struct subject *oldest = LIST_FIRST(&q->idle, struct subject, node);
        if (now_ms - oldest->idle_ms <= IDLE_MS && q->idle_count <= IDLE_SUBJECTS) {
            return;
        }
        subject_free(q, oldest);
    }
}

void subject_release(struct questions *q, struct subject *subject, int64_t now_ms)
{
    ASSERT(subject->users > 0);
    if (--subject->users == 0) {
        subject->idle_ms = now_ms;
        list_push_back(&q->idle, &subject->node);
        q->idle_count++;
        subjects_trim(q, now_ms);
    }
}

/* Returns the leader, or NULL without memory. */
static struct leader *find_leader(struct questions *q, int32_t id)
{
    LIST_EACH(leader, &q->leaders, struct leader, node)
    {
        if (leader->id == id) {
            return leader;
        }
    }
    struct leader *leader = mem_zalloc(sizeof(*leader));
    if (leader != NULL) {
        leader->id = id;
        list_init(&leader->first);
        list_init(&leader->turns);
        list_push_back(&q->leaders, &leader->node);
    }
    return leader;
}

static void find_subjects_leader(struct questions *q, struct subject *subject)
{
    int32_t id =
        q->snapshot == NULL ? -1 : snapshot_leader(q->snapshot, subject->topic, subject->partition);
    if (id < 0) {
        subject->leader = NULL;
    } else if (subject->leader == NULL || subject->leader->id != id) {
        subject->leader = find_leader(q, id);
    }
}

static struct subject *subject_new(struct questions *q)
{
    struct slice key = buf_slice(&q->key);
    struct subject *subject = mem_zalloc(sizeof(*subject) + key.len);
    if (subject == NULL) {
        return NULL;
    }
    char *copy = (char *)(subject + 1);
    memcpy(copy, key.data, key.len);
    memcpy(&subject->partition, copy + key.len - sizeof(int32_t), sizeof(int32_t));
    subject->key = slice_of(copy, key.len);
    subject->topic = copy;
    list_init(&subject->node);
    if (map_put(&q->subjects, subject->key, subject) < 0) {
        mem_free(subject);
        return NULL;
    }
    find_subjects_leader(q, subject);
    return subject;
}

struct subject *subject_use(struct questions *q, const struct offset_query *query)
{
    buf_clear(&q->key);
    buf_append(&q->key, query->topic, strlen(query->topic) + 1);
    buf_append(&q->key, (const char *)&query->partition, sizeof(query->partition));
    if (!buf_ok(&q->key)) {
        return NULL;
    }
    struct subject *subject = map_get(&q->subjects, buf_slice(&q->key));
    if (subject == NULL) {
        subject = subject_new(q);
    }
    if (subject != NULL && subject->users++ == 0 && !list_is_empty(&subject->node)) {
        list_remove(&subject->node);
        q->idle_count--;
    }
    return subject;
}

void subjects_find_leaders(struct questions *q)
{
    size_t at = 0;
    struct subject *subject;
    while ((subject = map_next(&q->subjects, &at)) != NULL) {
        find_subjects_leader(q, subject);
        if (subject->leader == NULL) {
            answers_forget(&subject->answers); /* what comes under its name may be another one */
        }
    }
}

void subjects_fini(struct questions *q)
{
    while (!list_is_empty(&q->idle)) {
        subject_free(q, LIST_FIRST(&q->idle, struct subject, node));
    }
    ASSERT(q->subjects.count == 0);
    map_fini(&q->subjects);
    LIST_EACH_SAFE(leader, after, &q->leaders, struct leader, node)
    {
        mem_free(leader);
    }
    buf_fini(&q->key);
}
