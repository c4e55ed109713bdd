/* SPDX-License-Identifier: Apache-2.0 */
/* vitals.c - judges and prints the figures of a runner.
 *
 * Law: a counter only grows, a gauge is of now, and nothing is printed that was not counted. */
#include "cloacinactl/vitals.h"

#include <inttypes.h>

#include "base/instant.h"
#include "context/json.h"

/* ---- healthy, ready ---- */

bool vitals_are_healthy(const struct vitals *vitals, struct text_builder *ret_reason)
{
    int64_t silence = vitals->now - vitals->figures.answered_at;
    if (silence > vitals->stale_after_ns) {
        char text[DURATION_TEXT_SIZE];
        duration_print(silence - silence % NANOSECONDS_PER_SECOND, text);
        text_builder_print(ret_reason, "the store has not answered for %s", text);
        return false;
    }
    if (vitals->figures.lease == 0 && !vitals->is_draining) {
        text_builder_print(ret_reason, "there is no lease");
        return false;
    }
    return true;
}

bool vitals_are_ready(const struct vitals *vitals, struct text_builder *ret_reason)
{
    if (vitals->is_draining) {
        text_builder_print(ret_reason, "draining");
        return false;
    }
    if (!vitals_are_healthy(vitals, ret_reason)) {
        return false;
    }
    if (!vitals->figures.is_claiming) {
        text_builder_print(ret_reason, "nothing is claimed: %u bodies did not return",
                           vitals->figures.zombies);
        return false;
    }
    return true;
}

void vitals_write_json(bool is_good, const char *status, struct text reason,
                       struct text_builder *ret_json)
{
    text_builder_append_terminated(ret_json, "{\"status\":");
    json_write_text(ret_json, text_of(is_good ? "ok" : status));
    text_builder_append_terminated(ret_json, ",\"reason\":");
    if (is_good) {
        text_builder_append_terminated(ret_json, "null");
    } else {
        json_write_text(ret_json, reason);
    }
    text_builder_append_terminated(ret_json, "}\n");
}

/* ---- metrics ---- */

/* One line of a family. `labels` is "" or "{...}". */
struct sample {
    const char *labels;
    uint64_t value;
};

enum { SAMPLES_MAX = 3 };

struct family {
    const char *name;
    const char *help;
    bool is_counter;
    struct sample samples[SAMPLES_MAX];
};

static void family_write(const struct family *family, struct text_builder *text)
{
    text_builder_print(text, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
                       family->name, family->is_counter ? "counter" : "gauge");
    for (size_t i = 0; i < SAMPLES_MAX && family->samples[i].labels != NULL; i++) {
        text_builder_print(text, "%s%s %" PRIu64 "\n", family->name, family->samples[i].labels,
                           family->samples[i].value);
    }
}

/* A duration in seconds with all its digits. */
static void silence_write(const struct vitals *vitals, struct text_builder *text)
{
    int64_t silence = vitals->now - vitals->figures.answered_at;
    silence = silence < 0 ? 0 : silence;
    text_builder_print(text,
                       "# HELP cloacina_store_silence_seconds Since the store's last answer.\n"
                       "# TYPE cloacina_store_silence_seconds gauge\n"
                       "cloacina_store_silence_seconds %" PRId64 ".%09" PRId64 "\n",
                       silence / NANOSECONDS_PER_SECOND, silence % NANOSECONDS_PER_SECOND);
}

static void work_write(const struct cloacina_runner_figures *figures, struct text_builder *text)
{
    const struct family families[] = {
        {"cloacina_workflows_total",
         "Workflow executions that this runner has ended.",
         true,
         {{"{status=\"completed\",reason=\"ok\"}", figures->workflows_completed},
          {"{status=\"failed\",reason=\"dependency_failed\"}", figures->workflows_failed},
          {"{status=\"cancelled\",reason=\"cancelled\"}", figures->workflows_cancelled}}},
        {"cloacina_tasks_total",
         "Tasks that this runner has ended.",
         true,
         {{"{status=\"completed\"}", figures->tasks_completed},
          {"{status=\"failed\"}", figures->tasks_failed},
          {"{status=\"skipped\"}", figures->tasks_skipped}}},
        {"cloacina_active_workflows",
         "Workflow executions in this runner's memory.",
         false,
         {{"", figures->executions}}},
        {"cloacina_active_tasks",
         "Task bodies of this runner that have not returned.",
         false,
         {{"", figures->attempts}}},
        {"cloacina_parked_tasks",
         "Of the active tasks: deferred, without a slot.",
         false,
         {{"", figures->parked}}},
        {"cloacina_zombie_tasks",
         "Of the active tasks: cancelled, and over their grace.",
         false,
         {{"", figures->zombies}}},
        {"cloacina_scheduler_stale_claims_swept_total",
         "Claims of dead runners that this one has taken back.",
         true,
         {{"", figures->claims_recovered}}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(families); i++) {
        family_write(&families[i], text);
    }
}

static void runner_write(const struct cloacina_runner_figures *figures, struct text_builder *text)
{
    const struct family families[] = {
        {"cloacina_runner_slots", "Bodies at a time.", false, {{"", figures->slots}}},
        {"cloacina_runner_slots_used", "Slots that are taken.", false, {{"", figures->slots_used}}},
        {"cloacina_runner_claiming",
         "1: takes new work.",
         false,
         {{"", figures->is_claiming ? 1 : 0}}},
        {"cloacina_runner_steps_total", "Turns of the loop.", true, {{"", figures->steps}}},
        {"cloacina_store_calls_total", "Calls to the store.", true, {{"", figures->store_calls}}},
        {"cloacina_store_commits_total",
         "Commits by what came of them.",
         true,
         {{"{outcome=\"applied\"}", figures->commits},
          {"{outcome=\"conflict\"}", figures->conflicts},
          {"{outcome=\"unknown\"}", figures->unknowns}}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(families); i++) {
        family_write(&families[i], text);
    }
}

void vitals_write_metrics(const struct vitals *vitals, struct text_builder *ret_text)
{
    const struct family up = {"cloacina_up", "1: the process is there.", false, {{"", 1}}};
    family_write(&up, ret_text);
    work_write(&vitals->figures, ret_text);
    runner_write(&vitals->figures, ret_text);
    silence_write(vitals, ret_text);
}
