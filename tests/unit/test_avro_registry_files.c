/* Schemas out of a directory, alone and before a registry. */
#include "support/registry_fixture.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *directory, const char *name)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    assert_int_equal(remove(path), 0);
}

static void schemas_of_files(void **state)
{
    char directory[] = "/tmp/test_avro_registry.XXXXXX";
    char moved[sizeof(directory) + 2];
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    assert_non_null(mkdtemp(directory));
    struct registry *registry = registry_open("", directory, 1000);
    write_file(directory, "7.avsc", "\"int\"\n");
    write_file(directory, "8.avsc", "int");
    write_file(directory, "9.avsc", "");
    assert_int_equal(registry_find(registry, 7, reason), REGISTRY_FOUND);
    assert_int_equal(registry_find(registry, 8, reason), REGISTRY_UNUSABLE);
    assert_int_equal(registry_find(registry, 9, reason), REGISTRY_UNUSABLE);
    assert_int_equal(registry_find(registry, 10, reason), REGISTRY_UNUSABLE);
    assert_non_null(strstr(reason, "no file"));
    write_file(directory, "10.avsc", "{\"type\":\"string\"}");
    assert_int_equal(registry_find(registry, 10, reason), REGISTRY_FOUND);
    /* A directory that has gone says nothing of the schemas. */
    snprintf(moved, sizeof(moved), "%s-x", directory);
    assert_int_equal(rename(directory, moved), 0);
    assert_int_equal(registry_find(registry, 7, reason), REGISTRY_AWAY);
    assert_int_equal(rename(moved, directory), 0);
    assert_int_equal(registry_find(registry, 7, reason), REGISTRY_FOUND);
    registry_free(registry);
    remove_file(directory, "7.avsc");
    remove_file(directory, "8.avsc");
    remove_file(directory, "9.avsc");
    remove_file(directory, "10.avsc");
    rmdir(directory);
}

/* Nobody writes to it: whoever waited for that would not end with the server. */
static void a_pipe_is_no_file(void **state)
{
    char directory[] = "/tmp/test_avro_registry.XXXXXX";
    char path[sizeof(directory) + 16];
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/7.avsc", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    struct registry *registry = registry_open(NULL, directory, 1000);
    assert_int_equal(registry_find(registry, 7, reason), REGISTRY_UNUSABLE);
    registry_free(registry);
    remove_file(directory, "7.avsc");
    rmdir(directory);
}

static void files_come_before_the_registry(void **state)
{
    char directory[] = "/tmp/test_avro_registry.XXXXXX";
    char reason[REGISTRY_REASON_LEN];
    struct fake_registry f;
    (void)state;
    assert_non_null(mkdtemp(directory));
    fake_registry_start(&f);
    fake_registry_answer(&f, "/schemas/ids/8", 200, SCHEMA("\\\"int\\\""));
    struct registry *registry = registry_open(f.url, directory, 5000);
    write_file(directory, "7.avsc", "\"int\"");
    assert_int_equal(registry_find(registry, 7, reason), REGISTRY_FOUND);
    assert_int_equal(fake_registry_requests(&f), 0);
    assert_int_equal(registry_find(registry, 8, reason), REGISTRY_FOUND);
    assert_int_equal(fake_registry_requests(&f), 1);
    registry_free(registry);
    fake_registry_stop(&f);
    remove_file(directory, "7.avsc");
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_of_files),
        cmocka_unit_test(a_pipe_is_no_file),
        cmocka_unit_test(files_come_before_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
