/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.c - a shared object that has nothing to do with workflows. */
int foreign_answer(void);
int foreign_answer(void)
{
    return 42;
}
