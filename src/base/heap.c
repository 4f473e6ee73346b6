/* base/heap.c: children of i are 4i+1 .. 4i+4; the array keeps pointers, so a node may live anywhere. */
#include "base/heap.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

static int before(const struct coil__heap_node *a, const struct coil__heap_node *b)
{
    return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : a->seq < b->seq;
}

static void place(struct coil__heap *h, uint32_t i, struct coil__heap_node *node)
{
    h->nodes[i] = node;
    node->index = i + 1;
}

static void sift_up(struct coil__heap *h, uint32_t i, struct coil__heap_node *node)
{
    while (i > 0) {
        uint32_t parent = (i - 1) / 4;
        if (!before(node, h->nodes[parent]))
            break;
        place(h, i, h->nodes[parent]);
        i = parent;
    }
    place(h, i, node);
}

static void sift_down(struct coil__heap *h, uint32_t i, struct coil__heap_node *node)
{
    for (;;) {
        uint32_t child = i * 4 + 1;
        if (child >= h->n)
            break;
        uint32_t end = child + 4 < h->n ? child + 4 : h->n;
        uint32_t best = child;
        for (uint32_t c = child + 1; c < end; c++)
            if (before(h->nodes[c], h->nodes[best]))
                best = c;
        if (!before(h->nodes[best], node))
            break;
        place(h, i, h->nodes[best]);
        i = best;
    }
    place(h, i, node);
}

int coil__heap_reserve(struct coil__heap *h, uint32_t n)
{
    if (n <= h->room)
        return 0;
    uint32_t room = h->room ? h->room * 2 : 64;
    if (room < n)
        room = n;
    struct coil__heap_node **nodes = coil__realloc(h->nodes, room * sizeof *nodes);
    if (!nodes)
        return -ENOMEM;
    h->nodes = nodes;
    h->room = room;
    return 0;
}

int coil__heap_push(struct coil__heap *h, struct coil__heap_node *node)
{
    int err = coil__heap_reserve(h, h->n + 1);
    if (err < 0)
        return err;
    node->seq = h->next_seq++;
    sift_up(h, h->n++, node);
    return 0;
}

void coil__heap_remove(struct coil__heap *h, struct coil__heap_node *node)
{
    if (node->index == 0)
        return;
    uint32_t i = node->index - 1;
    struct coil__heap_node *last = h->nodes[--h->n];
    node->index = 0;
    if (last == node)
        return;
    if (i > 0 && before(last, h->nodes[(i - 1) / 4]))
        sift_up(h, i, last);
    else
        sift_down(h, i, last);
}

void coil__heap_done(struct coil__heap *h)
{
    coil__free(h->nodes);
    memset(h, 0, sizeof *h);
}

int coil__heap_check(const struct coil__heap *h)
{
    for (uint32_t i = 0; i < h->n; i++) {
        if (h->nodes[i]->index != i + 1)
            return 0;
        if (i > 0 && before(h->nodes[i], h->nodes[(i - 1) / 4]))
            return 0;
    }
    return 1;
}
