/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz program is one function. With --enable-fuzzers libFuzzer calls it with what it invents;
 * otherwise tests/fuzz/replay.c calls it with every file of tests/fuzz/corpus/NAME, NAME being what
 * follows "fuzz_" in the program's name.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Aborts when what the code does with the @n bytes at @bytes is wrong. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
