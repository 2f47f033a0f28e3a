/* Queues of two classes: who goes first, and that the others have their turn, too. */
#include "feed/replay/queue.h"
#include "support/unit.h"

enum {
    NODES = 12
};

static struct list nodes[NODES];

static void begin(struct queue *q)
{
    queue_init(q);
    for (int i = 0; i < NODES; i++) {
        list_init(&nodes[i]);
    }
}

/* In letters: capital ones are urgent. */
static void put(struct queue *q, const char *letters)
{
    for (const char *at = letters; *at != '\0'; at++) {
        bool is_urgent = *at < 'a';
        queue_put(q, &nodes[*at - (is_urgent ? 'A' : 'a')], is_urgent);
    }
}

static void urgent_ones_go_first_and_each_class_keeps_its_order(void **state)
{
    static const struct {
        const char *put;
        const char *order;
    } cases[] = {
        {"a", "a"},
        {"A", "A"},
        {"abc", "abc"},
        {"ABC", "ABC"},
        {"aBcD", "BDac"},
        {"ABCDEFG", "ABCDEFG"},
        {"aABBA", "BA"},
        {"aABCDE", "ABCDE"},
        {"kBCDEFGHIJl", "BCDEkFGHIlJ"},
        {"klBCDEF", "BCDEkFl"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct queue q;
        begin(&q);
        put(&q, cases[i].put);
        for (const char *at = cases[i].order; *at != '\0'; at++) {
            assert_false(queue_is_empty(&q));
            int number = *at < 'a' ? *at - 'A' : *at - 'a';
            struct list *node = queue_take(&q);
            assert_int_equal(node - nodes, number);
            assert_true(list_is_empty(node));
        }
        assert_true(queue_is_empty(&q));
    }
}

/* Urgent ones that come again and again. */
static void nobody_waits_for_ever(void **state)
{
    (void)state;
    struct queue q;
    begin(&q);
    put(&q, "ABCDEFGHklij");
    for (int i = 0; i < 4 * (QUEUE_IN_A_ROW + 1); i++) {
        struct list *node = queue_take(&q);
        if (node - nodes < 8) {
            queue_put(&q, node, true);
        }
    }
    assert_true(list_is_empty(&q.others));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urgent_ones_go_first_and_each_class_keeps_its_order),
        cmocka_unit_test(nobody_waits_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
