/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - a bad sample: remembers something from call to call. */
int number_next(void)
{
    static int number;
    return ++number;
}
