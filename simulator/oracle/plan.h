/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h - private: a fault plan as the sources read it. The manual is <cloacina/fault.h>. */
#ifndef ORACLE_PLAN_H
#define ORACLE_PLAN_H

#include <cloacina/fault.h>

#include "base/arena.h"
#include "oracle/label.h"

/* When a rule applies. All that is set must hold. */
struct plan_rule {
    enum fault fault;
    uint64_t sites;   /* bit s: at site s */
    struct text glob; /* over the label's text without "@number"; empty: everywhere */
    uint64_t chance;  /* of 2^32: how probable at each question; with nth or from_nth: not looked at
                         when 0 */
    uint32_t nth;     /* only the n-th matching question, from 1; 0: any */
    uint32_t from_nth; /* from that one on; 0: any */
    uint32_t at_most;  /* times in one run; 0: any number */
    int64_t until_ns;  /* since the start of the world; INT64_MAX: as long as the plan */
    int64_t amount_minimum, amount_maximum;
    uint32_t line; /* of the file it came from; 0: none */
};

struct cloacina_fault_plan {
    struct cloacina_heap *heap;
    struct arena arena; /* names, globs */
    struct text name;
    struct text description;
    struct plan_rule *rules; /* Owned */
    size_t rule_count, rule_capacity;
    int64_t until_ns; /* after that instant there is calm */
    uint64_t swarm;   /* of 2^32: how probable it is that a rule is on in a run */
};

/* Does the glob (* any bytes, ? one byte) match? */
bool glob_matches(struct text glob, struct text text);

#endif
