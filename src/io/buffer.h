/* io/buffer.h: bytes that wait: appended at the end, taken from the front, in one block that grows.
 *
 * Always true: start <= end <= room; data is NULL while room is 0; an empty buffer has start == end == 0 after a take.
 * Taken bytes stay where they are until the next append or reserve, so that a pointer to them can be given out.
 */
#ifndef COIL_IO_BUFFER_H
#define COIL_IO_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct coil__buffer {
    char *data;
    uint32_t start, end, room;
};

static inline uint32_t coil__buffer_size(const struct coil__buffer *b)
{
    return b->end - b->start;
}
static inline char *coil__buffer_head(const struct coil__buffer *b)
{
    return b->data + b->start;
}
/* Makes room for n bytes at the end (data + end). Returns 0, -ENOMEM, -COIL_ELIMIT beyond 2 GiB. Moves the bytes. */
int coil__buffer_reserve(struct coil__buffer *b, size_t n);
/* Copies n bytes to the end. Returns as coil__buffer_reserve; nothing is appended then. */
int coil__buffer_append(struct coil__buffer *b, const void *bytes, size_t n);
/* Copies n bytes to the front. Returns as coil__buffer_reserve. */
int coil__buffer_prepend(struct coil__buffer *b, const void *bytes, size_t n);
/* Takes n bytes (at most its size) from the front. */
void coil__buffer_take(struct coil__buffer *b, size_t n);
/* Frees the block; the buffer is empty and can be used again. */
void coil__buffer_done(struct coil__buffer *b);

#endif
