/* SPDX-License-Identifier: Apache-2.0 */
/* shadow.c - a bad sample: one name for two things. */
int number_sum(int number);

int number_sum(int number)
{
    for (int i = 0; i < 2; i++) {
        int number = i;
        (void)number;
    }
    return number;
}
