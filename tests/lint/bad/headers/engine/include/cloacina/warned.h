/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/warned.h - a bad sample: no prototype. */
void cloacina_object_forget();
