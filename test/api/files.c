/* Files: what is written is read back, positions are the file's own, and errors name the path. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_dir.h"

/* Reads until n bytes are there or the file ends; offset < 0: at its position. The kernel may give less at a time. */
static int read_all(coil_file *f, char *buf, size_t n, long long offset)
{
    size_t got = 0;
    int k = 1;
    while (k > 0 && got < n) {
        k = offset < 0 ? coil_file_read(f, buf + got, n - got)
                       : coil_file_pread(f, buf + got, n - got, offset + (long long)got);
        got += k > 0 ? (size_t)k : 0;
    }
    return k < 0 ? k : (int)got;
}

COIL_ASYNC(writes_and_reads)
{
    coil_file *f;
    const char *path = in_dir("a");
    ck_assert_int_eq(coil_file_open(path, O_RDWR | O_CREAT, 0600, &f), 0);
    ck_assert_int_eq(coil_file_write(f, "hello ", 6), 6);
    ck_assert_int_eq(coil_file_write(f, "world", 5), 5);
    long long size = 0;
    ck_assert_int_eq(coil_file_size(f, &size), 0);
    ck_assert_int_eq(size, 11);
    ck_assert_int_eq(coil_file_fsync(f), 0);
    char buf[32] = "";
    ck_assert_int_eq(read_all(f, buf, 5, 6), 5);
    ck_assert_mem_eq(buf, "world", 5);
    ck_assert_int_eq(read_all(f, buf, sizeof buf, -1), 0);
    ck_assert_int_eq(coil_file_seek(f, 1), 0);
    ck_assert_int_eq(read_all(f, buf, 4, -1), 4);
    ck_assert_mem_eq(buf, "ello", 4);
    ck_assert_int_eq(read_all(f, buf, 2, -1), 2);
    ck_assert_mem_eq(buf, " w", 2);
    unlink(path);
    return coil_file_close(f);
}

START_TEST(what_is_written_is_read_back_and_the_position_moves)
{
    ck_assert_int_eq(coil_run(writes_and_reads()), 0);
}
END_TEST

COIL_ASYNC(renames)
{
    coil_file *f;
    struct statx st;
    ck_assert_int_eq(coil_mkdir(in_dir("d"), 0700), 0);
    ck_assert_int_eq(coil_file_open(in_dir("d/x"), O_WRONLY | O_CREAT, 0600, &f), 0);
    ck_assert_int_eq(coil_file_close(f), 0);
    ck_assert_int_eq(coil_rename(in_dir("d/x"), in_dir("y")), 0);
    ck_assert_int_eq(coil_stat(in_dir("y"), &st), 0);
    ck_assert_int_eq(coil_stat(in_dir("d/x"), &st), -ENOENT);
    ck_assert_int_eq(coil_unlink(in_dir("y")), 0);
    ck_assert_int_eq(coil_unlink(in_dir("y")), -ENOENT);
    rmdir(in_dir("d"));
    return 0;
}

START_TEST(names_are_made_moved_and_removed)
{
    ck_assert_int_eq(coil_run(renames()), 0);
}
END_TEST

COIL_ASYNC(opens_nothing)
{
    coil_file *f = (coil_file *)&f;
    int err = coil_file_open(in_dir("none"), O_RDONLY, 0, &f);
    ck_assert_int_eq(err, -ENOENT);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "none"));
    ck_assert_ptr_eq(f, (coil_file *)&f);
    ck_assert_int_eq(coil_file_open(NULL, O_RDONLY, 0, &f), -EINVAL);
    return 0;
}

START_TEST(a_missing_file_is_an_error_that_names_it_and_leaves_the_output_alone)
{
    ck_assert_int_eq(coil_run(opens_nothing()), 0);
}
END_TEST

COIL_ASYNC(one_of_many, (int, n))
{
    coil_file *f;
    char path[128], text[16], buf[16] = "";
    snprintf(path, sizeof path, "%s/m%d", dir, n);
    snprintf(text, sizeof text, "%d", n);
    int err = coil_file_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600, &f);
    if (err < 0)
        return err;
    ck_assert_int_eq(coil_file_write(f, text, strlen(text)), (int)strlen(text));
    ck_assert_int_eq(read_all(f, buf, sizeof buf, 0), (int)strlen(text));
    ck_assert_str_eq(buf, text);
    err = coil_file_close(f);
    unlink(path);
    return err;
}

COIL_ASYNC(many)
{
    coil_call calls[40];
    for (int i = 0; i < 40; i++)
        calls[i] = COIL_CALL(one_of_many(i));
    return coil_gather_n(calls, 40, NULL);
}

START_TEST(many_files_at_once_keep_their_contents_apart)
{
    ck_assert_int_eq(coil_run(many()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("files");
    tcase_add_test(t, what_is_written_is_read_back_and_the_position_moves);
    tcase_add_test(t, names_are_made_moved_and_removed);
    tcase_add_test(t, a_missing_file_is_an_error_that_names_it_and_leaves_the_output_alone);
    tcase_add_test(t, many_files_at_once_keep_their_contents_apart);
    return test_main_in_dir("files", t);
}
