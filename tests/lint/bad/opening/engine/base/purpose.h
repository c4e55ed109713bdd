/* SPDX-License-Identifier: Apache-2.0 */
/* A bad sample: neither name nor purpose. */
