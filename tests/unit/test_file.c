/* SPDX-License-Identifier: Apache-2.0 */
/* test_file.c - reading files whole: what is refused, and that limits hold. */
#include "support.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloacinactl/file.h"

/* A file with some bytes in it, in a folder of its own. */
struct fixture {
    char folder[64];
    char path[80];
};

static int fixture_create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/cloacina-test-file-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->folder);
    *state = fixture;
    return 0;
}

static int fixture_destroy(void **state)
{
    struct fixture *fixture = *state;
    (void)unlink(fixture->path);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    return 0;
}

static void fixture_write(const struct fixture *fixture, const char *bytes, size_t length)
{
    FILE *stream = NULL;
    struct cloacina_error err;
    assert_int_equal(file_create(fixture->path, &stream, &err), CLOACINA_OK);
    assert_int_equal(fwrite(bytes, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

static void assert_refused(const char *path, size_t bytes_max, enum cloacina_code code,
                           const char *message)
{
    struct failing_heap heap;
    struct file file;
    struct cloacina_error err;
    failing_heap_init(&heap, FAIL_NEVER);
    assert_int_equal(file_read(&heap.heap, path, bytes_max, &file, &err), code);
    assert_string_equal(err.message, message);
    assert_null(file.bytes);
    assert_int_equal(heap.outstanding, 0);
}

/* NUL bytes and all: what is in the file is for the reader to judge. */
static void a_file_is_read_byte_for_byte(void **state)
{
    const struct fixture *fixture = *state;
    struct failing_heap heap;
    struct file file;
    struct cloacina_error err;
    fixture_write(fixture, "a\0b\xff", 4);
    failing_heap_init(&heap, FAIL_NEVER);
    assert_int_equal(file_read(&heap.heap, fixture->path, 4, &file, &err), CLOACINA_OK);
    assert_int_equal(file_text(&file).length, 4);
    assert_memory_equal(file_text(&file).bytes, "a\0b\xff", 4);
    file_finish(&file);
    file_finish(&file);
    assert_int_equal(heap.outstanding, 0);
    fixture_write(fixture, "", 0);
    assert_int_equal(file_read(&heap.heap, fixture->path, 4, &file, &err), CLOACINA_OK);
    assert_int_equal(file_text(&file).length, 0);
    file_finish(&file);
}

/* At the limit, and one byte over it; by the size that the file system tells. */
static void a_file_over_the_limit_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    char message[160];
    fixture_write(fixture, "12345", 5);
    snprintf(message, sizeof(message), "'%s' is over the limit of 4 bytes", fixture->path);
    assert_refused(fixture->path, 4, CLOACINA_LIMIT, message);
}

/* A pipe has no size: the limit must hold for what comes out of it. */
static void a_pipe_is_read_to_its_end_or_to_the_limit(void **state)
{
    (void)state;
    struct file file;
    struct cloacina_error err;
    char path[32];
    char zeros[1000] = {0};
    for (size_t bytes_max = 999; bytes_max <= 1000; bytes_max++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], zeros, sizeof(zeros)), sizeof(zeros));
        close(ends[1]);
        snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
        enum cloacina_code code = file_read(cloacina_heap_system(), path, bytes_max, &file, &err);
        assert_int_equal(code, bytes_max == 1000 ? CLOACINA_OK : CLOACINA_LIMIT);
        file_finish(&file);
        close(ends[0]);
    }
}

/* What has no end, or is no file, is said to be so before anything is read. */
static void what_is_no_file_is_named_as_what_it_is(void **state)
{
    const struct fixture *fixture = *state;
    char message[160];
    snprintf(message, sizeof(message), "'%s' is a directory", fixture->folder);
    assert_refused(fixture->folder, 100, CLOACINA_INVALID, message);
    assert_refused("/dev/zero", 100, CLOACINA_INVALID, "'/dev/zero' is a device, not a file");
    snprintf(message, sizeof(message), "cannot open '%s': No such file or directory",
             fixture->path);
    assert_refused(fixture->path, 100, CLOACINA_NOT_FOUND, message);
    assert_refused("/dev/zero/x", 100, CLOACINA_NOT_FOUND,
                   "cannot open '/dev/zero/x': Not a directory");
    assert_int_equal(symlink("file", fixture->path), 0);
    snprintf(message, sizeof(message), "cannot open '%s': Too many levels of symbolic links",
             fixture->path);
    assert_refused(fixture->path, 100, CLOACINA_INVALID, message);
}

/* A file that opens but cannot be read: the memory of a process at address 0. */
static void a_read_that_fails_is_the_fault_of_the_world(void **state)
{
    (void)state;
    struct file file;
    struct cloacina_error err;
    assert_int_equal(file_read(cloacina_heap_system(), "/proc/self/mem", 100, &file, &err),
                     CLOACINA_IO);
    assert_string_equal(err.message, "cannot read '/proc/self/mem': Input/output error");
}

static void a_file_that_cannot_be_created_is_the_fault_of_the_world(void **state)
{
    const struct fixture *fixture = *state;
    FILE *stream = NULL;
    struct cloacina_error err;
    assert_int_equal(file_create(fixture->folder, &stream, &err), CLOACINA_IO);
    assert_non_null(strstr(err.message, "': Is a directory"));
    assert_null(stream);
}

static void without_memory_nothing_is_read(void **state)
{
    const struct fixture *fixture = *state;
    fixture_write(fixture, "12345", 5);
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct file file;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        enum cloacina_code code = file_read(&heap.heap, fixture->path, 100, &file, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        file_finish(&file);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_create, fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_file_is_read_byte_for_byte),
        WITH_FIXTURE(a_file_over_the_limit_is_refused),
        cmocka_unit_test(a_pipe_is_read_to_its_end_or_to_the_limit),
        WITH_FIXTURE(what_is_no_file_is_named_as_what_it_is),
        cmocka_unit_test(a_read_that_fails_is_the_fault_of_the_world),
        WITH_FIXTURE(a_file_that_cannot_be_created_is_the_fault_of_the_world),
        WITH_FIXTURE(without_memory_nothing_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
