/* SPDX-License-Identifier: Apache-2.0 */
/* effect.c - what becomes of a deed that a body wants to do to the outside.
 *
 *   called --+-> down, error, crash: not done
 *            +-> postpone, slow ------> done --+-> answered
 *                                              +-> slow-reply: answered later
 *                                              +-> reply-lost, crash-after: nobody learns it
 *
 * Law: what was done is written down, whatever the caller learns. */
#include "world/stage.h"

#include "base/instant.h"
#include "world/world.h"

static struct cloacina_world *world_of(const struct stage *stage)
{
    return stage->body->actor->world;
}

/* ---- the deed ---- */

static void tell(const struct stage *stage, const struct cloacina_effect *effect)
{
    struct cloacina_world *world = world_of(stage);
    struct tale tale = body_tale(stage->body, TALE_EFFECT);
    tale.text = text_of(effect->name);
    tale.other = text_of(effect->key);
    tale.count = ledger_deeds(&world->ledger, effect->name, effect->key);
    world_tell(world, tale);
}

/* The receiver knows the key and has done it already. */
static bool is_done(const struct stage *stage, const struct cloacina_effect *effect)
{
    return effect->once_per_key &&
           ledger_deeds(&world_of(stage)->ledger, effect->name, effect->key) > 0;
}

static enum cloacina_code deed(struct stage *stage, const struct cloacina_effect *effect,
                               struct cloacina_error *err)
{
    struct cloacina_world *world = world_of(stage);
    if (is_done(stage, effect)) {
        return CLOACINA_OK;
    }
    if (world->checkers != NULL) {
        checkers_body_effect(world->checkers, stage->body->attempt);
    }
    enum cloacina_code code = effect->apply(effect->argument, err);
    if (code == CLOACINA_OK) {
        uint64_t hash = ledger_add(&world->ledger, effect->name, effect->key);
        trace_add_word(&world->trace, TRACE_EFFECT, stage->body->actor->number, hash);
        if (UNLIKELY(world->teller != NULL)) {
            tell(stage, effect);
        }
    }
    return code;
}

/* ---- what may become of it ---- */

/* Time passes; a cancel cuts it off. */
static enum cloacina_code pass(struct stage *stage, int64_t duration, struct cloacina_error *err)
{
    int64_t end = instant_add(world_of(stage)->timeline.now, duration);
    if (!body_plan(stage->body, end)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "%s: no memory to wait", stage->name);
    }
    return stage_wait(stage, err);
}

static enum cloacina_code postponed(struct stage *stage, const struct cloacina_effect *effect,
                                    int64_t amount, struct cloacina_error *err)
{
    (void)amount;
    stage->body->is_postponed = true;
    timeline_plan_late(&world_of(stage)->timeline, &stage->body->event);
    enum cloacina_code code = stage_wait(stage, err);
    return code == CLOACINA_OK ? deed(stage, effect, err) : code;
}

static enum cloacina_code refused(struct stage *stage, const struct cloacina_effect *effect,
                                  int64_t amount, struct cloacina_error *err)
{
    (void)stage, (void)amount;
    return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "%s: connection refused (injected)",
                                effect->name);
}

/* The caller has waited for the reply as long as it wants to: a transient error, as in life. */
static enum cloacina_code reply_lost(struct stage *stage, const struct cloacina_effect *effect,
                                     int64_t amount, struct cloacina_error *err)
{
    (void)amount;
    enum cloacina_code code = deed(stage, effect, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    ledger_lose_reply(&world_of(stage)->ledger, effect->name);
    return cloacina_error_raise(err, CLOACINA_TIMEOUT, "%s: reply lost (injected)", effect->name);
}

static enum cloacina_code slow(struct stage *stage, const struct cloacina_effect *effect,
                               int64_t amount, struct cloacina_error *err)
{
    enum cloacina_code code = pass(stage, amount, err);
    return code == CLOACINA_OK ? deed(stage, effect, err) : code;
}

static enum cloacina_code slow_reply(struct stage *stage, const struct cloacina_effect *effect,
                                     int64_t amount, struct cloacina_error *err)
{
    enum cloacina_code code = deed(stage, effect, err);
    return code == CLOACINA_OK ? pass(stage, amount, err) : code;
}

static enum cloacina_code is_down(const struct cloacina_effect *effect, struct cloacina_error *err)
{
    struct text service = service_of(effect->name);
    return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "%.*s is down (injected)",
                                TEXT_PRINT(service));
}

static enum cloacina_code goes_down(struct stage *stage, const struct cloacina_effect *effect,
                                    int64_t amount, struct cloacina_error *err)
{
    struct cloacina_world *world = world_of(stage);
    int64_t until = instant_add(world->timeline.now, amount);
    if (!service_stop(&world->services, service_of(effect->name), until)) {
        world_fail_no_memory(world);
    }
    return is_down(effect, err);
}

static enum cloacina_code crash(struct stage *stage, const struct cloacina_effect *effect,
                                int64_t amount, struct cloacina_error *err)
{
    (void)effect;
    return stage_die(stage, amount, site_name(SITE_EFFECT), err);
}

static enum cloacina_code crash_after(struct stage *stage, const struct cloacina_effect *effect,
                                      int64_t amount, struct cloacina_error *err)
{
    (void)deed(stage, effect, err); /* whatever it has answered: nobody is left to learn it */
    return stage_die(stage, amount, site_name(SITE_EFFECT), err);
}

/* What a fault makes of it. NULL: the deed is done, and that is all. */
static enum cloacina_code (*const courses[FAULTS])(struct stage *stage,
                                                   const struct cloacina_effect *effect,
                                                   int64_t amount, struct cloacina_error *err) = {
    [FAULT_POSTPONE] = postponed,    [FAULT_ERROR] = refused,
    [FAULT_REPLY_LOST] = reply_lost, [FAULT_SLOW] = slow,
    [FAULT_SLOW_REPLY] = slow_reply, [FAULT_DOWN] = goes_down,
    [FAULT_CRASH] = crash,           [FAULT_CRASH_AFTER] = crash_after,
};

static enum cloacina_code take_course(struct stage *stage, const struct cloacina_effect *effect,
                                      struct cloacina_error *err)
{
    struct cloacina_world *world = world_of(stage);
    struct label label = body_label(stage->body, SITE_EFFECT);
    label.name = text_of(effect->name);
    if (service_is_down(&world->services, service_of(effect->name), world->timeline.now)) {
        return is_down(effect, err);
    }
    struct choice choice = world_ask_by(world, &label, stage->body->actor->number);
    return courses[choice.fault] == NULL ? deed(stage, effect, err)
                                         : courses[choice.fault](stage, effect, choice.amount, err);
}

enum cloacina_code stage_effect(struct stage *stage, const struct cloacina_effect *effect,
                                struct cloacina_error *err)
{
    struct cloacina_world *world = world_of(stage);
    if (!ledger_call(&world->ledger, effect->name, effect->key)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "%s: effect '%s': no memory",
                                    stage->name, effect->name);
    }
    return world->oracle.is_calm ? deed(stage, effect, err) : take_course(stage, effect, err);
}
