/* What a machine lacks or has run out of: a port that somebody has, fds, IPv6. The call that meets it says so, names what it wanted,
 * leaves nothing behind, and everything else goes on.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_child.h"

static int echo(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    int err = coil_stream_readline(s, &line, &n);
    return err > 0 ? coil_stream_send(s, line, n) : err;
}

COIL_ASYNC(ask, (const char *, host), (int, port))
{
    coil_stream *s;
    const char *line;
    size_t n;
    int err = coil_open_connection(host, port, &s);
    if (err < 0)
        return err;
    err = coil_stream_send(s, "hello\n", 6);
    if (err >= 0)
        err = coil_stream_readline(s, &line, &n);
    coil_stream_close(s);
    return err;
}

struct trial {
    int (*prepare)(void);
    int (*program)(void);
};

static int try_it(void *arg)
{
    const struct trial *t = arg;
    if (t->prepare && t->prepare() < 0)
        return 77;
    int err = t->program();
    if (err < 0)
        fprintf(stderr, "%s: %s\n", coil_error_name(err), coil_error_message(err));
    return err < 0;
}

/* In a child, whose limits and filters are its own, as its records of errors are. */
static void run_alone(int (*prepare)(void), int (*program)(void))
{
    struct trial t = {prepare, program};
    ck_assert_int_eq(in_child(try_it, &t, NULL, 0), 0);
}

/* Whether a call failed with this error and a message with this word in it. */
static int says(int err, int expected, const char *word)
{
    if (err == expected && strstr(coil_error_message(err), word))
        return 0;
    return coil_fail(-EBADMSG, "%s (%s): expected %s about %s", coil_error_name(err),
                     coil_error_message(err), coil_error_name(expected), word);
}

/* ---------------------------------------------------------------- a port that somebody has ---- */

COIL_ASYNC(listen_twice)
{
    coil_server *first, *second = NULL;
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &first);
    if (err < 0)
        return err;
    char word[16];
    int port = coil_server_port(first), fds = test_open_fds();
    snprintf(word, sizeof word, "%d", port);
    err = says(coil_start_server("127.0.0.1", port, echo, NULL, NULL, &second), -EADDRINUSE, word);
    if (err >= 0 && (second || test_open_fds() != fds))
        err = coil_fail(-EBADMSG, "something is left");
    if (err >= 0)
        err = ask("127.0.0.1", port) == 6 ? 0 : -EBADMSG; /* the first one does not mind */
    coil_server_free(first);
    return err;
}

static int run_listen_twice(void)
{
    return coil_run(listen_twice());
}

START_TEST(a_port_in_use_is_named_and_its_owner_goes_on)
{
    run_alone(NULL, run_listen_twice);
}
END_TEST

COIL_ASYNC(listen_on_a_file)
{
    char path[] = "/tmp/coil-lacking-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    coil_server *server;
    int err = says(coil_start_unix_server(path, echo, NULL, NULL, &server), -EADDRINUSE, path);
    if (err >= 0 && access(path, F_OK) < 0)
        err = coil_fail(-EBADMSG, "the file is gone");
    close(fd);
    unlink(path);
    return err;
}

static int run_listen_on_a_file(void)
{
    return coil_run(listen_on_a_file());
}

START_TEST(a_path_that_is_a_file_is_left_alone)
{
    run_alone(NULL, run_listen_on_a_file);
}
END_TEST

/* ---------------------------------------------------------------- fds ---- */

COIL_ASYNC(open_things_without_fds, (int, port))
{
    struct rlimit before, none;
    coil_server *server;
    coil_stream *s;
    coil_file *f;
    int ends[2];
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    int listened = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    int connected = coil_open_connection("127.0.0.1", port, &s);
    int opened = coil_file_open("/dev/null", O_RDONLY, 0, &f);
    const char *const argv[] = {"true", NULL};
    coil_process *p;
    int started = coil_create_subprocess_exec(argv, NULL, &p);
    int piped = pipe2(ends, O_CLOEXEC);
    setrlimit(RLIMIT_NOFILE, &before);
    if (piped == 0)
        return coil_fail(-EBADMSG, "the limit does not hold");
    if (listened != -EMFILE || connected != -EMFILE || opened != -EMFILE || started != -EMFILE)
        return coil_fail(-EBADMSG, "%s, %s, %s, %s", coil_error_name(listened),
                         coil_error_name(connected), coil_error_name(opened),
                         coil_error_name(started));
    return ask("127.0.0.1", port) == 6 ? 0 : -EBADMSG; /* afterwards all is well */
}

COIL_ASYNC(run_out_of_fds)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = ask("127.0.0.1", port) == 6 ? 0 : -EBADMSG; /* whatever opens fds once has done so */
    if (err >= 0)
        err = open_things_without_fds(port);
    coil_server_free(server);
    return err;
}

static int run_run_out_of_fds(void)
{
    return coil_run(run_out_of_fds());
}

START_TEST(without_fds_each_call_says_so_and_the_loop_goes_on)
{
    run_alone(NULL, run_run_out_of_fds);
}
END_TEST

/* ---------------------------------------------------------------- IPv6 ---- */

/* From here on there is no IPv6 in this process: a kernel without it says the same. */
static int refuse_ipv6(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

COIL_ASYNC(use_ipv4_alone)
{
    coil_server *server, *six;
    coil_stream *s;
    coil_datagram *d;
    int err = coil_start_server(NULL, 0, echo, NULL, NULL, &server); /* all there is */
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = ask("127.0.0.1", port) == 6 ? 0 : -EBADMSG;
    if (err >= 0)
        err = ask("localhost", port) == 6 ? 0 : -EBADMSG;
    if (err >= 0)
        err = says(coil_open_connection("::1", port, &s), -EAFNOSUPPORT, "::1");
    if (err >= 0)
        err = says(coil_start_server("::1", 0, echo, NULL, NULL, &six), -EAFNOSUPPORT, "::1");
    if (err >= 0)
        err = coil_datagram_open("[::1]:0", NULL, NULL, &d) == -EAFNOSUPPORT ? 0 : -EBADMSG;
    coil_server_free(server);
    return err;
}

static int run_use_ipv4_alone(void)
{
    return coil_run(use_ipv4_alone());
}

START_TEST(without_ipv6_what_is_meant_for_both_uses_ipv4)
{
    run_alone(refuse_ipv6, run_use_ipv4_alone);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("lacking");
    tcase_add_test(t, a_port_in_use_is_named_and_its_owner_goes_on);
    tcase_add_test(t, a_path_that_is_a_file_is_left_alone);
    tcase_add_test(t, without_fds_each_call_says_so_and_the_loop_goes_on);
    tcase_add_test(t, without_ipv6_what_is_meant_for_both_uses_ipv4);
    return test_main("lacking", t);
}
