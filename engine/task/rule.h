/* SPDX-License-Identifier: Apache-2.0 */
/* rule.h - a task's own answer to "does it run?", asked once, when all its dependencies have ended.
 *
 *   struct cloacina_rule --rule_of--> struct rule (names) --rule_bind--> struct rule (task numbers)
 *        ^                                                                      |    |
 *        +--rule_read-- JSON <--rule_write--------------------------------------+    |
 *                       run or skip <--rule_evaluate---------------------------------+
 *
 * Law: evaluation is a pure function of the statuses of the named tasks and the task's input. Parts
 * are asked from left to right and no further than needed. */
#ifndef TASK_RULE_H
#define TASK_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/authoring.h>
#include <cloacina/error.h>

#include "base/arena.h"
#include "base/text.h"
#include "context/value.h"

enum {
    RULE_DEPTH_MAX = 16,   /* all_of inside any_of inside ... */
    RULE_NODES_MAX = 4096, /* conditions and groups of one rule */
    RULE_KEY_LENGTH_MAX = 1024,
    RULE_TASK_LENGTH_MAX = 1026, /* a full name: four parts of 255 bytes and three "::" */
    /* So that the rule inside its definition stays below JSON_DEPTH_MAX. */
    RULE_VALUE_DEPTH_MAX = 64,
    RULE_VALUE_BYTES_MAX = 65536
};

/* In an arena; immutable once bound. */
struct rule {
    enum cloacina_rule_type type;
    enum cloacina_rule_operator comparison; /* CONTEXT_VALUE */
    uint32_t task;                          /* TASK_...: its number, after rule_bind */
    uint32_t part_count;                    /* ..._OF */
    struct text name;          /* TASK_...: the name as written; CONTEXT_VALUE: the key */
    const struct value *value; /* CONTEXT_VALUE; NULL for exists and not_exists */
    struct rule *parts;        /* ..._OF */
};

/* Checks and copies, values parsed. INVALID: "rule: ..." says what is wrong with it. */
enum cloacina_code rule_of(const struct cloacina_rule *source, struct arena *arena,
                           struct rule **ret_rule, struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Finds the number of a task by the name as written in the rule. */
struct rule_resolver {
    enum cloacina_code (*resolve)(const struct rule_resolver *resolver, struct text name,
                                  uint32_t *ret_task, struct cloacina_error *err);
};

/* Puts numbers in place of names, left to right; the first error of `resolve` ends it. May be done
 * again. */
enum cloacina_code rule_bind(struct rule *rule, const struct rule_resolver *resolver,
                             struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Gives the short name of a task by its number. */
struct rule_names {
    struct text (*task_name)(const struct rule_names *names, uint32_t task);
};

/* A deep copy of a bound rule, to be bound again: tasks by their short names. NULL: no memory. */
struct rule *rule_copy(const struct rule *rule, struct arena *arena,
                       const struct rule_names *names) MUST_CHECK;

/* How a task has ended. A rule names ancestors only, so UNFINISHED does not occur; it is true of no
 * condition. */
enum rule_task_status {
    RULE_TASK_UNFINISHED,
    RULE_TASK_COMPLETED,
    RULE_TASK_FAILED,
    RULE_TASK_SKIPPED
};

struct rule_facts {
    enum rule_task_status (*status)(void *user, uint32_t task);
    void *user;
    const struct value *input; /* the task's input object; needed only when rule_uses_context */
};

bool rule_evaluate(const struct rule *rule, const struct rule_facts *facts);
bool rule_uses_context(const struct rule *rule);

/* ---- as JSON, for definitions; keys sorted ----
 *
 *   {"rule":"always"}                          {"rule":"task_succeeded","task":"price"}
 *   {"key":"cents","operator":"less_than","rule":"context_value","value":5}
 *   {"parts":[...],"rule":"all_of"} */

struct json_reader;

/* Tasks are written by their short names. */
void rule_write(struct text_builder *builder, const struct rule *rule,
                const struct rule_names *names);

/* Reads an object into the form that rule_of checks; everything goes into the arena. */
enum cloacina_code rule_read(struct json_reader *reader, struct arena *arena,
                             const struct cloacina_rule **ret_rule,
                             struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
