/* base/heap.c: children of i are 4i+1 .. 4i+4; nodes may live anywhere.
 *
 * Which of four children is the first is as good as random, so it is found without branches: deadline and sequence are compared as
 * one number of 128 bits. And what fills a hole comes from the end and belongs near the end again: the hole sinks to a leaf
 * first, then its new entry rises from there, mostly not at all.
 */
#include "base/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

__extension__ typedef __int128 coil__heap_key;

static inline coil__heap_key key(const struct coil__heap_entry *e)
{
    /* no two have the same seq, so what stands below it does not matter */
    return (coil__heap_key)e->when_ns * ((coil__heap_key)1 << 64) +
           (coil__heap_key)((uint64_t)e->seq << 32 | e->id);
}

static inline int before(const struct coil__heap_entry *a, const struct coil__heap_entry *b)
{
    return key(a) < key(b);
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

/* The first of the children that begin at `child`, of which there is one at least. */
static inline uint32_t first_child(const struct coil__heap *h, uint32_t child)
{
    const struct coil__heap_entry *e = h->entries;
    if (child + 4 <= h->n) {
        uint32_t a = child + (uint32_t)before(&e[child + 1], &e[child]);
        uint32_t b = child + 2 + (uint32_t)before(&e[child + 3], &e[child + 2]);
        uint32_t other = 0u - (uint32_t)before(&e[b], &e[a]);
        return a ^ ((a ^ b) & other);
    }
    uint32_t best = child;
    for (uint32_t c = child + 1; c < h->n; c++)
        if (before(&e[c], &e[best]))
            best = c;
    return best;
}

/* Fills the hole at i, whose parent is before `entry`. */
static void fill(struct coil__heap *h, uint32_t i, struct coil__heap_entry entry)
{
    for (uint32_t child; (child = i * 4 + 1) < h->n;) {
        for (uint32_t c = child; c < child + 4; c++) /* one of their children comes next */
            __builtin_prefetch(&h->entries[c * 4 + 1]);
        uint32_t best = first_child(h, child);
        place(h, i, h->entries[best]);
        i = best;
    }
    sift_up(h, i, entry);
}

/* Takes the entry at i out of the heap; its number stays its own. */
static void take_out(struct coil__heap *h, uint32_t i)
{
    struct coil__heap_entry last = h->entries[--h->n];
    if (i == h->n)
        return;
    if (i > 0 && before(&last, &h->entries[(i - 1) / 4]))
        sift_up(h, i, last);
    else
        fill(h, i, last);
}

/* There is one: those that are given are at most as many as there is room for. */
static inline uint32_t take_number(struct coil__heap *h)
{
    if (!h->free_id)
        return h->fresh++;
    uint32_t id = h->free_id - 1;
    h->free_id = h->places[id];
    return id;
}

static void free_number(struct coil__heap *h, struct coil__heap_node *node)
{
    uint32_t id = node->index - 1;
    h->places[id] = h->free_id;
    h->free_id = id + 1;
    node->index = 0;
}

int coil__heap_reserve(struct coil__heap *h, uint32_t n)
{
    enum { LINE = 64 };
    if (n <= h->room)
        return 0;
    if (n >= COIL__HEAP_DUE)
        return -ENOMEM;
    uint32_t room = h->room ? h->room * 2 : 64;
    if (room < n)
        room = n;
    /* one block: the entries, then the tables of nodes, of those that are due, and of places */
    size_t entries_size = room * sizeof *h->entries + LINE, nodes_size = room * sizeof *h->nodes;
    char *block = coil__malloc(entries_size + 2 * nodes_size + room * sizeof *h->places);
    if (!block)
        return -ENOMEM;
    uintptr_t line = ((uintptr_t)block + sizeof *h->entries + LINE - 1) & ~(uintptr_t)(LINE - 1);
    struct coil__heap_entry *entries = (struct coil__heap_entry *)line - 1;
    struct coil__heap_node **nodes = (void *)(block + entries_size);
    struct coil__heap_node **due = (void *)(block + entries_size + nodes_size);
    uint32_t *places = (void *)(block + entries_size + 2 * nodes_size);
    if (h->room) {
        memcpy(entries, h->entries, h->n * sizeof *entries);
        memcpy(nodes, h->nodes, h->fresh * sizeof *nodes);
        memcpy(due, h->due, h->due_end * sizeof *due);
        memcpy(places, h->places, h->fresh * sizeof *places);
    }
    coil__free(h->block);
    h->block = block;
    h->entries = entries;
    h->nodes = nodes;
    h->due = due;
    h->places = places;
    h->room = room;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    return before(a, b) ? -1 : 1;
}

/* The sequence is used up, after four thousand million pushes: it begins anew, in the order that there is. */
static void renumber(struct coil__heap *h)
{
    qsort(h->entries, h->n, sizeof *h->entries, by_key); /* in order is a heap, too */
    for (uint32_t i = 0; i < h->n; i++) {
        h->entries[i].seq = i;
        h->places[h->entries[i].id] = i;
    }
    h->next_seq = h->n;
}

int coil__heap_push_at(struct coil__heap *h, struct coil__heap_node *node, int64_t when_ns)
{
    if (__builtin_expect(coil__heap_size(h) >= h->room, 0)) {
        int err = coil__heap_reserve(h, coil__heap_size(h) + 1);
        if (err < 0)
            return err;
    }
    if (h->next_seq == UINT32_MAX)
        renumber(h);
    uint32_t id = take_number(h);
    h->nodes[id] = node;
    node->index = id + 1;
    sift_up(h, h->n++, (struct coil__heap_entry){when_ns, id, h->next_seq++});
    return 0;
}

void coil__heap_remove(struct coil__heap *h, struct coil__heap_node *node)
{
    if (node->index == 0)
        return;
    uint32_t place_of = h->places[node->index - 1];
    if (place_of & COIL__HEAP_DUE)
        h->due[place_of & ~(uint32_t)COIL__HEAP_DUE] = NULL;
    else
        take_out(h, place_of);
    free_number(h, node);
}

/* Those that are due begin anew where none is left. */
static inline void begin_due(struct coil__heap *h)
{
    if (!coil__heap_has_due(h))
        h->due_next = h->due_end = 0;
}

static inline void append_due(struct coil__heap *h, uint32_t id, struct coil__heap_node *node)
{
    h->due[h->due_end] = node;
    h->places[id] = COIL__HEAP_DUE | h->due_end++;
}

void coil__heap_take_due(struct coil__heap *h, int64_t now_ns)
{
    begin_due(h);
    while (h->n > 0 && h->entries[0].when_ns <= now_ns) {
        uint32_t id = h->entries[0].id;
        struct coil__heap_node *node = h->nodes[id];
        __builtin_prefetch(node);
        take_out(h, 0);
        append_due(h, id, node);
    }
}

void coil__heap_push_due(struct coil__heap *h, struct coil__heap_node *node)
{
    begin_due(h);
    uint32_t id = take_number(h);
    node->index = id + 1;
    h->nodes[id] = node;
    append_due(h, id, node);
}

/* Nodes lie anywhere: the ones that come next are fetched while this one is told. */
struct coil__heap_node *coil__heap_next_due(struct coil__heap *h)
{
    enum { AHEAD = 8 };
    while (h->due_next < h->due_end) {
        struct coil__heap_node *node = h->due[h->due_next++];
        if (h->due_end - h->due_next > AHEAD)
            __builtin_prefetch(h->due[h->due_next + AHEAD]);
        if (node) {
            free_number(h, node);
            return node;
        }
    }
    return NULL;
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
    for (uint32_t i = h->due_next; i < h->due_end; i++)
        if (h->due[i] && h->places[h->due[i]->index - 1] != (COIL__HEAP_DUE | i))
            return 0;
    return 1;
}
