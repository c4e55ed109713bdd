/* SPDX-License-Identifier: Apache-2.0 */
/* hidden.c - a bad sample: sounds public, but nobody outside can call it. */
int cloacina_answer(void)
{
    return 42;
}
