/* SPDX-License-Identifier: Apache-2.0 */
/* stage.c - one moves, the others stand still.
 *
 * Law: the order of all moves comes from `struct order`; nothing waits for a time. */
#include "stage.h"

#include <sqlite3.h>
#include <time.h>

#include "support.h"

#include "base/compiler.h"
#include "control.h"
#include "operation.h"

/* A server finds a deadlock after a second; looking is done much longer than that. */
enum { MOVES_MAX = 1000000, LOOK_NS = 500000, LOOKS_MAX = 60000 };

static THREAD_LOCAL struct player *self;

/* ---- orders ---- */

bool order_next(struct order *order, size_t switches)
{
    size_t used = 0;
    for (size_t i = 0; i < order->count; i++) {
        used += order->picks[i] != 0;
    }
    for (size_t i = order->count; i-- > 0;) {
        bool was_switch = order->picks[i] != 0;
        used -= was_switch;
        if (order->picks[i] + 1 < order->bounds[i] && used < switches) {
            order->picks[i]++;
            order->given = i + 1;
            return true;
        }
    }
    return false;
}

static size_t order_pick(struct order *order, size_t bound)
{
    assert_true(order->count < STAGE_CHOICES_MAX);
    size_t place = order->count++;
    order->bounds[place] = (uint8_t)bound;
    if (place >= order->given) {
        struct draw draw = {.state = order->seed + place};
        bool switches = order->seed != 0 && draw_below(&draw, 3) == 0;
        order->picks[place] = switches ? (uint8_t)draw_below(&draw, (uint32_t)bound) : 0;
    }
    return order->picks[place] < bound ? order->picks[place] : 0;
}

/* ---- players ---- */

/* With the mutex held; comes back with the turn. */
static void turn_await(struct player *player, enum player_state state)
{
    struct stage *stage = player->stage;
    player->state = state;
    player->slept_at = stage->progress;
    pthread_cond_broadcast(&stage->moved);
    while (stage->turn != player->number && !stage->is_free) {
        pthread_cond_wait(&stage->moved, &stage->mutex);
    }
    player->state = PLAYER_MOVING;
    stage->turn = SIZE_MAX;
}

static void halt(struct player *player, enum player_state state)
{
    struct stage *stage = player->stage;
    pthread_mutex_lock(&stage->mutex);
    if (player->state != PLAYER_AWAY && !stage->is_free) {
        turn_await(player, state);
    }
    pthread_mutex_unlock(&stage->mutex);
}

void stage_gate(void *user, const char *statement)
{
    (void)statement;
    halt(user, PLAYER_AT_GATE);
}

void stage_pause(struct stage *stage, size_t player)
{
    halt(&stage->players[player], PLAYER_AT_GATE);
}

static void *player_run(void *user)
{
    struct player *player = user;
    struct stage *stage = player->stage;
    self = player;
    pthread_mutex_lock(&stage->mutex);
    turn_await(player, PLAYER_AT_GATE);
    pthread_mutex_unlock(&stage->mutex);
    player->play(player->user, player->number);
    pthread_mutex_lock(&stage->mutex);
    player->state = PLAYER_DONE;
    stage->progress++;
    pthread_cond_broadcast(&stage->moved);
    pthread_mutex_unlock(&stage->mutex);
    return NULL;
}

/* ---- who can move ---- */

static bool someone_is(const struct stage *stage, enum player_state state)
{
    for (size_t i = 0; i < stage->count; i++) {
        if (stage->players[i].state == state) {
            return true;
        }
    }
    return false;
}

/* With the mutex held: lets go of it for a moment, or until somebody has moved. */
static void look_again(struct stage *stage)
{
    if (stage->control == NULL) {
        pthread_cond_wait(&stage->moved, &stage->mutex);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&stage->moved, &stage->mutex, &until);
    for (size_t i = 0; i < stage->count; i++) {
        struct player *player = &stage->players[i];
        if (player->state == PLAYER_MOVING &&
            control_is_waiting(stage->control, stage->subject->names[i])) {
            player->state = PLAYER_BLOCKED;
        }
    }
}

/* Who was blocked may have been let go by the last move; then it is moving, and is waited for. */
static void settle(struct stage *stage)
{
    for (size_t i = 0; i < stage->count; i++) {
        struct player *player = &stage->players[i];
        if (player->state == PLAYER_BLOCKED &&
            !control_is_waiting(stage->control, stage->subject->names[i])) {
            player->state = PLAYER_MOVING;
        }
    }
    while (someone_is(stage, PLAYER_MOVING)) {
        look_again(stage);
    }
}

/* Those who can move, the one who moved last first. */
static size_t candidates(const struct stage *stage, size_t last, size_t *ret_players)
{
    size_t count = 0;
    for (size_t i = 0; i < stage->count; i++) {
        size_t number = (last + i) % stage->count;
        const struct player *player = &stage->players[number];
        if (player->state == PLAYER_AT_GATE ||
            (player->state == PLAYER_WAITING && stage->progress > player->slept_at)) {
            ret_players[count++] = number;
        }
    }
    return count;
}

/* With the mutex held. False: they are stuck: nobody can move, and not everybody is done. */
static bool direct(struct stage *stage, struct order *order)
{
    size_t last = 0;
    size_t looks = 0;
    for (size_t moves = 0; moves < MOVES_MAX && looks < LOOKS_MAX;) {
        size_t players[STAGE_PLAYERS_MAX];
        settle(stage);
        size_t count = candidates(stage, last, players);
        if (count == 0 && someone_is(stage, PLAYER_BLOCKED)) {
            look_again(stage); /* the server finds out that they wait for each other */
            looks++;
            continue;
        }
        if (count == 0) {
            return !someone_is(stage, PLAYER_WAITING);
        }
        last = players[order_pick(order, count)];
        struct player *player = &stage->players[last];
        stage->progress += player->state == PLAYER_AT_GATE;
        player->state = PLAYER_MOVING;
        stage->turn = last;
        pthread_cond_broadcast(&stage->moved);
        moves++;
    }
    return false;
}

bool stage_play(struct stage *stage, size_t count, void (*play)(void *user, size_t player),
                void *user, struct order *order)
{
    order->count = 0;
    stage->count = count;
    stage->progress = 0;
    stage->turn = SIZE_MAX;
    stage->is_free = false;
    if (stage->subject->kind == STORE_POSTGRES && stage->control == NULL) {
        stage->control = control_open(stage->subject->url);
    }
    pthread_mutex_lock(&stage->mutex);
    for (size_t i = 0; i < count; i++) {
        struct player *player = &stage->players[i];
        player->play = play;
        player->user = user;
        player->state = PLAYER_MOVING;
        assert_int_equal(pthread_create(&player->thread, NULL, player_run, player), 0);
    }
    bool went_well = direct(stage, order);
    stage->is_free = true;
    pthread_cond_broadcast(&stage->moved);
    pthread_mutex_unlock(&stage->mutex);
    for (size_t i = 0; i < count; i++) {
        pthread_join(stage->players[i].thread, NULL);
        stage->players[i].state = PLAYER_AWAY;
    }
    return went_well;
}

void stage_init(struct stage *stage, struct subject *subject)
{
    *stage = (struct stage){.subject = subject, .turn = SIZE_MAX};
    assert_int_equal(pthread_mutex_init(&stage->mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&stage->moved, NULL), 0);
    subject->gate = stage_gate;
    subject->vfs = stage_vfs();
    for (size_t i = 0; i < STAGE_PLAYERS_MAX; i++) {
        stage->players[i] = (struct player){.stage = stage, .number = i};
        subject->gate_users[i] = &stage->players[i];
    }
}

void stage_finish(struct stage *stage)
{
    control_close(stage->control);
    pthread_cond_destroy(&stage->moved);
    pthread_mutex_destroy(&stage->mutex);
}

/* ---- SQLite's sleep ---- */

static int sleep_on_stage(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    if (self != NULL) {
        halt(self, PLAYER_WAITING);
    }
    return microseconds;
}

const char *stage_vfs(void)
{
    static sqlite3_vfs vfs;
    if (vfs.zName == NULL) {
        vfs = *sqlite3_vfs_find(NULL);
        vfs.zName = "contract-stage";
        vfs.xSleep = sleep_on_stage;
        assert_int_equal(sqlite3_vfs_register(&vfs, 0), SQLITE_OK);
    }
    return vfs.zName;
}
