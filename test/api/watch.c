/* Files that change: what happens is told in order, with names; a queue that overflows says so; nothing is lost by giving up. */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_dir.h"
#include "in_thread.h"

static pthread_t loops_thread;
static atomic_bool looking, by_the_loop, in_vain;

static bool is_watch(int fd)
{
    char link[32], name[32] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return readlink(link, name, sizeof name - 1) > 0 && strcmp(name, "anon_inode:inotify") == 0;
}

/* Instead of libc's: notes in which thread a watch is closed, and what is closed twice. */
int close(int fd)
{
    if (looking && is_watch(fd) && pthread_equal(pthread_self(), loops_thread))
        by_the_loop = true;
    int err = (int)syscall(SYS_close, fd);
    if (err < 0)
        in_vain = true;
    return err;
}

static void make(const char *name)
{
    close(open(in_dir(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void expect(coil_watch *w, int path, unsigned events, const char *name)
{
    coil_watch_event event = {0};
    ck_assert_int_eq(coil_watch_next(w, &event), 0);
    ck_assert_int_eq(event.path, path);
    ck_assert_uint_eq(event.events, events);
    if (name)
        ck_assert_str_eq(event.name, name);
    else
        ck_assert_ptr_null(event.name);
}

static COIL_ASYNC(tells)
{
    coil_watch *w;
    ck_assert_int_eq(coil_watch_open(&w), 0);
    int number = coil_watch_add(w, dir, IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
    ck_assert_int_ge(number, 1);
    make("a");
    ck_assert_int_eq(mkdir(in_dir("d"), 0700), 0);
    ck_assert_int_eq(rename(in_dir("a"), in_dir("b")), 0);
    expect(w, number, IN_CREATE, "a");
    expect(w, number, IN_CREATE | IN_ISDIR, "d");
    coil_watch_event from, to;
    ck_assert_int_eq(coil_watch_next(w, &from), 0);
    ck_assert_str_eq(from.name, "a");
    ck_assert_int_eq(coil_watch_next(w, &to), 0);
    ck_assert_str_eq(to.name, "b");
    ck_assert_uint_eq(from.events | to.events, IN_MOVED_FROM | IN_MOVED_TO);
    ck_assert_uint_eq(from.cookie, to.cookie);
    ck_assert_int_eq(unlink(in_dir("b")), 0);
    ck_assert_int_eq(rmdir(in_dir("d")), 0);
    expect(w, number, IN_DELETE, "b");
    expect(w, number, IN_DELETE | IN_ISDIR, "d");
    ck_assert_int_eq(coil_watch_remove(w, number), 0);
    expect(w, number, IN_IGNORED, NULL);
    ck_assert_int_eq(coil_watch_remove(w, number), -EINVAL);
    return coil_watch_close(w);
}

START_TEST(what_happens_in_a_directory_is_told_in_order_with_names)
{
    ck_assert_int_eq(coil_run(tells()), 0);
}
END_TEST

static COIL_ASYNC(next_of, (coil_watch *, w), (coil_watch_event, event, out))
{
    return coil_watch_next(w, event);
}

static COIL_ASYNC(waits)
{
    coil_watch *w;
    coil_watch_event event = {0};
    ck_assert_int_eq(coil_watch_open(&w), 0);
    ck_assert_int_ge(coil_watch_add(w, dir, IN_CREATE), 1);
    ck_assert_int_eq(coil_wait_for(coil_watch_next(w, &event), 0.001), -ETIMEDOUT);
    coil_task *t = coil_create_task(next_of(w, &event));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_watch_next(w, &event), -COIL_ECONCURRENT);
    make("late");
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_str_eq(event.name, "late");
    ck_assert_int_eq(unlink(in_dir("late")), 0);
    t = coil_create_task(next_of(w, &event));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_watch_close(w), 0);
    ck_assert_int_eq(coil_await(t), -EBADF);
    ck_assert_int_eq(coil_watch_next(w, &event), -COIL_ESTALE);
    ck_assert_int_eq(coil_watch_add(w, dir, IN_CREATE), -COIL_ESTALE);
    ck_assert_int_eq(coil_watch_close(w), -COIL_ESTALE);
    ck_assert_int_eq(coil_watch_open(&w), 0);
    return 0; /* left open: the loop closes it */
}

START_TEST(a_wait_that_is_given_up_loses_no_event_and_a_close_ends_it)
{
    ck_assert_int_eq(coil_run(waits()), 0);
}
END_TEST

/* One that nobody has read from, and one that a task waits for. */
static COIL_ASYNC(closes)
{
    coil_watch *w;
    coil_watch_event event = {0};
    ck_assert_int_eq(coil_watch_open(&w), 0);
    ck_assert_int_eq(coil_watch_close(w), 0);
    ck_assert_int_eq(coil_watch_open(&w), 0);
    coil_task *t = coil_create_task(next_of(w, &event));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_watch_close(w), 0);
    ck_assert_int_eq(coil_await(t), -EBADF);
    return 0;
}

START_TEST(the_kernel_takes_its_time_to_close_one_and_the_loop_goes_on)
{
    loops_thread = pthread_self();
    by_the_loop = false;
    looking = true;
    ck_assert_int_eq(coil_run(closes()), 0);
    looking = false;
    if (!test_simulated()) /* which leaves nothing to another thread that can be done in one */
        ck_assert(!by_the_loop);
}
END_TEST

static int watches(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += is_watch(fd);
    return n;
}

static COIL_ASYNC(close_it, (coil_watch *, w))
{
    return coil_watch_close(w);
}

static COIL_ASYNC(read_it, (coil_watch *, w))
{
    coil_watch_event event;
    ck_assert_int_lt(coil_watch_next(w, &event), 0); /* closed, or cancelled */
    return 0;
}

static COIL_ASYNC(leave_while_it_closes, (bool, read))
{
    coil_watch *w;
    ck_assert_int_eq(coil_watch_open(&w), 0);
    if (read) {
        ck_assert_ptr_nonnull(coil_create_task(read_it(w)));
        ck_assert_int_eq(coil_yield_now(), 0);
    }
    ck_assert_ptr_nonnull(coil_create_task(close_it(w)));
    return coil_yield_now();
}

START_TEST(a_loop_that_ends_meanwhile_waits_for_the_close)
{
    for (int read = 0; read < 2; read++) {
        ck_assert_int_eq(coil_run(leave_while_it_closes(read)), 0);
        ck_assert_int_eq(watches(), 0);
        coil_loop *loop;
        ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
        coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
        ck_assert_int_eq(coil_loop_run_until_complete(loop, leave_while_it_closes(read)), 0);
        in_vain = false;
        ck_assert_int_eq(coil_loop_close(loop), 0);
        ck_assert_int_eq(watches(), 0);
        ck_assert(!in_vain);
    }
}
END_TEST

static int queue_size(void)
{
    int n = 0;
    FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
    if (f) {
        if (fscanf(f, "%d", &n) != 1)
            n = 0;
        fclose(f);
    }
    return n;
}

/* More events than the kernel keeps. Each differs from the one before, or the kernel would make one of two. */
static COIL_ASYNC(overflow)
{
    coil_watch *w;
    coil_watch_event event = {0};
    int most = queue_size(), seen = 0;
    make("busy");
    ck_assert_int_eq(coil_watch_open(&w), 0);
    ck_assert_int_ge(coil_watch_add(w, in_dir("busy"), IN_OPEN | IN_CLOSE), 1);
    for (int i = 0; i <= most / 2; i++)
        close(open(in_dir("busy"), O_RDONLY | O_CLOEXEC));
    do {
        ck_assert_int_eq(coil_watch_next(w, &event), 0);
        seen++;
    } while (!(event.events & IN_Q_OVERFLOW));
    ck_assert_int_eq(event.path, -1);
    ck_assert_int_eq(seen, most + 1);
    ck_assert_int_eq(unlink(in_dir("busy")), 0);
    return coil_watch_close(w);
}

START_TEST(an_overflow_is_an_event_of_its_own)
{
    int most = queue_size();
    if (most < 1 || most > 200000)
        return; /* a machine set up for something else: too many to make */
    ck_assert_int_eq(coil_run(overflow()), 0);
}
END_TEST

static COIL_ASYNC(missing)
{
    coil_watch *w;
    ck_assert_int_eq(coil_watch_open(&w), 0);
    int err = coil_watch_add(w, in_dir("none"), IN_CREATE);
    ck_assert_int_eq(err, -ENOENT);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "/none"));
    ck_assert_int_eq(coil_watch_add(w, dir, 0), -EINVAL);
    ck_assert_int_eq(coil_watch_add(w, NULL, IN_CREATE), -EINVAL);
    ck_assert_int_eq(coil_watch_open(NULL), -EINVAL);
    return coil_watch_close(w);
}

TEST_IN_THREAD(a_missing_path_is_an_error_that_names_it)
{
    coil_watch *w;
    ck_assert_int_eq(coil_watch_open(&w), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_run(missing()), 0);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("watch");
    tcase_add_test(t, what_happens_in_a_directory_is_told_in_order_with_names);
    tcase_add_test(t, a_wait_that_is_given_up_loses_no_event_and_a_close_ends_it);
    tcase_add_test(t, the_kernel_takes_its_time_to_close_one_and_the_loop_goes_on);
    tcase_add_test(t, a_loop_that_ends_meanwhile_waits_for_the_close);
    tcase_add_test(t, an_overflow_is_an_event_of_its_own);
    tcase_add_test(t, a_missing_path_is_an_error_that_names_it);
    return test_main_in_dir("watch", t);
}
