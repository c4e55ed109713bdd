/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - a bad sample: starts a thread. */
#include <pthread.h>

int thread_start(pthread_t *thread, void *(*body)(void *))
{
    return pthread_create(thread, NULL, body, NULL);
}
