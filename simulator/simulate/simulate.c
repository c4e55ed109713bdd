/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.c - `cloacinactl simulate`: a workflow in virtual time.
 *
 *   --list, --faults list     shown, and nothing else
 *   --replay                  one token                                       simulate_replay.c
 *   --faults, --sweep ...     many runs in which things go wrong              simulate_search.c
 *   else                      once for each seed, and nothing goes wrong      simulate_calm.c
 *
 * Law: input is judged before any output is opened, outputs are opened before anything runs, and
 * nothing is called done before it is written. */
#include "simulate/simulate.h"

#include <string.h>

#include "oracle/plan.h"
#include "search/pool.h"
#include "simulate/simulate_calm.h"
#include "simulate/simulate_check.h"
#include "simulate/simulate_replay.h"
#include "simulate/simulate_search.h"

static const char *const progress_words[] = {"auto", "always", "never", NULL};
static const char *const checkers_words[] = {"on", "off", NULL};
static const char *const story_words[] = {"short", "all", NULL};
static const char *const store_words[] = {"memory", "sqlite", NULL};

#define FIELD(member) .offset = offsetof(struct simulate_options, member)

static const struct option simulate_option_list[] = {
    {.name = "generate",
     .value_name = "FORMULA",
     .help = "instead of WORKFLOW: chain:N, layered:WxD,edges=E or\n"
             "random:N,edges=E; also seed=S and cost=MS, after commas;\n"
             "mixed:N, which uses everything, is always searched",
     .type = OPTION_TEXT,
     FIELD(generate)},
    {.name = "library",
     .value_name = "FILE.so",
     .help = "WORKFLOW is the name of a workflow in this shared object",
     .type = OPTION_TEXT,
     FIELD(library)},
    {.name = "strict",
     .help = "a library that goes around the virtual world is an error",
     .type = OPTION_FLAG,
     FIELD(is_strict)},
    {.name = "list",
     .help = "show the workflows that WORKFLOW may name, and do nothing",
     .type = OPTION_FLAG,
     FIELD(is_list)},
    {.name = "seed",
     .value_name = "S",
     .help = "the first seed (default 0)",
     .type = OPTION_COUNT,
     .maximum = UINT64_MAX,
     FIELD(seed)},
    {.name = "seeds",
     .value_name = "N",
     .help = "how many: S to S+N-1 (default 1)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = SIMULATE_SEEDS_MAX,
     FIELD(seeds)},
    {.name = "runners",
     .value_name = "N",
     .help = "runners that share the store (default 1)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = CLOACINA_WORLD_RUNNERS_MAX,
     FIELD(runners)},
    {.name = "slots",
     .value_name = "N",
     .help = "slots of each runner (default 4); 0: unlimited",
     .type = OPTION_COUNT,
     .maximum = SIMULATE_SLOTS_MAX,
     FIELD(slots)},
    {.name = "store",
     .value_name = "memory|sqlite",
     .help = "what stores (default memory); sqlite: on a disk in memory\n"
             "that can fail, tear and lose its power",
     .type = OPTION_CHOICE,
     .choices = store_words,
     FIELD(store)},
    {.name = "context",
     .value_name = "JSON|@FILE",
     .help = "the initial context, an object (default {})",
     .type = OPTION_TEXT,
     FIELD(context)},
    {.name = "checkers",
     .value_name = "on|off",
     .help = "check the engine's promises after each event (default on)",
     .type = OPTION_CHOICE,
     .choices = checkers_words,
     FIELD(checkers)},
    {.name = "json",
     .value_name = "FILE|-",
     .help = "write the figures as JSON; -: to the output, in place of\nthe summary",
     .type = OPTION_TEXT,
     FIELD(json)},
    {.name = "trace",
     .value_name = "FILE",
     .help = "write the first seed's attempts for a trace viewer",
     .type = OPTION_TEXT,
     FIELD(trace)},
    {.name = "faults",
     .value_name = "PLAN|FILE|list",
     .help = "search: what goes wrong; list: show what there is",
     .type = OPTION_TEXT,
     FIELD(faults)},
    {.name = "sweep",
     .help = "search: one fault after the other, at every place",
     .type = OPTION_FLAG,
     FIELD(is_sweep)},
    {.name = "pairs",
     .help = "with --sweep: and a second one over each first",
     .type = OPTION_FLAG,
     FIELD(has_pairs)},
    {.name = "budget",
     .value_name = "TIME",
     .help = "search for so long (60s, 5m), with as many seeds as fit\n"
             "unless --seeds says how many",
     .type = OPTION_TEXT,
     FIELD(budget)},
    {.name = "jobs",
     .value_name = "N",
     .help = "search in so many processes (default 1)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = POOL_JOBS_MAX,
     FIELD(jobs)},
    {.name = "twice",
     .help = "search: every run twice; they must leave the same trace",
     .type = OPTION_FLAG,
     FIELD(is_twice)},
    {.name = "upgrade-from",
     .value_name = "OLD.so",
     .help = "search: runners begin with the bodies of this library,\n"
             "and deploys give them the new ones (default plan: deploys)",
     .type = OPTION_TEXT,
     FIELD(upgrade_from)},
    {.name = "replay",
     .value_name = "TOKEN|FILE",
     .help = "one run again, as a token has it; nothing else is needed",
     .type = OPTION_TEXT,
     FIELD(replay)},
    {.name = "corpus",
     .value_name = "DIR",
     .help = "search: first the tokens in this folder",
     .type = OPTION_TEXT,
     FIELD(corpus)},
    {.name = "corpus-add",
     .help = "write the tokens of new failures into that folder",
     .type = OPTION_FLAG,
     FIELD(adds_to_corpus)},
    {.name = "known",
     .value_name = "FILE",
     .help = "failures that are accepted, as long as they happen",
     .type = OPTION_TEXT,
     FIELD(known)},
    {.name = "require-sites",
     .value_name = "GLOB",
     .help = "fail unless every fault that matches has happened:\n"
             "'commit=*', '*=crash'",
     .type = OPTION_TEXT,
     FIELD(require_sites)},
    {.name = "story",
     .value_name = "short|all",
     .help = "how much is told of a failure (default short)",
     .type = OPTION_CHOICE,
     .choices = story_words,
     FIELD(story)},
    {.name = "emit-test",
     .value_name = "FILE|none",
     .help = "a C test that reproduces the first failure\n"
             "(default " EMIT_PATH_DEFAULT ")",
     .type = OPTION_TEXT,
     FIELD(emit_test)},
    {.name = "junit",
     .value_name = "FILE",
     .help = "write what was judged as JUnit XML",
     .type = OPTION_TEXT,
     FIELD(junit)},
    {.name = "coverage",
     .value_name = "FILE|-",
     .help = "write how often each fault hit each call to the store, and\n"
             "how often each edge was taken; -: behind the summary",
     .type = OPTION_TEXT,
     FIELD(coverage)},
    {.name = "progress",
     .value_name = "auto|always|never",
     .help = "a bar, on the error output (default auto: on a terminal)",
     .type = OPTION_CHOICE,
     .choices = progress_words,
     FIELD(progress)},
};

static const struct simulate_options simulate_defaults = {.slots = SIMULATE_NOT_GIVEN};

/* ---- --list ---- */

static void workflow_describe(const struct cloacina_workflow *workflow,
                              struct text_builder *builder)
{
    const char *description = cloacina_workflow_description(workflow);
    uint32_t tasks = cloacina_workflow_task_count(workflow);
    text_builder_print(builder, "%-28s %4u task%s%s%s\n", cloacina_workflow_name(workflow),
                       (unsigned)tasks, tasks == 1 ? "" : "s", description != NULL ? "   " : "",
                       description != NULL ? description : "");
}

static enum cloacina_code list_write(const struct session *session, struct cloacina_error *err)
{
    const struct registry *registry = &session->source.registry;
    struct text_builder builder;
    text_builder_init(&builder, session->call->heap);
    for (size_t i = 0; i < registry->count; i++) {
        workflow_describe(registry->workflows[i], &builder);
    }
    enum cloacina_code code = builder.failed ? session_no_memory(err) : CLOACINA_OK;
    if (code == CLOACINA_OK) {
        fputs(text_builder_terminated(&builder), session->call->console->output);
    }
    text_builder_finish(&builder);
    return code;
}

static enum cloacina_code session_list(struct session *session, struct cloacina_error *err)
{
    enum cloacina_code code =
        source_open_registry(session->call, &session->options, &session->source, err);
    return code == CLOACINA_OK ? list_write(session, err) : code;
}

/* ---- --faults list ---- */

static enum cloacina_code faults_write(const struct session *session, struct cloacina_error *err)
{
    struct text_builder builder;
    text_builder_init(&builder, session->call->heap);
    faults_list(&builder);
    enum cloacina_code code = builder.failed ? session_no_memory(err) : CLOACINA_OK;
    if (code == CLOACINA_OK) {
        fputs(text_builder_terminated(&builder), session->call->console->output);
    }
    text_builder_finish(&builder);
    return code;
}

/* ---- which way ---- */

static enum cloacina_code go(struct session *session, const struct simulate_options *given,
                             struct cloacina_error *err)
{
    if (given->is_list) {
        return session_list(session, err);
    }
    if (given->faults != NULL && strcmp(given->faults, "list") == 0) {
        return faults_write(session, err);
    }
    enum cloacina_code code = simulate_check(given, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (given->replay != NULL) {
        return simulate_replay(session, err);
    }
    return simulate_is_search(given) ? simulate_search(session, err) : simulate_calm(session, err);
}

static enum command_status simulate_run(const struct command_call *call, const void *values)
{
    struct cloacina_error err;
    struct cloacina_error close_err;
    struct session session;
    session_init(&session, call, values);
    enum cloacina_code code = go(&session, values, &err);
    if (session_close_outputs(&session, &close_err) != CLOACINA_OK && code == CLOACINA_OK) {
        code = close_err.code;
        err = close_err;
    }
    bool has_failures =
        session.report.failure_count > 0 || report_count_failed(&session.report) > 0;
    session_finish(&session);
    if (code != CLOACINA_OK) {
        return command_refuse(call, &err);
    }
    return has_failures ? COMMAND_FAILED : COMMAND_SUCCEEDED;
}

CLOACINACTL_COMMAND(
    simulate, .name = "simulate",
    .summary = "run a workflow in virtual time, and say what happened",
    .usage = "WORKFLOW [options]",
    .details = "WORKFLOW is the name of a built-in workflow (--list), or else a file: what\n"
               "cloacinactl execution export wrote, or WfFormat 1.5\n"
               "(https://wfcommons.org); its tasks take what they took when they were\n"
               "recorded. The same command always gives the same result.\n",
    .table = {.options = simulate_option_list,
              .count = ARRAY_COUNT(simulate_option_list),
              .operand_name = "WORKFLOW",
              .operand_offset = offsetof(struct simulate_options, workflow)},
    .values_size = sizeof(struct simulate_options), .defaults = &simulate_defaults,
    .run = simulate_run);
