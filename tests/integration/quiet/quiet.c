/* SPDX-License-Identifier: Apache-2.0 */
/* quiet.c - a test run between two marks, for quiet.py to listen to.
 *
 * With the argument --loud it opens a file between the marks, so that the listener can be seen to
 * hear. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cloacina/testing.h>

static int is_ready(void *user)
{
    (void)user;
    return 1;
}

static enum cloacina_code wait_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = cloacina_task_sleep_ms(task, 86400000, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = cloacina_task_defer_until(task, is_ready, NULL, 60000, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_int64(cloacina_task_context(task), "now", cloacina_task_now(task),
                                      err);
}

static enum cloacina_code nothing(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code act_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct cloacina_effect effect = {
        .name = "nothing", .key = cloacina_task_idempotency_key(task), .apply = nothing};
    return cloacina_task_effect(task, &effect, err);
}

CLOACINA_TASK(quiet_wait, .body = wait_body);
CLOACINA_TASK(quiet_act, .body = act_body, .dependencies = CLOACINA_TASKS(&quiet_wait));
CLOACINA_TASK(quiet_stub, .body = act_body, .dependencies = CLOACINA_TASKS(&quiet_act));
CLOACINA_WORKFLOW(quiet, .tasks = CLOACINA_TASKS(&quiet_wait, &quiet_act, &quiet_stub));

static void mark(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0) {
        _exit(3);
    }
}

static void run_once(void)
{
    struct cloacina_test *test = cloacina_test_create(&quiet);
    cloacina_test_stub(test, "quiet_stub", "{\"done\": true}");
    cloacina_test_cost_ms(test, "quiet_act", 1200);
    cloacina_test_fail(test, "quiet_act", 1, "not yet");
    const struct cloacina_result *result = cloacina_test_run(test, "{\"order\": 7}");
    cloacina_assert_all_completed(result);
    cloacina_assert_effects(result, "nothing", 1);
    cloacina_test_destroy(test);
}

int main(int count, char **arguments)
{
    const int is_loud = count > 1 && strcmp(arguments[1], "--loud") == 0;
    /* The C library asks the kernel for a random number at the first malloc of a process. */
    void *volatile first = malloc(1);
    free(first);
    mark("begin\n");
    for (int i = 0; i < 10; i++) {
        run_once();
    }
    if (is_loud) {
        close(open("/dev/null", O_RDONLY));
    }
    mark("end\n");
    return 0;
}
