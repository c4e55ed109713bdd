/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/keyword.h - a bad sample: C but not C++. */
void cloacina_object_copy(int class);
