/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/fault.h - fault plans: what may go wrong in a world, and how likely.
 *
 *     struct cloacina_fault_plan *plan;
 *     cloacina_fault_plan_create("mine", &plan, &err);
 *     cloacina_fault_plan_add(plan, &(struct cloacina_fault){
 *         .fault = "reply-lost", .at = "effect", .where = "run-1/charge/?/effect.payments.*",
 *         .probability = 0.1}, &err);
 *     cloacina_fault_plan_add(plan, &(struct cloacina_fault){
 *         .fault = "crash", .at = "commit", .nth = 3, .amount = "1s..90s"}, &err);
 *
 * The same in a file (docs/failure-injection.md has the schema):
 *
 *     name: mine
 *     faults:
 *       - {fault: reply-lost, at: effect, where: "run-1/charge/?/effect.payments.*",
 *          probability: 0.1}
 *       - {fault: crash, at: commit, nth: 3, amount: 1s..90s}
 *
 * Which faults there are, and where each can happen: `cloacinactl simulate --faults list`. Plans
 * that are always there: none, flaky-store, crashes, clocks, deploys, chaos. */
#ifndef CLOACINA_FAULT_H
#define CLOACINA_FAULT_H

#include <stdint.h>

#include <cloacina/authoring.h>
#include <cloacina/heap.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_fault_plan;

/* One rule. All-zero but for `fault` means: never (a rule without any of probability, nth and
 * from_nth is an error, unless `never` says that it is meant). Texts are copied. */
struct cloacina_fault {
    const char *fault;  /* required: "reply-lost" */
    const char *at;     /* a place, "commit", several, "commit,poll", or every call to the store,
                           "store"; NULL: wherever it can be */
    const char *where;  /* a pattern over the place as tokens write it, without "@1": * any text, ?
                           one character; NULL: everywhere */
    const char *amount; /* "2s", "1s..90s", "-1h..1h", "100ppm", "5": how long, how much; NULL: as
                           --faults list says */
    double probability; /* 0 to 1: at each such place */
    double again;       /* 0 to 1: at each later question of the same place ("@2", "@3"...) if it
                           happened at the first one, to which `probability` then applies alone;
                           0: all questions are alike. Not with nth and from_nth */
    uint32_t nth;       /* only the n-th such place in a run; 0: any */
    uint32_t from_nth;  /* from that one on; 0: any */
    uint32_t at_most;   /* times in one run; 0: any number */
    int64_t until_ms;   /* since the start; 0: as long as the plan */
    int never;          /* not 0: this rule is switched off */
};

/* A plan without rules: nothing goes wrong. Its faults may happen until CLOACINA_FAULTS_UNTIL_MS,
 * and in each run a rule is on with the probability 0.5 (swarm testing: Groce et al., "Swarm
 * testing", 2012). `name` becomes part of tokens: A-Z a-z 0-9 . _ - only (INVALID). */
#define CLOACINA_FAULTS_UNTIL_MS INT64_C(60000)
CLOACINA_API enum cloacina_code
cloacina_fault_plan_create(const char *name, struct cloacina_fault_plan **ret_plan,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API void cloacina_fault_plan_destroy(struct cloacina_fault_plan *plan); /* NULL is legal */

/* INVALID names the field, the reason, and what is similar. */
CLOACINA_API enum cloacina_code
cloacina_fault_plan_add(struct cloacina_fault_plan *plan, const struct cloacina_fault *fault,
                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* When calm begins, in milliseconds since the start of the world. INVALID: negative. */
CLOACINA_API enum cloacina_code
cloacina_fault_plan_until(struct cloacina_fault_plan *plan, int64_t until_ms,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* How probable it is that a rule is on in a run: 1 means always. INVALID: not in (0, 1]. */
CLOACINA_API enum cloacina_code
cloacina_fault_plan_swarm(struct cloacina_fault_plan *plan, double probability,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* One of the plans that are always there. NOT_FOUND lists them. */
CLOACINA_API enum cloacina_code
cloacina_fault_plan_named(const char *name, struct cloacina_fault_plan **ret_plan,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* From a file's text, in YAML. INVALID names line and key: "plan.yaml:4: faults[1].probability:
 * 1.5 is not between 0 and 1". `file` is for messages. UNAVAILABLE: this build has no YAML reader
 * (the Meson feature `plans`). */
CLOACINA_API enum cloacina_code
cloacina_fault_plan_read(const char *yaml, size_t length, const char *file,
                         struct cloacina_fault_plan **ret_plan,
                         struct cloacina_error *err) CLOACINA_MUST_CHECK;

CLOACINA_API const char *cloacina_fault_plan_name(const struct cloacina_fault_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
