/* test/fuzz/fuzz.h: what every fuzzer begins with: the input as a source of decisions, and what must hold.
 *
 * A fuzzer is one file, test/fuzz/NAME.c, which defines fuzz_input(); its inputs are test/fuzz/corpus/NAME/. Linked with main.c it is a
 * plain program that goes through files; linked with libFuzzer (./dev fuzz) it makes inputs of its own. An input that ran out
 * gives zeros for ever, so that every input means something.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coil.h>

/* What is left of the input. */
struct fuzz {
    const uint8_t *at;
    size_t left;
};

/* Runs one input, in no loop. Ends by FUZZ_MUST when something is wrong. */
void fuzz_input(struct fuzz *in);

#define FUZZ_MUST(condition)                                                               \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

static inline unsigned fuzz_byte(struct fuzz *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

/* A number from 0 to most, which is below 65536. */
static inline unsigned fuzz_upto(struct fuzz *in, unsigned most)
{
    unsigned n = fuzz_byte(in);
    if (most > 255)
        n = n << 8 | fuzz_byte(in);
    return n % (most + 1);
}

/* Up to n bytes, where they are. */
static inline struct fuzz fuzz_take(struct fuzz *in, size_t n)
{
    struct fuzz part = {in->at, n < in->left ? n : in->left};
    in->at += part.left;
    in->left -= part.left;
    return part;
}

#endif
