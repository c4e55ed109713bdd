/* SPDX-License-Identifier: Apache-2.0 */
/* test_coroutine.c - functions that stop in the middle, and their stacks.
 *
 * Run with "--look" it is its own subject: the test with gdb stops in a coroutine. */
#include "support.h"

#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include <unwind.h>

#include "child.h"
#include "world/coroutine.h"
#include "world/coroutine_tools.h"

static struct coroutine *make(struct coroutine_pool *pool, void (*entry)(void *), void *argument)
{
    struct coroutine *coroutine = NULL;
    struct cloacina_error error = {0};
    assert_int_equal(coroutine_create(pool, "task 'x'", entry, argument, &coroutine, &error),
                     CLOACINA_OK);
    return coroutine;
}

/* What happened, letter by letter. */
struct log {
    char text[64];
    size_t length;
};

static void say(struct log *log, char c)
{
    log->text[log->length++] = c;
}

static void say_abc(void *argument)
{
    struct log *log = argument;
    say(log, 'a');
    coroutine_yield();
    say(log, 'b');
    coroutine_yield();
    say(log, 'c');
}

/* The one thing it is for. */
static void a_coroutine_goes_on_where_it_yielded(void **state)
{
    (void)state;
    struct coroutine_pool pool;
    struct log log = {{0}, 0};
    coroutine_pool_init(&pool);
    struct coroutine *coroutine = make(&pool, say_abc, &log);
    say(&log, '1');
    assert_true(coroutine_resume(coroutine));
    say(&log, '2');
    assert_true(coroutine_resume(coroutine));
    say(&log, '3');
    assert_false(coroutine_resume(coroutine));
    assert_string_equal(log.text, "1a2b3c");
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
}

static void expect_current(void *argument)
{
    struct coroutine **self = argument;
    assert_ptr_equal(coroutine_current(), *self);
    coroutine_yield();
    assert_ptr_equal(coroutine_current(), *self);
}

/* Engine code asks where it runs: on a thread's own stack it must block, in a coroutine it must
 * yield. */
static void code_can_ask_which_coroutine_it_runs_in(void **state)
{
    (void)state;
    struct coroutine_pool pool;
    struct coroutine *coroutine = NULL;
    coroutine_pool_init(&pool);
    assert_null(coroutine_current());
    coroutine = make(&pool, expect_current, &coroutine);
    assert_string_equal(coroutine_name(coroutine), "task 'x'");
    assert_true(coroutine_resume(coroutine));
    assert_null(coroutine_current());
    assert_false(coroutine_resume(coroutine));
    assert_null(coroutine_current());
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
}

struct nest {
    struct coroutine_pool *pool;
    struct log *log;
    int depth;
};

/* Makes and runs a coroutine one level deeper, which yields once to this one. */
static void nest_run(void *argument)
{
    struct nest *nest = argument;
    struct coroutine *self = coroutine_current();
    say(nest->log, (char)('0' + nest->depth));
    if (nest->depth < 3) {
        struct nest deeper = {.pool = nest->pool, .log = nest->log, .depth = nest->depth + 1};
        struct coroutine *inner = make(nest->pool, nest_run, &deeper);
        assert_true(coroutine_resume(inner));
        assert_ptr_equal(coroutine_current(), self);
        coroutine_yield();
        assert_false(coroutine_resume(inner));
        coroutine_destroy(inner);
    } else {
        coroutine_yield();
    }
    assert_ptr_equal(coroutine_current(), self);
    say(nest->log, (char)('0' + nest->depth));
}

/* A body may run a world of its own, a test of a test: each yield goes to its own resumer. */
static void coroutines_may_resume_others(void **state)
{
    (void)state;
    struct coroutine_pool pool;
    struct log log = {{0}, 0};
    coroutine_pool_init(&pool);
    struct nest nest = {.pool = &pool, .log = &log};
    struct coroutine *coroutine = make(&pool, nest_run, &nest);
    assert_true(coroutine_resume(coroutine));
    assert_string_equal(log.text, "0123");
    assert_false(coroutine_resume(coroutine));
    assert_string_equal(log.text, "01233210");
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
}

/* x86-64 has two rounding modes, one for each set of registers: the mode is asked for, and a number
 * rounded. */
static void assert_rounds(int mode, long rounded)
{
    volatile double number = 2.75;
    assert_int_equal(fegetround(), mode);
    assert_int_equal(lrint(number), rounded);
}

static void round_upwards(void *argument)
{
    (void)argument;
    assert_rounds(FE_TONEAREST, 3);
    assert_int_equal(fesetround(FE_UPWARD), 0);
    coroutine_yield();
    assert_rounds(FE_UPWARD, 3);
}

/* A body that changes the rounding mode must not change the sums of others. */
static void the_rounding_mode_belongs_to_the_coroutine(void **state)
{
    (void)state;
    struct coroutine_pool pool;
    coroutine_pool_init(&pool);
    struct coroutine *coroutine = make(&pool, round_upwards, NULL);
    assert_int_equal(fesetround(FE_DOWNWARD), 0);
    assert_true(coroutine_resume(coroutine));
    assert_rounds(FE_DOWNWARD, 2);
    assert_false(coroutine_resume(coroutine));
    assert_rounds(FE_DOWNWARD, 2);
    assert_int_equal(fesetround(FE_TONEAREST), 0);
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
}

/* More values than any machine has registers that a call must preserve, so that all of those are in
 * use. They are named one by one because compilers keep arrays in memory. */
static void keep_integers(void *argument)
{
    const volatile uint64_t *source = argument;
    uint64_t a = source[0], b = source[1], c = source[2], d = source[3], e = source[4];
    uint64_t f = source[5], g = source[6], h = source[7], i = source[8], j = source[9];
    for (int round = 0; round < 3; round++) {
        coroutine_yield();
        assert_true(a == source[0] && b == source[1] && c == source[2] && d == source[3]);
        assert_true(e == source[4] && f == source[5] && g == source[6] && h == source[7]);
        assert_true(i == source[8] && j == source[9]);
    }
}

static void keep_numbers(void *argument)
{
    const volatile double *source = argument;
    double a = source[0], b = source[1], c = source[2], d = source[3], e = source[4];
    double f = source[5], g = source[6], h = source[7], i = source[8], j = source[9];
    for (int round = 0; round < 3; round++) {
        coroutine_yield();
        assert_true(a == source[0] && b == source[1] && c == source[2] && d == source[3]);
        assert_true(e == source[4] && f == source[5] && g == source[6] && h == source[7]);
        assert_true(i == source[8] && j == source[9]);
    }
}

/* Deep enough to use most of the stack, with a pattern that nobody else writes. */
static void fill_stack(void *argument)
{
    unsigned char pattern = *(unsigned char *)argument;
    unsigned char bytes[COROUTINE_STACK_SIZE - 32 * 1024];
    memset(bytes, pattern, sizeof(bytes));
    coroutine_yield();
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_true(bytes[i] == pattern);
    }
}

enum { TURNS = 20 };

/* Runs one coroutine for each of TURNS arguments of `size` bytes, in turns, until all have
 * returned. */
static void run_in_turns(void (*entry)(void *), void *arguments, size_t size)
{
    struct coroutine_pool pool;
    struct coroutine *coroutines[TURNS];
    coroutine_pool_init(&pool);
    for (size_t i = 0; i < TURNS; i++) {
        coroutines[i] = make(&pool, entry, (char *)arguments + i * size);
    }
    for (size_t left = TURNS; left > 0;) {
        for (size_t i = 0; i < TURNS; i++) {
            if (coroutines[i] != NULL && !coroutine_resume(coroutines[i])) {
                coroutine_destroy(coroutines[i]);
                coroutines[i] = NULL;
                left--;
            }
        }
    }
    coroutine_pool_finish(&pool);
}

/* The switch must save what a compiler expects to be saved. In optimised builds, where values are
 * in registers. */
static void registers_survive_a_switch(void **state)
{
    (void)state;
    uint64_t integers[TURNS][10];
    double numbers[TURNS][10];
    for (size_t i = 0; i < TURNS; i++) {
        for (size_t k = 0; k < 10; k++) {
            integers[i][k] = 1000 * i + k;
            numbers[i][k] = (double)integers[i][k] + 0.5;
        }
    }
    run_in_turns(keep_integers, integers, sizeof(integers[0]));
    run_in_turns(keep_numbers, numbers, sizeof(numbers[0]));
}

/* 224 of the 256 KiB, on each of twenty stacks. */
static void stacks_are_large_and_their_own(void **state)
{
    (void)state;
    unsigned char patterns[TURNS];
    for (size_t i = 0; i < TURNS; i++) {
        patterns[i] = (unsigned char)(i + 1);
    }
    run_in_turns(fill_stack, patterns, 1);
}

/* A warm stack costs nothing; a million bodies need as many stacks as run at once. */
static void the_stack_given_back_last_is_used_next(void **state)
{
    (void)state;
    struct coroutine_pool pool;
    struct log log = {{0}, 0};
    coroutine_pool_init(&pool);
    struct coroutine *a = make(&pool, say_abc, &log);
    struct coroutine *b = make(&pool, say_abc, &log);
    assert_int_equal(pool.used_count, 2);
    coroutine_destroy(a);
    coroutine_destroy(b);
    coroutine_destroy(NULL);
    assert_int_equal(pool.used_count, 0);
    struct coroutine *c = make(&pool, say_abc, &log);
    struct coroutine *d = make(&pool, say_abc, &log);
    assert_ptr_equal(c, b);
    assert_ptr_equal(d, a);
    assert_int_equal(pool.mapped_count, 2);
    while (coroutine_resume(d)) {
    }
    assert_string_equal(log.text, "abc");
    coroutine_destroy(c);
    coroutine_destroy(d);
    coroutine_pool_finish(&pool);
    assert_int_equal(pool.mapped_count, 0);
}

/* ---- unwinding ---- */

struct unwinding {
    int frames;
    bool has_ended;
};

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context, void *argument)
{
    struct unwinding *unwinding = argument;
    (void)context;
    return ++unwinding->frames < 30 ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

static void unwind(void *argument)
{
    struct unwinding *unwinding = argument;
    unwinding->has_ended = _Unwind_Backtrace(count_frame, unwinding) == _URC_END_OF_STACK;
}

/* An unwinder that runs on past the first frame reads whatever lies above the stack: crashes in
 * crash reports. */
static void a_backtrace_ends_at_the_first_frame(void **state)
{
    (void)state;
    struct coroutine_pool pool;
    struct unwinding unwinding = {0};
    coroutine_pool_init(&pool);
    struct coroutine *coroutine = make(&pool, unwind, &unwinding);
    assert_false(coroutine_resume(coroutine));
    assert_true(unwinding.has_ended);
    /* unwind, coroutine_main, where it begins, and the unwinder's own */
    assert_in_range(unwinding.frames, 3, 8);
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
}

/* Not static: the debugger stops here by name, and nothing may be inlined or forgotten. */
void look_here(volatile int *depth);
void look_deeper(volatile int *depth);

void look_here(volatile int *depth)
{
    *depth += 1;
}

static void (*volatile look)(volatile int *depth) = look_here;

void look_deeper(volatile int *depth)
{
    look(depth);
    *depth += 1;
}

/* Through a pointer: a call that is inlined has no frame of its own in a build without debug
 * data. */
static void (*volatile look_further)(volatile int *depth) = look_deeper;

static void look_from(void *argument)
{
    look_further(argument);
    coroutine_yield();
}

static int look_in_coroutine(void)
{
    struct coroutine_pool pool;
    int depth = 0;
    coroutine_pool_init(&pool);
    struct coroutine *coroutine = make(&pool, look_from, &depth);
    while (coroutine_resume(coroutine)) {
    }
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
    return 0;
}

/* Runs gdb on this very program; false when there is no gdb or it may not trace. */
static bool gdb_backtrace(char *output, size_t size)
{
    char self[4096] = {0};
    char command[8192];
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    (void)snprintf(
        command, sizeof(command),
        "ASAN_OPTIONS=detect_leaks=0 DEBUGINFOD_URLS= gdb -nx -batch -ex 'break look_here' -ex run "
        "-ex backtrace -ex kill --args '%s' --look 2>&1",
        self);
    FILE *gdb = popen(command, "r");
    assert_non_null(gdb);
    output[fread(output, 1, size - 1, gdb)] = '\0';
    (void)pclose(gdb);
    return strstr(output, "\n#0 ") != NULL;
}

/* A stopped test is looked at in a debugger: every frame from where it stands down to the first,
 * and no rubbish. */
static void gdb_shows_the_whole_backtrace_of_a_coroutine(void **state)
{
    (void)state;
    static char output[65536];
    if (!gdb_backtrace(output, sizeof(output))) {
        skip();
    }
    static const char *const frames[] = {"look_here", "look_deeper", "look_from", "coroutine_main"};
    const char *place = strstr(output, "\n#0 ");
    for (size_t i = 0; i < ARRAY_COUNT(frames); i++) {
        place = strstr(place, frames[i]);
        if (place == NULL) {
            fail_msg("no frame '%s' in its place: %s", frames[i], output);
        }
    }
    assert_null(strstr(place, "corrupt"));
    assert_null(strstr(place, "Backtrace stopped"));
    assert_null(strstr(place, "\n#7 "));
}

/* ---- programmer errors and limits, in a child process ---- */

static void die_by_yielding(void)
{
    coroutine_yield();
}

static void resume_itself(void *argument)
{
    (void)argument;
    (void)coroutine_resume(coroutine_current());
}

static void stop(void *argument)
{
    (void)argument;
    coroutine_yield();
}

static void resume_once_and_destroy(void (*entry)(void *))
{
    struct coroutine_pool pool;
    coroutine_pool_init(&pool);
    struct coroutine *coroutine = make(&pool, entry, NULL);
    (void)coroutine_resume(coroutine);
    coroutine_destroy(coroutine);
}

static void die_by_resuming_itself(void)
{
    resume_once_and_destroy(resume_itself);
}

static void die_by_destroying_a_stopped_one(void)
{
    resume_once_and_destroy(stop);
}

static void die_by_leaving_one_behind(void)
{
    struct coroutine_pool pool;
    coroutine_pool_init(&pool);
    (void)make(&pool, stop, NULL);
    coroutine_pool_finish(&pool);
}

/* These would corrupt a stack long before anybody notices. */
static void misuse_is_caught_by_assertions(void **state)
{
    (void)state;
    void (*const misuses[])(void) = {
        die_by_yielding,
        die_by_resuming_itself,
        die_by_destroying_a_stopped_one,
        die_by_leaving_one_behind,
    };
    for (size_t i = 0; i < ARRAY_COUNT(misuses); i++) {
        struct outcome outcome = in_child(misuses[i]);
        assert_died(&outcome, SIGABRT);
        assert_non_null(strstr(outcome.text, "Assertion"));
    }
}

/* The kernel's answer to `resource` at its limit must be a proper error; the limit is lifted again
 * afterwards. */
static void create_at_limit(int resource)
{
    struct coroutine_pool pool;
    struct coroutine *coroutine = NULL;
    struct cloacina_error error = {0};
    struct rlimit limit;
    coroutine_pool_init(&pool);
    struct coroutine *first = make(&pool, stop, NULL);
    (void)getrlimit(resource, &limit);
    (void)setrlimit(resource, &(struct rlimit){.rlim_cur = 4096, .rlim_max = limit.rlim_max});
    enum cloacina_code code = coroutine_create(&pool, "task 'x'", stop, NULL, &coroutine, &error);
    (void)setrlimit(resource, &limit);
    coroutine_destroy(first);
    coroutine_pool_finish(&pool);
    if (code != CLOACINA_NO_MEMORY || coroutine != NULL ||
        strcmp(error.message, "task 'x': no memory for a stack of 256 KiB beside 1 others") != 0) {
        exit(1);
    }
}

static void create_without_address_space(void)
{
    create_at_limit(RLIMIT_AS);
}

static void create_without_data(void)
{
    create_at_limit(RLIMIT_DATA);
}

/* Valgrind and the thread sanitizer allocate behind our back, and die of a limit themselves. */
static bool limits_kill_the_tool(void)
{
#ifdef TOOLS_THREAD
    return true;
#else
    return RUNNING_ON_VALGRIND != 0;
#endif
}

/* Tens of thousands of parked bodies reach the limit of mappings: that is an error, not a crash. */
static void without_memory_for_a_stack_there_is_an_error(void **state)
{
    (void)state;
    if (limits_kill_the_tool()) {
        skip();
    }
    struct outcome address_space = in_child(create_without_address_space);
    assert_exited(&address_space, 0);
    struct outcome data = in_child(create_without_data);
    assert_exited(&data, 0);
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--look") == 0) {
        return look_in_coroutine();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coroutine_goes_on_where_it_yielded),
        cmocka_unit_test(code_can_ask_which_coroutine_it_runs_in),
        cmocka_unit_test(coroutines_may_resume_others),
        cmocka_unit_test(the_rounding_mode_belongs_to_the_coroutine),
        cmocka_unit_test(registers_survive_a_switch),
        cmocka_unit_test(stacks_are_large_and_their_own),
        cmocka_unit_test(the_stack_given_back_last_is_used_next),
        cmocka_unit_test(a_backtrace_ends_at_the_first_frame),
        cmocka_unit_test(gdb_shows_the_whole_backtrace_of_a_coroutine),
        cmocka_unit_test(misuse_is_caught_by_assertions),
        cmocka_unit_test(without_memory_for_a_stack_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
