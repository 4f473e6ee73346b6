/* base/heap.c: children of i are 4i+1 .. 4i+4; nodes may live anywhere. */
#include "base/heap.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

static inline int before(const struct coil__heap_entry *a, const struct coil__heap_entry *b)
{
    return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : (int32_t)(a->seq - b->seq) < 0;
}

static inline void place(struct coil__heap *h, uint32_t i, struct coil__heap_entry entry)
{
    h->entries[i] = entry;
    h->places[entry.id] = i;
}

static void sift_up(struct coil__heap *h, uint32_t i, struct coil__heap_entry entry)
{
    while (i > 0) {
        uint32_t parent = (i - 1) / 4;
        if (!before(&entry, &h->entries[parent]))
            break;
        place(h, i, h->entries[parent]);
        i = parent;
    }
    place(h, i, entry);
}

static void sift_down(struct coil__heap *h, uint32_t i, struct coil__heap_entry entry)
{
    for (;;) {
        uint32_t child = i * 4 + 1;
        if (child >= h->n)
            break;
        uint32_t end = child + 4 < h->n ? child + 4 : h->n;
        uint32_t best = child;
        for (uint32_t c = child + 1; c < end; c++)
            if (before(&h->entries[c], &h->entries[best]))
                best = c;
        if (!before(&h->entries[best], &entry))
            break;
        place(h, i, h->entries[best]);
        i = best;
    }
    place(h, i, entry);
}

int coil__heap_reserve(struct coil__heap *h, uint32_t n)
{
    enum { LINE = 64 };
    if (n <= h->room)
        return 0;
    uint32_t room = h->room ? h->room * 2 : 64;
    if (room < n)
        room = n;
    /* one block: the entries, then the table of nodes, then that of places */
    size_t entries_size = room * sizeof *h->entries + LINE, nodes_size = room * sizeof *h->nodes;
    char *block = coil__malloc(entries_size + nodes_size + room * sizeof *h->places);
    if (!block)
        return -ENOMEM;
    uintptr_t line = ((uintptr_t)block + sizeof *h->entries + LINE - 1) & ~(uintptr_t)(LINE - 1);
    struct coil__heap_entry *entries = (struct coil__heap_entry *)line - 1;
    struct coil__heap_node **nodes = (void *)(block + entries_size);
    uint32_t *places = (void *)(block + entries_size + nodes_size);
    if (h->room) {
        memcpy(entries, h->entries, h->n * sizeof *entries);
        memcpy(nodes, h->nodes, h->room * sizeof *nodes);
        memcpy(places, h->places, h->room * sizeof *places);
    }
    for (uint32_t id = h->room; id < room; id++) /* the free numbers go on with the new ones */
        places[id] = id + 1;
    coil__free(h->block);
    h->block = block;
    h->entries = entries;
    h->nodes = nodes;
    h->places = places;
    h->room = room;
    return 0;
}

int coil__heap_push(struct coil__heap *h, struct coil__heap_node *node)
{
    int err = coil__heap_reserve(h, h->n + 1);
    if (err < 0)
        return err;
    uint32_t id = h->free_id;
    h->free_id = h->places[id];
    h->nodes[id] = node;
    node->index = id + 1;
    sift_up(h, h->n++, (struct coil__heap_entry){node->when_ns, h->next_seq++, id});
    return 0;
}

void coil__heap_remove(struct coil__heap *h, struct coil__heap_node *node)
{
    if (node->index == 0)
        return;
    uint32_t id = node->index - 1, i = h->places[id];
    struct coil__heap_entry last = h->entries[--h->n];
    node->index = 0;
    if (last.id != id) {
        if (i > 0 && before(&last, &h->entries[(i - 1) / 4]))
            sift_up(h, i, last);
        else
            sift_down(h, i, last);
    }
    h->places[id] = h->free_id;
    h->free_id = id;
}

void coil__heap_done(struct coil__heap *h)
{
    coil__free(h->block);
    memset(h, 0, sizeof *h);
}

int coil__heap_check(const struct coil__heap *h)
{
    for (uint32_t i = 0; i < h->n; i++) {
        const struct coil__heap_entry *e = &h->entries[i];
        const struct coil__heap_node *node = h->nodes[e->id];
        if (h->places[e->id] != i || node->index != e->id + 1 || node->when_ns != e->when_ns)
            return 0;
        if (i > 0 && before(e, &h->entries[(i - 1) / 4]))
            return 0;
    }
    return 1;
}
