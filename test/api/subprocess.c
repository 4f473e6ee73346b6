/* Starting a child: what it is given, what it is not, and why it could not be started. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_dir.h"
#include "subprocess.h"

/* Runs a shell command and compares what it writes to stdout, without the last newline. */
COIL_ASYNC(says, (const char *, command), (const coil_process_options *, options),
           (const char *, expected))
{
    coil_process_options o = options ? *options : (coil_process_options){0};
    coil_process_output got;
    coil_process *p;
    if (!o.out)
        o.out = COIL_PIPE;
    int err = coil_create_subprocess_shell(command, &o, &p);
    if (err < 0)
        return err;
    err = coil_process_communicate(p, NULL, 0, &got);
    if (err >= 0 && got.out) {
        size_t size = got.out_size - (got.out_size && got.out[got.out_size - 1] == '\n');
        if (size != strlen(expected) || memcmp(got.out, expected, size) != 0)
            err = coil_fail(-EBADMSG, "%s: \"%s\", not \"%s\"", command, got.out, expected);
    }
    coil_process_close(p);
    return err;
}

/* ---------------------------------------------------------------- what can't be started ---- */

COIL_ASYNC(refuses, (int, unused))
{
    const char *const argv[] = {"true", NULL}, *const nothing[] = {NULL};
    coil_process *p = NULL;
    const coil_process_options bad[] = {{.in = COIL_STDOUT},
                                        {.out = COIL_STDOUT},
                                        {.in = -4},
                                        {.err = -9},
                                        {.n_pass_fds = 1},
                                        {.n_pass_fds = -1},
                                        {.process_group = -2},
                                        {.start_new_session = 1, .process_group = 1},
                                        {.limit = (size_t)2 << 30}};
    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(coil_create_subprocess_exec(argv, &bad[i], &p), -EINVAL);
    ck_assert_int_eq(coil_create_subprocess_exec(NULL, NULL, &p), -EINVAL);
    ck_assert_int_eq(coil_create_subprocess_exec(nothing, NULL, &p), -EINVAL);
    ck_assert_int_eq(coil_create_subprocess_exec(argv, NULL, NULL), -EINVAL);
    ck_assert_int_eq(coil_create_subprocess_shell(NULL, NULL, &p), -EINVAL);
    ck_assert_ptr_null(p);
    ck_assert_int_eq(coil_process_wait(NULL, NULL), -EINVAL);
    ck_assert_int_eq(coil_process_communicate(NULL, NULL, 0, NULL), -EINVAL);
    ck_assert_int_eq(coil_process_kill(NULL), -EINVAL);
    ck_assert_int_eq(coil_process_pid(NULL), -EINVAL);
    ck_assert_ptr_null(coil_process_stdin(NULL));
    return coil_process_close(NULL);
}

START_TEST(options_that_make_no_sense_are_refused)
{
    run_to_end(coil_run(refuses(0)));
}
END_TEST

/* The message of a failed start. */
static void fails(const char *program, const coil_process_options *options, int expected,
                  const char *named)
{
    const char *const argv[] = {program, NULL};
    coil_process *p = NULL;
    int err = coil_create_subprocess_exec(argv, options, &p);
    ck_assert_int_eq(err, expected);
    ck_assert_msg(strstr(coil_error_message(err), named), "%s", coil_error_message(err));
    ck_assert_ptr_null(p);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
    fchmod(fd, mode);
    close(fd);
}

COIL_ASYNC(cannot_start, (const char *, path))
{
    const char *const env[] = {path, NULL}, *const elsewhere[] = {"PATH=/none:/dev/null", NULL};
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_PIPE};
    fails("/no/such/program", &pipes, -ENOENT, "/no/such/program");
    fails("no-such-program", NULL, -ENOENT, "no-such-program");
    fails("", NULL, -ENOENT, "run");
    fails(in_dir("locked"), NULL, -EACCES, "locked");
    fails(in_dir("text"), NULL, -ENOEXEC, "text");
    if (!test_under_valgrind())
        fails(in_dir("orphan"), NULL, -ENOENT, "orphan");
    fails("/", NULL, -EACCES, "/");
    fails("locked", &(coil_process_options){.env = env}, -EACCES, "locked");
    fails("true", &(coil_process_options){.env = elsewhere}, -ENOENT, "true");
    fails("true", &(coil_process_options){.cwd = "/no/such/dir"}, -ENOENT, "/no/such/dir");
    fails("true", &(coil_process_options){.cwd = "/dev/null"}, -ENOTDIR, "/dev/null");
    fails("true", &(coil_process_options){.out = 999}, -EBADF, "true");
    fails("true", &(coil_process_options){.pass_fds = (int[]){998}, .n_pass_fds = 1}, -EBADF,
          "true");
    fails("true", &(coil_process_options){.process_group = 1}, -EPERM, "group");
    return 0;
}

START_TEST(a_failed_start_names_what_is_missing)
{
    char path[64];
    write_file("locked", "#!/bin/sh\n", 0600);
    write_file("text", "not a program\n", 0700);
    write_file("orphan", "#!/no/such/interpreter\n", 0700);
    snprintf(path, sizeof path, "PATH=%s:/none", dir);
    run_to_end(coil_run(cannot_start(path)));
    unlink(in_dir("locked"));
    unlink(in_dir("text"));
    unlink(in_dir("orphan"));
}
END_TEST

/* ---------------------------------------------------------------- where it is found and runs ---- */

COIL_ASYNC(finds)
{
    const char *const env[] = {"PATH=/none:/bin:/usr/bin", "X=1", NULL}, *const empty[] = {NULL};
    const char *const relative[] = {"./sh", "-c", "exit 5", NULL};
    const char *const other[] = {"another name", "-c", "exit 6", NULL};
    coil_process *p;
    int code = 0, err;
    err = says("echo $X; ls -d /usr", &(coil_process_options){.env = env}, "1\n/usr");
    if (err >= 0)
        err = says("echo ${X-none}", &(coil_process_options){.env = empty}, "none");
    if (err >= 0)
        err = says("pwd", &(coil_process_options){.cwd = "/usr", .program = "/bin/sh"}, "/usr");
    if (err < 0)
        return err;
    ck_assert_int_eq(
        coil_create_subprocess_exec(relative, &(coil_process_options){.cwd = "/bin"}, &p), 0);
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(code, 5);
    coil_process_close(p);
    ck_assert_int_eq(
        coil_create_subprocess_exec(other, &(coil_process_options){.program = "sh"}, &p), 0);
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(code, 6);
    return coil_process_close(p);
}

START_TEST(a_program_is_found_in_its_own_environments_path_and_directory)
{
    run_to_end(coil_run(finds()));
}
END_TEST

COIL_ASYNC(identities)
{
    const unsigned mask = 027;
    int err = says("umask", &(coil_process_options){.umask = &mask}, "0027");
    if (err >= 0) /* pid = session = group */
        err =
            says("set -- $(cut -d' ' -f1,5,6 /proc/$$/stat); [ $1 = $2 ] && [ $1 = $3 ] && echo y",
                 &(coil_process_options){.start_new_session = 1}, "y");
    if (err >= 0)
        err =
            says("set -- $(cut -d' ' -f1,5,6 /proc/$$/stat); [ $1 = $2 ] && [ $1 != $3 ] && echo y",
                 &(coil_process_options){.process_group = COIL_NEW_GROUP}, "y");
    return err;
}

START_TEST(umask_session_and_group_are_the_childs_own)
{
    mode_t before = umask(022);
    run_to_end(coil_run(identities()));
    ck_assert_int_eq(umask(before), 022);
}
END_TEST

/* ---------------------------------------------------------------- fds ---- */

COIL_ASYNC(fds_of_a_child, (int, leaky))
{
    char list[64];
    const int passed[] = {leaky};
    const coil_process_options pipes = {.in = COIL_PIPE, .err = COIL_PIPE};
    /* 3 is the directory that ls reads */
    int err = says("ls /proc/self/fd | tr '\\n' ' '", &pipes, "0 1 2 3 ");
    snprintf(list, sizeof list, "test -e /proc/self/fd/%d && echo y || echo n", leaky);
    if (err >= 0)
        err = says(list, NULL, "n");
    if (err >= 0)
        err = says(list, &(coil_process_options){.keep_fds = 1}, "y");
    if (err >= 0)
        err = says(list, &(coil_process_options){.pass_fds = passed, .n_pass_fds = 1}, "y");
    return err;
}

START_TEST(a_child_gets_no_fd_that_it_was_not_given)
{
    int leaky = dup2(0, 77); /* not CLOEXEC */
    run_to_end(coil_run(fds_of_a_child(leaky)));
    ck_assert_int_eq(fcntl(leaky, F_GETFD), 0);
    close(leaky);
}
END_TEST

COIL_ASYNC(given_fds, (int, fd))
{
    int err = says("echo to the file", &(coil_process_options){.out = fd}, "");
    if (err >= 0)
        err = says("echo err >&2", &(coil_process_options){.out = fd, .err = COIL_STDOUT}, "");
    if (err >= 0) /* what will be its stderr is its stdout, and the other way round */
        err =
            says("echo swapped >&2", &(coil_process_options){.out = STDERR_FILENO, .err = fd}, "");
    if (err >= 0)
        err = says("cat; readlink /proc/self/fd/0",
                   &(coil_process_options){.in = COIL_DEVNULL, .err = COIL_DEVNULL}, "/dev/null");
    return err;
}

START_TEST(stdout_and_stderr_go_to_given_fds)
{
    char name[] = "/tmp/coil-subprocess-XXXXXX", text[64] = "";
    int fd = mkstemp(name);
    unlink(name);
    run_to_end(coil_run(given_fds(fd)));
    ck_assert_int_gt(pread(fd, text, sizeof text, 0), 0);
    ck_assert_str_eq(text, "to the file\nerr\nswapped\n");
    close(fd);
}
END_TEST

COIL_ASYNC(without_stdio)
{
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_PIPE};
    return says("cat; echo o; test -e /proc/self/fd/2 || echo missing", &pipes, "o");
}

START_TEST(a_program_without_stdio_of_its_own_can_start_children)
{
    int saved[3];
    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
        close(i);
    }
    int err = coil_run(without_stdio());
    for (int i = 0; i < 3; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    run_to_end(err);
}
END_TEST

COIL_ASYNC(blocking_ends)
{
    const coil_process_options pipes = {.in = COIL_PIPE, .err = COIL_STDOUT};
    /* 04000 is O_NONBLOCK: a digit 4 to 7 at its place */
    return says(
        "for i in 0 1 2; do sed -n 's/^flags:.*\\(.\\)...$/\\1/p' /proc/self/fdinfo/$i; done "
        "| grep -c '[4567]'",
        &pipes, "0");
}

START_TEST(a_childs_ends_of_its_pipes_block)
{
    run_to_end(coil_run(blocking_ends()));
}
END_TEST

/* ---------------------------------------------------------------- signals ---- */

static void on_signal(int signo)
{
    (void)signo;
}

COIL_ASYNC(signals_of_a_child, (const char *, expected), (int, keep))
{
    const coil_process_options options = {.keep_signals = keep};
    return says(
        "sed -n 's/^Sig\\(Blk\\|Ign\\|Cgt\\):\\t0*/\\1 /p' /proc/self/status | tr '\\n' ' '",
        &options, expected);
}

START_TEST(handlers_and_sigpipe_are_reset_and_nothing_is_blocked)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    signal(SIGUSR1, on_signal);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN); /* as nohup does: that is inherited */
    run_to_end(coil_run(signals_of_a_child("Blk  Ign 1 Cgt  ", 0)));
    run_to_end(coil_run(signals_of_a_child("Blk 800 Ign 1001 Cgt  ", 1)));
    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    run_to_end(coil_run(signals_of_a_child("Blk  Ign  Cgt  ", 0)));
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    ck_assert(now.sa_handler == on_signal);
    signal(SIGUSR1, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("subprocess");
    tcase_add_test(t, options_that_make_no_sense_are_refused);
    tcase_add_test(t, a_failed_start_names_what_is_missing);
    tcase_add_test(t, a_program_is_found_in_its_own_environments_path_and_directory);
    tcase_add_test(t, umask_session_and_group_are_the_childs_own);
    tcase_add_test(t, a_child_gets_no_fd_that_it_was_not_given);
    tcase_add_test(t, stdout_and_stderr_go_to_given_fds);
    tcase_add_test(t, a_program_without_stdio_of_its_own_can_start_children);
    tcase_add_test(t, a_childs_ends_of_its_pipes_block);
    tcase_add_test(t, handlers_and_sigpipe_are_reset_and_nothing_is_blocked);
    return test_main_in_dir("subprocess", t);
}
