/* SPDX-License-Identifier: Apache-2.0 */
/* alone.c - a bad sample: its folder has no README.md. */
