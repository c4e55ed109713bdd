/* SPDX-License-Identifier: Apache-2.0 */
/* tale_scene.h - tales made by hand, for the tests of stories and pictures. */
#ifndef TESTS_UNIT_TALE_SCENE_H
#define TESTS_UNIT_TALE_SCENE_H

#include "support.h"

#include <stdio.h>

#include <cloacina/world.h>

#include "report/tales.h"
#include "search/search.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

/* A key as long as the real ones. */
#define SCENE_KEY "018cc251-f400-7000-8000-000000000001:charge"

/* Tells at so many nanoseconds since the start. */
static inline void scene_tell(struct tales *tales, int64_t at, struct tale tale)
{
    tale.at = CLOACINA_WORLD_START_NS + at;
    tale.until += tale.until == 0 ? 0 : CLOACINA_WORLD_START_NS;
    tales->teller.tell(&tales->teller, &tale);
}

/* About attempt `attempt` of 3 of a task of run 1. */
static inline struct tale scene_tale(enum tale_kind kind, uint32_t runner, const char *task,
                                     uint32_t attempt)
{
    return (struct tale){
        .kind = kind,
        .runner = runner,
        .run = 1,
        .attempt = attempt,
        .attempts_max = 3,
        .task = text_of(task),
    };
}

static inline void scene_starts(struct tales *tales, int64_t at, uint32_t runner, const char *task,
                                uint32_t attempt)
{
    struct tale tale = scene_tale(TALE_STARTED, runner, task, attempt);
    tale.text = TEXT_LITERAL(SCENE_KEY);
    scene_tell(tales, at, tale);
}

static inline void scene_returns(struct tales *tales, int64_t at, uint32_t runner, const char *task,
                                 uint32_t attempt)
{
    scene_tell(tales, at, scene_tale(TALE_RETURNED, runner, task, attempt));
}

/* Returns and is stored at once. */
static inline void scene_completes(struct tales *tales, int64_t at, uint32_t runner,
                                   const char *task, uint32_t attempt)
{
    scene_returns(tales, at, runner, task, attempt);
    scene_tell(tales, at, scene_tale(TALE_COMPLETED, runner, task, attempt));
}

static inline void scene_runs(struct tales *tales, int64_t at, int64_t until, uint32_t runner,
                              const char *task)
{
    scene_starts(tales, at, runner, task, 1);
    scene_completes(tales, until, runner, task, 1);
}

static inline void scene_effect(struct tales *tales, int64_t at, uint32_t runner, const char *task,
                                uint32_t attempt, uint64_t count)
{
    struct tale tale = scene_tale(TALE_EFFECT, runner, task, attempt);
    tale.text = TEXT_LITERAL("payments.charge");
    tale.other = TEXT_LITERAL(SCENE_KEY);
    tale.count = count;
    scene_tell(tales, at, tale);
}

/* With the label's runner for the calls of runners, without for what bodies do. */
static inline void scene_fault(struct tales *tales, int64_t at, uint32_t runner,
                               const struct label *label, struct choice choice)
{
    struct decision decision = {.label = *label, .choice = choice};
    scene_tell(tales, at,
               (struct tale){
                   .kind = TALE_FAULT,
                   .runner = runner,
                   .run = label->run,
                   .attempt = label->attempt,
                   .task = label->task,
                   .decision = &decision,
               });
}

static inline struct label scene_label(enum site site, const char *task, uint32_t attempt)
{
    return (struct label){
        .site = site,
        .run = task == NULL ? 0 : 1,
        .attempt = attempt,
        .number = 1,
        .task = text_of(task),
        .name = site == SITE_EFFECT ? TEXT_LITERAL("payments.charge") : (struct text){NULL, 0},
    };
}

/* One order, charged twice: the reply of the first charge was lost. */
static inline void scene_charged_twice(struct tales *tales)
{
    struct label lost = scene_label(SITE_EFFECT, "charge", 1);
    struct tale failed = scene_tale(TALE_RETRY, 2, "charge", 1);
    failed.text = TEXT_LITERAL("reply lost");
    failed.until = SECOND;
    scene_tell(tales, 0,
               (struct tale){.kind = TALE_SUBMITTED, .run = 1, .text = TEXT_LITERAL("shop")});
    scene_tell(tales, 0, (struct tale){.kind = TALE_BEGAN, .runner = 1});
    scene_runs(tales, 0, 0, 1, "price");
    scene_starts(tales, 0, 2, "charge", 1);
    scene_fault(tales, 0, 2, &lost, (struct choice){FAULT_REPLY_LOST, 0});
    scene_effect(tales, 0, 2, "charge", 1, 1);
    scene_returns(tales, 0, 2, "charge", 1);
    scene_tell(tales, 0, failed);
    scene_starts(tales, SECOND, 1, "charge", 2);
    scene_effect(tales, SECOND, 1, "charge", 2, 2);
}

static inline struct search_finding scene_finding(const char *id, const char *name,
                                                  const char *message, int64_t at)
{
    struct search_finding finding = {.id = id, .at = at};
    snprintf(finding.name, sizeof(finding.name), "%s", name);
    snprintf(finding.message, sizeof(finding.message), "%s", message);
    return finding;
}

static inline struct search_finding scene_charged_twice_finding(void)
{
    return scene_finding("always", "one order is charged once",
                         "'one order is charged once': one order was charged twice", SECOND);
}

#endif
