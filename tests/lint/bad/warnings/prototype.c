/* SPDX-License-Identifier: Apache-2.0 */
/* prototype.c - a bad sample: a function that no header declares. */
int number_twice(int number)
{
    return 2 * number;
}
