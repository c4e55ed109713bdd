/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_tell.c - one finding, told.
 *
 * Law: the token that is shown has been seen to lead to the finding. */
#include "simulate/simulate_tell.h"

#include <string.h>

#include <cloacina/clock.h>

#include "report/investigate.h"
#include "report/story.h"
#include "report/swimlane.h"

/* ---- a finding that one run shows ---- */

static enum cloacina_code tell_single(const struct telling *telling, const struct found *found,
                                      const struct token *world, const char *origin,
                                      struct cloacina_error *err)
{
    struct session *session = telling->session;
    const struct investigate asked = {
        .subject = &found->stage->subject.search,
        .world = world,
        .finding = &found->finding,
        .decisions = found->decisions,
        .decision_count = found->decision_count,
        .seed = stage_seed(found->stage, found->run),
        .count = found->count,
        .origin = origin,
        .clock = cloacina_clock_system(),
        .is_isolated = finding_is_deadly(&found->finding),
        .is_careful = telling->is_careful,
        .is_whole = session->options.story == STORY_ALL,
        .shrink_runs_max = telling->is_as_given ? 1 : 0,
    };
    enum cloacina_code code = investigate(&asked, &session->report, err);
    if (code == CLOACINA_OK && telling->is_as_given) {
        session->report.findings[session->report.finding_count - 1].shrink_runs = 0;
    }
    return code;
}

/* ---- I-29: a finding that takes two runs ---- */

/* Is it there with these decisions? */
static enum cloacina_code differs(const struct found *found, const struct decision *decisions,
                                  size_t count, struct search_outcome *outcome, bool *ret_differs,
                                  struct cloacina_error *err)
{
    uint64_t seed = stage_seed(found->stage, found->run);
    enum cloacina_code code =
        simulate_subject_replay(&found->stage->subject, decisions, count, seed, true, outcome, err);
    *ret_differs = code == CLOACINA_OK && search_finding_equal(&outcome->finding, &found->finding);
    return code;
}

/* None, faults alone, or all: the first of them that will do. `decisions` has room for all. */
static enum cloacina_code fewest(const struct found *found, struct decision *decisions,
                                 size_t *ret_count, struct search_outcome *outcome,
                                 struct cloacina_error *err)
{
    bool is_enough = false;
    *ret_count = 0;
    enum cloacina_code code = differs(found, decisions, 0, outcome, &is_enough, err);
    for (size_t i = 0; i < found->decision_count && !is_enough; i++) {
        const struct decision *decision = &found->decisions[i];
        if (decision->choice.fault != FAULT_POSTPONE && decision->choice.fault != FAULT_NUMBER) {
            decisions[(*ret_count)++] = *decision;
        }
    }
    if (code == CLOACINA_OK && !is_enough) {
        code = differs(found, decisions, *ret_count, outcome, &is_enough, err);
    }
    if (code == CLOACINA_OK && !is_enough && found->decision_count > 0) {
        memcpy(decisions, found->decisions, found->decision_count * sizeof(decisions[0]));
        *ret_count = found->decision_count;
        code = differs(found, decisions, *ret_count, outcome, &is_enough, err);
    }
    return code;
}

struct texts {
    struct text_builder token, story, picture;
};

static enum cloacina_code story_tell(const struct telling *telling, const struct found *found,
                                     const struct token *token, struct texts *texts,
                                     struct cloacina_error *err)
{
    struct tales tales;
    struct search_outcome outcome;
    struct cloacina_heap *heap = telling->session->call->heap;
    tales_init(&tales, heap);
    search_outcome_init(&outcome, heap);
    struct search_setup setup = {.seed = stage_seed(found->stage, found->run),
                                 .teller = &tales.teller};
    enum cloacina_code code = search_replay(&found->stage->subject.search, token->decisions,
                                            token->decision_count, &setup, &outcome, NULL, err);
    const struct story_options options = {.finding = &found->finding,
                                          .is_whole = telling->session->options.story == STORY_ALL};
    if (code == CLOACINA_OK) {
        token_print(token, &texts->token);
        story_write(&tales, &options, &texts->story);
        swimlane_write(&tales, &found->finding, &texts->picture);
    }
    if (code == CLOACINA_OK && tales.failed) {
        code = session_no_memory(err);
    }
    search_outcome_finish(&outcome);
    tales_finish(&tales);
    return code;
}

static enum cloacina_code add_double(const struct telling *telling, const struct found *found,
                                     const struct token *token, const char *origin,
                                     struct cloacina_error *err)
{
    struct texts texts;
    struct cloacina_heap *heap = telling->session->call->heap;
    text_builder_init(&texts.token, heap);
    text_builder_init(&texts.story, heap);
    text_builder_init(&texts.picture, heap);
    enum cloacina_code code = story_tell(telling, found, token, &texts, err);
    struct report_finding finding = {
        .finding = found->finding,
        .count = found->count,
        .origin = origin,
        .seed = stage_seed(found->stage, found->run),
        .decisions = found->decision_count,
        .shrunk = token->decision_count,
        .token = text_builder_terminated(&texts.token),
        .story = text_builder_terminated(&texts.story),
        .picture = text_builder_terminated(&texts.picture),
    };
    bool is_whole = !texts.token.failed && !texts.story.failed && !texts.picture.failed;
    if (code == CLOACINA_OK &&
        (!is_whole || !report_add_finding(&telling->session->report, &finding))) {
        code = session_no_memory(err);
    }
    text_builder_finish(&texts.token);
    text_builder_finish(&texts.story);
    text_builder_finish(&texts.picture);
    return code;
}

static enum cloacina_code tell_double(const struct telling *telling, const struct found *found,
                                      const struct token *world, const char *origin,
                                      struct cloacina_error *err)
{
    struct arena *arena = &telling->session->arena;
    struct token token = *world;
    struct search_outcome outcome;
    token.decisions = arena_take_zeroed(arena, found->decision_count, sizeof(token.decisions[0]));
    if (token.decisions == NULL) {
        return session_no_memory(err);
    }
    search_outcome_init(&outcome, telling->session->call->heap);
    enum cloacina_code code = fewest(found, token.decisions, &token.decision_count, &outcome, err);
    search_outcome_finish(&outcome);
    return code == CLOACINA_OK ? add_double(telling, found, &token, origin, err) : code;
}

/* ---- both ---- */

static enum cloacina_code judge(const struct telling *telling, const struct found *found,
                                struct cloacina_error *err)
{
    struct session *session = telling->session;
    struct report *report = &session->report;
    struct report_finding *finding = &report->findings[report->finding_count - 1];
    const struct known_line *line =
        known_find(telling->known, found->finding.id, found->finding.name, found->finding.message);
    if (line == NULL) {
        return emit_write(telling->emit, session, &found->stage->said.options,
                          found->stage->subject.context, finding, err);
    }
    finding->is_known = true;
    finding->known = text_copy(&report->arena, text_of(line->reason)).bytes;
    return finding->known != NULL ? CLOACINA_OK : session_no_memory(err);
}

enum cloacina_code tell_found(const struct telling *telling, const struct found *found,
                              struct cloacina_error *err)
{
    struct session *session = telling->session;
    struct simulate_token said = found->stage->said;
    struct token world;
    struct text_builder origin;
    said.seed = stage_seed(found->stage, found->run);
    said.has_seed = found->stage->subject.search.uses_seed;
    bool is_double = strcmp(found->finding.id, "I-29") == 0;
    said.is_twice = is_double;
    if (!simulate_token_make(&session->arena, &session->source, &said,
                             found->stage->subject.context, found->stage->plan, &world)) {
        return session_no_memory(err);
    }
    text_builder_init(&origin, session->call->heap);
    stage_describe_run(found->stage, found->run, &origin);
    const char *text = text_builder_terminated(&origin);
    enum cloacina_code code = is_double ? tell_double(telling, found, &world, text, err)
                                        : tell_single(telling, found, &world, text, err);
    if (code == CLOACINA_OK && origin.failed) {
        code = session_no_memory(err);
    }
    text_builder_finish(&origin);
    return code == CLOACINA_OK ? judge(telling, found, err) : code;
}
