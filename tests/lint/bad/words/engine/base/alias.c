/* SPDX-License-Identifier: Apache-2.0 */
/* alias.c - a bad sample: a typedef of a struct. */
typedef struct point {
    int x, y;
} point_t;
