/* SPDX-License-Identifier: Apache-2.0 */
/* checker_store.c - at rest the store gives back what it took: rows, contexts, history, names of
 * commits.
 *
 *   load, events, find_commit, executions  --compared with-->  shadow
 *
 * Law: each execution is asked for once after its last change, and at most STORE_ASKS_MAX of them
 * at one rest. */
#include "checker/checker_shadow.h"

#include "context/value.h"

enum { STORE_ASKS_MAX = 64 };

/* One question that cannot be refused at rest; the words say what was asked. */
static bool answer_judge(struct checkers *checkers, const struct checked_execution *execution,
                         enum cloacina_code code, const char *words)
{
    if (code == CLOACINA_NO_MEMORY) {
        return checkers_go_blind(checkers);
    }
    return code == CLOACINA_OK ||
           checkers_report(checkers, "I-13", execution, TASK_NONE,
                           "asked for %s, the store says %s", words, cloacina_code_name(code));
}

/* ---- rows ---- */

static bool delta_equals(const struct delta *a, const struct delta *b)
{
    size_t count = a == NULL ? 0 : a->count;
    if (count != (b == NULL ? 0 : b->count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct delta_entry *one = &a->entries[i];
        const struct delta_entry *other = &b->entries[i];
        bool are_set = one->value != NULL && other->value != NULL;
        if (!path_equal(one->path, other->path) ||
            !(are_set ? value_equal(one->value, other->value) : one->value == other->value)) {
            return false;
        }
    }
    return true;
}

static bool task_judge(struct checkers *checkers, const struct checked_execution *execution,
                       const struct feed_task *found)
{
    const struct checked_task *shadow = &execution->tasks[found->task];
    const struct delta *delta =
        execution->writes == NULL ? NULL : execution->writes[found->task].delta;
    if (!checked_task_equals(shadow, &found->row)) {
        return checkers_report(checkers, "I-05", execution, found->task,
                               "the store gives back another row (%s) than was committed (%s)",
                               checked_status_name(found->row.status),
                               checked_status_name(shadow->status));
    }
    return (found->has_delta == (shadow->status == TASK_COMPLETED) &&
            delta_equals(found->delta, delta)) ||
           checkers_report(checkers, "I-12", execution, found->task,
                           "the store gives back another context than was committed");
}

static bool row_judge(struct checkers *checkers, const struct checked_execution *execution,
                      const struct execution_row *found)
{
    const struct execution_row *shadow = &execution->row;
    return (found->revision == shadow->revision && found->status == shadow->status &&
            stamp_equal(found->commit, shadow->commit) &&
            hash128_equal(found->definition, shadow->definition)) ||
           checkers_report(
               checkers, "I-05", execution, TASK_NONE,
               "the store gives back revision %llu (%s), committed was %llu (%s)",
               (unsigned long long)found->revision, checked_execution_status_name(found->status),
               (unsigned long long)shadow->revision, checked_execution_status_name(shadow->status));
}

static bool feed_judge(struct checkers *checkers, const struct checked_execution *execution,
                       const struct feed *feed)
{
    for (size_t i = 0; i < feed->task_count; i++) {
        if (feed->tasks[i].task >= execution->workflow->task_count) {
            return checkers_report(checkers, "I-13", execution, TASK_NONE,
                                   "the store gives back task number %u", feed->tasks[i].task);
        }
        if (!task_judge(checkers, execution, &feed->tasks[i])) {
            return false;
        }
    }
    return row_judge(checkers, execution, &feed->row);
}

/* ---- the questions ---- */

static bool load_judge(struct checkers *checkers, const struct checked_execution *execution,
                       struct dal *store)
{
    struct dal_snapshot snapshot;
    const struct value *context = NULL;
    enum cloacina_code code =
        store->impl->load(store, execution->row.id, &checkers->scratch, &snapshot, NULL);
    if (!answer_judge(checkers, execution, code, "all rows") ||
        !feed_judge(checkers, execution, &snapshot.feed)) {
        return false;
    }
    code = value_read(&checkers->scratch, snapshot.context, &context, NULL);
    if (code == CLOACINA_NO_MEMORY) {
        return checkers_go_blind(checkers);
    }
    bool is_right = snapshot.feed.task_count == execution->workflow->task_count &&
                    hash128_equal(snapshot.definition, execution->workflow->hash) &&
                    text_equal(snapshot.definition_json, execution->workflow->json) &&
                    code == CLOACINA_OK && value_equal(context, execution->context);
    return is_right || checkers_report(checkers, "I-13", execution, TASK_NONE,
                                       "the store gives back another definition, initial context "
                                       "or number of tasks than was submitted");
}

/* What changed since half of its revisions. */
static bool refresh_judge(struct checkers *checkers, const struct checked_execution *execution,
                          struct dal *store)
{
    struct feed feed;
    enum cloacina_code code = store->impl->refresh(
        store, execution->row.id, execution->row.revision / 2, &checkers->scratch, &feed, NULL);
    return answer_judge(checkers, execution, code, "what changed") &&
           feed_judge(checkers, execution, &feed);
}

static bool history_judge(struct checkers *checkers, const struct checked_execution *execution,
                          struct dal *store)
{
    struct event_row *events = NULL;
    size_t count = 0;
    enum cloacina_code code = store->impl->events(store, execution->row.id, 0, SIZE_MAX,
                                                  &checkers->scratch, &events, &count, NULL);
    if (!answer_judge(checkers, execution, code, "its history")) {
        return false;
    }
    bool is_right = count == execution->events;
    for (size_t i = 1; is_right && i < count; i++) {
        const struct event_row *before = &events[i - 1];
        bool goes_on = events[i].revision == before->revision && events[i].n == before->n + 1;
        is_right = goes_on || (events[i].revision == before->revision + 1 && events[i].n == 0);
    }
    return is_right || checkers_report(checkers, "I-05", execution, TASK_NONE,
                                       "the store gives back %zu events, or not in their order; "
                                       "committed were %llu",
                                       count, (unsigned long long)execution->events);
}

static bool name_judge(struct checkers *checkers, const struct checked_execution *execution,
                       struct dal *store)
{
    uint64_t revision = 0;
    struct stamp nobody = {.lease = execution->row.commit.lease, .serial = CHECKED_SERIAL_MAX};
    uint64_t none = 0;
    enum cloacina_code code =
        store->impl->find_commit(store, execution->row.id, execution->row.commit, &revision, NULL);
    if (code == CLOACINA_OK) {
        code = store->impl->find_commit(store, execution->row.id, nobody, &none, NULL);
    }
    return answer_judge(checkers, execution, code, "a commit") &&
           ((revision != 0 && revision <= execution->row.revision && none == 0) ||
            checkers_report(checkers, "I-22", execution, TASK_NONE,
                            "the store finds its newest commit at revision %llu of %llu, and one "
                            "that nobody made at %llu",
                            (unsigned long long)revision,
                            (unsigned long long)execution->row.revision, (unsigned long long)none));
}

static bool execution_judge(struct checkers *checkers, struct checked_execution *execution,
                            struct dal *store)
{
    execution->is_changed = false;
    arena_reset(&checkers->scratch);
    return load_judge(checkers, execution, store) && refresh_judge(checkers, execution, store) &&
           history_judge(checkers, execution, store) && name_judge(checkers, execution, store);
}

bool store_judge(struct checkers *checkers, struct dal *store)
{
    size_t asks = 0;
    for (struct checked_execution *execution = checkers->first;
         execution != NULL && asks < STORE_ASKS_MAX; execution = execution->next) {
        if (!execution->is_changed) {
            continue;
        }
        asks++;
        if (!execution_judge(checkers, execution, store)) {
            return false;
        }
    }
    return true;
}
