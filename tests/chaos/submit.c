/* SPDX-License-Identifier: Apache-2.0 */
/* submit.c - the customer of the chaos tests: submits workflows, watches them end, and says both.
 *
 *     submit DATABASE LIBRARY COUNT WINDOW PAUSE
 *
 * Submits COUNT executions of the library's workflows in turn, keeps at most WINDOW of them
 * unfinished, and lets their tasks last up to PAUSE milliseconds. It runs no body but those of the
 * first executions, which bring the definitions into the store. One line of JSON on the output for
 * each thing it is told:
 *
 *     {"submitted": ID, "workflow": NAME, "number": N, "pause": P}      the store has acknowledged it
 *     {"ended": ID, "status": "Completed", "context": {...}}
 *     {"longest_submit_us": N}                                          the last line
 *
 * Law: what is told is true; what is not told may be true. */
#include <cloacina/clock.h>
#include <cloacina/runner.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { KINDS = 7 };

static const char *const workflows[KINDS] = {"chaos_one",  "chaos_chain", "chaos_diamond",
                                             "chaos_fan",  "chaos_flaky", "chaos_doomed",
                                             "chaos_rules"};

struct customer {
    struct cloacina_runner *runner;
    struct cloacina_execution **open; /* Owned: a ring of `window` handles, oldest at `head` */
    size_t window, head, count;
    int64_t longest_us;
    int64_t pause_ms;
};

static bool complain(const char *doing, const struct cloacina_error *err)
{
    fprintf(stderr, "submit: %s: %s (code %d)\n", doing, err->message, (int)err->code);
    return false;
}

static bool start(const char *database, const char *const *libraries,
                  struct cloacina_runner **ret_runner)
{
    static const struct cloacina_workflow_definition *const nothing[] = {NULL};
    struct cloacina_error err = {CLOACINA_OK, ""};
    struct cloacina_runner_options options = {
        .database = database,
        .name = "customer",
        .workflows = libraries == NULL ? nothing : NULL,
        .libraries = libraries,
        .heartbeat_ms = 100,
        .stale_after_ms = 2000,
        .workflow_timeout_ms = -1,
        .recoveries_max = 1000, /* nobody gives up */
    };
    enum cloacina_code code;
    while ((code = cloacina_runner_start(&options, ret_runner, &err)) == CLOACINA_UNAVAILABLE) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* the server is away */
    }
    return code == CLOACINA_OK || complain("starting", &err);
}

/* The oldest one has to end before there is room. */
static bool await(struct customer *customer)
{
    struct cloacina_error err = {CLOACINA_OK, ""};
    struct cloacina_execution *oldest = customer->open[customer->head];
    if (cloacina_execution_wait(oldest, -1, &err) != CLOACINA_OK) {
        return complain("waiting", &err);
    }
    const struct cloacina_execution_info *info = cloacina_execution_look(oldest);
    printf("{\"ended\": \"%s\", \"status\": \"%s\", \"context\": %s}\n", info->id,
           cloacina_execution_status_name(info->status), cloacina_execution_context(oldest));
    cloacina_execution_destroy(oldest);
    customer->head = (customer->head + 1) % customer->window;
    customer->count--;
    return true;
}

static bool submit(struct customer *customer, int64_t number)
{
    struct cloacina_error err = {CLOACINA_OK, ""};
    struct cloacina_execution *run;
    const char *workflow = workflows[(size_t)number % KINDS];
    int64_t pause = customer->pause_ms == 0 ? 0 : number % (customer->pause_ms + 1);
    char context[128];
    (void)snprintf(context, sizeof(context),
                   "{\"number\": %" PRId64 ", \"even\": %s, \"pause\": %" PRId64 "}", number,
                   number % 2 == 0 ? "true" : "false", pause);
    int64_t begin = cloacina_clock_monotonic(cloacina_clock_system());
    if (cloacina_runner_execute_async(customer->runner, workflow, context, &run, &err) !=
        CLOACINA_OK) {
        return complain("submitting", &err);
    }
    int64_t took_us = (cloacina_clock_monotonic(cloacina_clock_system()) - begin) / 1000;
    customer->longest_us = took_us > customer->longest_us ? took_us : customer->longest_us;
    printf("{\"submitted\": \"%s\", \"workflow\": \"%s\", \"number\": %" PRId64
           ", \"pause\": %" PRId64 "}\n",
           cloacina_execution_look(run)->id, workflow, number, pause);
    customer->open[(customer->head + customer->count) % customer->window] = run;
    customer->count++;
    return true;
}

/* Numbers from `first` up to `end`, and all of them to their ends. */
static bool submit_all(struct customer *customer, int64_t first, int64_t end)
{
    bool is_well = true;
    for (int64_t number = first; is_well && number < end; number++) {
        is_well =
            (customer->count < customer->window || await(customer)) && submit(customer, number);
    }
    while (is_well && customer->count > 0) {
        is_well = await(customer);
    }
    return is_well;
}

/* Ends the runner; what is still open when something went wrong is of no interest. */
static void leave(struct customer *customer)
{
    for (; customer->count > 0; customer->count--) {
        cloacina_execution_destroy(customer->open[customer->head]);
        customer->head = (customer->head + 1) % customer->window;
    }
    cloacina_runner_destroy(customer->runner);
}

/* One of each by a runner that has the bodies, the rest by one that has none. */
static bool run(struct customer *customer, const char *database, const char *library, int64_t count)
{
    const char *const libraries[] = {library, NULL};
    int64_t kinds = count < KINDS ? count : KINDS;
    if (!start(database, libraries, &customer->runner)) {
        return false;
    }
    bool is_well = submit_all(customer, 0, kinds);
    leave(customer);
    if (!is_well || !start(database, NULL, &customer->runner)) {
        return false;
    }
    is_well = submit_all(customer, kinds, count);
    leave(customer);
    return is_well;
}

int main(int argc, char **argv)
{
    struct customer customer = {0};
    if (argc != 6) {
        fputs("usage: submit DATABASE LIBRARY COUNT WINDOW PAUSE\n", stderr);
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    customer.window = (size_t)strtoul(argv[4], NULL, 10);
    customer.pause_ms = strtol(argv[5], NULL, 10);
    customer.open = calloc(customer.window, sizeof(struct cloacina_execution *));
    if (customer.open == NULL) {
        return 3;
    }
    bool is_well = run(&customer, argv[1], argv[2], strtol(argv[3], NULL, 10));
    free(customer.open);
    if (is_well) {
        printf("{\"longest_submit_us\": %" PRId64 "}\n", customer.longest_us);
    }
    return is_well ? 0 : 1;
}
