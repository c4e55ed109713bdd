/* SPDX-License-Identifier: Apache-2.0 */
/* handle.c - open files, alive and dead.
 *
 * Law: before a client does anything, its commits have been told. */
#include "disk/handle.h"

void handle_attach(struct disk_handle *handle)
{
    disk_file_open(handle->file);
    handle->next = handle->file->handles;
    handle->file->handles = handle;
}

void handle_detach(struct disk_handle *handle)
{
    struct disk_handle **link = &handle->file->handles;
    while (*link != handle) {
        link = &(*link)->next;
    }
    *link = handle->next;
    disk_file_close(handle->client->disk, handle->file);
    handle->file = NULL;
}

void handle_die(struct disk_handle *handle)
{
    handle->is_dead = true;
    handle->level = SQLITE_LOCK_NONE;
    handle->shared_locks = handle->exclusive_locks = 0;
    if (handle->client->writer == handle) {
        handle->client->writer = NULL;
    }
}

void handles_die(struct disk_file *file)
{
    for (struct disk_handle *handle = file->handles; handle != NULL; handle = handle->next) {
        handle_die(handle);
    }
    file->shared = NULL;
}

static void tell_news(struct disk_client *client)
{
    if (client->writer != NULL && handle_has_news(client->writer)) {
        client->host->impl->wrote(client->host, client);
    }
}

enum disk_answer handle_ask(struct disk_client *client, const struct disk_handle *handle,
                            struct disk_call call)
{
    bool is_dead = client->is_dead || (handle != NULL && handle->is_dead);
    enum disk_answer answer = DISK_GO_ON;
    client->calls++;
    if (!is_dead && client->host != NULL && !client->is_ghost) {
        tell_news(client);
        answer = client->host->impl->ask(client->host, client, &call);
        is_dead = client->is_dead || (handle != NULL && handle->is_dead);
    }
    return is_dead ? DISK_DEAD : answer;
}
