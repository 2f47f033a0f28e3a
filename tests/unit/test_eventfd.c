/* The descriptor by which threads wake a loop. */
#include "base/eventfd.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

static bool is_readable(int fd)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    return poll(&watched, 1, 0) == 1;
}

static void test_signals_until_it_is_drained(void **state)
{
    (void)state;
    int fd = eventfd_open();
    assert_true(fd >= 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    eventfd_drain(fd); /* neither blocks nor fails */
    assert_false(is_readable(fd));
    eventfd_signal(fd);
    eventfd_signal(fd);
    assert_true(is_readable(fd));
    eventfd_drain(fd);
    assert_false(is_readable(fd));
    eventfd_close(fd);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    eventfd_close(-1);
}

static void test_no_descriptor_is_left(void **state)
{
    struct rlimit before;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max}), 0);
    int fd = eventfd_open();
    int error = errno;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(fd, -1);
    assert_int_equal(error, EMFILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_until_it_is_drained),
        cmocka_unit_test(test_no_descriptor_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
