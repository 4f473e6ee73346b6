/* The file system: directories and their entries, links, permissions, sizes; and what io.c's files leave out. */
#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

/* ---------------------------------------------------------------- names ---- */

COIL_ASYNC(use_links, (const char *, dir))
{
    char file[96], hard[96], soft[96], text[96];
    struct statx st;
    snprintf(file, sizeof file, "%s/a", dir);
    snprintf(hard, sizeof hard, "%s/b", dir);
    snprintf(soft, sizeof soft, "%s/c", dir);
    coil_file *f;
    int err = coil_file_open(file, O_RDWR | O_CREAT, 0600, &f);
    if (err >= 0)
        err = coil_file_close(f);
    if (err >= 0)
        err = coil_link(file, hard);
    if (err >= 0)
        err = coil_symlink("a", soft);
    if (err >= 0)
        err = coil_readlink(soft, text, sizeof text);
    if (err >= 0 && strcmp(text, "a") != 0)
        return -EBADMSG;
    if (err >= 0)
        err = coil_truncate(hard, 5);
    if (err >= 0)
        err = coil_chmod(hard, 0640);
    if (err >= 0)
        err = coil_lstat(soft, &st);
    if (err >= 0 && !S_ISLNK(st.stx_mode))
        return -EBADMSG;
    if (err >= 0)
        err = coil_stat(soft, &st);
    if (err >= 0 && (st.stx_size != 5 || (st.stx_mode & 0777) != 0640 || st.stx_nlink != 2))
        return -EBADMSG;
    if (err >= 0)
        err = coil_access(file, R_OK | W_OK);
    return err;
}

COIL_ASYNC(list, (const char *, dir), (int, n, out))
{
    coil_dir *d;
    coil_dir_entry entry;
    int err = coil_dir_open(dir, &d), count = 0;
    if (err < 0)
        return err;
    while ((err = coil_dir_next(d, &entry)) > 0)
        count++;
    *n = count;
    int closed = coil_dir_close(d);
    return err < 0 ? err : closed;
}

COIL_ASYNC(clear, (const char *, dir))
{
    static const char *const names[] = {"a", "b", "c"};
    int err = 0;
    for (int i = 0; i < 3 && err >= 0; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        err = coil_unlink(path);
    }
    return err < 0 ? err : coil_rmdir(dir);
}

COIL_ASYNC(use_names, (const char *, top))
{
    char dir[80];
    int n;
    snprintf(dir, sizeof dir, "%s/x/y", top);
    int err = coil_makedirs(dir, 0700);
    if (err >= 0)
        err = use_links(dir);
    if (err >= 0)
        err = list(dir, &n);
    if (err >= 0 && n != 3)
        err = -EBADMSG;
    return err < 0 ? err : clear(dir);
}

/* ---------------------------------------------------------------- one file ---- */

COIL_ASYNC(change, (coil_file *, f))
{
    struct statx st;
    int err = coil_file_allocate(f, 0, 8192);
    if (err >= 0)
        err = coil_file_truncate(f, 100);
    if (err >= 0)
        err = coil_file_fdatasync(f);
    if (err >= 0)
        err = coil_file_stat(f, &st);
    return err >= 0 && st.stx_size != 100 ? -EBADMSG : err;
}

COIL_ASYNC(use_file, (const char *, top))
{
    char path[80];
    coil_file *f;
    snprintf(path, sizeof path, "%s/f", top);
    int err = coil_file_open(path, O_RDWR | O_CREAT, 0600, &f);
    if (err < 0)
        return err;
    err = change(f);
    int closed = coil_file_close(f);
    return err < 0 ? err : closed;
}

/* ---------------------------------------------------------------- the walks ---- */

/* Each run in a directory of its own, which is cleared whatever the program left. */
static int run_in_directory(int (*run)(const char *top))
{
    static const char *const left[] = {"x/y/a", "x/y/b", "x/y/c", "x/y", "x", "f"};
    char top[] = "/tmp/coil-walk-fs-XXXXXX", path[80];
    if (!mkdtemp(top))
        return -errno;
    int err = run(top);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        snprintf(path, sizeof path, "%s/%s", top, left[i]);
        remove(path);
    }
    return rmdir(top) < 0 && err >= 0 ? -errno : err;
}

static int names(const char *top)
{
    return coil_run(coil_wait_for(use_names(top), LIMIT));
}

static int file(const char *top)
{
    return coil_run(coil_wait_for(use_file(top), LIMIT));
}

static int run_names(void)
{
    return run_in_directory(names);
}

static int run_file(void)
{
    return run_in_directory(file);
}

int main(void)
{
    const struct walk list[] = {
        {"names", run_names, 80, 185, {0}, 65},
        {"file", run_file, 50, 86, {0}, 16},
    };
    return walk_main(list, sizeof list / sizeof *list);
}
