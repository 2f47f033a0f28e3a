/* Unit tests of serve/inbox: what is put in comes out once, or stays its owner's. */
#include "serve/worker/inbox.h"
#include "support/unit.h"

#include <fcntl.h>
#include <unistd.h>

enum {
    THREADS = 2,
    DELIVERIES = 2000 /* of each thread */
};

static struct handoff *delivery_new(int fd)
{
    struct handoff *handoff = mem_zalloc(sizeof(*handoff));
    assert_non_null(handoff);
    list_init(&handoff->node);
    handoff->fd = fd;
    return handoff;
}

/* Frees all, and returns how many they were. */
static int drop(struct list *handoffs)
{
    int count = 0;
    for (; !list_is_empty(handoffs); count++) {
        handoff_free(LIST_FIRST(handoffs, struct handoff, node));
    }
    return count;
}

static void test_in_order(void **state)
{
    struct inbox inbox;
    struct list out;
    (void)state;
    list_init(&out);
    inbox_init(&inbox);
    inbox_take(&inbox, &out);
    assert_true(list_is_empty(&out));
    for (int fd = 0; fd < 3; fd++) {
        assert_int_equal(inbox_put(&inbox, delivery_new(fd)), 0);
    }
    inbox_take(&inbox, &out);
    assert_int_equal(LIST_FIRST(&out, struct handoff, node)->fd, 0);
    assert_int_equal(drop(&out), 3);
    inbox_fini(&inbox);
}

static void test_closed(void **state)
{
    struct inbox inbox;
    struct list out;
    (void)state;
    list_init(&out);
    inbox_init(&inbox);
    assert_int_equal(inbox_put(&inbox, delivery_new(-1)), 0);
    inbox_close(&inbox, &out);
    struct handoff *late = delivery_new(-1);
    assert_int_equal(inbox_put(&inbox, late), KSSE_ESYSTEM);
    handoff_free(late);
    assert_int_equal(drop(&out), 1);
    inbox_close(&inbox, &out);
    assert_true(list_is_empty(&out));
    inbox_fini(&inbox);
}

static void test_what_is_left_is_closed(void **state)
{
    struct inbox inbox;
    int fds[2];
    char byte;
    (void)state;
    assert_int_equal(pipe(fds), 0);
    inbox_init(&inbox);
    assert_int_equal(inbox_put(&inbox, delivery_new(fds[1])), 0);
    inbox_fini(&inbox);
    assert_int_equal(read(fds[0], &byte, 1), 0);
    close(fds[0]);
}

struct sender {
    struct inbox *inbox;
    int taken;
};

static void *put_all(void *opaque)
{
    struct sender *sender = opaque;
    for (int i = 0; i < DELIVERIES; i++) {
        struct handoff *handoff = delivery_new(-1);
        if (inbox_put(sender->inbox, handoff) == 0) {
            sender->taken++;
        } else {
            handoff_free(handoff);
        }
    }
    return NULL;
}

/* Closed while others put: what was taken from them is there, and nothing else. */
static void test_threads(void **state)
{
    struct inbox inbox;
    struct list out;
    pthread_t threads[THREADS];
    struct sender senders[THREADS];
    int taken = 0;
    int found = 0;
    (void)state;
    list_init(&out);
    inbox_init(&inbox);
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){&inbox, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, put_all, &senders[i]), 0);
    }
    while (found < DELIVERIES / 2) {
        inbox_take(&inbox, &out);
        found += drop(&out);
    }
    inbox_close(&inbox, &out);
    found += drop(&out);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        taken += senders[i].taken;
    }
    assert_int_equal(found, taken);
    inbox_fini(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_what_is_left_is_closed),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
