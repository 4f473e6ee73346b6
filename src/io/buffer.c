/* io/buffer.c: the block grows by doubling, from 4 KiB; before it grows, the bytes move to its front. */
#include "io/buffer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "coil/errors.h"

enum { FIRST_ROOM = 4096 };

int coil__buffer_reserve(struct coil__buffer *b, size_t n)
{
    uint32_t size = coil__buffer_size(b);
    if (n <= b->room - b->end)
        return 0;
    if (n > INT_MAX - size)
        return coil_fail(-COIL_ELIMIT, "a stream's buffer is limited to 2 GiB");
    if (n <= b->room - size) {
        memmove(b->data, coil__buffer_head(b), size);
    } else {
        size_t room = b->room ? b->room : FIRST_ROOM;
        while (room < size + n)
            room *= 2;
        char *data = coil__malloc(room);
        if (!data)
            return -ENOMEM;
        if (size > 0)
            memcpy(data, coil__buffer_head(b), size);
        coil__free(b->data);
        b->data = data;
        b->room = (uint32_t)room;
    }
    b->start = 0;
    b->end = size;
    return 0;
}

int coil__buffer_append(struct coil__buffer *b, const void *bytes, size_t n)
{
    if (n == 0)
        return 0;
    int err = coil__buffer_reserve(b, n);
    if (err < 0)
        return err;
    memcpy(b->data + b->end, bytes, n);
    b->end += (uint32_t)n;
    return 0;
}

int coil__buffer_prepend(struct coil__buffer *b, const void *bytes, size_t n)
{
    if (n == 0)
        return 0;
    if (n > b->start) {
        int err = coil__buffer_reserve(b, n);
        if (err < 0)
            return err;
        uint32_t size = coil__buffer_size(b);
        memmove(b->data + b->start + n, coil__buffer_head(b), size);
        b->end += (uint32_t)n;
    } else {
        b->start -= (uint32_t)n;
    }
    memcpy(coil__buffer_head(b), bytes, n);
    return 0;
}

void coil__buffer_take(struct coil__buffer *b, size_t n)
{
    b->start += (uint32_t)n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

void coil__buffer_done(struct coil__buffer *b)
{
    coil__free(b->data);
    *b = (struct coil__buffer){0};
}
