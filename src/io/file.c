/* io/file.c: files as operations. The position is kept here, so that both backends agree on it and two tasks can't tear it. */
#include "coil/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/memory.h"
#include "coil/fd.h"
#include "io/fs.h"

struct coil_file {
    int fd;
    bool append;
    long long position;
};

static int check(const coil_file *file)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    return err < 0 ? err : file ? 0 : -EINVAL;
}

int coil_file_open(const char *path, int flags, unsigned mode, coil_file **ret_file)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (!path || !ret_file)
        return coil_fail(-EINVAL, "coil_file_open: the path is NULL");
    coil_file *file = coil__calloc(1, sizeof *file);
    if (!file)
        return -ENOMEM;
    struct coil__op op = {.code = COIL__OP_OPENAT,
                          .fd = AT_FDCWD,
                          .path = path,
                          .open_flags = (uint32_t)flags,
                          .mode = mode};
    int fd = coil__op_await(&op);
    if (fd < 0) {
        coil__free(file);
        return coil__fs_fail(fd, "open", path);
    }
    file->fd = fd;
    file->append = flags & O_APPEND;
    *ret_file = file;
    return 0;
}

static uint32_t clamp(size_t n)
{
    return n > INT_MAX ? INT_MAX : (uint32_t)n;
}

int coil_file_pread(coil_file *file, void *buf, size_t n, long long offset)
{
    int err = check(file);
    if (err < 0 || (!buf && n > 0) || offset < 0)
        return err < 0 ? err : -EINVAL;
    struct coil__op op = {
        .code = COIL__OP_READ, .fd = file->fd, .buf = buf, .len = clamp(n), .offset = offset};
    return coil__op_await(&op);
}

/* All of it, in as many pieces as the kernel takes. The number written counts even when a later piece fails. */
static int write_at(coil_file *file, const void *buf, size_t n, long long offset)
{
    int err = check(file);
    if (err < 0 || (!buf && n > 0) || offset < -1 || n > INT_MAX)
        return err < 0 ? err : -EINVAL;
    size_t done = 0;
    while (done < n) {
        struct coil__op op = {.code = COIL__OP_WRITE,
                              .fd = file->fd,
                              .buf = (char *)(uintptr_t)buf + done,
                              .len = clamp(n - done),
                              .offset = offset < 0 ? -1 : offset + (long long)done};
        int got = coil__op_await(&op);
        if (got <= 0)
            return done > 0 ? (int)done : got;
        done += (size_t)got;
    }
    return (int)done;
}

int coil_file_pwrite(coil_file *file, const void *buf, size_t n, long long offset)
{
    return offset < 0 ? -EINVAL : write_at(file, buf, n, offset);
}

int coil_file_read(coil_file *file, void *buf, size_t n)
{
    int got = file ? coil_file_pread(file, buf, n, file->position) : -EINVAL;
    if (got > 0)
        file->position += got;
    return got;
}

int coil_file_write(coil_file *file, const void *buf, size_t n)
{
    if (!file)
        return -EINVAL;
    int got = write_at(file, buf, n, file->append ? -1 : file->position);
    if (got > 0)
        file->position += got;
    return got;
}

int coil_file_seek(coil_file *file, long long offset)
{
    if (!file || offset < 0)
        return -EINVAL;
    file->position = offset;
    return 0;
}

int coil_file_size(coil_file *file, long long *size)
{
    int err = check(file);
    if (err < 0)
        return err;
    struct statx st;
    err = coil__fs_statx(file->fd, "", AT_EMPTY_PATH, &st);
    if (err >= 0)
        *size = (long long)st.stx_size;
    return err;
}

int coil_file_stat(coil_file *file, struct statx *st)
{
    struct statx found;
    int err = check(file);
    if (err < 0 || !st)
        return err < 0 ? err : -EINVAL;
    err = coil__fs_statx(file->fd, "", AT_EMPTY_PATH, &found);
    if (err >= 0)
        *st = found;
    return err;
}

static int sync_file(coil_file *file, bool only_data)
{
    int err = check(file);
    if (err < 0)
        return err;
    struct coil__op op = {.code = COIL__OP_FSYNC, .fd = file->fd, .msg_flags = only_data};
    return coil__op_await(&op);
}

int coil_file_fsync(coil_file *file)
{
    return sync_file(file, false);
}

int coil_file_fdatasync(coil_file *file)
{
    return sync_file(file, true);
}

int coil_file_truncate(coil_file *file, long long size)
{
    int err = check(file);
    if (err < 0)
        return err;
    struct coil__op op = {.code = COIL__OP_FTRUNCATE, .fd = file->fd, .length = size};
    return coil__op_await(&op);
}

int coil_file_allocate(coil_file *file, long long offset, long long size)
{
    int err = check(file);
    if (err < 0)
        return err;
    struct coil__op op = {
        .code = COIL__OP_FALLOCATE, .fd = file->fd, .offset = offset, .length = size};
    return coil__op_await(&op);
}

int coil_file_fd(const coil_file *file)
{
    return file ? file->fd : -EINVAL;
}

int coil_file_close(coil_file *file)
{
    if (!file)
        return 0;
    int err = check(file);
    if (err < 0)
        return err;
    err = coil_close(file->fd);
    coil__free(file);
    return err;
}
