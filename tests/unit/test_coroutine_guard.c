/* SPDX-License-Identifier: Apache-2.0 */
/* test_coroutine_guard.c - what happens when a stack is too small, and to faults that are something
 * else. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS and sigaltstack() */

#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "child.h"
#include "world/coroutine.h"
#include "world/coroutine_guard.h"
#include "world/coroutine_tools.h"

/* ---- in a child process, because it dies ---- */

/* Without an end, a compiler would rightly take the recursion for undefined. */
static volatile int depth_max = 1 << 20;

static int recurse(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    int below = depth < depth_max ? recurse(depth + 1) : 0;
    return below + frame[0];
}

static void overrun(void *argument)
{
    *(int *)argument = recurse(0);
}

/* Runs one coroutine of that name with the guard installed. */
static void run_guarded(const char *name, void (*entry)(void *))
{
    struct coroutine_pool pool;
    struct coroutine *coroutine = NULL;
    int result = 0;
    coroutine_pool_init(&pool);
    if (coroutine_guard_install(NULL) != CLOACINA_OK ||
        coroutine_create(&pool, name, entry, &result, &coroutine, NULL) != CLOACINA_OK) {
        exit(1);
    }
    (void)coroutine_resume(coroutine);
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
    coroutine_guard_remove();
}

static void overrun_a_stack(void)
{
    run_guarded("task 'deep'", overrun);
}

/* The most common way to kill a process from a body, and the least understandable one without this
 * line. */
static void an_overrun_stack_is_reported_with_its_name_before_the_process_dies(void **state)
{
    (void)state;
    struct outcome outcome = in_child(overrun_a_stack);
    assert_died(&outcome, SIGSEGV);
    assert_non_null(strstr(outcome.text, "task 'deep' overran its stack of 256 KiB\n"));
}

static char long_name[1000];

static void overrun_a_stack_with_a_long_name(void)
{
    memset(long_name, 'n', sizeof(long_name) - 1);
    run_guarded(long_name, overrun);
}

/* The handler has a buffer of fixed size; names come from users. */
static void a_long_name_is_cut_in_the_report(void **state)
{
    (void)state;
    struct outcome outcome = in_child(overrun_a_stack_with_a_long_name);
    assert_died(&outcome, SIGSEGV);
    const char *name = strstr(outcome.text, "nnn");
    assert_non_null(name);
    size_t length = strspn(name, "n");
    assert_in_range(length, 200, 256);
    assert_ptr_equal(strstr(name, " overran its stack of 256 KiB\n"), name + length);
}

/* A fault that is none of our business: a page without access. */
static void fault(void *argument)
{
    (void)argument;
    VALGRIND_DISABLE_ERROR_REPORTING; /* it would find this access before the processor does */
    volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 1;
}

static void fault_elsewhere(void)
{
    run_guarded("task 'x'", fault);
}

/* exit and not _exit, so that coverage is counted; the fault is our own, so nothing is half
 * done. */
static void exit_42(int signal)
{
    (void)signal;
    _exit(42);
}

static void exit_43(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    _exit(info->si_addr != NULL ? 43 : 1);
}

static void fault_elsewhere_with_a_handler(void)
{
    (void)sigaction(SIGSEGV, &(struct sigaction){.sa_handler = exit_42}, NULL);
    fault_elsewhere();
}

static void fault_elsewhere_with_an_informed_handler(void)
{
    (void)sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = exit_43, .sa_flags = SA_SIGINFO},
                    NULL);
    fault_elsewhere();
}

static void fault_elsewhere_ignored(void)
{
    (void)signal(SIGSEGV, SIG_IGN);
    fault_elsewhere();
}

static void send_signal(void *argument)
{
    (void)argument;
    (void)raise(SIGSEGV);
}

static void send_signal_guarded(void)
{
    run_guarded("task 'x'", send_signal);
}

/* Sanitizers, Python and crash reporters have handlers of their own: what is not an overrun is
 * theirs. */
static void other_faults_go_to_the_handler_that_was_there_before(void **state)
{
    (void)state;
    struct outcome plain = in_child(fault_elsewhere_with_a_handler);
    assert_exited(&plain, 42);
    struct outcome informed = in_child(fault_elsewhere_with_an_informed_handler);
    assert_exited(&informed, 43);
    struct outcome by_default = in_child(fault_elsewhere);
    assert_died(&by_default, SIGSEGV);
    struct outcome ignored = in_child(fault_elsewhere_ignored);
    assert_died(&ignored, SIGSEGV);
    struct outcome sent = in_child(send_signal_guarded);
    assert_died(&sent, SIGSEGV);
    assert_null(strstr(plain.text, "overran"));
    assert_null(strstr(by_default.text, "overran"));
    assert_null(strstr(sent.text, "overran"));
}

static void install_without_address_space(void)
{
    struct rlimit limit;
    (void)sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    (void)getrlimit(RLIMIT_AS, &limit);
    (void)setrlimit(RLIMIT_AS, &(struct rlimit){.rlim_cur = 4096, .rlim_max = limit.rlim_max});
    enum cloacina_code code = coroutine_guard_install(NULL);
    (void)setrlimit(RLIMIT_AS, &limit);
    if (code != CLOACINA_NO_MEMORY || signal(SIGSEGV, SIG_DFL) != SIG_DFL) {
        exit(1);
    }
}

/* No alternate stack, no handler: it would have nothing to run on. */
static void without_memory_nothing_is_installed(void **state)
{
    (void)state;
    struct outcome outcome = in_child(install_without_address_space);
    assert_exited(&outcome, 0);
}

/* ---- what the guard leaves behind ---- */

static bool handlers_are_equal(const struct sigaction *a, const struct sigaction *b)
{
    return a->sa_flags == b->sa_flags && a->sa_handler == b->sa_handler;
}

/* A library that leaves handlers behind breaks the next one. */
static void after_the_last_remove_handler_and_stack_are_as_before(void **state)
{
    (void)state;
    struct sigaction before;
    struct sigaction during;
    struct sigaction after;
    stack_t stack_before;
    stack_t stack_after;
    assert_int_equal(sigaction(SIGSEGV, NULL, &before), 0);
    assert_int_equal(sigaltstack(NULL, &stack_before), 0);
    assert_int_equal(coroutine_guard_install(NULL), CLOACINA_OK);
    assert_int_equal(coroutine_guard_install(NULL), CLOACINA_OK);
    coroutine_guard_remove();
    assert_int_equal(sigaction(SIGSEGV, NULL, &during), 0);
    assert_false(handlers_are_equal(&before, &during));
    coroutine_guard_remove();
    assert_int_equal(sigaction(SIGSEGV, NULL, &after), 0);
    assert_int_equal(sigaltstack(NULL, &stack_after), 0);
    assert_true(handlers_are_equal(&before, &after));
    assert_int_equal(stack_after.ss_flags, stack_before.ss_flags);
    if ((stack_before.ss_flags & SS_DISABLE) == 0) {
        assert_ptr_equal(stack_after.ss_sp, stack_before.ss_sp);
    }
}

static bool has_alternate_stack(void)
{
    stack_t stack;
    return sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0;
}

static void alternate_stack_disable(void)
{
    (void)sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
}

static void count_up(void *argument)
{
    for (int i = 0; i < 3; i++) {
        *(int *)argument += 1;
        coroutine_yield();
    }
}

/* True when a coroutine ran to its end with the guard installed, and nothing was left behind. */
static bool run_one(void)
{
    struct coroutine_pool pool;
    struct coroutine *coroutine = NULL;
    int count = 0;
    coroutine_pool_init(&pool);
    if (coroutine_guard_install(NULL) != CLOACINA_OK || !has_alternate_stack() ||
        coroutine_create(&pool, "task 'x'", count_up, &count, &coroutine, NULL) != CLOACINA_OK) {
        return false;
    }
    while (coroutine_resume(coroutine)) {
    }
    coroutine_destroy(coroutine);
    coroutine_pool_finish(&pool);
    coroutine_guard_remove();
    return count == 3 && !has_alternate_stack();
}

static void *run_on_thread(void *argument)
{
    bool *ret_is_good = argument;
    alternate_stack_disable();
    *ret_is_good = true;
    for (int i = 0; i < 50; i++) {
        *ret_is_good = run_one() && *ret_is_good;
    }
    return NULL;
}

/* Worlds run beside each other, each on its thread; an alternate stack is per thread. */
static void threads_have_their_own_coroutines_and_alternate_stacks(void **state)
{
    (void)state;
    struct sigaction before;
    struct sigaction after;
    pthread_t threads[4];
    bool are_good[4] = {false};
    assert_int_equal(sigaction(SIGSEGV, NULL, &before), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_on_thread, &are_good[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(are_good[i]);
    }
    assert_int_equal(sigaction(SIGSEGV, NULL, &after), 0);
    assert_true(handlers_are_equal(&before, &after));
}

static char foreign_stack[64 * 1024];

static void foreign_stack_install(void)
{
    const stack_t foreign = {.ss_sp = foreign_stack, .ss_size = sizeof(foreign_stack)};
    (void)sigaltstack(&foreign, NULL);
}

static bool is_foreign_stack_in_place(void)
{
    stack_t stack = {0};
    (void)sigaltstack(NULL, &stack);
    return stack.ss_sp == foreign_stack;
}

static void *install_before_and_between(void *argument)
{
    bool *ret_is_left_alone = argument;
    foreign_stack_install();
    enum cloacina_code first = coroutine_guard_install(NULL);
    bool is_used = is_foreign_stack_in_place();
    coroutine_guard_remove();
    bool is_kept = is_foreign_stack_in_place();

    alternate_stack_disable();
    enum cloacina_code second = coroutine_guard_install(NULL);
    foreign_stack_install();
    coroutine_guard_remove();
    bool is_left_alone = is_foreign_stack_in_place();
    alternate_stack_disable();
    *ret_is_left_alone =
        first == CLOACINA_OK && second == CLOACINA_OK && is_used && is_kept && is_left_alone;
    return NULL;
}

/* Sanitizers and Python's faulthandler have one, from the beginning or from some moment on. */
static void an_alternate_stack_of_somebody_else_is_left_alone(void **state)
{
    (void)state;
    pthread_t thread;
    bool is_left_alone = false;
    assert_int_equal(pthread_create(&thread, NULL, install_before_and_between, &is_left_alone), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(is_left_alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overrun_stack_is_reported_with_its_name_before_the_process_dies),
        cmocka_unit_test(a_long_name_is_cut_in_the_report),
        cmocka_unit_test(other_faults_go_to_the_handler_that_was_there_before),
        cmocka_unit_test(without_memory_nothing_is_installed),
        cmocka_unit_test(after_the_last_remove_handler_and_stack_are_as_before),
        cmocka_unit_test(threads_have_their_own_coroutines_and_alternate_stacks),
        cmocka_unit_test(an_alternate_stack_of_somebody_else_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
