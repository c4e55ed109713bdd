/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what came out of simulating one workflow: figures, failures, and their shapes.
 *
 *   some seeds in a calm world              a search: many runs in which things go wrong
 *     figures of each run, failures           sums over all runs, findings, what was reached
 *                \                             /
 *                 JSON, a summary for people, JUnit (junit.h), a trace (report_trace.h)
 *
 * Law: all but wall_ns is the same whenever the same is run. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/world.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "search/search.h"

/* The figures of one run, or of several together. */
struct report_figures {
    uint64_t tasks;
    uint64_t completed;
    uint64_t failed;
    uint64_t skipped;
    uint64_t attempts;
    uint64_t events;
    int64_t makespan_ns; /* of several: the longest */
    int64_t virtual_ns;
    int64_t wall_ns;
    char trace_hash[HASH_TEXT_SIZE]; /* of several: the hash over their hashes, in order */
};

/* A promise that was broken: one of the engine's (I-01 ...), or "completed": the workflow did not
 * end well. */
struct report_failure {
    uint64_t seed;
    const char *invariant; /* the report's */
    const char *message;   /* the report's */
};

/* What a search found: one finding, however often. Texts are the report's; "" is none, where not
 * said otherwise. */
struct report_finding {
    struct search_finding finding;
    uint64_t count;     /* how many runs had it; 0 counts as 1 */
    const char *origin; /* of the run that is told: "seed 17", "sweep, run 204", "corpus/a.token" */
    uint64_t seed;      /* of that run */
    uint64_t decisions; /* that it took */
    uint64_t shrunk;    /* that are left */
    uint64_t shrink_runs; /* runs that were needed for that; 0: it was not shrunk */
    bool is_minimal;      /* nothing more could go, else the budget ended */
    bool is_known;        /* accepted: reported, but no failure */
    const char *known;    /* why */
    const char *token;
    const char *story;   /* lines, each with its line feed */
    const char *picture; /* likewise */
    const char *needs;   /* "needs: the lost reply.  does not matter: ..." */
    const char *test;    /* the file with a C test that reproduces it */
    const char *no_test; /* why there is none */
};

/* What was judged, for JUnit and for those who ask what was looked at. */
enum report_case_kind { REPORT_INVARIANT, REPORT_PROPERTY, REPORT_CORPUS };

struct report_case {
    enum report_case_kind kind;
    const char *name;    /* the report's: "I-01", a property's name, a corpus file */
    const char *failure; /* the report's; "": it went well. A finding of that name is looked up. */
};

/* Sums over all runs of a search. Fill it in by hand; all-zero but is_search: no search. */
struct report_search {
    bool is_search;
    const char *plan;   /* Borrowed; NULL: no faults */
    const char *method; /* Borrowed; "seeds 0..999", "a sweep", "a sweep with pairs" */
    struct search_figures figures;
    int64_t wall_ns;
    struct coverage coverage;
    struct edges edges;
    bool has_disk;            /* set first: the store is on a disk that can be asked */
    uint64_t possible[SITES]; /* bit f of a site: fault f could have fired: see below */
};

/* Owned by the caller. What was asked for is filled in by hand after report_init. */
struct report {
    struct arena arena;
    struct text workflow; /* Borrowed */
    uint64_t seed;        /* the first */
    uint64_t seeds;
    uint64_t runners;
    uint64_t slots;     /* per runner; 0: unlimited */
    const char *store;  /* Borrowed; NULL: memory, which needs no word */
    const char *replay; /* Borrowed: the command line up to the seed, for the shell; "" = none */
    struct report_figures *runs;
    size_t run_count;
    size_t run_capacity;
    struct report_failure *failures;
    size_t failure_count;
    size_t failure_capacity;
    struct report_search search;
    struct report_finding *findings;
    size_t finding_count;
    size_t finding_capacity;
    struct report_case *cases;
    size_t case_count;
    size_t case_capacity;
};

/* `heap` NULL means the system heap. */
void report_init(struct report *report, struct cloacina_heap *heap);
void report_finish(struct report *report);

/* Adds the figures of the next seed. False: no memory. */
bool report_add_run(struct report *report, const struct report_figures *figures) MUST_CHECK;

/* Copies the texts. False: no memory. */
bool report_add_failure(struct report *report, const struct report_failure *failure) MUST_CHECK;

/* Copies the texts, of which NULL is "". False: no memory. */
bool report_add_finding(struct report *report, const struct report_finding *finding) MUST_CHECK;

/* Something was judged; `failure` NULL: it went well, or a finding says how it failed. Copies the
 * texts. False: no memory. */
bool report_add_case(struct report *report, enum report_case_kind kind, const char *name,
                     const char *failure) MUST_CHECK;

/* Notes which faults could have fired where: those of the plan, or all that there are (NULL). Call
 * it once for every plan that was used. */
void report_expect(struct report_search *search, const struct cloacina_fault_plan *plan);

/* The invariants that worlds judge: "I-01", "one owner"; NULL ends the list. Static. */
const char *report_invariant(size_t index, const char **ret_text);

/* Adds a case for each of them. False: no memory. */
bool report_add_invariants(struct report *report) MUST_CHECK;

/* The finding that a case is about; NULL: none, it went well. */
const struct report_finding *report_case_finding(const struct report *report,
                                                 const struct report_case *one);

/* How many of the possible pairs of site and fault there are, and how many have fired; the same of
 * the edges of the state tables. */
struct report_reach {
    uint64_t sites, sites_reached;
    uint64_t edges, edges_taken;
};
struct report_reach report_reach(const struct report_search *search);

/* Findings that are failures: those that are not known. */
uint64_t report_count_failed(const struct report *report);

/* Of all runs together; there is at least one. */
struct report_figures report_total(const struct report *report);

/* ---- shapes; of a search when search.is_search, otherwise of the runs ---- */

/* One JSON object and a line feed. With several seeds it has "runs", one object for each. */
void report_write_json(const struct report *report, struct text_builder *builder);

/* A few lines for people: failures first, each with the command that shows it again. */
void report_write_text(const struct report *report, struct text_builder *builder);

/* A table: a line for every fault that could have fired, a column for every call to the store, how
 * often it did. A dot: it cannot happen there. */
void report_write_matrix(const struct report_search *search, struct text_builder *builder);

/* A line for every edge of the state tables: how often it was taken. */
void report_write_edges(const struct report_search *search, struct text_builder *builder);

/* Both of these, of a search. */
void report_write_coverage(const struct report *report, struct text_builder *builder);

/* One finding as report_write_text shows it: title, story, picture, needs, replay, test. */
void report_write_finding(const struct report_finding *finding, struct text_builder *builder);

/* "1,234,567"; "1 runner", "2 runners". */
void report_write_count(uint64_t count, struct text_builder *builder);
void report_write_noun(uint64_t count, const char *noun, struct text_builder *builder);

/* So many per second of wall time, rounded down; 0 when the clock did not move. */
uint64_t report_per_second(uint64_t count, int64_t nanoseconds);

#endif
