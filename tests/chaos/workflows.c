/* SPDX-License-Identifier: Apache-2.0 */
/* workflows.c - what the chaos tests run: shapes whose end is known from the number they are given.
 *
 * The context begins with {"number": N, "even": true or false, "pause": milliseconds}. A task's value
 * is 1 + the sum of those under the keys it is made for, and stands under its own name in the end.
 *
 *   chaos_one      only                     chaos_flaky   shaky (fails once) -> after
 *   chaos_chain    first -> .. -> fourth    chaos_doomed  bad (fails for good) -> never;  beside
 *   chaos_diamond  top -> left, right -> bottom
 *   chaos_fan      spread -> part_1 .. part_8 -> join
 *   chaos_rules    gate -> even, odd, broken -> rescue;  all of them -> last
 *
 * Law: shapes.py says the same, independently. A body that has done its work says so in the journal of
 * its process, one line a time: whose the deed was, which attempt, by which claim. */
#include <cloacina/authoring.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512 };

/* Of the keys a task's value is made of; ends with NULL. */
#define SUM_OF(...) .body = sum_body, .user = (void *)CLOACINA_TEXTS(__VA_ARGS__)

static atomic_int journal; /* 0: not opened yet */

/* The file <pid> in the folder that the environment names; -1: nobody wants to know. */
static int journal_open(void)
{
    const char *folder = getenv("CLOACINA_CHAOS_JOURNAL");
    char path[LINE_MAX_BYTES];
    if (folder == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/%ld", folder, (long)getpid());
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* Two threads may open it at the same time; then the loser's is closed. */
static int journal_descriptor(void)
{
    int known = atomic_load(&journal);
    if (known == 0) {
        int mine = journal_open();
        if (atomic_compare_exchange_strong(&journal, &known, mine)) {
            return mine;
        }
        (void)close(mine);
    }
    return known;
}

/* One write a line: O_APPEND keeps lines whole, and a killed process has written all it says. */
static enum cloacina_code journal_add(struct cloacina_task *task, struct cloacina_error *err)
{
    char line[LINE_MAX_BYTES];
    int descriptor = journal_descriptor();
    int length = snprintf(line, sizeof(line), "%s %u %s\n", cloacina_task_idempotency_key(task),
                          cloacina_task_attempt(task), cloacina_task_token(task));
    if (descriptor < 0 || write(descriptor, line, (size_t)length) == length) {
        return CLOACINA_OK;
    }
    return cloacina_error_set(err, "the journal cannot be written");
}

static enum cloacina_code pause_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t milliseconds;
    enum cloacina_code code =
        cloacina_context_get_int64(cloacina_task_context(task), "pause", &milliseconds, err);
    return code == CLOACINA_OK ? cloacina_task_sleep_ms(task, milliseconds, err) : code;
}

static enum cloacina_code sum_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *const *keys = cloacina_task_user(task);
    int64_t sum = 1;
    enum cloacina_code code = pause_body(task, err);
    for (size_t i = 0; code == CLOACINA_OK && keys[i] != NULL; i++) {
        int64_t value = 0;
        code = cloacina_context_get_int64(context, keys[i], &value, err);
        sum += value;
    }
    if (code == CLOACINA_OK) {
        code = cloacina_context_set_int64(context, cloacina_task_name(task), sum, err);
    }
    return code == CLOACINA_OK ? journal_add(task, err) : code;
}

static enum cloacina_code shaky_body(struct cloacina_task *task, struct cloacina_error *err)
{
    if (cloacina_task_attempt(task) == 1) {
        return cloacina_error_set(err, "the first attempt fails");
    }
    return sum_body(task, err);
}

/* What a failed attempt has written is forgotten. */
static enum cloacina_code bad_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = sum_body(task, err);
    return code == CLOACINA_OK ? cloacina_error_set(err, "it fails for good") : code;
}

CLOACINA_TASK(only, SUM_OF("number"));
CLOACINA_WORKFLOW(chaos_one, .tasks = CLOACINA_TASKS(&only));

CLOACINA_TASK(first, SUM_OF("number"));
CLOACINA_TASK(second, SUM_OF("first"), .dependencies = CLOACINA_TASKS(&first));
CLOACINA_TASK(third, SUM_OF("second"), .dependencies = CLOACINA_TASKS(&second));
CLOACINA_TASK(fourth, SUM_OF("third"), .dependencies = CLOACINA_TASKS(&third));
CLOACINA_WORKFLOW(chaos_chain, .tasks = CLOACINA_TASKS(&first, &second, &third, &fourth));

CLOACINA_TASK(top, SUM_OF("number"));
CLOACINA_TASK(left, SUM_OF("top"), .dependencies = CLOACINA_TASKS(&top));
CLOACINA_TASK(right, SUM_OF("top"), .dependencies = CLOACINA_TASKS(&top));
CLOACINA_TASK(bottom, SUM_OF("left", "right"), .dependencies = CLOACINA_TASKS(&left, &right));
CLOACINA_WORKFLOW(chaos_diamond, .tasks = CLOACINA_TASKS(&top, &left, &right, &bottom));

CLOACINA_TASK(spread, SUM_OF("number"));
CLOACINA_TASK(part_1, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_2, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_3, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_4, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_5, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_6, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_7, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(part_8, SUM_OF("spread"), .dependencies = CLOACINA_TASKS(&spread));
CLOACINA_TASK(join,
              SUM_OF("part_1", "part_2", "part_3", "part_4", "part_5", "part_6", "part_7",
                     "part_8"),
              .dependencies = CLOACINA_TASKS(&part_1, &part_2, &part_3, &part_4, &part_5, &part_6,
                                             &part_7, &part_8));
CLOACINA_WORKFLOW(chaos_fan, .tasks = CLOACINA_TASKS(&spread, &part_1, &part_2, &part_3, &part_4,
                                                     &part_5, &part_6, &part_7, &part_8, &join));

#define SOON                                                                                       \
    {                                                                                              \
        .attempts_max = 2, .initial_delay_ms = 1, .jitter = CLOACINA_JITTER_NONE                   \
    }

CLOACINA_TASK(shaky, .body = shaky_body, .user = (void *)CLOACINA_TEXTS("number"), .retry = SOON);
CLOACINA_TASK(after, SUM_OF("shaky"), .dependencies = CLOACINA_TASKS(&shaky));
CLOACINA_WORKFLOW(chaos_flaky, .tasks = CLOACINA_TASKS(&shaky, &after));

CLOACINA_TASK(bad, .body = bad_body, .user = (void *)CLOACINA_TEXTS("number"), .retry = SOON);
CLOACINA_TASK(never, SUM_OF("bad"), .dependencies = CLOACINA_TASKS(&bad));
CLOACINA_TASK(beside, SUM_OF("number"));
CLOACINA_WORKFLOW(chaos_doomed, .tasks = CLOACINA_TASKS(&bad, &never, &beside));

CLOACINA_TASK(gate, SUM_OF("number"));
CLOACINA_TASK(if_even, SUM_OF("gate"), .dependencies = CLOACINA_TASKS(&gate),
              .rule = CLOACINA_CONTEXT_VALUE("even", CLOACINA_EQUALS, "true"));
CLOACINA_TASK(if_odd, SUM_OF("gate"), .dependencies = CLOACINA_TASKS(&gate),
              .rule = CLOACINA_CONTEXT_VALUE("even", CLOACINA_EQUALS, "false"));
CLOACINA_TASK(broken, .body = bad_body, .user = (void *)CLOACINA_TEXTS("gate"),
              .dependencies = CLOACINA_TASKS(&gate), .retry = {.attempts_max = 1});
CLOACINA_TASK(rescue, SUM_OF("gate"), .dependencies = CLOACINA_TASKS(&broken),
              .rule = CLOACINA_TASK_FAILED("broken"));
CLOACINA_TASK(last, SUM_OF("gate", "rescue"),
              .dependencies = CLOACINA_TASKS(&if_even, &if_odd, &rescue),
              .rule = CLOACINA_ALWAYS());
CLOACINA_WORKFLOW(chaos_rules,
                  .tasks = CLOACINA_TASKS(&gate, &if_even, &if_odd, &broken, &rescue, &last));
