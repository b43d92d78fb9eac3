/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A function of its own to the verifier, which looks at it once with any arguments, instead of on every path that leads
 * to it (Documentation/bpf/verifier.rst; with pointers to memory since Linux 5.12). That is most of what loading
 * costs. It must be global, return a number, and check its pointers for NULL.
 */
#ifndef SACCADE_VERIFIED_ONCE_H
#define SACCADE_VERIFIED_ONCE_H

#define VERIFIED_ONCE __attribute__((noinline))

#endif
