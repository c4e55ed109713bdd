/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - a disk with an empty, migrated database, which every world begins with.
 *
 * Law: it is made once in a process, and never changed after that. */
#include <pthread.h>

#include "clock/virtual.h"
#include "dal/sqlite/sqlite.h"
#include "world/machine.h"
#include "world/world.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct disk image;
static bool is_made;

static enum cloacina_code migrate(struct disk *disk, struct cloacina_error *err)
{
    int64_t now = CLOACINA_WORLD_START_NS;
    struct virtual_clock clock;
    struct disk_client client;
    struct dal *dal;
    virtual_clock_init(&clock, &(struct virtual_clock_options){.now = &now});
    if (!disk_client_init(&client, disk, &(struct disk_client_options){.number = 0})) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory for a disk");
    }
    struct store_options options = {.url = MACHINE_PATH, .clock = &clock.clock, .vfs = client.name};
    enum cloacina_code code = sqlite_open(&options, MACHINE_PATH, &dal, err);
    if (code == CLOACINA_OK) {
        dal_destroy(dal);
    }
    disk_client_finish(&client);
    return code;
}

enum cloacina_code machine_image(const struct disk **ret_image, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    (void)pthread_mutex_lock(&mutex);
    if (!is_made) {
        disk_init(&image, NULL);
        code = migrate(&image, err);
        is_made = code == CLOACINA_OK;
        if (!is_made) {
            disk_finish(&image);
        }
    }
    (void)pthread_mutex_unlock(&mutex);
    *ret_image = &image;
    return code;
}
