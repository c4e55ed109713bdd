/* SPDX-License-Identifier: Apache-2.0 */
/* dead.c - a bad sample: dead code. */
#if 0
int number;
#endif
