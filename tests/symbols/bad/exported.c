/* SPDX-License-Identifier: Apache-2.0 */
/* exported.c - a bad sample: gives away a name that is not ours. */
__attribute__((visibility("default"))) int shared_answer(void)
{
    return 42;
}
