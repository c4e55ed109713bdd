/* SPDX-License-Identifier: Apache-2.0 */
/* fate.c - what will become of an attempt: its code, or what stands for it.
 *
 *   a test said: fails  >  chance: fails  >  a test said: stub  >  its code  >  it only costs time
 *
 * Law: what goes wrong with a body is decided once, before anything of it happens. */
#include "world/body.h"

#include "base/instant.h"
#include "world/stage.h"
#include "world/world.h"

static struct cloacina_world *world_of(const struct body *body)
{
    return body->actor->world;
}

static void use_cost(struct body *body, struct task_behaviour *said)
{
    if (said->has_cost) {
        said->cost_uses++;
        body->cost_ns = instant_add(body->cost_ns, said->cost_ns);
    }
}

/* It fails with this in place of its code. */
static bool plan_failed(struct body *body, enum cloacina_code code, const char *message)
{
    body->attempt->outcome = (struct attempt_outcome){.code = code, .message = message};
    return body_plan_passing(body, NULL);
}

/* What a test has said about this task decides before chance does, and chance before the code. */
static bool plan_said(struct body *body, struct task_behaviour *said, bool has_code)
{
    struct task_failure *failure =
        said == NULL ? NULL : task_failure_of(said, body->attempt->number);
    if (failure != NULL) {
        failure->uses++;
        return plan_failed(body, failure->code, failure->message);
    }
    if (body->fate.fault == FAULT_FAIL) {
        return plan_failed(body, CLOACINA_FAILED, "injected failure");
    }
    if (body->fate.fault == FAULT_TRANSIENT) {
        return plan_failed(body, CLOACINA_UNAVAILABLE, "injected: try again");
    }
    if (said != NULL && said->stub != NULL) {
        said->stub_uses++;
        return body_plan_passing(body, said->stub);
    }
    return has_code ? body_plan_code(body) : body_plan_passing(body, NULL);
}

static bool plan_attempt(struct body *body)
{
    struct attempt *attempt = body->attempt;
    bool has_code = attempt->body != body_costs_only;
    const struct registration *registration =
        has_code ? behaviours_find(&world_of(body)->behaviours, attempt->workflow) : attempt->user;
    if (!has_code && registration->costs != NULL) {
        body->cost_ns = instant_add(body->cost_ns, registration->costs[attempt->index]);
    }
    struct task_behaviour *said = registration_said(registration, attempt->index);
    if (said != NULL) {
        use_cost(body, said);
    }
    return plan_said(body, said, has_code);
}

bool fate_meet(struct body *body)
{
    body->fate = (struct choice){FAULT_NONE, 0};
    if (!world_of(body)->oracle.is_calm) {
        body->fate = body_ask(body, SITE_BODY);
    }
    body->cost_ns = body->fate.fault == FAULT_LATE ? body->fate.amount : 0;
    body->hang_ns = body->fate.fault == FAULT_HANG ? body->fate.amount : 0;
    if (body->fate.fault == FAULT_CRASH) {
        actor_kill(body->actor, body->fate.amount, site_name(SITE_BODY));
        return true;
    }
    return plan_attempt(body);
}
