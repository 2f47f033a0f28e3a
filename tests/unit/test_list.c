/* The intrusive list: order, removal while walking, nodes that are in no list. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/list.h"

#include <string.h>

struct item {
    char name;
    struct list node;
};

struct fixture {
    struct list list;
    struct list other;
    struct item items[5]; /* a … e */
};

static void fixture_init(struct fixture *f, int count)
{
    list_init(&f->list);
    list_init(&f->other);
    for (int i = 0; i < 5; i++) {
        f->items[i].name = (char)('a' + i);
        list_init(&f->items[i].node);
        if (i < count) {
            list_push_back(&f->list, &f->items[i].node);
        }
    }
}

/* Forwards and backwards: both chains must say the same. */
static void assert_names(const struct list *list, const char *names)
{
    size_t len = strlen(names);
    size_t i = 0;
    LIST_EACH(item, list, struct item, node)
    {
        assert_true(i < len);
        assert_int_equal(item->name, names[i++]);
    }
    assert_int_equal(i, len);
    for (const struct list *node = list->prev; node != list; node = node->prev) {
        assert_true(i > 0);
        assert_int_equal(LIST_ENTRY(node, struct item, node)->name, names[--i]);
    }
    assert_int_equal(i, 0);
    assert_int_equal(list_is_empty(list), len == 0);
}

static void pushes(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 0);
    assert_names(&f.list, "");
    list_push_back(&f.list, &f.items[1].node);
    list_push_back(&f.list, &f.items[2].node);
    list_insert_before(f.list.next, &f.items[0].node);
    assert_names(&f.list, "abc");
    list_insert_before(&f.items[2].node, &f.items[4].node);
    assert_names(&f.list, "abec");
    assert_ptr_equal(LIST_FIRST(&f.list, struct item, node), &f.items[0]);
}

static void removes(void **state)
{
    (void)state;
    static const char *const left[] = {"bcde", "acde", "abde", "abce", "abcd"};
    for (int i = 0; i < 5; i++) {
        struct fixture f;
        fixture_init(&f, 5);
        list_remove(&f.items[i].node);
        assert_names(&f.list, left[i]);
        assert_true(list_is_empty(&f.items[i].node));
        list_remove(&f.items[i].node); /* in no list: harmless */
        assert_names(&f.list, left[i]);
        list_push_back(&f.other, &f.items[i].node);
        assert_int_equal(LIST_FIRST(&f.other, struct item, node)->name, 'a' + i);
    }
}

static void moves_to_the_back(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 3);
    list_move_back(&f.list, &f.items[0].node);
    assert_names(&f.list, "bca");
    list_move_back(&f.list, &f.items[0].node); /* the last one stays the last one */
    assert_names(&f.list, "bca");
    list_move_back(&f.other, &f.items[2].node);
    assert_names(&f.list, "ba");
    assert_names(&f.other, "c");
    list_move_back(&f.other, &f.items[4].node); /* was in none */
    assert_names(&f.other, "ce");
}

static void splices(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 2);
    list_splice_back(&f.list, &f.other);
    assert_names(&f.list, "ab");
    list_push_back(&f.other, &f.items[2].node);
    list_push_back(&f.other, &f.items[3].node);
    list_splice_back(&f.list, &f.other);
    assert_names(&f.list, "abcd");
    assert_names(&f.other, "");
    list_splice_back(&f.other, &f.list);
    assert_names(&f.other, "abcd");
    assert_names(&f.list, "");
    list_splice_back(&f.list, &f.items[4].node); /* two empty ones */
    assert_names(&f.list, "");
}

static void removes_while_walking(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 5);
    LIST_EACH_SAFE(item, after, &f.list, struct item, node)
    {
        if (item->name != 'c') {
            list_remove(&item->node);
        }
    }
    assert_names(&f.list, "c");
    LIST_EACH_SAFE(item, after, &f.list, struct item, node)
    {
        list_move_back(&f.other, &item->node);
    }
    assert_names(&f.list, "");
    assert_names(&f.other, "c");
    LIST_EACH_SAFE(item, after, &f.list, struct item, node)
    {
        fail();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes),
        cmocka_unit_test(removes),
        cmocka_unit_test(splices),
        cmocka_unit_test(moves_to_the_back),
        cmocka_unit_test(removes_while_walking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
