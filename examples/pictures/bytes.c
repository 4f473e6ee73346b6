/* bytes.c: growth by half, so that appending a megabyte by kilobytes copies it about three times;
 * files are read and written whole, through plain descriptors so that every error is seen. */
#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bytes_reserve(struct bytes *b, size_t more)
{
    if (more <= b->room - b->size)
        return 0;
    if (more > SIZE_MAX / 2 - b->size)
        return -ENOMEM;
    size_t room = b->room + b->room / 2;
    if (room < b->size + more)
        room = b->size + more;
    uint8_t *data = realloc(b->data, room);
    if (!data)
        return -ENOMEM;
    b->data = data;
    b->room = room;
    return 0;
}

int bytes_append(struct bytes *b, const void *data, size_t size)
{
    if (size == 0)
        return 0;
    int err = bytes_reserve(b, size);
    if (err < 0)
        return err;
    memcpy(b->data + b->size, data, size);
    b->size += size;
    return 0;
}

static int read_all(struct bytes *b, int fd, size_t limit)
{
    size_t start = b->size;
    for (;;) {
        int err = bytes_reserve(b, 64 * 1024);
        if (err < 0)
            return err;
        ssize_t n = read(fd, b->data + b->size, b->room - b->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        b->size += (size_t)n;
        if (b->size - start > limit)
            return -EFBIG;
    }
}

int bytes_read_file(struct bytes *b, const char *path, size_t limit)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t before = b->size;
    int err = read_all(b, fd, limit);
    if (err < 0)
        b->size = before;
    close(fd);
    return err;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

int bytes_write_file(const struct bytes *b, const char *path)
{
    size_t length = strlen(path);
    char *part = malloc(length + sizeof ".part");
    if (!part)
        return -ENOMEM;
    memcpy(part, path, length);
    memcpy(part + length, ".part", sizeof ".part");

    int err = 0;
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        err = -errno;
        goto free_name;
    }
    err = write_all(fd, b->data, b->size);
    if (close(fd) < 0 && err == 0)
        err = -errno;
    if (err == 0 && rename(part, path) < 0)
        err = -errno;
    if (err < 0)
        unlink(part);
free_name:
    free(part);
    return err;
}

void bytes_done(struct bytes *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}
