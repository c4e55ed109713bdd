/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c - one list of operations on two stores.
 *
 * Law: both stores get the same calls with the same arguments; only their answers are compared. */
#include "trial_scene.h"

void difference_init(struct difference *difference)
{
    *difference = (struct difference){0};
    show_init(&difference->expected, false);
    show_init(&difference->actual, false);
}

void difference_finish(struct difference *difference)
{
    show_finish(&difference->expected);
    show_finish(&difference->actual);
}

/* ---- setting up ---- */

/* Two versions of one workflow, and another one. */
static struct workflow *workflow_draw(struct draw *draw, size_t number)
{
    struct text_builder graph;
    text_builder_init(&graph, NULL);
    uint32_t tasks = 1 + draw_below(draw, TASKS_MAX);
    for (uint32_t task = 0; task < tasks; task++) {
        text_builder_print(&graph, "%s%c%s", task > 0 ? "; " : "", 'a' + (char)task,
                           task > 0 ? ":" : "");
        for (uint32_t before = 0; before < task; before++) {
            if (draw_below(draw, 3) == 0) {
                text_builder_print(&graph, " %c", 'a' + (char)before);
            }
        }
    }
    struct workflow *workflow =
        copy_workflow(number < 2 ? "shop" : "bank", text_builder_terminated(&graph));
    text_builder_finish(&graph);
    return workflow;
}

/* Time moves for the runners and for the stores that follow our clock. A server has its own: the
 * memory store beside it gets one that looks the same when masked. */
void trial_time_set(struct trial *trial, int64_t now)
{
    bool is_ours = subject_has_our_clock(trial->options->kind);
    trial->now = now;
    trial->sides[0].subject.now = is_ours ? now : SHOW_SERVER_TIME_MIN + now;
    trial->sides[1].subject.now = now;
}

/* Store time of PostgreSQL is later than any instant of ours; both say so to a poll. */
void trial_sessions(struct side *side, enum broken_store_bug bug)
{
    for (size_t i = 0; i < RUNNERS; i++) {
        side->sessions[i] = side->subject.sessions[i];
    }
    if (bug != BROKEN_NOTHING) {
        for (size_t i = 0; i < RUNNERS; i++) {
            side->sessions[i] = &side->broken.passing.dal;
        }
    }
}

/* A new lease for a runner, under the same number on both sides: numbers may be left out, so the
 * memory store uses up what the other one left out. */
void trial_lease_open(struct trial *trial, size_t number)
{
    static const char *const names[] = {"ada", "bo\xc3\xa9", "'cy'"};
    struct trial_runner *runner = &trial->runners[number];
    uint64_t leases[2] = {0, 0};
    for (size_t i = 2; i-- > 0;) {
        struct side *side = &trial->sides[i];
        struct dal *store = side->sessions[number];
        int64_t now;
        enum cloacina_code code =
            store->impl->open_lease(store, text_of(names[number]), &leases[i], &now, NULL);
        while (i == 0 && code == CLOACINA_OK && leases[0] < leases[1]) {
            assert_int_equal(store->impl->close_lease(store, leases[0], 0, NULL), CLOACINA_OK);
            code = store->impl->open_lease(store, text_of(names[number]), &leases[0], &now, NULL);
        }
        show_code(side->show, code);
        show_number(side->show, "lease", leases[i]);
    }
    runner->lease = leases[0];
}

static void trial_begin(struct trial *trial, const struct trial_options *options,
                        struct difference *difference)
{
    struct draw draw = {.state = options->seed};
    *trial = (struct trial){.options = options};
    for (size_t i = 0; i < WORKFLOWS; i++) {
        trial->workflows[i] = workflow_draw(&draw, i);
    }
    arena_init(&trial->arena, NULL);
    subject_open(&trial->sides[0].subject, STORE_MEMORY, RUNNERS);
    subject_open(&trial->sides[1].subject, options->kind, RUNNERS);
    if (options->bug != BROKEN_NOTHING) {
        broken_store_init(&trial->sides[1].broken, trial->sides[1].subject.sessions[0],
                          options->bug);
    }
    trial->sides[0].show = &difference->expected;
    trial->sides[1].show = &difference->actual;
    FOR_SIDES(side, trial)
    {
        arena_init(&side->arena, NULL);
        show_reset(side->show);
        side->show->masks = !subject_has_our_clock(options->kind);
        trial_sessions(side, side == trial->sides ? BROKEN_NOTHING : options->bug);
    }
    trial_time_set(trial, trial->sides[1].subject.now);
    for (size_t i = 0; i < RUNNERS; i++) {
        trial_lease_open(trial, i);
    }
}

static void trial_end(struct trial *trial)
{
    for (size_t i = 0; i < RUNNERS; i++) {
        for (size_t j = 0; j < EXECUTIONS; j++) {
            copy_finish(&trial->runners[i].copies[j]);
        }
    }
    for (size_t i = 0; i < WORKFLOWS; i++) {
        workflow_unref(trial->workflows[i]);
    }
    if (trial->options->bug != BROKEN_NOTHING) {
        broken_store_finish(&trial->sides[1].broken);
    }
    FOR_SIDES(side, trial)
    {
        subject_close(&side->subject);
        arena_finish(&side->arena);
    }
    arena_finish(&trial->arena);
}

/* ---- running ---- */

static void operation_advance(struct trial *trial, const uint32_t *numbers)
{
    trial_time_set(trial, trial->now + (int64_t)numbers[0] * 10000000 + 1);
}

static void operation_reopen(struct trial *trial, const uint32_t *numbers)
{
    struct side *judged = &trial->sides[1];
    subject_reopen(&judged->subject, numbers[0] % RUNNERS);
    trial_sessions(judged, trial->options->bug);
}

static void (*const performers[OPERATION_KINDS])(struct trial *trial, const uint32_t *numbers) = {
    [OPERATION_SUBMIT] = operation_submit,
    [OPERATION_LOAD] = operation_load,
    [OPERATION_REFRESH] = operation_refresh,
    [OPERATION_FEED] = operation_feed,
    [OPERATION_INPUT] = operation_input,
    [OPERATION_COMMAND] = operation_command,
    [OPERATION_CLAIM] = operation_claim,
    [OPERATION_GROUP] = operation_group,
    [OPERATION_LOCKED] = operation_locked,
    [OPERATION_AGAIN] = operation_again,
    [OPERATION_POLL] = operation_poll,
    [OPERATION_OPEN] = operation_open,
    [OPERATION_CLOSE] = operation_close,
    [OPERATION_CLAIMS] = operation_claims,
    [OPERATION_EVENTS] = operation_events,
    [OPERATION_LIST] = operation_list,
    [OPERATION_DEFINITION] = operation_definition,
    [OPERATION_FIND] = operation_find,
    [OPERATION_REMOVE] = operation_remove,
    [OPERATION_REMOVE_ENDED] = operation_remove_ended,
    [OPERATION_ADVANCE] = operation_advance,
    [OPERATION_REOPEN] = operation_reopen,
};

/* The texts are equal: whatever was asked, both stores say the same. */
static bool agree(const struct trial *trial)
{
    return strcmp(show_text(trial->sides[0].show), show_text(trial->sides[1].show)) == 0;
}

void trial_run(const struct trial_options *options, const struct operation *operations,
               size_t count, struct difference *difference)
{
    struct trial *trial = calloc(1, sizeof(*trial));
    assert_non_null(trial);
    trial_begin(trial, options, difference);
    difference->is_found = !agree(trial);
    difference->place = 0;
    for (size_t i = 0; i < count && !difference->is_found; i++) {
        size_t session = i % RUNNERS;
        trial_time_set(trial, trial->now + 1);
        FOR_SIDES(side, trial)
        {
            show_reset(side->show);
        }
        performers[operations[i].kind](trial, operations[i].numbers);
        FOR_SIDES(side, trial)
        {
            show_store(side->show, side->sessions[session]);
            arena_reset(&side->arena);
        }
        arena_reset(&trial->arena);
        difference->is_found = !agree(trial);
        difference->place = i;
    }
    trial_end(trial);
    free(trial);
}

/* ---- shrinking ---- */

/* A run that is allowed and finds a difference. */
static bool still_differs(const struct trial_options *options, const struct operation *operations,
                          size_t count, size_t *runs, struct difference *difference)
{
    if (*runs == 0) {
        return false;
    }
    --*runs;
    trial_run(options, operations, count, difference);
    return difference->is_found;
}

/* Takes out `size` operations at a time, from the back. */
static size_t shrink_out(const struct trial_options *options, struct operation *operations,
                         size_t count, size_t size, size_t *runs, struct difference *difference)
{
    struct operation *fewer = calloc(count + 1, sizeof(fewer[0]));
    assert_non_null(fewer);
    for (size_t start = count; start-- > 0;) {
        if (start + size > count || count == size) {
            continue;
        }
        size_t behind = count - start - size;
        memcpy(fewer, operations, start * sizeof(fewer[0]));
        memcpy(fewer + start, operations + start + size, behind * sizeof(fewer[0]));
        if (still_differs(options, fewer, start + behind, runs, difference)) {
            count = difference->place + 1; /* what comes behind it does not matter */
            memcpy(operations, fewer, count * sizeof(fewer[0]));
        }
    }
    free(fewer);
    return count;
}

static void shrink_numbers(const struct trial_options *options, struct operation *operations,
                           size_t count, size_t *runs, struct difference *difference)
{
    for (size_t i = 0; i < count * OPERATION_NUMBERS; i++) {
        uint32_t *number = &operations[i / OPERATION_NUMBERS].numbers[i % OPERATION_NUMBERS];
        uint32_t kept = *number;
        for (uint32_t lower = 0; lower < kept; lower = lower == 0 ? 1 : 2 * lower) {
            *number = lower;
            if (still_differs(options, operations, count, runs, difference)) {
                break;
            }
            *number = kept;
        }
    }
}

size_t trial_shrink(const struct trial_options *options, struct operation *operations, size_t count,
                    size_t runs_max, struct difference *difference)
{
    size_t runs = runs_max;
    for (size_t size = count / 2; size >= 1 && count > 1; size /= 2) {
        count = shrink_out(options, operations, count, size, &runs, difference);
    }
    shrink_numbers(options, operations, count, &runs, difference);
    count = shrink_out(options, operations, count, 1, &runs, difference);
    trial_run(options, operations, count, difference);
    return count;
}
