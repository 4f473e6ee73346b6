/* base/slab.c: chunks of slots, a LIFO of the free ones. Failure leaves the slab as it was. */
#include "base/slab.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "base/sys.h"

enum { HUGE_PAGE = 2 << 20 };

void coil__slab_init(struct coil__slab *s, size_t object_size, uint32_t generation_seed)
{
    memset(s, 0, sizeof *s);
    s->object_size = (uint32_t)((object_size + 15) & ~(size_t)15);
    s->first_generation = generation_seed & ~1u;
}

/* How many chunks a block of huge pages holds. The first two blocks' worth of chunks are on their own, each a block. */
static uint32_t in_huge(const struct coil__slab *s)
{
    uint32_t chunk = COIL__SLAB_CHUNK * s->object_size;
    return (HUGE_PAGE + chunk - 1) / chunk;
}

static bool begins_block(const struct coil__slab *s, uint32_t chunk)
{
    return chunk < 2 * in_huge(s) || chunk % in_huge(s) == 0;
}

void coil__slab_done(struct coil__slab *s)
{
    for (uint32_t i = 0; i < s->n_chunks; i++)
        if (begins_block(s, i))
            coil__free_aligned(s->chunks[i]);
    coil__free(s->chunks);
    coil__free(s->free_slots);
    memset(s, 0, sizeof *s);
}

/* Room for so many more in the lists of chunks and of free slots. */
static int make_room(struct coil__slab *s, uint32_t n)
{
    if (s->n_chunks + n > s->chunk_room) {
        uint32_t room = s->chunk_room ? s->chunk_room * 2 : 8;
        if (room < s->n_chunks + n)
            room = s->n_chunks + n;
        char **chunks = coil__realloc(s->chunks, room * sizeof *chunks);
        if (!chunks)
            return -1;
        s->chunks = chunks;
        s->chunk_room = room;
    }
    uint32_t need = coil__slab_slots(s) + n * COIL__SLAB_CHUNK;
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
    return 0;
}

static char *new_block(size_t size, bool huge)
{
    if (!huge)
        return coil__calloc_lines(size);
    char *block = coil__malloc_aligned(size, HUGE_PAGE);
    if (!block)
        return NULL;
    coil__sys_madvise(block, size, MADV_HUGEPAGE); /* without it, it is slower */
    return memset(block, 0, size);
}

/* Its slots go on the free list with the lowest on top. */
int coil__slab_grow(struct coil__slab *s)
{
    uint32_t first = coil__slab_slots(s), left = (COIL__SLAB_MAX_SLOTS - first) / COIL__SLAB_CHUNK;
    bool huge = s->n_chunks >= 2 * in_huge(s);
    uint32_t n = huge ? in_huge(s) : 1, slots = n * COIL__SLAB_CHUNK;
    if (n > left || make_room(s, n) < 0)
        return -1;
    char *block = new_block((size_t)slots * s->object_size, huge);
    if (!block)
        return -1;
    for (uint32_t i = 0; i < n; i++)
        s->chunks[s->n_chunks++] = block + (size_t)i * COIL__SLAB_CHUNK * s->object_size;
    for (uint32_t i = 0; i < slots; i++) {
        struct coil__slab_head *h = (void *)(block + (size_t)i * s->object_size);
        h->slot = first + i;
        h->generation = s->first_generation;
        s->free_slots[s->n_free + slots - 1 - i] = first + i;
    }
    s->n_free += slots;
    return 0;
}

void *coil__slab_at(const struct coil__slab *s, uint32_t slot)
{
    if (slot >= coil__slab_slots(s))
        return NULL;
    struct coil__slab_head *h = coil__slab_slot(s, slot);
    return (h->generation & 1) ? h : NULL;
}
