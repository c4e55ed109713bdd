/* SPDX-License-Identifier: Apache-2.0 */
/* vla.c - a bad sample: an array as long as the input wishes. */
int number_last(int count);

int number_last(int count)
{
    int numbers[count];
    numbers[count - 1] = count;
    return numbers[count - 1];
}
