/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c - every call to the disk is a place where others may go first, and where something may
 * go wrong.
 *
 * Law: after a wait it is looked again whether the caller still lives. */
#include "world/machine.h"

#include "base/instant.h"
#include "dal/sqlite/sqlite.h"
#include "world/mirror.h"
#include "world/world.h"

/* A machine without power is on again after so long, and its runners start. */
#define POWER_ON_NS (10 * NANOSECONDS_PER_SECOND)

/* Other writers hold the disk no longer than a frozen process stands still. */
#define BUSY_NS (30 * NANOSECONDS_PER_SECOND)

static struct machine *machine_of(struct disk_host *host)
{
    return (struct machine *)host;
}

static struct actor *actor_of(const struct disk_client *client)
{
    return CONTAINER_OF(client, struct actor, client);
}

/* ---- what a question is about ---- */

static enum site site_of(enum disk_operation operation)
{
    static const enum site sites[DISK_OPERATIONS] = {
        [DISK_OPEN] = SITE_DISK_FILE,   [DISK_DELETE] = SITE_DISK_FILE,
        [DISK_FIND] = SITE_DISK_FILE,   [DISK_READ] = SITE_DISK_READ,
        [DISK_WRITE] = SITE_DISK_WRITE, [DISK_TRUNCATE] = SITE_DISK_FILE,
        [DISK_SYNC] = SITE_DISK_SYNC,   [DISK_SIZE] = SITE_DISK_FILE,
        [DISK_LOCK] = SITE_DISK_LOCK,   [DISK_SHARE] = SITE_DISK_SHARE,
    };
    return sites[operation];
}

static struct text name_of(enum disk_kind kind)
{
    static const char *const names[DISK_KINDS] = {
        [DISK_DATABASE] = "db",
        [DISK_WAL] = "wal",
        [DISK_JOURNAL] = "lock",
        [DISK_SCRATCH] = "scratch",
    };
    return text_of(names[kind]);
}

/* As the call to the store that is under way: so a decision keeps its meaning. */
static struct label label_of(const struct actor *actor, const struct disk_call *call)
{
    struct label label = {.runner = actor->number};
    if (actor->store.call != NULL) {
        label = actor->store.call->label;
    }
    label.site = site_of(call->operation);
    label.name = name_of(call->kind);
    return label;
}

/* ---- what goes wrong ---- */

static void lose_power(struct cloacina_world *world, uint64_t variant)
{
    for (uint32_t i = 0; i < world->actor_count; i++) {
        actor_kill(&world->actors[i], POWER_ON_NS, "power loss");
    }
    disk_cut_power(&world->machine.disk, variant);
    mirror_power_lost(world);
}

static void suffer(struct actor *actor, struct choice choice, const struct label *label)
{
    struct cloacina_world *world = actor->world;
    if (choice.fault == FAULT_POSTPONE) {
        store_let_others_go(&actor->store);
    } else if (choice.fault == FAULT_SLOW) {
        store_wait(&actor->store, choice.amount);
    } else if (choice.fault == FAULT_FREEZE) {
        store_freeze(&actor->store, choice.amount);
    } else if (choice.fault == FAULT_FULL) {
        world->machine.full_until = instant_add(world->timeline.now, choice.amount);
    } else if (choice.fault == FAULT_CRASH) {
        actor_kill(actor, choice.amount, site_name(label->site));
    } else if (choice.fault == FAULT_POWER_LOSS) {
        lose_power(world, (uint64_t)choice.amount);
    }
}

static enum disk_answer answer_of(const struct actor *actor, const struct disk_call *call,
                                  enum fault fault)
{
    const struct cloacina_world *world = actor->world;
    bool may_grow = call->operation == DISK_WRITE || call->operation == DISK_TRUNCATE;
    if (store_is_crashed(&actor->store)) {
        return DISK_DEAD;
    }
    if (fault == FAULT_IO_ERROR) {
        return DISK_FAILS;
    }
    return may_grow && world->timeline.now < world->machine.full_until ? DISK_FULL : DISK_GO_ON;
}

static enum disk_answer ask(struct disk_host *host, struct disk_client *client,
                            const struct disk_call *call)
{
    struct actor *actor = actor_of(client);
    struct cloacina_world *world = machine_of(host)->world;
    struct choice choice = {FAULT_NONE, 0};
    bool can_wait = actor->coroutine != NULL && coroutine_current() == actor->coroutine;
    if (can_wait && !world->oracle.is_calm && !store_is_crashed(&actor->store)) {
        struct label label = label_of(actor, call);
        choice = world_ask_by(world, &label, actor->number);
        suffer(actor, choice, &label);
    }
    return answer_of(actor, call, choice.fault);
}

static void sleep_ns(struct disk_host *host, struct disk_client *client, int64_t duration_ns)
{
    struct actor *actor = actor_of(client);
    (void)host;
    if (actor->coroutine != NULL && coroutine_current() == actor->coroutine &&
        !store_is_crashed(&actor->store)) {
        store_wait(&actor->store, duration_ns);
    }
}

static int64_t now_of(struct disk_host *host, struct disk_client *client)
{
    (void)client;
    return world_store_now(machine_of(host)->world);
}

static void wrote(struct disk_host *host, struct disk_client *client)
{
    mirror_look(machine_of(host)->world, actor_of(client));
}

/* ---- sessions ---- */

static enum cloacina_code session_open(struct cloacina_world *world, const char *vfs,
                                       struct dal **ret_dal, struct cloacina_error *err)
{
    struct store_options options = {
        .url = MACHINE_PATH,
        .heap = world->heap,
        .clock = &world->store_clock.clock,
        .durability = STORE_DURABILITY_FULL,
        .busy_timeout_ns = BUSY_NS,
        .vfs = vfs,
    };
    return sqlite_open(&options, MACHINE_PATH, ret_dal, err);
}

enum cloacina_code machine_open(struct actor *actor, struct cloacina_error *err)
{
    struct cloacina_world *world = actor->world;
    if (!world->machine.is_on) {
        return CLOACINA_OK;
    }
    disk_client_revive(&actor->client);
    enum cloacina_code code = session_open(world, actor->client.name, &actor->session, err);
    if (code == CLOACINA_OK) {
        actor->store.inner = actor->session;
    }
    return code;
}

void machine_close(struct actor *actor)
{
    struct dal *session = actor->session;
    bool is_buried = actor->is_dead && coroutine_current() == NULL;
    if (is_buried) {
        machine_afterlife_begin(actor->world);
    }
    actor->session = NULL;
    dal_destroy(session);
    if (is_buried) {
        machine_afterlife_end(actor->world);
    }
}

struct dal *machine_look(struct cloacina_world *world)
{
    struct machine *machine = &world->machine;
    struct cloacina_error err = {CLOACINA_OK, ""};
    if (machine->looker != NULL && machine->names_known != machine->disk.names_changed) {
        dal_destroy(machine->looker);
        machine->looker = NULL;
    }
    if (machine->looker == NULL) {
        machine->names_known = machine->disk.names_changed;
        if (session_open(world, machine->ghost.name, &machine->looker, &err) != CLOACINA_OK) {
            (void)cloacina_error_wrap(&err, "world: looking at the store");
            machine->looker = NULL;
            world_fail(world, &err);
            return NULL;
        }
    }
    disk_client_look(&machine->ghost);
    return machine->looker;
}

/* ---- death ---- */

/* One that dies in its own code goes on until that has returned. */
void machine_kill(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    if (world->machine.is_on) {
        mirror_is_unsure(world);
        if (actor->coroutine != NULL && coroutine_current() == actor->coroutine) {
            machine_afterlife_begin(world);
        }
        disk_client_kill(&actor->client);
    }
}

void machine_afterlife_begin(struct cloacina_world *world)
{
    if (world->machine.is_on && !disk_afterlife_begin(&world->machine.disk)) {
        world_fail_no_memory(world);
    }
}

void machine_afterlife_end(struct cloacina_world *world)
{
    if (world->machine.is_on) {
        disk_afterlife_end(&world->machine.disk);
    }
}

/* ---- beginning and end ---- */

static enum cloacina_code make_clients(struct cloacina_world *world)
{
    struct machine *machine = &world->machine;
    struct disk_client_options options = {.host = &machine->host, .is_ghost = true};
    bool is_made = disk_client_init(&machine->ghost, &machine->disk, &options);
    options.is_ghost = false;
    for (uint32_t i = 0; is_made && i < world->actor_count; i++) {
        options.number = i + 1;
        is_made = disk_client_init(&world->actors[i].client, &machine->disk, &options);
    }
    return is_made ? CLOACINA_OK : CLOACINA_NO_MEMORY;
}

enum cloacina_code machine_begin(struct cloacina_world *world, struct cloacina_error *err)
{
    static const struct disk_host_impl impl = {
        .ask = ask,
        .sleep = sleep_ns,
        .now = now_of,
        .wrote = wrote,
    };
    struct machine *machine = &world->machine;
    const struct disk *image;
    machine->host.impl = &impl;
    machine->world = world;
    disk_init(&machine->disk, world->heap);
    machine->is_on = true;
    enum cloacina_code code = machine_image(&image, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    disk_clients_seed();
    code = disk_copy(&machine->disk, image) ? make_clients(world) : CLOACINA_NO_MEMORY;
    return code == CLOACINA_OK ? code
                               : cloacina_error_raise(err, code, "world: no memory for a disk");
}

void machine_finish(struct cloacina_world *world)
{
    struct machine *machine = &world->machine;
    if (!machine->is_on) {
        return;
    }
    dal_destroy(machine->looker);
    disk_client_finish(&machine->ghost);
    for (uint32_t i = 0; world->actors != NULL && i < world->actor_count; i++) {
        disk_client_finish(&world->actors[i].client);
    }
    disk_finish(&machine->disk);
    machine->is_on = false;
}
