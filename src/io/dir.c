/* io/dir.c: the names of a directory, fetched by the kernel in blocks, given one by one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/memory.h"
#include "coil/fd.h"
#include "io/fs.h"

enum { BLOCK = 16384 };

struct coil_dir {
    int fd;
    bool busy;         /* a task fetches, or closes */
    uint32_t at, size; /* of what was fetched       */
    _Alignas(struct dirent64) char block[BLOCK];
};

int coil_dir_open(const char *path, coil_dir **ret_dir)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0 || !path || !ret_dir)
        return err < 0 ? err : -EINVAL;
    coil_dir *dir = coil__malloc(sizeof *dir);
    if (!dir)
        return -ENOMEM;
    struct coil__op op = {.code = COIL__OP_OPENAT,
                          .fd = AT_FDCWD,
                          .path = path,
                          .open_flags = O_RDONLY | O_DIRECTORY};
    dir->fd = coil__op_await(&op);
    if (dir->fd < 0) {
        err = coil__fs_fail(dir->fd, "open directory", path);
        coil__free(dir);
        return err;
    }
    dir->busy = false;
    dir->at = dir->size = 0;
    *ret_dir = dir;
    return 0;
}

/* Returns how many bytes of names came, 0 at the end. */
static int fetch(coil_dir *dir)
{
    struct coil__op op = {
        .code = COIL__OP_GETDENTS, .fd = dir->fd, .buf = dir->block, .len = BLOCK};
    dir->busy = true;
    int n = coil__op_await(&op);
    dir->busy = false;
    dir->at = 0;
    dir->size = n > 0 ? (uint32_t)n : 0;
    return n;
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

int coil_dir_next(coil_dir *dir, coil_dir_entry *entry)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0 || !dir || !entry)
        return err < 0 ? err : -EINVAL;
    if (dir->busy)
        return -COIL_ECONCURRENT;
    for (;;) {
        if (dir->at == dir->size && (err = fetch(dir)) <= 0)
            return err;
        const struct dirent64 *d = (const void *)(dir->block + dir->at);
        dir->at += d->d_reclen;
        if (is_dots(d->d_name))
            continue;
        *entry = (coil_dir_entry){.name = d->d_name, .inode = d->d_ino, .type = d->d_type};
        return 1;
    }
}

int coil_dir_close(coil_dir *dir)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (!dir || err < 0)
        return dir ? err : 0;
    if (dir->busy)
        return -COIL_ECONCURRENT;
    dir->busy = true;
    err = coil_close(dir->fd);
    coil__free(dir);
    return err;
}
