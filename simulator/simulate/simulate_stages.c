/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_stages.c - the runs of a search, in child processes.
 *
 *   corpus   each token in a process of its own: each has a world of its own
 *   calm     the run in which nothing goes wrong: without it a sweep has nothing to sweep
 *   sweep    run k is the k-th single fault, or pair of faults
 *   seeds    run k is seed S+k
 *
 * Law: what a run is follows from its stage and its number, whoever does it. */
#include <inttypes.h>
#include <string.h>

#include <cloacina/clock.h>

#include "search/sweep.h"
#include "search/twice.h"
#include "simulate/simulate_progress.h"
#include "simulate/simulate_search.h"

/* What the children of one stage share with their parent as it was when they began. */
struct hunt {
    struct simulate_search *search;
    struct stage *stage;
    struct progress progress;
    struct cloacina_error error; /* of noting a finding; code OK: none */
    /* In a child. */
    struct search_calm calm;
    struct sweep sweep;
    bool has_begun; /* the sweep */
};

static int64_t now(void)
{
    return cloacina_clock_monotonic(cloacina_clock_system());
}

/* What is left of the budget; at least 1. 0: there is no limit. */
static int64_t budget_left(const struct simulate_search *search)
{
    int64_t left = search->started_at + search->budget_ns - now();
    if (search->budget_ns == 0) {
        return 0;
    }
    return left > 0 ? left : 1;
}

static bool is_budget_over(const struct simulate_search *search)
{
    return search->budget_ns != 0 && now() - search->started_at >= search->budget_ns;
}

/* ---- stages ---- */

static void method_add(struct simulate_search *search, const char *separator)
{
    if (search->method.length > 0) {
        text_builder_append_terminated(&search->method, separator);
    }
}

/* NULL: no memory. */
static struct stage *stage_make(struct simulate_search *search, enum stage_kind kind,
                                const struct simulate_token *said, const char *context,
                                const char *plan)
{
    struct session *session = search->session;
    struct stage *stage = arena_take_zeroed(&session->arena, 1, sizeof(*stage));
    if (stage != NULL) {
        stage->kind = kind;
        stage->said = *said;
        stage->plan = plan;
        simulate_subject_init(&stage->subject, session->call->heap, &session->source,
                              &stage->said.options, context, plan);
    }
    return stage;
}

/* A world as the options have it. */
static struct stage *stage_of_options(struct simulate_search *search, enum stage_kind kind,
                                      uint64_t seed, const char *plan)
{
    struct session *session = search->session;
    struct simulate_token said = {.options = session->options, .seed = seed};
    return stage_make(search, kind, &said, session->context, plan);
}

static const char *plan_name(const struct simulate_search *search)
{
    return search->plan == NULL ? NULL : cloacina_fault_plan_name(search->plan);
}

/* ---- one run alone ---- */

/* In a child process; notes what it finds. */
static enum cloacina_code run_alone(struct simulate_search *search, struct stage *stage,
                                    const struct decision *decisions, size_t count,
                                    struct search_outcome *outcome, struct cloacina_error *err)
{
    struct text_builder tape;
    enum cloacina_code code = simulate_subject_replay(
        &stage->subject, decisions, count, stage->said.seed, stage->said.is_twice, outcome, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    search->sums.runs++;
    search->sums.figures.runs++;
    search->sums.figures.events += outcome->figures.events;
    search->sums.figures.attempts += outcome->figures.attempts;
    search->sums.figures.decisions += outcome->decision_count;
    search->sums.figures.virtual_ns += outcome->figures.virtual_ns;
    if (outcome->finding.id == NULL) {
        return CLOACINA_OK;
    }
    text_builder_init(&tape, search->session->call->heap);
    for (size_t i = 0; i < outcome->decision_count; i++) {
        decision_print(&outcome->decisions[i], &tape);
        text_builder_append_char(&tape, '\n');
    }
    code = tape.failed ? session_no_memory(err)
                       : findings_note(&search->findings, stage, 0, &outcome->finding,
                                       text_builder_text(&tape), err);
    text_builder_finish(&tape);
    return code;
}

/* ---- the corpus ---- */

static enum cloacina_code token_run(struct simulate_search *search, const struct corpus_token *one,
                                    struct cloacina_error *err)
{
    struct session *session = search->session;
    struct simulate_options defaults = session->options;
    struct simulate_token said;
    struct search_outcome outcome;
    defaults.runners = SIMULATE_RUNNERS_DEFAULT;
    defaults.slots = SIMULATE_SLOTS_DEFAULT;
    defaults.context = NULL;
    enum cloacina_code code = simulate_token_read(&one->token, &defaults, &said, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, "%s", one->path);
    }
    const char *context = said.options.context != NULL ? said.options.context : "{}";
    const char *plan = text_copy(&session->arena, one->token.plan).bytes;
    struct stage *stage = stage_make(search, STAGE_CORPUS, &said, context, plan);
    if (stage == NULL || plan == NULL) {
        return session_no_memory(err);
    }
    stage->name = one->path;
    size_t count = one->token.decision_count;
    search_outcome_init(&outcome, session->call->heap);
    code = run_alone(search, stage, one->token.decisions, count, &outcome, err);
    if (code == CLOACINA_OK && outcome.finding.id == NULL && outcome.decision_count < count) {
        session_warn(session, "%s: %zu of %zu decisions found", one->path, outcome.decision_count,
                     count);
    }
    if (code == CLOACINA_OK &&
        !report_add_case(&session->report, REPORT_CORPUS, one->path,
                         outcome.finding.id == NULL ? NULL : outcome.finding.message)) {
        code = session_no_memory(err);
    }
    search_outcome_finish(&outcome);
    return code;
}

static enum cloacina_code corpus_run(struct simulate_search *search, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; i < search->corpus.count && code == CLOACINA_OK; i++) {
        code = token_run(search, &search->corpus.tokens[i], err);
    }
    if (search->corpus.path != NULL) {
        method_add(search, ", ");
        text_builder_print(&search->method, "%zu token%s of the corpus", search->corpus.count,
                           search->corpus.count == 1 ? "" : "s");
    }
    return code;
}

/* ---- runs in the pool ---- */

static enum cloacina_code run_seed(struct hunt *hunt, uint64_t seed,
                                   const struct search_setup *setup,
                                   struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    const struct search_subject *subject = &hunt->stage->subject.search;
    const struct cloacina_fault_plan *plan = hunt->search->plan;
    struct search_setup asked = *setup;
    struct source_random chance;
    asked.calm = &hunt->calm;
    asked.seed = seed;
    if (!hunt->search->session->options.is_twice) {
        return search_seed(subject, plan, seed, &asked, ret_outcome, err);
    }
    if (!source_random_init(&chance, search_heap(subject), plan, seed)) {
        return session_no_memory(err);
    }
    enum cloacina_code code = search_twice(subject, &chance.source, &asked, ret_outcome, err);
    source_random_finish(&chance);
    return code;
}

/* Each child makes a sweep of its own, when it first needs it. */
static enum cloacina_code run_of_sweep(struct hunt *hunt, uint64_t run,
                                       const struct search_setup *setup,
                                       struct search_outcome *ret_outcome,
                                       struct cloacina_error *err)
{
    const struct simulate_search *search = hunt->search;
    if (!hunt->has_begun) {
        enum cloacina_code code =
            sweep_begin(&hunt->sweep, &hunt->stage->subject.search, search->plan,
                        search->session->options.has_pairs, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        hunt->has_begun = true;
    }
    return sweep_run(&hunt->sweep, run, setup, ret_outcome, err);
}

static enum cloacina_code run_one(void *user, uint64_t run, const struct search_setup *setup,
                                  struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    struct hunt *hunt = user;
    return hunt->stage->kind == STAGE_SWEEP
               ? run_of_sweep(hunt, run, setup, ret_outcome, err)
               : run_seed(hunt, stage_seed(hunt->stage, run), setup, ret_outcome, err);
}

static bool note(void *user, uint64_t run, const struct search_finding *finding, struct text tape)
{
    struct hunt *hunt = user;
    return findings_note(&hunt->search->findings, hunt->stage, run, finding, tape, &hunt->error) ==
           CLOACINA_OK;
}

static void show(void *user, uint64_t runs_done)
{
    struct hunt *hunt = user;
    progress_runs(&hunt->progress, runs_done);
}

static void sums_add(struct pool_result *sums, const struct pool_result *part)
{
    sums->figures.runs += part->figures.runs;
    sums->figures.events += part->figures.events;
    sums->figures.attempts += part->figures.attempts;
    sums->figures.decisions += part->figures.decisions;
    sums->figures.virtual_ns += part->figures.virtual_ns;
    coverage_add(&sums->coverage, &part->coverage);
    edges_add(&sums->edges, &part->edges);
    sums->properties_seen |= part->properties_seen;
    sums->runs += part->runs;
}

/* `runs` 0: until there are no more, or the budget ends. */
static enum cloacina_code hunt_run(struct simulate_search *search, struct stage *stage,
                                   uint64_t runs, uint64_t *ret_runs, struct cloacina_error *err)
{
    const struct session *session = search->session;
    struct hunt hunt = {.search = search, .stage = stage, .error.code = CLOACINA_OK};
    struct pool_result result;
    const struct pool_options options = {
        .jobs = (uint32_t)session->options.jobs,
        .runs = runs,
        .budget_ns = budget_left(search),
        .run = run_one,
        .found = note,
        .progress = show,
        .user = &hunt,
    };
    search_calm_init(&hunt.calm, session->call->heap);
    progress_begin(&hunt.progress, session_progress_stream(session), 1, runs,
                   session->options.progress == PROGRESS_ALWAYS);
    enum cloacina_code code = pool_run(&options, &result, err);
    progress_end(&hunt.progress);
    if (code == CLOACINA_OK && hunt.error.code != CLOACINA_OK) {
        *err = hunt.error;
        code = err->code;
    }
    if (code == CLOACINA_OK) {
        sums_add(&search->sums, &result);
        *ret_runs = result.runs;
    }
    return code;
}

/* ---- the sweep ---- */

/* False in *ret_is_fine: there is nothing to sweep. */
static enum cloacina_code calm_run(struct simulate_search *search, bool *ret_is_fine,
                                   struct cloacina_error *err)
{
    struct search_outcome outcome;
    struct stage *stage = stage_of_options(search, STAGE_CALM, 0, NULL);
    if (stage == NULL) {
        return session_no_memory(err);
    }
    search_outcome_init(&outcome, search->session->call->heap);
    enum cloacina_code code = run_alone(search, stage, NULL, 0, &outcome, err);
    *ret_is_fine = outcome.finding.id == NULL;
    search_outcome_finish(&outcome);
    return code;
}

static enum cloacina_code faults_sweep(struct simulate_search *search, struct cloacina_error *err)
{
    bool is_fine = false;
    uint64_t runs = 0;
    const char *name = search->plan == NULL ? "sweep" : plan_name(search);
    struct stage *stage = stage_of_options(search, STAGE_SWEEP, 0, name);
    if (stage == NULL) {
        return session_no_memory(err);
    }
    method_add(search, ", ");
    enum cloacina_code code = calm_run(search, &is_fine, err);
    if (code != CLOACINA_OK || !is_fine) {
        text_builder_append_terminated(&search->method, "no sweep: the calm run fails");
        return code;
    }
    code = hunt_run(search, stage, 0, &runs, err);
    text_builder_append_terminated(
        &search->method, search->session->options.has_pairs ? "a sweep with pairs" : "a sweep");
    if (is_budget_over(search)) {
        text_builder_print(&search->method, " cut short after %" PRIu64 " runs", runs);
    }
    return code;
}

/* ---- the seeds ---- */

static enum cloacina_code seeds_run(struct simulate_search *search, struct cloacina_error *err)
{
    struct simulate_options *options = &search->session->options;
    bool is_endless = options->seeds == 0 && search->budget_ns != 0;
    uint64_t wanted = options->seeds == 0 && !is_endless ? 1 : options->seeds;
    uint64_t runs = 0;
    struct stage *stage = stage_of_options(search, STAGE_SEEDS, options->seed, plan_name(search));
    if (stage == NULL) {
        return session_no_memory(err);
    }
    enum cloacina_code code = hunt_run(search, stage, wanted, &runs, err);
    method_add(search, ", ");
    if (runs == 1) {
        text_builder_print(&search->method, "seed %" PRIu64, options->seed);
    } else if (runs > 1) {
        text_builder_print(&search->method, "seeds %" PRIu64 "..%" PRIu64, options->seed,
                           options->seed + runs - 1);
    } else {
        text_builder_append_terminated(&search->method, "no seed: the budget was over");
    }
    search->session->report.seeds = runs;
    return code;
}

enum cloacina_code stages_run(struct simulate_search *search, struct cloacina_error *err)
{
    const struct simulate_options *options = &search->session->options;
    bool wants_seeds = !options->is_sweep || options->seeds != 0 || search->budget_ns != 0;
    enum cloacina_code code = corpus_run(search, err);
    search->session->report.seeds = 0;
    if (code == CLOACINA_OK && options->is_sweep) {
        code = faults_sweep(search, err);
    }
    if (code == CLOACINA_OK && wants_seeds && !is_budget_over(search)) {
        code = seeds_run(search, err);
    }
    return code;
}
