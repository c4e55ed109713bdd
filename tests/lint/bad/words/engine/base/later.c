/* SPDX-License-Identifier: Apache-2.0 */
/* later.c - a bad sample: work left undone. */
/* TODO: everything */
