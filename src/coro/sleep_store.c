/* coro/sleep_store.c: blocks that hold the words of sleeping stacks. */
#include "coro/sleep_store.h"

#include <string.h>
#include <sys/mman.h>

#include "base/sys.h"

enum { CHUNK = 64 * 1024 };

struct coil__sleep_free {
    struct coil__sleep_free *next;
};

struct coil__sleep_chunk {
    struct coil__sleep_chunk *next;
    uint64_t pad[3];
};
_Static_assert(sizeof(struct coil__sleep_chunk) == COIL__SLEEP_STEP, "blocks are aligned so");

static struct coil__sleep_class *class_of(struct coil__sleep_store *store, uint32_t size)
{
    return &store->classes[size / COIL__SLEEP_STEP - 1];
}

static int add_chunk(struct coil__sleep_class *c)
{
    struct coil__sleep_chunk *chunk =
        coil__sys_mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        return -1;
    chunk->next = c->chunks;
    c->chunks = chunk;
    c->fresh = sizeof *chunk;
    return 0;
}

static void *get(struct coil__sleep_store *store, uint32_t size)
{
    struct coil__sleep_class *c = class_of(store, size);
    void *block = c->free;
    if (block) {
        c->free = c->free->next;
    } else {
        if ((!c->chunks || c->fresh + size > CHUNK) && add_chunk(c) < 0)
            return NULL;
        block = (char *)c->chunks + c->fresh;
        c->fresh += size;
    }
    c->used++;
    return block;
}

static void give_back(struct coil__sleep_class *c)
{
    while (c->chunks) {
        struct coil__sleep_chunk *next = c->chunks->next;
        coil__sys_munmap(c->chunks, CHUNK);
        c->chunks = next;
    }
    c->free = NULL;
}

void coil__sleep_put(struct coil__sleep_store *store, struct coil__sleep_block *block)
{
    struct coil__sleep_class *c = class_of(store, block->size);
    struct coil__sleep_free *f = (void *)block;
    f->next = c->free;
    c->free = f;
    if (--c->used == 0)
        give_back(c);
}

void coil__sleep_store_done(struct coil__sleep_store *store)
{
    for (uint32_t size = COIL__SLEEP_STEP; size <= COIL__SLEEP_MOST; size += COIL__SLEEP_STEP)
        give_back(class_of(store, size));
}

struct coil__sleep_block *coil__sleep_pack(struct coil__sleep_store *store,
                                           const coil__stack_word *words, uint32_t n)
{
    enum { MAPS = COIL__SLEEP_WORDS / 64, ROOM = COIL__SLEEP_MOST / 8 - 1 };
    uint64_t packed[ROOM] = {0}; /* zero is what the maps begin with */
    uint32_t maps = (n + 63) / 64, used = maps;
    _Static_assert(MAPS < ROOM, "the maps alone always fit");
    for (uint32_t i = 0; i < n; i++) {
        if (!words[i])
            continue;
        if (used == ROOM)
            return NULL;
        packed[i / 64] |= 1ull << i % 64;
        packed[used++] = words[i];
    }
    uint32_t bytes = (uint32_t)sizeof(struct coil__sleep_block) + used * 8;
    bytes = (bytes + COIL__SLEEP_STEP - 1) / COIL__SLEEP_STEP * COIL__SLEEP_STEP;
    struct coil__sleep_block *block = get(store, bytes);
    if (!block)
        return NULL;
    block->n = n;
    block->size = bytes;
    memcpy(block->rest, packed, used * sizeof *packed);
    return block;
}

void coil__sleep_unpack(const struct coil__sleep_block *block, coil__stack_word *words)
{
    const uint64_t *next = block->rest + (block->n + 63) / 64;
    for (uint32_t i = 0; i < block->n; i++)
        words[i] = block->rest[i / 64] >> i % 64 & 1 ? *next++ : 0;
}
