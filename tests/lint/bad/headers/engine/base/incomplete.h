/* SPDX-License-Identifier: Apache-2.0 */
/* incomplete.h - a bad sample: does not compile alone. */
uint32_t count_all(size_t wanted);
