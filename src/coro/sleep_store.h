/* coro/sleep_store.h: where the words of sleeping stacks are kept: blocks of a few hundred bytes, packed.
 *
 * About half of the words on a parked stack are zero: saved registers, room for outputs, paddings. A block says in a bitmap which are not, and
 * holds only those. Blocks come in classes of 32 bytes from chunks of their own, without a header of an allocator's; when the last block of a class
 * goes, so do its chunks.
 */
#ifndef COIL_CORO_SLEEP_STORE_H
#define COIL_CORO_SLEEP_STORE_H

#include <stdint.h>

enum {
    COIL__SLEEP_STEP = 32,
    COIL__SLEEP_MOST = 2048, /* bytes of a block: a stack with more in it stays awake */
    COIL__SLEEP_WORDS = 512  /* that are looked at                                    */
};

/* A word of somebody's stack, whatever it is to them. */
typedef uint64_t __attribute__((may_alias)) coil__stack_word;

/* Of n words: which are not zero (a bit each), then those. */
struct coil__sleep_block {
    uint32_t n;
    uint32_t size; /* of the block, a multiple of COIL__SLEEP_STEP */
    uint64_t rest[];
};

struct coil__sleep_class {
    struct coil__sleep_free *free;
    struct coil__sleep_chunk *chunks;
    uint32_t used;
    uint32_t fresh; /* bytes of the first chunk that were never used */
};

struct coil__sleep_store {
    struct coil__sleep_class classes[COIL__SLEEP_MOST / COIL__SLEEP_STEP];
};

/* Packs n words, at most COIL__SLEEP_WORDS. NULL: too many of them are not zero, or there is no memory. */
struct coil__sleep_block *coil__sleep_pack(struct coil__sleep_store *store,
                                           const coil__stack_word *words, uint32_t n);
/* Writes the words of a block. Async-signal-safe. */
void coil__sleep_unpack(const struct coil__sleep_block *block, coil__stack_word *words);
/* Gives all of it back, whatever is in it. */
void coil__sleep_store_done(struct coil__sleep_store *store);
void coil__sleep_put(struct coil__sleep_store *store, struct coil__sleep_block *block);

#endif
