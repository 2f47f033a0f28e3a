/* connections_check() fails when something is not as it must be: each case breaks one thing. */
#include "support/h1_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void break_nothing(void)
{
}

static void break_open(void)
{
    all->open++;
}

static void break_head_bytes(void)
{
    all->head_bytes--;
}

static void break_head_bytes_of_one(void)
{
    peers[0].connection->head_bytes = 1;
    all->head_bytes++;
}

static void break_most_head_bytes(void)
{
    all->max_head_bytes = all->head_bytes - 1;
}

static void break_state(void)
{
    peers[0].connection->state = CONNECTION_BUSY;
}

static void break_list(void)
{
    list_move_back(&all->by_state[CONNECTION_ENDING], &peers[0].connection->node);
}

static void break_owner(void)
{
    peers[0].connection->all = NULL;
}

static void break_conn(void)
{
    peers[1].connection->conn = NULL;
}

static void break_idle(void)
{
    peers[2].connection->idle = peers[0].connection->idle;
}

static const struct {
    const char *name;
    void (*break_it)(void);
    bool is_seen;
} cases[] = {
    {"nothing", break_nothing, false},
    {"how many are open", break_open, true},
    {"the bytes of all heads", break_head_bytes, true},
    {"bytes of a head that is not read", break_head_bytes_of_one, true},
    {"too many bytes of heads", break_most_head_bytes, true},
    {"a state without its list", break_state, true},
    {"a list without its state", break_list, true},
    {"a connection of nobody", break_owner, true},
    {"an open one without a descriptor", break_conn, true},
    {"a busy one that is idle", break_idle, true},
};

/* Whether the check ends a process in which something is broken. */
static bool is_seen(void (*break_it)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL); /* cmocka's would go on here */
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(1);
        }
        break_it();
        connections_check(all);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : status == 0);
    return WIFSIGNALED(status);
}

/* One waits, one reads a head, one streams. */
static void what_is_broken_is_seen(void **state)
{
    (void)state;
    open_peer(1);
    ask(open_peer(2), "GET / HTTP/1.1\r\n");
    struct test_peer *streaming = open_peer(3);
    ask(streaming, STREAM);
    turn_until_state(&peers[1], CONNECTION_READING);
    turn_until_state(streaming, CONNECTION_BUSY);
    assert_int_equal(peers[0].connection->state, CONNECTION_WAITING);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (is_seen(cases[i].break_it) != cases[i].is_seen) {
            fail_msg("%s", cases[i].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_broken_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
