/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h - private: a fault plan as the sources read it. The manual is <cloacina/fault.h>.
 *
 *   plan.c        a plan, rule by rule              plan_yaml.c   from a file
 *   plan_named.c  the plans that are always there   plan_print.c  as a file, and for people
 *
 * Law: what a plan prints is read back as the same plan. */
#ifndef ORACLE_PLAN_H
#define ORACLE_PLAN_H

#include <cloacina/fault.h>

#include "base/arena.h"
#include "oracle/label.h"

enum {
    PLAN_RULES_MAX = 1024,
    PLAN_TEXT_BYTES_MAX = 4096,    /* of a name, a pattern, a description */
    PLAN_FILE_BYTES_MAX = 1048576, /* of a file */
};

/* Probabilities are kept in parts per billion, so that they can be written down exactly. */
#define PLAN_CERTAIN UINT64_C(1000000000)

/* When a rule applies. All that is set must hold. */
struct plan_rule {
    enum fault fault;
    uint64_t sites;    /* bit s: at site s */
    struct text glob;  /* over the label's text without "@number"; empty: everywhere */
    uint64_t chance;   /* of PLAN_CERTAIN: how probable at each question; with nth or from_nth: not
                          looked at when 0 */
    uint64_t again;    /* of PLAN_CERTAIN: `chance` is that of a label's first question, this one
                          that of every later one if it fired there; 0: all are alike */
    uint32_t nth;      /* only the n-th matching question, from 1; 0: any */
    uint32_t from_nth; /* from that one on; 0: any */
    uint32_t at_most;  /* times in one run; 0: any number */
    int64_t until_ns;  /* since the start of the world; INT64_MAX: as long as the plan */
    int64_t amount_minimum, amount_maximum;
    bool never; /* switched off */
};

struct cloacina_fault_plan {
    struct cloacina_heap *heap;
    struct arena arena;      /* texts */
    struct text name;        /* with a NUL behind it */
    struct text description; /* empty: none */
    struct plan_rule *rules; /* Owned */
    size_t rule_count, rule_capacity;
    int64_t until_ns; /* after that instant, since the start of the world, there is calm */
    uint64_t swarm;   /* of PLAN_CERTAIN: how probable it is that a rule is on in a run */
};

/* cloacina_fault_plan_create on another heap (NULL: the system heap). */
enum cloacina_code plan_create(struct cloacina_heap *heap, struct text name,
                               struct cloacina_fault_plan **ret_plan,
                               struct cloacina_error *err) MUST_CHECK;

/* INVALID: as for cloacina_fault_plan_create. */
enum cloacina_code plan_set_name(struct cloacina_fault_plan *plan, struct text name,
                                 struct cloacina_error *err) MUST_CHECK;

/* One line for people. INVALID: too long, or with control characters. */
enum cloacina_code plan_set_description(struct cloacina_fault_plan *plan, struct text description,
                                        struct cloacina_error *err) MUST_CHECK;

/* cloacina_fault_plan_named on another heap; and one after the other: NULL ends the list. */
enum cloacina_code plan_named(struct cloacina_heap *heap, struct text name,
                              struct cloacina_fault_plan **ret_plan,
                              struct cloacina_error *err) MUST_CHECK;
const char *plan_named_name(size_t index);
const char *plan_named_description(size_t index);

/* cloacina_fault_plan_read on another heap. */
enum cloacina_code plan_read(struct cloacina_heap *heap, struct text yaml, const char *file,
                             struct cloacina_fault_plan **ret_plan,
                             struct cloacina_error *err) MUST_CHECK;

/* The plan as a file, which cloacina_fault_plan_read takes. */
void plan_print(const struct cloacina_fault_plan *plan, struct text_builder *builder);

/* The same for people: a line for each rule. */
void plan_describe(const struct cloacina_fault_plan *plan, struct text_builder *builder);

/* What there is: plans, then faults with what they mean, their amounts, and where they can
 * happen. */
void faults_list(struct text_builder *builder);

/* The sites where a fault can happen, as bits; and those of them that are calls to the store, or to
 * the disk. */
uint64_t fault_sites(enum fault fault);
uint64_t fault_store_calls(enum fault fault);
uint64_t fault_disk_calls(enum fault fault);

/* Does the glob (* any bytes, ? one byte) match? At most both lengths multiplied in steps. */
bool glob_matches(struct text glob, struct text text);

#endif
