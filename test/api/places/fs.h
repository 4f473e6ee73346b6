/* places/fs.h: the rows of names in the file system. Part of contract_places.c. */

static struct statx found_stat;
static char link_path[sizeof path + 4];

/* A file that is there, however the rows before left it. */
static const char *some_file(void)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    return path;
}

static const char *no_file(void)
{
    snprintf(link_path, sizeof link_path, "%s.l", path);
    unlink(link_path);
    return link_path;
}

static int after(int status)
{
    unlink(no_file());
    return status;
}

static int make_directories(void)
{
    rmdir(folder);
    return coil_makedirs(folder, 0700);
}

static int remove_directory(void)
{
    (void)mkdir(folder, 0700);
    return coil_rmdir(folder);
}

static int read_link(void)
{
    char text[64];
    return coil_readlink("/proc/self", text, sizeof text);
}

static int open_dir(void)
{
    coil_dir *d;
    int err = coil_dir_open("/", &d);
    return err < 0 ? err : coil_dir_close(d);
}

static int read_dir(void)
{
    coil_dir *d;
    coil_dir_entry entry;
    int err = coil_dir_open("/", &d);
    if (err < 0)
        return err;
    err = coil_dir_next(d, &entry);
    coil_ignore(coil_dir_close(d));
    return err;
}

STATUS(coil_makedirs, make_directories())
STATUS(coil_rmdir, remove_directory())
STATUS(coil_link, after(coil_link(some_file(), no_file())))
STATUS(coil_symlink, after(coil_symlink("x", no_file())))
STATUS(coil_readlink, read_link())
STATUS(coil_lstat, coil_lstat("/", &found_stat))
STATUS(coil_access, coil_access("/", F_OK))
STATUS(coil_chmod, coil_chmod(some_file(), 0600))
STATUS(coil_truncate, coil_truncate(some_file(), 3))
STATUS(coil_dir_open, open_dir())
STATUS(coil_dir_next, read_dir())
STATUS(coil_dir_close, open_dir())
ON_FILE(coil_file_fdatasync, coil_file_fdatasync(file))
ON_FILE(coil_file_truncate, coil_file_truncate(file, 2))
ON_FILE(coil_file_allocate, coil_file_allocate(file, 0, 100))
ON_FILE(coil_file_stat, coil_file_stat(file, &found_stat))

/* ---------------------------------------------------------------- the table ---- */

static const struct row fs_rows[] = {
    SUSPENDS(coil_makedirs),       SUSPENDS(coil_rmdir),         SUSPENDS(coil_link),
    SUSPENDS(coil_symlink),        SUSPENDS(coil_readlink),      SUSPENDS(coil_lstat),
    SUSPENDS(coil_access),         SUSPENDS(coil_chmod),         SUSPENDS(coil_truncate),
    SUSPENDS(coil_dir_open),       SUSPENDS(coil_dir_next),      SUSPENDS(coil_dir_close),
    SUSPENDS(coil_file_fdatasync), SUSPENDS(coil_file_truncate), SUSPENDS(coil_file_allocate),
    SUSPENDS(coil_file_stat),      {NULL, NULL, 0, 0},
};
