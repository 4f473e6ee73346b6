/* bytes.h: a run of bytes that grows.
 *
 * Zero it to begin ({0}), bytes_done() to end. A failed call leaves what was there as it was,
 * so that one bytes_done() at the end of a function releases everything on every path.
 */
#ifndef PICTURES_BYTES_H
#define PICTURES_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data; /* from malloc; NULL while nothing was ever reserved */
    size_t size;   /* bytes in use                                      */
    size_t room;   /* bytes reserved, at least size                     */
};

/* Makes room for more bytes behind the used ones. Returns 0 or -ENOMEM. */
int bytes_reserve(struct bytes *b, size_t more);

/* Appends size bytes of data. Returns 0 or -ENOMEM. */
int bytes_append(struct bytes *b, const void *data, size_t size);

/* Appends a whole file. Returns 0, -ENOMEM, -EFBIG above limit bytes, or open's and read's errors. */
int bytes_read_file(struct bytes *b, const char *path, size_t limit);

/* Writes the bytes to path: whole, or not at all (a ".part" beside it is renamed when complete).
 * Returns 0, or the error of the step that failed; then nothing is left behind. */
int bytes_write_file(const struct bytes *b, const char *path);

/* Releases the memory and zeroes the struct. */
void bytes_done(struct bytes *b);

#endif
