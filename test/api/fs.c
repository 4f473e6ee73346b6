/* Names in the file system: made, linked, read and removed; directories; errors that name the path. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_dir.h"
#include "in_thread.h"

static COIL_ASYNC(make_file, (const char *, path), (const char *, content))
{
    coil_file *f;
    int err = coil_file_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644, &f);
    if (err < 0)
        return err;
    int n = coil_file_write(f, content, strlen(content));
    err = coil_file_close(f);
    return n < 0 ? n : err;
}

static COIL_ASYNC(links)
{
    struct statx a, b;
    char text[16];
    ck_assert_int_eq(make_file(in_dir("file"), "hello"), 0);
    ck_assert_int_eq(coil_link(in_dir("file"), in_dir("second")), 0);
    ck_assert_int_eq(coil_stat(in_dir("file"), &a), 0);
    ck_assert_int_eq(coil_stat(in_dir("second"), &b), 0);
    ck_assert_uint_eq(a.stx_ino, b.stx_ino);
    ck_assert_uint_eq(a.stx_nlink, 2);
    ck_assert_int_eq(coil_symlink("file", in_dir("soft")), 0);
    ck_assert_int_eq(coil_readlink(in_dir("soft"), text, sizeof text), 4);
    ck_assert_str_eq(text, "file");
    ck_assert_int_eq(coil_stat(in_dir("soft"), &b), 0);
    ck_assert(S_ISREG(b.stx_mode));
    ck_assert_int_eq(coil_lstat(in_dir("soft"), &b), 0);
    ck_assert(S_ISLNK(b.stx_mode));
    ck_assert_int_eq(coil_rename(in_dir("soft"), in_dir("softer")), 0);
    ck_assert_int_eq(coil_access(in_dir("soft"), F_OK), -ENOENT);
    ck_assert_int_eq(coil_access(in_dir("softer"), R_OK), 0);
    ck_assert_int_eq(coil_unlink(in_dir("softer")), 0);
    ck_assert_int_eq(coil_unlink(in_dir("second")), 0);
    return coil_unlink(in_dir("file"));
}

START_TEST(links_of_both_kinds_are_made_and_read)
{
    ck_assert_int_eq(coil_run(links()), 0);
}
END_TEST

static COIL_ASYNC(changes)
{
    struct statx st;
    coil_file *f;
    ck_assert_int_eq(make_file(in_dir("file"), "hello"), 0);
    ck_assert_int_eq(coil_chmod(in_dir("file"), 0600), 0);
    ck_assert_int_eq(coil_truncate(in_dir("file"), 3), 0);
    ck_assert_int_eq(coil_file_open(in_dir("file"), O_RDWR, 0, &f), 0);
    ck_assert_int_eq(coil_file_stat(f, &st), 0);
    ck_assert_uint_eq(st.stx_size, 3);
    ck_assert_uint_eq(st.stx_mode & 0777, 0600);
    ck_assert_int_eq(coil_file_truncate(f, 8), 0);
    ck_assert_int_eq(coil_file_allocate(f, 0, 10000), 0);
    ck_assert_int_eq(coil_file_fdatasync(f), 0);
    ck_assert_int_eq(coil_file_stat(f, &st), 0);
    ck_assert_uint_eq(st.stx_size, 10000);
    char buf[16];
    for (int got = 0, n; got < 8; got += n) {
        n = coil_file_read(f, buf + got, (size_t)(8 - got));
        ck_assert_int_gt(n, 0);
    }
    ck_assert_mem_eq(buf, "hel\0\0\0\0\0", 8);
    ck_assert_int_eq(coil_file_truncate(f, -1), -EINVAL);
    ck_assert_int_eq(coil_file_close(f), 0);
    return coil_unlink(in_dir("file"));
}

START_TEST(sizes_and_permissions_are_set)
{
    ck_assert_int_eq(coil_run(changes()), 0);
}
END_TEST

/* ---------------------------------------------------------------- directories ---- */

enum { NAMES = 700 }; /* more than one block of names */

static COIL_ASYNC(count_names, (const char *, path), (int, n, out), (long, sum, out))
{
    coil_dir *d;
    coil_dir_entry entry;
    int count = 0, err = coil_dir_open(path, &d);
    long total = 0;
    if (err < 0)
        return err;
    while ((err = coil_dir_next(d, &entry)) > 0) {
        ck_assert(entry.type == DT_REG || entry.type == DT_UNKNOWN);
        total += strtol(entry.name + 4, NULL, 10); /* "name000" */
        count++;
    }
    ck_assert_int_eq(err, 0);
    ck_assert_int_eq(coil_dir_next(d, &entry), 0);
    *n = count;
    *sum = total;
    return coil_dir_close(d);
}

static COIL_ASYNC(many_names)
{
    char name[32];
    int n = 0;
    long sum = 0;
    ck_assert_int_eq(coil_makedirs(in_dir("a/b/c"), 0700), 0);
    ck_assert_int_eq(coil_makedirs(in_dir("a/b/c"), 0700), 0);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "a/b/c/name%d", i);
        close(open(in_dir(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    ck_assert_int_eq(count_names(in_dir("a/b/c"), &n, &sum), 0);
    ck_assert_int_eq(n, NAMES);
    ck_assert_int_eq(sum, (long)NAMES * (NAMES - 1) / 2);
    ck_assert_int_eq(coil_rmdir(in_dir("a/b/c")), -ENOTEMPTY);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "a/b/c/name%d", i);
        unlink(in_dir(name));
    }
    ck_assert_int_eq(coil_rmdir(in_dir("a/b/c")), 0);
    ck_assert_int_eq(coil_rmdir(in_dir("a/b")), 0);
    return coil_rmdir(in_dir("a"));
}

TEST_IN_THREAD(a_directory_gives_each_of_its_names_once)
{
    ck_assert_int_eq(coil_run(many_names()), 0);
    return arg;
}

static COIL_ASYNC(next_name, (coil_dir *, d))
{
    coil_dir_entry entry;
    return coil_dir_next(d, &entry);
}

static COIL_ASYNC(misuse)
{
    coil_dir *d;
    coil_dir_entry entry;
    ck_assert_int_eq(coil_dir_open(dir, &d), 0);
    coil_task *t = coil_create_task(next_name(d));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_dir_next(d, &entry), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_dir_close(d), -COIL_ECONCURRENT);
    coil_task_cancel(t);
    int err = coil_await(t);
    ck_assert(err == 0 || err == -ECANCELED);
    ck_assert_int_eq(coil_dir_next(d, &entry), 0); /* it is empty; nothing was lost */
    ck_assert_int_eq(coil_dir_next(NULL, &entry), -EINVAL);
    ck_assert_int_eq(coil_dir_close(NULL), 0);
    return coil_dir_close(d);
}

START_TEST(a_directory_is_read_by_one_task_at_a_time)
{
    ck_assert_int_eq(coil_run(misuse()), 0);
}
END_TEST

/* ---------------------------------------------------------------- errors ---- */

#define NAMES_IT(call, word)                                                \
    do {                                                                    \
        int status = (call);                                                \
        ck_assert_int_eq(status, -ENOENT);                                  \
        ck_assert_ptr_nonnull(strstr(coil_error_message(status), word));    \
        ck_assert_ptr_nonnull(strstr(coil_error_message(status), "/none")); \
    } while (0)

static COIL_ASYNC(missing)
{
    const char *none = in_dir("none");
    char text[8];
    struct statx st;
    coil_dir *d;
    NAMES_IT(coil_stat(none, &st), "stat");
    NAMES_IT(coil_lstat(none, &st), "lstat");
    NAMES_IT(coil_unlink(none), "unlink");
    NAMES_IT(coil_rmdir(none), "rmdir");
    NAMES_IT(coil_rename(none, in_dir("x")), "rename");
    NAMES_IT(coil_link(none, in_dir("x")), "link");
    NAMES_IT(coil_symlink("x", in_dir("none/x")), "symlink");
    NAMES_IT(coil_mkdir(in_dir("none/x"), 0700), "mkdir");
    NAMES_IT(coil_readlink(none, text, sizeof text), "readlink");
    NAMES_IT(coil_access(none, F_OK), "access");
    NAMES_IT(coil_chmod(none, 0600), "chmod");
    NAMES_IT(coil_truncate(none, 0), "truncate");
    NAMES_IT(coil_dir_open(none, &d), "open directory");
    ck_assert_int_eq(coil_makedirs("/dev/null/x", 0700), -ENOTDIR);
    ck_assert_int_eq(coil_makedirs("/dev/null", 0700), -EEXIST);
    ck_assert_int_eq(coil_dir_open("/dev/null", &d), -ENOTDIR);
    ck_assert_int_eq(coil_readlink("/proc/self/exe", text, 3), -ENAMETOOLONG);
    ck_assert_int_eq(coil_unlink(NULL), -EINVAL);
    ck_assert_int_eq(coil_chmod(NULL, 0), -EINVAL);
    return 0;
}

TEST_IN_THREAD(an_error_names_the_call_and_the_path)
{
    ck_assert_int_eq(coil_run(missing()), 0);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("fs");
    tcase_add_test(t, links_of_both_kinds_are_made_and_read);
    tcase_add_test(t, sizes_and_permissions_are_set);
    tcase_add_test(t, a_directory_gives_each_of_its_names_once);
    tcase_add_test(t, a_directory_is_read_by_one_task_at_a_time);
    tcase_add_test(t, an_error_names_the_call_and_the_path);
    return test_main_in_dir("fs", t);
}
