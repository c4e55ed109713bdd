/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - private: a world put together, and which file does what.
 *
 *   world.c      create, begin, destroy               timeline.c   what happens when
 *   register.c   the workflows it has bodies for
 *   loop.c       one event at a time, until it rests  oracle.c     what could go differently
 *   actor.c      a runner and its turns               store.c      its border to the store
 *   life.c       it begins, dies, stops, begins again store_fault.c  what goes wrong there
 *   deploy.c     which code it has                    fault.c      questions, and the calm after
 *   progress.c   does something start when it could?  news.c       commits, for story and operator
 *   body.c       the simulated executor               stage.c      the code of one body
 *   fate.c       what becomes of an attempt           effect.c     what becomes of a deed
 *   scribble.c   memory that looks different          body_tale.c  what a story says of attempts
 *   behaviour.c  costs, stubs, failures               prepare.c    the same, by name
 *   outside.c    submissions, operator commands       ledger.c     what bodies did to the outside
 *   service.c    which of the outside is down         property.c   the user's own promises
 *   machine.c    the disk under SQLite        mirror.c     what SQLite has, commit by commit
 *   image.c      the disk that worlds begin with
 *   look.c       one execution as the store has it    figures.c    counts, hash, explanations
 *   trace.c      everything that happened, hashed     lanes.c      rows for a picture
 *
 * Laws:
 * - Time moves only when nothing is left to do at the present instant.
 * - At one instant the outside goes first, then bodies, then runners from the lowest number on, so
 *   that all bodies that end together are one batch for one step of their runner.
 * - Nothing that enters the trace depends on addresses, hash order or the allocator. */
#ifndef SIMULATOR_WORLD_H
#define SIMULATOR_WORLD_H

#include <cloacina/world.h>

#include "world/actor.h"
#include "world/behaviour.h"
#include "world/body.h"
#include "world/deploy.h"
#include "world/fault.h"
#include "world/news.h"
#include "world/progress.h"
#include "checker/checker.h"
#include "checker/edges.h"
#include "clock/virtual.h"
#include "dal/memory/memory.h"
#include "world/machine.h"
#include "world/mirror.h"
#include "world/ledger.h"
#include "world/look.h"
#include "oracle/sources.h"
#include "world/outside.h"
#include "world/replay.h"
#include "world/property.h"
#include "world/scribble.h"
#include "registry/registry.h"
#include "world/service.h"
#include "world/timeline.h"
#include "world/tale.h"
#include "world/trace.h"

/* What the world itself has seen: that it never rests, a broken property...; `id` NULL: nothing.
 * What the checkers see is kept by them. */
struct world_violation {
    const char *id;
    bool is_limit; /* it has run out of time or events */
    char *message; /* Owned, `size` bytes */
    size_t size;
};

struct cloacina_world {
    struct cloacina_heap *heap; /* Borrowed */
    struct checkers *checkers;  /* Owned; NULL: off */
    bool is_stopped;            /* a limit was reached, or the machine has failed */
    bool is_running;            /* in cloacina_world_run, or somebody has jumped out of it */
    bool is_ending;             /* being destroyed: waiting calls answer CRASHED */
    struct scribble scribble;   /* the heap of bodies, when there is a pattern */
    struct timeline timeline;
    uint64_t woken;       /* bit i: actors[i] wants its turn */
    struct actor *actors; /* Owned, actor_count; the first `begun` are there */
    uint32_t actor_count;
    uint32_t begun;
    uint32_t slots; /* of each runner; 0: unlimited */
    int64_t round_trip_ns;
    int64_t limit;       /* the last instant this world may reach: */
    int64_t limit_ns;    /* so long after the last fault was over */
    bool had_trouble;    /* something has gone wrong, ever */
    int64_t quiet_since; /* nothing is left to do but for runners to hear of it; 0: not so */
    int64_t calm_since;  /* from that instant on nothing is in force that went wrong */
    uint64_t events_max;
    uint64_t events;   /* fired; the idle turns of runners are not counted */
    uint64_t attempts; /* started */
    const struct cloacina_world_telling *telling;
    struct trace trace;
    struct bodies bodies;
    struct oracle oracle;
    struct source_random chance; /* the oracle's source, when the options ask for a seed */
    struct replay replay;        /* the same, when they say what happens */
    struct teller *teller;       /* Borrowed; NULL: nobody listens */
    uint64_t *pulse;             /* Borrowed: counts up with every event */
    uint64_t own_pulse;          /* where it points when nobody feels it */
    struct news news;
    struct progress progress;
    struct ledger ledger;
    struct services services;
    struct properties properties;
    struct behaviours behaviours;
    struct outsides outsides;
    struct looks *looks; /* Owned; a cache, which those who only look may fill */
    struct registry registry;
    struct deploy deploy;
    struct virtual_clock store_clock;
    struct store_trouble trouble;
    struct dal *memory; /* Owned: the store, or what the mirror makes of it */
    struct dal *store;  /* Borrowed: what runners call; a test may put another one before memory */
    struct machine machine; /* with SQLite: then each runner has a session of its own */
    struct mirror mirror;
    struct checkers_figures baseline;
    struct world_violation violation;
    struct cloacina_error failure; /* of the machine; code OK: none */
};

/* What explorers set beside the options. All-zero: nothing. Everything is Borrowed and outlives the
 * world. */
struct world_setup {
    struct source *source;     /* who answers, in place of what the options say; NULL: they do */
    struct coverage *coverage; /* what was asked and fired is added here */
    struct edges *edges;       /* what edges of the state tables were taken is added here */
    uint64_t *pulse;           /* counts up with every event */
    struct tape *tape;         /* decisions, as they are taken */
    struct teller *teller;     /* the story */
    /* Another pattern moves and fills the memory of bodies in another way; 0: none. */
    uint8_t scribble;
};

/* cloacina_world_create with more to say. `setup` may be NULL. */
enum cloacina_code world_create(const struct cloacina_world_options *options,
                                const struct world_setup *setup, struct cloacina_world **ret_world,
                                struct cloacina_error *err) MUST_CHECK;

/* The number of an execution in this world: 1 is the first that was asked for; 0: there is no
 * such. */
uint32_t world_run_of(const struct cloacina_world *world, struct id execution);

/* Makes the runners, which then know what bodies there are: no registration after this. Does
 * nothing the second time. */
enum cloacina_code world_begin(struct cloacina_world *world,
                               struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* What the store's clock shows. */
int64_t world_store_now(const struct cloacina_world *world);

/* A runner that is there, the lowest; NULL: there is none now. */
const struct runner *world_runner(const struct cloacina_world *world);

/* The machine failed: the run ends with this error. Only the first is kept. */
void world_fail(struct cloacina_world *world, const struct cloacina_error *err);
void world_fail_no_memory(struct cloacina_world *world);

/* A promise was broken, and it was not the checkers who saw it: the run ends. `id` is static. Only
 * the first violation is kept, whoever saw it. */
void world_violated(struct cloacina_world *world, const char *id, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* What is in use now (I-24). */
struct checkers_figures world_figures(const struct cloacina_world *world);

/* Statuses of executions that are not over, for a question. */
enum {
    WORLD_ACTIVE = 1 << EXECUTION_PENDING | 1 << EXECUTION_RUNNING | 1 << EXECUTION_PAUSED,
};

/* What every active execution waits for, appended; cut when it is longer than anybody reads. */
void world_explain_all(struct cloacina_world *world, struct text_builder *ret_text);

/* False once it must stop, for a limit, a failure, or something that the checkers saw. */
static inline bool world_goes_on(const struct cloacina_world *world)
{
    return !world->is_stopped &&
           (world->checkers == NULL ||
            (checkers_violation(world->checkers) == NULL && !checkers_are_blind(world->checkers)));
}

/* After an event. */
static inline void properties_look(struct cloacina_world *world)
{
    if (UNLIKELY(world->properties.count > 0)) {
        properties_judge(world);
    }
}

/* Tells the story to whoever listens; `at` is filled in. */
static inline void world_tell(const struct cloacina_world *world, struct tale tale)
{
    if (UNLIKELY(world->teller != NULL)) {
        tale.at = world->timeline.now;
        world->teller->tell(world->teller, &tale);
    }
}

/* Nanoseconds since every world's start. */
static inline int64_t world_elapsed(int64_t instant)
{
    return instant - CLOACINA_WORLD_START_NS;
}

#endif
