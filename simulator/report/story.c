/* SPDX-License-Identifier: Apache-2.0 */
/* story.c - tales become clauses, clauses become lines, lines become a story that can be read.
 *
 *   tale --left out? --> clause --same instant, same attempt? --> onto that line
 *                          |                            \-------> a line of its own
 *                          +-- a task that does not matter ----> into a group of such
 *
 * Law: a line is told at the instant of its first clause; only within that instant does a clause go
 * back to an earlier line, and never past something loud. */
#include "report/story.h"

#include <stdio.h>
#include <string.h>

#include <cloacina/world.h>

#include "base/heap.h"
#include "report/sentence.h"

enum {
    LINE_TEXT_MAX = STORY_COLUMNS - 13, /* columns, behind indent and moment */
    NAMES_MAX = 5,                      /* of tasks in a group */
    SOFT_FAULTS_MAX = 12,               /* more are not told */
    LINES_FIRST = 2,                    /* of a story that is cut, these are told in any case */
    LINES_LAST = 5,
    LINES_CUT = STORY_LINES_MAX - 5, /* told of a story that is cut: the gaps need lines, too */
    MESSAGE_LINES_MAX = 20,
};

/* Tasks that do not matter, and ended alike, one after the other. */
struct group {
    size_t count; /* 0: the line is no group */
    enum tale_kind kind;
    struct text reason;
    uint32_t runner; /* 0: not all the same */
    int64_t until;
    struct text names; /* the first few */
};

struct line {
    int64_t at;
    enum loudness loudness;
    uint32_t run, attempt;
    struct text task; /* empty: it is not about an attempt */
    struct text text;
    struct group group; /* behind the text */
    bool is_told;
};

struct writer {
    const struct tales *tales;
    const struct story_options *options;
    struct cast cast;
    struct arena arena;
    struct line *lines; /* Owned */
    size_t count, capacity;
    size_t soft_faults;
    uint64_t away; /* bit r: runner r has died or stopped */
    struct text_builder clause;
    bool failed; /* no memory */
};

/* ---- looking around ---- */

static bool is_same_attempt(const struct tale *a, const struct tale *b)
{
    return a->run == b->run && a->attempt == b->attempt && text_equal(a->task, b->task);
}

/* The next tale of that kind about the same runner or attempt at the same instant; NULL: none. */
static const struct tale *next_of(const struct writer *writer, const struct tale *tale,
                                  enum tale_kind kind)
{
    const struct tale *end = writer->tales->list + writer->tales->count;
    for (const struct tale *next = tale + 1; next < end && next->at == tale->at; next++) {
        if (next->kind == kind &&
            (next->task.length > 0 ? is_same_attempt(next, tale) : next->runner == tale->runner)) {
            return next;
        }
    }
    return NULL;
}

static enum fault fault_of(const struct tale *tale)
{
    bool is_fault = tale->kind == TALE_FAULT && tale->decision != NULL;
    return is_fault ? tale->decision->choice.fault : FAULT_NONE;
}

/* What a death or a standstill came from: the newest such fault of that runner. */
static const struct tale *cause_of(const struct writer *writer, const struct tale *tale)
{
    for (const struct tale *before = tale; before-- > writer->tales->list;) {
        enum fault fault = fault_of(before);
        bool is_cause = tale->kind == TALE_DIED ? fault == FAULT_CRASH || fault == FAULT_CRASH_AFTER
                                                : fault == FAULT_FREEZE;
        if (before->runner == tale->runner && (is_cause || before->kind == tale->kind)) {
            return is_cause ? before : NULL;
        }
    }
    return NULL;
}

/* Does a later tale tell of that death or standstill? */
static bool is_carried_out(const struct writer *writer, const struct tale *fault,
                           enum tale_kind kind)
{
    const struct tale *end = writer->tales->list + writer->tales->count;
    for (const struct tale *next = fault + 1; next < end; next++) {
        if (next->runner == fault->runner && next->kind == kind) {
            return true;
        }
    }
    return false;
}

/* The fault let the effect happen, but lost its reply. */
static bool is_lost_reply(const struct tale *fault, const struct tale *effect)
{
    return fault_of(fault) == FAULT_REPLY_LOST && fault->decision->label.site == SITE_EFFECT &&
           fault->at == effect->at && is_same_attempt(fault, effect) &&
           text_equal(fault->decision->label.name, effect->text);
}

static bool reply_was_lost(const struct writer *writer, const struct tale *effect)
{
    for (const struct tale *before = effect; before-- > writer->tales->list;) {
        if (before->at != effect->at) {
            return false;
        }
        if (is_lost_reply(before, effect)) {
            return true;
        }
        if (before->kind == TALE_EFFECT && is_same_attempt(before, effect)) {
            return false;
        }
    }
    return false;
}

/* ---- what is left out ---- */

static bool fault_is_left_out(const struct writer *writer, const struct tale *tale)
{
    if (tale->decision == NULL) {
        return true;
    }
    if (fault_is_soft(tale)) {
        return writer->soft_faults > SOFT_FAULTS_MAX && !writer->options->is_whole;
    }
    enum fault fault = fault_of(tale);
    if (fault == FAULT_CRASH || fault == FAULT_CRASH_AFTER) {
        return tale->runner != 0 && is_carried_out(writer, tale, TALE_DIED);
    }
    if (fault == FAULT_FREEZE) {
        return is_carried_out(writer, tale, TALE_FROZEN);
    }
    const struct tale *effect = next_of(writer, tale, TALE_EFFECT);
    return effect != NULL && is_lost_reply(tale, effect);
}

/* What became of the body is stored at the same instant, and told then. */
static bool result_follows(const struct writer *writer, const struct tale *tale)
{
    static const enum tale_kind results[] = {TALE_COMPLETED, TALE_FAILED, TALE_RETRY,
                                             TALE_ABANDONED};
    for (size_t i = 0; i < ARRAY_COUNT(results); i++) {
        if (next_of(writer, tale, results[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static uint64_t runner_bit(const struct tale *tale)
{
    return UINT64_C(1) << (tale->runner % 64);
}

/* A runner that begins is news when it was gone. */
static bool beginning_is_left_out(struct writer *writer, const struct tale *tale)
{
    bool was_away = (writer->away & runner_bit(tale)) != 0;
    writer->away &= ~runner_bit(tale);
    return !was_away;
}

static bool is_left_out(struct writer *writer, const struct tale *tale)
{
    switch (tale->kind) {
    case TALE_FAULT:
        return fault_is_left_out(writer, tale);
    case TALE_RETURNED:
        return tale->code == CLOACINA_CRASHED || result_follows(writer, tale);
    case TALE_EXECUTION:
        return !writer->options->is_whole && (text_equal(tale->text, TEXT_LITERAL("Running")) ||
                                              text_equal(tale->text, TEXT_LITERAL("Pending")));
    case TALE_BEGAN:
        return beginning_is_left_out(writer, tale);
    case TALE_DIED:
    case TALE_STOPPED:
        writer->away |= runner_bit(tale);
        return false;
    case TALE_SUBMITTED:
    case TALE_STARTED:
    case TALE_COMPLETED:
    case TALE_FAILED:
    case TALE_RETRY:
    case TALE_SKIPPED:
    case TALE_LOST:
    case TALE_HANDED_BACK:
    case TALE_ABANDONED:
    case TALE_DEFERRED:
    case TALE_RESUMED:
    case TALE_TIMED_OUT:
    case TALE_EFFECT:
    case TALE_FROZEN:
    case TALE_THAWED:
    case TALE_DEPLOYED:
    case TALE_FENCED:
    case TALE_BURIED:
    case TALE_COMMAND:
        break;
    }
    return false;
}

/* ---- lines ---- */

static struct line *line_add(struct writer *writer, const struct tale *tale)
{
    if (!heap_grow(writer->arena.heap, &writer->lines, &writer->capacity, writer->count + 1,
                   sizeof(*writer->lines))) {
        writer->failed = true;
        return NULL;
    }
    struct line *line = &writer->lines[writer->count++];
    *line = (struct line){
        .at = tale->at, .run = tale->run, .attempt = tale->attempt, .task = tale->task};
    return line;
}

static struct line *line_last(const struct writer *writer)
{
    return writer->count == 0 ? NULL : &writer->lines[writer->count - 1];
}

/* Adds `what` to a text, behind "; " or ", ". */
static void text_extend(struct writer *writer, struct text *text, const char *between,
                        struct text what)
{
    size_t gap = text->length == 0 ? 0 : strlen(between);
    size_t length = text->length + gap + what.length;
    char *bytes = arena_take(&writer->arena, length + 1);
    if (bytes == NULL) {
        writer->failed = true;
        return;
    }
    snprintf(bytes, length + 1, "%.*s%s%.*s", TEXT_PRINT(*text), gap == 0 ? "" : between,
             TEXT_PRINT(what));
    *text = (struct text){bytes, length};
}

/* The line that the tale belongs onto; NULL: it needs one of its own. */
static struct line *line_find(struct writer *writer, const struct tale *tale)
{
    struct line *last = line_last(writer);
    if (tale->kind == TALE_EXECUTION) {
        return last != NULL && last->at == tale->at && last->group.count == 0 ? last : NULL;
    }
    if (tale->task.length == 0 || tale->kind == TALE_STARTED) {
        return NULL;
    }
    for (size_t i = writer->count; i-- > 0 && writer->lines[i].at == tale->at;) {
        struct line *line = &writer->lines[i];
        if (line->run == tale->run && line->attempt == tale->attempt &&
            text_equal(line->task, tale->task)) {
            return line;
        }
        if (line->loudness == LOUD) {
            break;
        }
    }
    return NULL;
}

/* Forgets the clause, but not that there was no memory for it. */
static void clause_reset(struct writer *writer)
{
    writer->failed = writer->failed || writer->clause.failed;
    text_builder_reset(&writer->clause);
}

static void clause_write(struct writer *writer, const struct tale *tale, bool is_continued)
{
    bool has_cause = tale->kind == TALE_DIED || tale->kind == TALE_FROZEN;
    clause_reset(writer);
    sentence_write(
        &(struct sentence){
            .tale = tale,
            .role = cast_find(&writer->cast, tale),
            .fault = has_cause ? cause_of(writer, tale) : NULL,
            .has_runs = writer->cast.has_runs,
            .is_continued = is_continued,
            .is_reply_lost = tale->kind == TALE_EFFECT && reply_was_lost(writer, tale),
        },
        &writer->clause);
}

static void clause_tell(struct writer *writer, const struct tale *tale)
{
    enum loudness loudness = sentence_loudness(tale);
    struct line *line = line_find(writer, tale);
    clause_write(writer, tale, line != NULL);
    if (line == NULL || line->text.length + 2 + writer->clause.length > LINE_TEXT_MAX) {
        clause_write(writer, tale, false);
        line = line_add(writer, tale);
    }
    if (line != NULL) {
        text_extend(writer, &line->text, "; ", text_builder_text(&writer->clause));
        line->loudness = loudness > line->loudness ? loudness : line->loudness;
    }
}

/* ---- groups ---- */

static bool group_takes(const struct group *group, const struct tale *tale)
{
    return group->count > 0 && group->kind == tale->kind && text_equal(group->reason, tale->text);
}

static void group_add(struct writer *writer, struct group *group, const struct tale *tale)
{
    uint32_t runner = cast_find(&writer->cast, tale)->runner;
    bool is_same_runner = group->count == 0 || group->runner == runner;
    if (group->count++ < NAMES_MAX) {
        clause_reset(writer);
        text_builder_append_char(&writer->clause, '\'');
        line_append(tale->task, &writer->clause);
        text_builder_append_char(&writer->clause, '\'');
        text_extend(writer, &group->names, ", ", text_builder_text(&writer->clause));
    }
    group->kind = tale->kind;
    group->reason = tale->text;
    group->runner = is_same_runner ? runner : 0;
    group->until = tale->at;
}

static bool task_has_ended(enum tale_kind kind)
{
    return kind == TALE_COMPLETED || kind == TALE_SKIPPED;
}

/* Of a task that does not matter only its end is told. */
static void group_tell(struct writer *writer, const struct tale *tale)
{
    if (!task_has_ended(tale->kind)) {
        return;
    }
    struct line *line = line_last(writer);
    bool goes_on = line != NULL && group_takes(&line->group, tale);
    bool begins_here = line != NULL && line->at == tale->at && line->group.count == 0 &&
                       line->task.length == 0 && line->loudness != LOUD;
    if (!goes_on && !begins_here) {
        line = line_add(writer, tale);
        if (line == NULL) {
            return;
        }
        line->task = (struct text){NULL, 0};
    }
    group_add(writer, &line->group, tale);
}

static void group_write(const struct line *line, struct text_builder *builder)
{
    const struct group *group = &line->group;
    text_builder_append_terminated(builder, line->text.length > 0 ? "; " : "");
    text_builder_append(builder, group->names);
    if (group->count > NAMES_MAX) {
        text_builder_print(builder, " and %zu more", group->count - NAMES_MAX);
    }
    text_builder_append_terminated(builder,
                                   group->kind == TALE_SKIPPED ? " skipped" : " completed");
    if (group->reason.length > 0) {
        text_builder_append_terminated(builder, ": ");
        line_append(group->reason, builder);
    }
    if (group->runner != 0) {
        text_builder_print(builder, " on runner-%u", (unsigned)group->runner);
    }
    if (group->until != line->at) {
        char moment[MOMENT_SIZE];
        moment_print(group->until - CLOACINA_WORLD_START_NS, moment);
        text_builder_print(builder, " until %s", moment);
    }
}

/* ---- the story ---- */

static void tale_tell(struct writer *writer, const struct tale *tale)
{
    const struct role *role = cast_find(&writer->cast, tale);
    if (role != NULL && !role->matters && !writer->options->is_whole) {
        group_tell(writer, tale);
    } else if (!is_left_out(writer, tale)) {
        clause_tell(writer, tale);
    }
}

/* So many more of that loudness or above, from the end. */
static size_t lines_choose(struct writer *writer, enum loudness loudness, size_t left)
{
    for (size_t i = writer->count; i-- > 0 && left > 0;) {
        struct line *line = &writer->lines[i];
        if (!line->is_told && line->loudness >= loudness) {
            line->is_told = true;
            left--;
        }
    }
    return left;
}

/* Beginning and end, then what is loud, then what stands near the end. */
static void lines_cut(struct writer *writer)
{
    bool is_short = writer->count < STORY_LINES_MAX || writer->options->is_whole;
    for (size_t i = 0; i < writer->count; i++) {
        writer->lines[i].is_told = is_short || i < LINES_FIRST || i + LINES_LAST >= writer->count;
    }
    if (!is_short) {
        size_t left = lines_choose(writer, LOUD, LINES_CUT - LINES_FIRST - LINES_LAST);
        (void)lines_choose(writer, QUIET, left);
    }
}

static int moment_width(const struct writer *writer)
{
    const struct search_finding *finding = writer->options->finding;
    char moment[MOMENT_SIZE];
    size_t width = 0;
    for (size_t i = 0; i <= writer->count; i++) {
        int64_t at = finding == NULL ? 0 : finding->at;
        if (i < writer->count) {
            at = writer->lines[i].at - CLOACINA_WORLD_START_NS;
        }
        moment_print(at, moment);
        width = strlen(moment) > width ? strlen(moment) : width;
    }
    return (int)width;
}

static void lines_write(const struct writer *writer, int width, struct text_builder *builder)
{
    size_t hidden = 0;
    bool has_hint = false;
    for (size_t i = 0; i < writer->count; i++) {
        const struct line *line = &writer->lines[i];
        char moment[MOMENT_SIZE];
        if (!line->is_told) {
            hidden++;
            continue;
        }
        if (hidden > 0) {
            text_builder_print(builder, "  %*s  ... %zu more line%s%s\n", width, "", hidden,
                               hidden == 1 ? "" : "s", has_hint ? "" : ": --story all");
            has_hint = true;
            hidden = 0;
        }
        moment_print(line->at - CLOACINA_WORLD_START_NS, moment);
        text_builder_print(builder, "  %*s  ", width, moment);
        text_builder_append(builder, line->text);
        if (line->group.count > 0) {
            group_write(line, builder);
        }
        text_builder_append_char(builder, '\n');
    }
}

/* The last line: what was broken. More lines of its message stand below. */
static void end_write(const struct search_finding *finding, int width, struct text_builder *builder)
{
    char moment[MOMENT_SIZE];
    moment_print(finding->at, moment);
    text_builder_print(builder, "  %*s  BROKEN  ", width, moment);
    finding_title_write(finding, builder);
    text_builder_append_terminated(builder, ": ");
    const char *message = finding_message(finding);
    for (size_t i = 0; i < MESSAGE_LINES_MAX && *message != '\0'; i++) {
        size_t length = strcspn(message, "\n");
        if (i > 0) {
            text_builder_print(builder, "\n  %*s  ", width, "");
        }
        line_append((struct text){message, length}, builder);
        message += length + (message[length] == '\n');
    }
    text_builder_append_terminated(builder, *message == '\0' ? "\n" : " ...\n");
}

static void story_tell(struct writer *writer, struct text_builder *builder)
{
    const struct tales *tales = writer->tales;
    for (size_t i = 0; i < tales->count; i++) {
        writer->soft_faults += fault_is_soft(&tales->list[i]);
    }
    for (size_t i = 0; i < tales->count && !writer->failed; i++) {
        tale_tell(writer, &tales->list[i]);
    }
    lines_cut(writer);
    int width = moment_width(writer);
    lines_write(writer, width, builder);
    if (tales->left_out > 0) {
        text_builder_print(builder, "  %*s  ... and more than anybody reads\n", width, "");
    }
    if (writer->options->finding != NULL) {
        end_write(writer->options->finding, width, builder);
    }
}

void story_write(const struct tales *tales, const struct story_options *options,
                 struct text_builder *builder)
{
    struct writer writer = {.tales = tales, .options = options};
    arena_init(&writer.arena, tales->arena.heap);
    text_builder_init(&writer.clause, tales->arena.heap);
    writer.failed =
        !cast_init(&writer.cast, tales, options->finding, tales->arena.heap) || tales->failed;
    if (!writer.failed) {
        story_tell(&writer, builder);
    }
    builder->failed = builder->failed || writer.failed || writer.clause.failed;
    cast_finish(&writer.cast);
    text_builder_finish(&writer.clause);
    heap_give(writer.arena.heap, writer.lines, writer.capacity * sizeof(*writer.lines));
    arena_finish(&writer.arena);
}
