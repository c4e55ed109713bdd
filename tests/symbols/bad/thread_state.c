/* SPDX-License-Identifier: Apache-2.0 */
/* thread_state.c - a bad sample: remembers something for each thread. */
int number_next_here(void)
{
    static _Thread_local int number;
    return ++number;
}
