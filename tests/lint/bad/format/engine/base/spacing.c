/* SPDX-License-Identifier: Apache-2.0 */
/* spacing.c - a bad sample: not as clang-format writes it. */
int  twice( int number ){ return 2*number; }
