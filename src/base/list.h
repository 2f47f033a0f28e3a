/*
 * An intrusive doubly linked list. A node is in one list at most. A node that is in none points to
 * itself, so list_remove() is safe on any node that was initialised.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_before(struct list *at, struct list *node)
{
    node->next = at;
    node->prev = at->prev;
    at->prev->next = node;
    at->prev = node;
}

static inline void list_push_back(struct list *l, struct list *node)
{
    list_insert_before(l, node);
}

static inline void list_push_front(struct list *l, struct list *node)
{
    list_insert_before(l->next, node);
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Takes the node out of whatever list it is in and puts it at the end of this one. */
static inline void list_move_back(struct list *l, struct list *node)
{
    list_remove(node);
    list_push_back(l, node);
}

/* Moves the members of `from` to the end of `to`; `from` is empty then. */
static inline void list_splice_back(struct list *to, struct list *from)
{
    if (list_is_empty(from)) {
        return;
    }
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)

#define LIST_FIRST(list, type, member) LIST_ENTRY((list)->next, type, member)

/* The body must not remove `item` (use LIST_EACH_SAFE) nor its successor. */
#define LIST_EACH(item, list, type, member)                                                        \
    for (type *item = LIST_ENTRY((list)->next, type, member); &item->member != (list);             \
         item = LIST_ENTRY(item->member.next, type, member))

/* The body may remove `item`, but no other member. */
#define LIST_EACH_SAFE(item, after, list, type, member)                                            \
    for (type *item = LIST_ENTRY((list)->next, type, member),                                      \
              *after = LIST_ENTRY(item->member.next, type, member);                                \
         &item->member != (list);                                                                  \
         item = after, after = LIST_ENTRY(item->member.next, type, member))

#endif
