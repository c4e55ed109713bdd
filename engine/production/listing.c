/* SPDX-License-Identifier: Apache-2.0 */
/* listing.c - executions and their events, as lists that belong to the caller.
 *
 * Law: the store is asked on the stepping thread; texts are copied into the list there. */
#include "base/instant.h"
#include "execution/state.h"
#include "production/production.h"

enum { LIST_DEFAULT = 100, LIST_MAX = 1000, HISTORY_DEFAULT = 1000 };

/* ---- lists ---- */

struct listing {
    struct cloacina_listing shown; /* first */
    struct cloacina_heap *heap;
    struct arena arena;
};

struct list_question {
    struct dal_question question;
    struct listing *listing;
};

/* False: no memory. */
static bool item_copy(struct arena *arena, const struct dal_listed *listed,
                      struct cloacina_execution_info *info)
{
    const struct execution_row *row = &listed->row;
    char *id = arena_take(arena, ID_TEXT_SIZE);
    if (id == NULL) {
        return false;
    }
    id_print(row->id, id);
    *info = (struct cloacina_execution_info){
        .id = id,
        .workflow = text_copy(arena, listed->workflow).bytes,
        .package = text_copy(arena, listed->package).bytes,
        .tenant = text_copy(arena, listed->tenant).bytes,
        .status = (enum cloacina_execution_status)row->status,
        .reason = row->reason == NULL ? NULL : text_copy(arena, text_of(row->reason)).bytes,
        .revision = row->revision,
        .created_at = row->created_at,
        .started_at = row->started_at,
        .completed_at = row->completed_at,
        .tasks = listed->task_count,
        .completed = row->completed,
        .failed = row->failed,
        .skipped = row->skipped,
    };
    return info->workflow != NULL && info->package != NULL && info->tenant != NULL &&
           (info->reason == NULL) == (row->reason == NULL);
}

static bool items_copy(struct listing *listing, const struct dal_listed *listed, size_t count)
{
    struct cloacina_execution_info *items =
        arena_take_zeroed(&listing->arena, count, sizeof(items[0]));
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!item_copy(&listing->arena, &listed[i], &items[i])) {
            return false;
        }
    }
    listing->shown = (struct cloacina_listing){.count = count, .items = items};
    return true;
}

static void list(struct runner *step, struct runner_command *command)
{
    struct call *call = (struct call *)command;
    struct list_question *asked = call->argument;
    struct dal *dal = &call->runner->store.dal;
    struct arena arena;
    struct dal_listed *listed;
    size_t count;
    (void)step;
    arena_init(&arena, call->runner->heap);
    command->code =
        dal->impl->executions(dal, &asked->question, &arena, &listed, &count, &command->error);
    if (command->code == CLOACINA_OK && !items_copy(asked->listing, listed, count)) {
        command->code =
            cloacina_error_raise(&command->error, CLOACINA_NO_MEMORY, "no memory for the list");
    }
    arena_finish(&arena);
}

static struct listing *listing_create(struct cloacina_heap *heap)
{
    struct listing *listing = heap_take_zeroed(heap, 1, sizeof(*listing));
    if (listing != NULL) {
        listing->heap = heap;
        arena_init(&listing->arena, heap);
    }
    return listing;
}

void cloacina_listing_destroy(struct cloacina_listing *shown)
{
    struct listing *listing = (struct listing *)shown;
    if (listing != NULL) {
        arena_finish(&listing->arena);
        heap_give(listing->heap, listing, sizeof(*listing));
    }
}

static enum cloacina_code question_make(const struct cloacina_list_options *options,
                                        struct dal_question *ret_question,
                                        struct cloacina_error *err)
{
    static const struct cloacina_list_options defaults;
    options = options != NULL ? options : &defaults;
    *ret_question = (struct dal_question){
        .statuses = options->statuses,
        .workflow = text_of(options->workflow),
        .newest_first = !options->oldest_first,
        .limit = options->limit == 0 ? LIST_DEFAULT : options->limit,
    };
    if (options->limit > LIST_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "list: 'limit' is %u, and may be 1 to %d", options->limit,
                                    LIST_MAX);
    }
    if (options->statuses >= 1u << EXECUTION_STATUSES) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "list: 'statuses' has a bit too many");
    }
    return options->after == NULL ? CLOACINA_OK
                                  : id_parse(text_of(options->after), &ret_question->after, err);
}

enum cloacina_code cloacina_runner_list(struct cloacina_runner *runner,
                                        const struct cloacina_list_options *options,
                                        struct cloacina_listing **ret_listing,
                                        struct cloacina_error *err)
{
    struct list_question asked;
    *ret_listing = NULL;
    enum cloacina_code code = question_make(options, &asked.question, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    asked.listing = listing_create(runner->heap);
    if (asked.listing == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "runner '%s': no memory for the list",
                                    runner->name);
    }
    code = call_run(runner, list, &asked, err);
    if (code == CLOACINA_OK) {
        *ret_listing = &asked.listing->shown;
    } else {
        cloacina_listing_destroy(&asked.listing->shown);
    }
    return code;
}

/* ---- histories ---- */

struct history {
    struct cloacina_history shown; /* first */
    struct cloacina_heap *heap;
    const struct workflow *workflow; /* Owned reference: names of tasks come from it */
    struct cloacina_event *items;    /* Owned */
    size_t capacity;
};

struct history_question {
    struct history *history;
    struct id id;
    uint64_t after_revision;
    uint32_t limit;
};

/* The code of a row stays after its task has been tried again: only some events are about it. */
static const char *detail_of(const struct event_row *event)
{
    bool is_failure = event->type == EVENT_TASK_FAILED ||
                      event->type == EVENT_TASK_RETRY_SCHEDULED ||
                      event->type == EVENT_TASK_ABANDONED;
    if (event->type == EVENT_TASK_SKIPPED) {
        return skip_reason_name((enum skip_reason)event->skip);
    }
    return is_failure ? cloacina_code_name((enum cloacina_code)event->code) : NULL;
}

static void event_fill(const struct workflow *workflow, const struct event_row *event,
                       struct cloacina_event *into)
{
    *into = (struct cloacina_event){
        .revision = event->revision,
        .n = event->n,
        .type = event_type_name((enum event_type)event->type),
        .task = event->task < workflow->task_count ? workflow->tasks[event->task].name : NULL,
        .attempt = event->attempt,
        .detail = detail_of(event),
        .at = event->at,
        .retry_at = event->retry_at,
        .lease = event->claim.lease,
    };
}

/* How many of the events to show: whole revisions, at most `limit` events or else one revision. 0: more
 * have to be read to know where the first one ends. */
static size_t whole_revisions(const struct event_row *events, size_t count, bool is_all,
                              size_t limit)
{
    size_t whole = 0;
    for (size_t end = 1; end <= count && (end <= limit || whole == 0); end++) {
        bool is_boundary = end == count ? is_all : events[end].revision != events[end - 1].revision;
        if (is_boundary) {
            whole = end;
        }
    }
    return whole;
}

static bool events_copy(struct history *history, const struct event_row *events, size_t count)
{
    if (!heap_grow(history->heap, &history->items, &history->capacity, count,
                   sizeof(history->items[0]))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        event_fill(history->workflow, &events[i], &history->items[i]);
    }
    history->shown = (struct cloacina_history){.count = count, .items = history->items};
    return true;
}

/* Reads more until a revision has ended. `*ret_whole` is how many to show. */
static enum cloacina_code events_ask(struct dal *dal, const struct history_question *asked,
                                     struct arena *arena, struct event_row **ret_events,
                                     size_t *ret_whole, struct cloacina_error *err)
{
    enum cloacina_code code;
    size_t count;
    bool is_all;
    size_t limit = (size_t)asked->limit + 1;
    do {
        arena_reset(arena);
        code = dal->impl->events(dal, asked->id, asked->after_revision, limit, arena, ret_events,
                                 &count, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        is_all = count < limit;
        *ret_whole = whole_revisions(*ret_events, count, is_all, asked->limit);
        limit *= 2;
    } while (*ret_whole == 0 && !is_all);
    return CLOACINA_OK;
}

static void read_events(struct runner *step, struct runner_command *command)
{
    struct call *call = (struct call *)command;
    const struct history_question *asked = call->argument;
    struct dal *dal = &call->runner->store.dal;
    struct arena arena;
    struct event_row *events;
    size_t count;
    (void)step;
    arena_init(&arena, call->runner->heap);
    command->code = events_ask(dal, asked, &arena, &events, &count, &command->error);
    if (command->code == CLOACINA_OK && !events_copy(asked->history, events, count)) {
        command->code =
            cloacina_error_raise(&command->error, CLOACINA_NO_MEMORY, "no memory for the history");
    }
    arena_finish(&arena);
}

void cloacina_history_destroy(struct cloacina_history *shown)
{
    struct history *history = (struct history *)shown;
    if (history != NULL) {
        workflow_unref(history->workflow);
        heap_give(history->heap, history->items, history->capacity * sizeof(history->items[0]));
        heap_give(history->heap, history, sizeof(*history));
    }
}

enum cloacina_code cloacina_execution_history(struct cloacina_execution *execution,
                                              uint64_t after_revision, uint32_t limit,
                                              struct cloacina_history **ret_history,
                                              struct cloacina_error *err)
{
    struct cloacina_runner *runner = execution->runner;
    struct history *history = heap_take_zeroed(runner->heap, 1, sizeof(*history));
    *ret_history = NULL;
    if (history == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY,
                                    "runner '%s': no memory for the history", runner->name);
    }
    history->heap = runner->heap;
    history->workflow = workflow_ref(execution->picture->workflow);
    struct history_question asked = {
        .history = history,
        .id = execution->picture->id,
        .after_revision = after_revision,
        .limit = limit == 0 ? HISTORY_DEFAULT : limit,
    };
    enum cloacina_code code = call_run(runner, read_events, &asked, err);
    if (code == CLOACINA_OK) {
        *ret_history = &history->shown;
    } else {
        cloacina_history_destroy(&history->shown);
    }
    return code;
}
