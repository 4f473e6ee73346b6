/* The probe of the kernel, with each capability masked in turn: what the engine needs makes it use epoll, what it can do without is
 * done by helper threads, and the operations give the same results.
 */
#include <stdlib.h>

#include "base/error.h"
#include "engine.h"
#include "engine/caps.h"

static const char *const needed[] = {"uring",   "single_issuer", "defer_taskrun", "taskrun_flag",
                                     "ext_arg", "nodrop",        "probe",         "streams"};
static const char *const spared[] = {"fsync",    "fallocate", "openat", "statx",     "renameat",
                                     "unlinkat", "mkdirat",   "linkat", "symlinkat", "ftruncate"};
enum { NEEDED = sizeof needed / sizeof *needed, SPARED = sizeof spared / sizeof *spared };

static uint32_t bits(const char *names)
{
    uint32_t caps;
    ck_assert_int_eq(coil__caps_parse(names, &caps), 0);
    return caps;
}

static struct coil__backend *open_without(const char *name, uint32_t masked)
{
    struct coil__backend_options options = {.disable_caps = masked};
    struct coil__backend *b;
    ck_assert_int_eq(coil__backend_open(name, &options, &b), 0);
    ck_assert_uint_eq(b->caps & masked, 0);
    return b;
}

static bool has_uring(void)
{
    struct coil__backend *b;
    int err = coil__backend_open("uring", NULL, &b);
    if (err == 0)
        b->ops->close(b);
    return err == 0;
}

/* ---------------------------------------------------------------- names ---- */

START_TEST(names_are_bits_and_each_capability_has_one)
{
    const uint32_t others = COIL__CAP_PWAIT2 | COIL__CAP_MESSAGES;
    uint32_t all = bits("pwait2,messages");
    ck_assert_uint_eq(all, others);
    ck_assert_uint_eq(bits(NULL), 0);
    ck_assert_uint_eq(bits(""), 0);
    ck_assert_uint_eq(bits("statx,uring"), COIL__CAP_STATX | COIL__CAP_URING);
    for (int i = 0; i < NEEDED; i++) {
        ck_assert_uint_eq(all & bits(needed[i]), 0);
        all |= bits(needed[i]);
    }
    ck_assert_uint_eq(all, COIL__CAPS_NEEDED | others);
    for (int i = 0; i < SPARED; i++) {
        ck_assert_uint_eq(all & bits(spared[i]), 0);
        all |= bits(spared[i]);
    }
    ck_assert_uint_eq(bits("files"), COIL__CAPS_FILES);
    ck_assert_uint_eq(all, COIL__CAPS_NEEDED | COIL__CAPS_FILES | others);
}
END_TEST

START_TEST(an_unknown_name_is_told)
{
    static const char *const wrong[] = {"stat", "statxx", "statx,,openat", "statx,what", ","};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint32_t caps = 77;
        ck_assert_int_eq(coil__caps_parse(wrong[i], &caps), -EINVAL);
        ck_assert_uint_eq(caps, 77);
    }
    uint32_t caps;
    ck_assert_int_eq(coil__caps_parse("statx,what", &caps), -EINVAL);
    ck_assert_ptr_nonnull(strstr(coil_error_message(-EINVAL), "what"));
    coil__error_put(NULL);
}
END_TEST

/* ---------------------------------------------------------------- what is needed ---- */

START_TEST(without_what_it_needs_the_ring_is_refused_and_epoll_runs)
{
    uint32_t masked = bits(needed[_i]);
    struct coil__backend_options options = {.disable_caps = masked};
    struct coil__backend *b = NULL;
    int err = coil__backend_open("uring", &options, &b);
    if (has_uring())
        ck_assert_msg(err == -ENOSYS || err == -EINVAL, "%s: %d", needed[_i], err);
    ck_assert_int_lt(err, 0);
    ck_assert_ptr_null(b);
    b = open_without(NULL, masked);
    ck_assert_str_eq(b->ops->name, "epoll");
    ck_assert_int_eq(engine_run(b, (struct coil__op){.code = COIL__OP_NOP}), 0);
    engine_close(b);
}
END_TEST

START_TEST(with_everything_the_ring_runs)
{
    struct coil__backend *b = open_without(NULL, 0);
    ck_assert_str_eq(b->ops->name, "uring");
    ck_assert_uint_eq(b->caps & COIL__CAPS_NEEDED, COIL__CAPS_NEEDED);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- what it can do without ---- */

#define OP(b, ...) engine_run(b, (struct coil__op){__VA_ARGS__})

static void use_directory(struct coil__backend *b, int dir)
{
    struct statx st;
    ck_assert_int_eq(OP(b, .code = COIL__OP_MKDIRAT, .fd = dir, .path = "d", .mode = 0700), 0);
    ck_assert_int_eq(
        OP(b, .code = COIL__OP_RENAMEAT, .fd = dir, .path = "d", .fd2 = dir, .path2 = "e"), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_SYMLINKAT, .path = "e", .fd2 = dir, .path2 = "s"), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_STATX, .fd = dir, .path = "s", .statx_buf = &st,
                        .mode = STATX_BASIC_STATS, .open_flags = AT_SYMLINK_NOFOLLOW),
                     0);
    ck_assert(S_ISLNK(st.stx_mode));
    ck_assert_int_eq(OP(b, .code = COIL__OP_UNLINKAT, .fd = dir, .path = "s"), 0);
    ck_assert_int_eq(
        OP(b, .code = COIL__OP_UNLINKAT, .fd = dir, .path = "e", .open_flags = AT_REMOVEDIR), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_UNLINKAT, .fd = dir, .path = "e"), -ENOENT);
}

static void use_file(struct coil__backend *b, int dir)
{
    struct statx st;
    int fd = OP(b, .code = COIL__OP_OPENAT, .fd = dir, .path = "f", .open_flags = O_CREAT | O_RDWR,
                .mode = 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(OP(b, .code = COIL__OP_FALLOCATE, .fd = fd, .offset = 0, .length = 8192), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_FTRUNCATE, .fd = fd, .length = 4096), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_FTRUNCATE, .fd = fd, .length = -1), -EINVAL);
    ck_assert_int_eq(OP(b, .code = COIL__OP_FSYNC, .fd = fd), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_FSYNC, .fd = fd, .msg_flags = 1), 0);
    ck_assert_int_eq(
        OP(b, .code = COIL__OP_LINKAT, .fd = dir, .path = "f", .fd2 = dir, .path2 = "g"), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_STATX, .fd = dir, .path = "g", .statx_buf = &st,
                        .mode = STATX_BASIC_STATS),
                     0);
    ck_assert_uint_eq(st.stx_size, 4096);
    ck_assert_int_eq(OP(b, .code = COIL__OP_UNLINKAT, .fd = dir, .path = "f"), 0);
    ck_assert_int_eq(OP(b, .code = COIL__OP_UNLINKAT, .fd = dir, .path = "g"), 0);
    ck_assert_int_eq(engine_close_fd(b, fd), 0);
}

static void use_files_without(uint32_t masked)
{
    char path[] = "/tmp/coil-caps-XXXXXX";
    struct coil__backend *b = open_without("uring", masked);
    ck_assert_ptr_nonnull(mkdtemp(path));
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(dir, 0);
    use_directory(b, dir);
    use_file(b, dir);
    close(dir);
    rmdir(path);
    engine_close(b);
}

START_TEST(without_an_operation_on_files_a_helper_thread_does_it)
{
    use_files_without(bits(spared[_i]));
}
END_TEST

START_TEST(without_any_of_them_too)
{
    use_files_without(COIL__CAPS_FILES);
}
END_TEST

START_TEST(epoll_without_pwait2_waits_in_milliseconds)
{
    struct coil__backend *b = open_without("epoll", COIL__CAP_PWAIT2);
    struct probe p = {.op = {.code = COIL__OP_POLL, .events = POLLIN}};
    int pair[2];
    engine_pair(pair);
    p.op.fd = pair[0];
    engine_submit(b, &p);
    ck_assert_int_eq(b->ops->poll(b, 1), 0); /* rounded up, so that nobody spins */
    ck_assert_int_eq(write(pair[1], "x", 1), 1);
    ck_assert_int_eq(engine_finish(b, &p), POLLIN);
    ck_assert_int_eq(engine_close_fd(b, pair[0]), 0);
    ck_assert_int_eq(engine_close_fd(b, pair[1]), 0);
    engine_close(b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine_caps");
    tcase_add_test(t, names_are_bits_and_each_capability_has_one);
    tcase_add_test(t, an_unknown_name_is_told);
    tcase_add_loop_test(t, without_what_it_needs_the_ring_is_refused_and_epoll_runs, 0, NEEDED);
    tcase_add_test(t, epoll_without_pwait2_waits_in_milliseconds);
    const char *no_uring = getenv("COIL_TEST_NO_URING");
    if ((!no_uring || !*no_uring) && has_uring()) {
        tcase_add_test(t, with_everything_the_ring_runs);
        tcase_add_loop_test(t, without_an_operation_on_files_a_helper_thread_does_it, 0, SPARED);
        tcase_add_test(t, without_any_of_them_too);
    }
    return test_main("engine_caps", t);
}
