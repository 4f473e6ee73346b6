/* io/fs.c: names in the file system: operations where the ring has them, and jobs for a helper thread. */
#include "io/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"

int coil__fs_fail(int status, const char *what, const char *path)
{
    if (status >= 0 || status == -ECANCELED)
        return status;
    return coil_fail(status, "%s %s: %s", what, path, coil_error_sentence(status));
}

static int check(const char *path)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    return err < 0 ? err : path ? 0 : -EINVAL;
}

static int perform(struct coil__op op, const char *what, const char *path)
{
    return coil__fs_fail(coil__op_await(&op), what, path);
}

/* ---------------------------------------------------------------- operations ---- */

int coil_rename(const char *from, const char *to)
{
    int err = check(from);
    if (err < 0 || !to)
        return err < 0 ? err : -EINVAL;
    return perform(
        (struct coil__op){
            .code = COIL__OP_RENAMEAT, .fd = AT_FDCWD, .path = from, .fd2 = AT_FDCWD, .path2 = to},
        "rename", from);
}

int coil_link(const char *from, const char *to)
{
    int err = check(from);
    if (err < 0 || !to)
        return err < 0 ? err : -EINVAL;
    return perform(
        (struct coil__op){
            .code = COIL__OP_LINKAT, .fd = AT_FDCWD, .path = from, .fd2 = AT_FDCWD, .path2 = to},
        "link", from);
}

int coil_symlink(const char *target, const char *path)
{
    int err = check(path);
    if (err < 0 || !target)
        return err < 0 ? err : -EINVAL;
    return perform(
        (struct coil__op){
            .code = COIL__OP_SYMLINKAT, .path = target, .fd2 = AT_FDCWD, .path2 = path},
        "symlink", path);
}

static int remove_name(const char *path, uint32_t flags, const char *what)
{
    int err = check(path);
    if (err < 0)
        return err;
    return perform(
        (struct coil__op){
            .code = COIL__OP_UNLINKAT, .fd = AT_FDCWD, .path = path, .open_flags = flags},
        what, path);
}

int coil_unlink(const char *path)
{
    return remove_name(path, 0, "unlink");
}

int coil_rmdir(const char *path)
{
    return remove_name(path, AT_REMOVEDIR, "rmdir");
}

static int make_directory(const char *path, unsigned mode)
{
    struct coil__op op = {.code = COIL__OP_MKDIRAT, .fd = AT_FDCWD, .path = path, .mode = mode};
    return coil__op_await(&op);
}

int coil_mkdir(const char *path, unsigned mode)
{
    int err = check(path);
    return err < 0 ? err : coil__fs_fail(make_directory(path, mode), "mkdir", path);
}

/* ---------------------------------------------------------------- a directory with its parents ---- */

/* One of them. That it is there already is fine, if it is a directory. */
static int make_level(const char *path, unsigned mode)
{
    struct statx st;
    int err = make_directory(path, mode);
    if (err != -EEXIST)
        return err;
    int found = coil__fs_statx(AT_FDCWD, path, 0, &st);
    return found < 0 ? found : S_ISDIR(st.stx_mode) ? 0 : err;
}

int coil_makedirs(const char *path, unsigned mode)
{
    char part[PATH_MAX];
    int err = check(path);
    if (err < 0)
        return err;
    size_t size = strlen(path);
    if (size >= sizeof part)
        return coil_fail(-ENAMETOOLONG, "makedirs: a path of %zu bytes", size);
    err = make_level(path, mode); /* most often all is there but the last */
    if (err != -ENOENT)
        return coil__fs_fail(err, "mkdir", path);
    memcpy(part, path, size + 1);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        err = make_level(part, 0777);
        if (err < 0)
            return coil__fs_fail(err, "mkdir", part);
        *slash = '/';
    }
    return coil__fs_fail(make_level(path, mode), "mkdir", path);
}

/* ---------------------------------------------------------------- what a name stands for ---- */

int coil__fs_statx(int dir, const char *path, int flags, struct statx *st)
{
    struct coil__op op = {.code = COIL__OP_STATX,
                          .fd = dir,
                          .path = path,
                          .open_flags = (uint32_t)flags,
                          .mode = STATX_BASIC_STATS | STATX_BTIME,
                          .statx_buf = st};
    return coil__op_await(&op);
}

static int look(const char *path, int flags, const char *what, struct statx *ret_stat)
{
    struct statx found;
    int err = check(path);
    if (err < 0 || !ret_stat)
        return err < 0 ? err : -EINVAL;
    err = coil__fs_fail(coil__fs_statx(AT_FDCWD, path, flags, &found), what, path);
    if (err >= 0)
        *ret_stat = found;
    return err;
}

int coil_stat(const char *path, struct statx *ret_stat)
{
    return look(path, 0, "stat", ret_stat);
}

int coil_lstat(const char *path, struct statx *ret_stat)
{
    return look(path, AT_SYMLINK_NOFOLLOW, "lstat", ret_stat);
}

/* ---------------------------------------------------------------- jobs for a thread ---- */

struct job {
    const char *path;
    char *buf;
    size_t size;
    long long number;
};

static int in_thread(int (*run)(void *job), struct job job, const char *what)
{
    int err = check(job.path);
    if (err < 0)
        return err;
    return perform((struct coil__op){.code = COIL__OP_CALL, .fn = run, .arg = &job}, what,
                   job.path);
}

static int run_readlink(void *arg)
{
    const struct job *job = arg;
    ssize_t n = coil__sys_readlink(job->path, job->buf, job->size);
    if (n < 0)
        return -errno;
    if ((size_t)n == job->size)
        return -ENAMETOOLONG; /* maybe it was longer */
    job->buf[n] = '\0';
    return (int)n;
}

int coil_readlink(const char *path, char *buf, size_t n)
{
    if (!buf || n == 0)
        return -EINVAL;
    if (n > INT_MAX)
        n = INT_MAX;
    return in_thread(run_readlink, (struct job){.path = path, .buf = buf, .size = n}, "readlink");
}

static int run_access(void *arg)
{
    const struct job *job = arg;
    return coil__sys_access(job->path, (int)job->number) < 0 ? -errno : 0;
}

int coil_access(const char *path, int mode)
{
    return in_thread(run_access, (struct job){.path = path, .number = mode}, "access");
}

static int run_chmod(void *arg)
{
    const struct job *job = arg;
    return coil__sys_chmod(job->path, (mode_t)job->number) < 0 ? -errno : 0;
}

int coil_chmod(const char *path, unsigned mode)
{
    return in_thread(run_chmod, (struct job){.path = path, .number = mode}, "chmod");
}

static int run_truncate(void *arg)
{
    const struct job *job = arg;
    int err;
    do {
        err = coil__sys_truncate(job->path, job->number) < 0 ? -errno : 0;
    } while (err == -EINTR);
    return err;
}

int coil_truncate(const char *path, long long size)
{
    return in_thread(run_truncate, (struct job){.path = path, .number = size}, "truncate");
}
