/* base/slab.c: chunks of slots, a LIFO of the free ones. Failure leaves the slab as it was. */
#include "base/slab.h"

#include <string.h>

#include "base/memory.h"

void coil__slab_init(struct coil__slab *s, size_t object_size, uint32_t generation_seed)
{
    memset(s, 0, sizeof *s);
    s->object_size = (uint32_t)((object_size + 15) & ~(size_t)15);
    s->first_generation = generation_seed & ~1u;
}

void coil__slab_done(struct coil__slab *s)
{
    for (uint32_t i = 0; i < s->n_chunks; i++)
        coil__free_lines(s->chunks[i]);
    coil__free(s->chunks);
    coil__free(s->free_slots);
    memset(s, 0, sizeof *s);
}

/* Its slots go on the free list with the lowest on top. */
int coil__slab_grow(struct coil__slab *s)
{
    if (coil__slab_slots(s) + COIL__SLAB_CHUNK > COIL__SLAB_MAX_SLOTS)
        return -1;
    if (s->n_chunks == s->chunk_room) {
        uint32_t room = s->chunk_room ? s->chunk_room * 2 : 8;
        char **chunks = coil__realloc(s->chunks, room * sizeof *chunks);
        if (!chunks)
            return -1;
        s->chunks = chunks;
        s->chunk_room = room;
    }
    uint32_t need = coil__slab_slots(s) + COIL__SLAB_CHUNK;
    if (need > s->free_room) {
        uint32_t room = s->free_room ? s->free_room * 2 : COIL__SLAB_CHUNK;
        if (room < need)
            room = need;
        uint32_t *slots = coil__realloc(s->free_slots, room * sizeof *slots);
        if (!slots)
            return -1;
        s->free_slots = slots;
        s->free_room = room;
    }
    char *chunk = coil__calloc_lines((size_t)COIL__SLAB_CHUNK * s->object_size);
    if (!chunk)
        return -1;
    uint32_t first = coil__slab_slots(s);
    s->chunks[s->n_chunks++] = chunk;
    for (uint32_t i = 0; i < COIL__SLAB_CHUNK; i++) {
        struct coil__slab_head *h = (void *)(chunk + (size_t)i * s->object_size);
        h->slot = first + i;
        h->generation = s->first_generation;
        s->free_slots[s->n_free + COIL__SLAB_CHUNK - 1 - i] = first + i;
    }
    s->n_free += COIL__SLAB_CHUNK;
    return 0;
}

void *coil__slab_at(const struct coil__slab *s, uint32_t slot)
{
    if (slot >= coil__slab_slots(s))
        return NULL;
    struct coil__slab_head *h = coil__slab_slot(s, slot);
    return (h->generation & 1) ? h : NULL;
}
