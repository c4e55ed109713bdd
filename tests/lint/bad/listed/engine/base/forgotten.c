/* SPDX-License-Identifier: Apache-2.0 */
/* forgotten.c - a bad sample: nobody compiles it. */
