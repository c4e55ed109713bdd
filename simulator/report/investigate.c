/* SPDX-License-Identifier: Apache-2.0 */
/* investigate.c - shrink, replay, tell. */
#include "report/investigate.h"

#include <string.h>

#include <cloacina/world.h>

#include "report/story.h"
#include "report/swimlane.h"

/* The texts of a finding while they are put together. */
struct texts {
    struct text_builder token, story, picture, needs;
};

static void texts_init(struct texts *texts, struct cloacina_heap *heap)
{
    text_builder_init(&texts->token, heap);
    text_builder_init(&texts->story, heap);
    text_builder_init(&texts->picture, heap);
    text_builder_init(&texts->needs, heap);
}

static void texts_finish(struct texts *texts)
{
    text_builder_finish(&texts->token);
    text_builder_finish(&texts->story);
    text_builder_finish(&texts->picture);
    text_builder_finish(&texts->needs);
}

static bool texts_have_failed(const struct texts *texts)
{
    return texts->token.failed || texts->story.failed || texts->picture.failed ||
           texts->needs.failed;
}

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a finding");
}

static void token_write(const struct investigate *asked, const struct shrink_result *shrunk,
                        struct texts *texts)
{
    struct token token = *asked->world;
    token.decisions = shrunk->decisions;
    token.decision_count = shrunk->decision_count;
    token_print(&token, &texts->token);
}

/* As the last run had it; what cannot be seen again, or was not waited for as long, as it was
 * seen. */
static struct search_finding finding_of(const struct investigate *asked,
                                        const struct shrink_result *shrunk)
{
    bool is_hang = strcmp(asked->finding->id, "hang") == 0;
    return shrunk->is_reproduced && !is_hang ? shrunk->outcome.finding : *asked->finding;
}

/* A run that kills its process is told up to the event before: its last one is the finding. */
static enum cloacina_code tell(const struct investigate *asked, const struct shrink_result *shrunk,
                               struct texts *texts, struct cloacina_error *err)
{
    const struct search_subject *subject = asked->subject;
    struct tales tales;
    struct search_outcome outcome;
    tales_init(&tales, subject->heap);
    search_outcome_init(&outcome, subject->heap);
    struct search_setup setup = {.seed = asked->seed, .teller = &tales.teller};
    if (asked->is_isolated) {
        uint64_t events = shrunk->outcome.figures.events;
        setup.events_max = events > 1 ? events - 1 : 1;
    }
    enum cloacina_code code = search_replay(subject, shrunk->decisions, shrunk->decision_count,
                                            &setup, &outcome, NULL, err);
    if (code == CLOACINA_OK) {
        struct search_finding finding = finding_of(asked, shrunk);
        if (asked->is_isolated && tales.count > 0) {
            finding.at = tales.list[tales.count - 1].at - CLOACINA_WORLD_START_NS;
        }
        story_write(&tales,
                    &(struct story_options){.finding = &finding, .is_whole = asked->is_whole},
                    &texts->story);
        swimlane_write(&tales, &finding, &texts->picture);
    }
    bool failed = tales.failed;
    search_outcome_finish(&outcome);
    tales_finish(&tales);
    return code == CLOACINA_OK && failed ? no_memory(err) : code;
}

static enum cloacina_code add(const struct investigate *asked, const struct shrink_result *shrunk,
                              const struct texts *texts, struct report *report,
                              struct cloacina_error *err)
{
    struct report_finding finding = {
        .finding = finding_of(asked, shrunk),
        .count = asked->count,
        .origin = asked->origin,
        .seed = asked->seed,
        .decisions = asked->decision_count,
        .shrunk = shrunk->decision_count,
        .shrink_runs = shrunk->runs,
        .is_minimal = shrunk->is_complete,
        .token = text_builder_terminated(&texts->token),
        .story = text_builder_terminated(&texts->story),
        .picture = text_builder_terminated(&texts->picture),
        .needs = text_builder_terminated(&texts->needs),
    };
    if (texts_have_failed(texts) || !report_add_finding(report, &finding)) {
        return no_memory(err);
    }
    return CLOACINA_OK;
}

static enum cloacina_code describe(const struct investigate *asked,
                                   const struct shrink_result *shrunk, struct report *report,
                                   struct cloacina_error *err)
{
    struct texts texts;
    texts_init(&texts, asked->subject->heap);
    token_write(asked, shrunk, &texts);
    enum cloacina_code code = tell(asked, shrunk, &texts, err);
    if (!shrunk->is_reproduced) {
        text_builder_append_terminated(&texts.needs, "needs: something that no decision says; the "
                                                     "same run did not fail again (see --twice)");
    } else if (code == CLOACINA_OK && !asked->is_isolated) {
        code = shrink_explain(asked->subject, asked->finding, shrunk, &texts.needs, err);
    }
    if (code == CLOACINA_OK) {
        code = add(asked, shrunk, &texts, report, err);
    }
    texts_finish(&texts);
    return code;
}

/* A run that has hung for ten seconds is known to hang: to wait as long for every try would use up
 * the budget with the first. */
#define KNOWN_HANG_NS INT64_C(250000000)

static struct search_isolation isolation_of(const struct investigate *asked)
{
    struct search_isolation isolation = {.enter = NULL};
    if (asked->isolation != NULL) {
        isolation = *asked->isolation;
    }
    if (strcmp(asked->finding->id, "hang") == 0) {
        isolation.hang_ns = KNOWN_HANG_NS;
    }
    return isolation;
}

enum cloacina_code investigate(const struct investigate *asked, struct report *report,
                               struct cloacina_error *err)
{
    struct shrink_result shrunk;
    struct search_isolation isolation = isolation_of(asked);
    struct shrink_options options = {
        .runs_max = asked->shrink_runs_max,
        .clock = asked->clock,
        .seed = asked->seed,
        .is_isolated = asked->is_isolated || asked->is_careful,
        .isolation = &isolation,
    };
    enum cloacina_code code = shrink(asked->subject, asked->finding, asked->decisions,
                                     asked->decision_count, &options, &shrunk, err);
    if (code == CLOACINA_OK) {
        code = describe(asked, &shrunk, report, err);
        shrink_result_finish(&shrunk);
    }
    return code;
}
