/* feed_check() fails when something is not as it must be: each case breaks one thing. */
#include "support/fixture.h"
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SMALL_ROOM = 10
};

static struct fixture f;
static struct test_client live;   /* has everything */
static struct test_client slow;   /* stands in a segment */
static struct test_client behind; /* is a replay that takes nothing */

static const struct view sse = {.format = FORMAT_SSE};

static int setup(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    assert_int_equal(fixture_attach(&f, &live, "[\"t\"]", &sse), 0);
    assert_int_equal(fixture_attach(&f, &slow, "[\"t\"]", &sse), 0);
    fixture_run(&f, 2000);
    slow.room = SMALL_ROOM;
    fixture_produce(&f, "t", 0, 20);
    fixture_produce(&f, "t", 1, 20);
    fixture_run(&f, 100);
    const char *id = "[{\"topic\":\"t\",\"partition\":0,\"offset\":2}]";
    assert_int_equal(fixture_attach(&f, &behind, id, &sse), 0);
    behind.room = SMALL_ROOM;
    fixture_run(&f, 100);
    assert_non_null(slow.client.segment);
    assert_non_null(behind.client.replay);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    feed_detach(&live.client, NULL);
    feed_detach(&slow.client, NULL);
    feed_detach(&behind.client, NULL);
    fixture_run(&f, 100);
    fixture_fini(&f);
    return 0;
}

/* ---- what is broken ---- */

static struct partition_log *log_of(int32_t partition)
{
    return fixture_log(&f, "t", partition);
}

static void break_nothing(void)
{
}

static void break_position(void)
{
    live.client.channel->writer.position.partitions[0].offset--;
}

static void break_log_end(void)
{
    log_of(0)->range.end++;
}

static void break_log_bytes(void)
{
    f.feed->plogs.pool.bytes++;
}

static void break_log_start(void)
{
    log_of(1)->range.start = log_of(1)->range.end;
}

static void break_log_state(void)
{
    log_of(0)->state = LOG_WANTED;
}

static void break_dirty_log(void)
{
    list_push_back(&f.feed->plogs.dirty, &log_of(0)->dirty_node);
}

static void break_watch_count(void)
{
    log_of(0)->watch_count++;
}

static void break_record_wait(void)
{
    log_of(0)->wait = (struct record_wait){true, 3, f.kafka.now_ms + 1000, f.kafka.now_ms};
}

static void break_client_list(void)
{
    list_move_back(&live.client.channel->caught_up, &slow.client.node);
}

static void break_client_count(void)
{
    live.client.channel->client_count++;
}

static void break_client_at(void)
{
    slow.client.at = slow.client.segment->len;
}

static void break_segment_mark(void)
{
    slow.client.segment->marks[0].end = slow.client.segment->len + 1;
}

static void break_channel_bytes(void)
{
    f.feed->channels.bytes++;
}

static void break_channel_key(void)
{
    live.client.channel->is_listed = false;
}

static void break_dirty_channel(void)
{
    list_push_back(&f.feed->channels.dirty, &live.client.channel->dirty_node);
}

static void break_cold_links(void)
{
    live.client.channel->cold_links++;
}

static void break_link(void)
{
    live.client.channel->links[0]->partition = 1;
}

static void break_behind(void)
{
    live.client.channel->links[0]->is_behind = true;
}

static void break_topic(void)
{
    log_of(0)->topic->partition_count = 3;
}

static void break_replay_client(void)
{
    behind.client.replay = NULL;
}

static const struct {
    const char *name;
    void (*break_it)(void);
    bool is_seen;
} cases[] = {
    {"nothing", break_nothing, false},
    {"a channel does not stand at the end of its log", break_position, true},
    {"a log's end moved unseen", break_log_end, true},
    {"the bytes of logs", break_log_bytes, true},
    {"a record before its log's start", break_log_start, true},
    {"a log with records has no offsets", break_log_state, true},
    {"a log is dirty between turns", break_dirty_log, true},
    {"a log is watched by nobody who shows it", break_watch_count, true},
    {"a record waits since a time to come", break_record_wait, true},
    {"a client that lags is among those that do not", break_client_list, true},
    {"the number of clients", break_client_count, true},
    {"a client has sent its segment and stands in it", break_client_at, true},
    {"a mark behind its segment's end", break_segment_mark, true},
    {"the bytes of channels", break_channel_bytes, true},
    {"a channel with a key that is not listed", break_channel_key, true},
    {"a channel is dirty between turns", break_dirty_channel, true},
    {"the number of logs without offsets", break_cold_links, true},
    {"a link to another partition", break_link, true},
    {"a link is behind, and nobody goes on with it", break_behind, true},
    {"a topic has more partitions than logs", break_topic, true},
    {"a replay without its client", break_replay_client, true},
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
        feed_check(f.feed);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : status == 0);
    return WIFSIGNALED(status);
}

static void what_is_broken_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (is_seen(cases[i].break_it) != cases[i].is_seen) {
            fail_msg("%s", cases[i].name);
        }
    }
}

static void all_objects_are_looked_at(void **state)
{
    (void)state;
    /* Three logs with two blocks, two channels of two partitions and of one, one with two clients
     * and a segment. */
    assert_in_range(feed_check(f.feed), 10, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_broken_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(all_objects_are_looked_at, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
