/* SPDX-License-Identifier: Apache-2.0 */
/* stage.h - sessions in threads of their own, of which one moves at a time, from statement to
 * statement, in an order that is chosen.
 *
 *   player 0:  BEGIN | UPDATE ........... | COMMIT
 *   player 1:  ............. BEGIN (waits) ....... | UPDATE | COMMIT
 *
 * A store calls stage_gate before each statement; there the player waits for its turn. A player
 * that waits for another one - PostgreSQL: for a lock in the server; SQLite: in a sleep of its VFS -
 * is noticed, and the others go on. */
#ifndef TESTS_CONTRACT_STAGE_H
#define TESTS_CONTRACT_STAGE_H

#include <pthread.h>

#include "subject.h"

enum { STAGE_PLAYERS_MAX = SUBJECT_SESSIONS_MAX, STAGE_CHOICES_MAX = 20000 };

struct control;

/* Which of those who can move does: 0 is the one who moved last. Swept like an odometer, or drawn.
 * Owned by the caller; all-zero is: nobody is ever interrupted. */
struct order {
    uint8_t picks[STAGE_CHOICES_MAX];
    uint8_t bounds[STAGE_CHOICES_MAX]; /* how many could move; of the last run */
    size_t given;                      /* picks that are prescribed; behind them: 0, or drawn */
    size_t count;                      /* choices of the last run */
    uint64_t seed;                     /* 0: nothing is drawn */
};

/* The next order with at most `switches` picks that are not 0; false: that was the last one. */
bool order_next(struct order *order, size_t switches);

enum player_state {
    PLAYER_AWAY,    /* not on stage: its gate is open */
    PLAYER_AT_GATE, /* waits for its turn */
    PLAYER_MOVING,
    PLAYER_WAITING, /* sleeps until another one has moved */
    PLAYER_BLOCKED, /* waits for a lock in the server */
    PLAYER_DONE
};

struct stage;

struct player {
    struct stage *stage;
    pthread_t thread;
    enum player_state state;
    void (*play)(void *user, size_t player);
    void *user;
    size_t number;
    uint64_t slept_at; /* the stage's progress when it went to sleep */
};

/* Owned by the caller; must not move. */
struct stage {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    struct player players[STAGE_PLAYERS_MAX];
    size_t count;
    size_t turn;       /* who may move; SIZE_MAX: nobody */
    uint64_t progress; /* moves that were no waking up in vain */
    bool is_free;      /* something went wrong: everybody runs to the end */
    const struct subject *subject;
    struct control *control; /* PostgreSQL */
};

/* Before the subject is opened: its gates lead to this stage. */
void stage_init(struct stage *stage, struct subject *subject);
void stage_finish(struct stage *stage);

/* Plays `count` players to their ends: each calls play(user, number). False: they got stuck. */
bool stage_play(struct stage *stage, size_t count, void (*play)(void *user, size_t player),
                void *user, struct order *order);

/* user: a player. */
void stage_gate(void *user, const char *statement);

/* Between the calls of a player, for stores that call no gate. */
void stage_pause(struct stage *stage, size_t player);

/* The name of an SQLite VFS in which sleeping is a turn of the stage. */
const char *stage_vfs(void);

#endif
