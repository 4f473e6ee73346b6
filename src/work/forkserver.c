/* work/forkserver.c: a small process that forks workers, because forking is only sound where no threads and no rings are.
 *
 * It is asked over a socket pair, one request at a time, and answers with a pid, a socket and a pidfd. It ends when the socket does, and
 * its workers with it. A forked child of the program that makes loops of its own gets a server of its own.
 */
#include "work/forkserver.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"
#include "loop/loop.h"
#include "work/arena.h"

enum { FORK, REAP };
struct request {
    int what;
    pid_t pid;
    unsigned number;
};
struct answer {
    unsigned
        number; /* the request's: an answer that could not be received must not be taken for the next one's */
    int result; /* FORK: the pid; else 0; or -errno */
    int status; /* REAP: the wait status */
    int n_fds;  /* FORK: how many come with it: a socket, and a pidfd where there are such */
};

static struct {
    pthread_mutex_t lock;
    int fd; /* ours of the pair */
    pid_t pid, parent;
    unsigned generation;
    coil_remote *known; /* the newest function that was there at the fork */
} server = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
static coil_remote *remotes;
static bool is_server; /* in the server and its workers */

void coil__public_register_remote(coil_remote *remote)
{
    remote->next = remotes;
    remotes = remote;
    coil__loop_before_first(coil__forkserver_start);
    coil__loop_after_last(coil__forkserver_stop);
}

int coil__forkserver_knows(const coil_remote *remote)
{
    for (coil_remote *r = server.known; r; r = r->next)
        if (r == remote)
            return 1;
    return 0;
}

/* ---------------------------------------------------------------- in the server ---- */

/* Keeps 0, 1, 2 and fd, which becomes 3. A process that can't must end: its 3 would be somebody else's. */
static void keep_one_fd(int fd)
{
    int n;
    while (fd != 3 && (n = coil__sys_dup3(fd, 3, O_CLOEXEC)) < 0)
        if (errno != EINTR && errno != EBUSY)
            _exit(1);
    if (coil__sys_close_range(4, ~0U, 0) == 0)
        return;
    n = (int)sysconf(_SC_OPEN_MAX); /* a kernel before 5.9 */
    for (fd = 4; fd < n; fd++)
        coil__sys_close(fd);
}

static void set_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        if (sig != SIGKILL && sig != SIGSTOP)
            coil__sys_signal(sig, SIG_DFL);
    coil__sys_signal(SIGINT, SIG_IGN); /* the program decides what an interrupt means */
    coil__sys_signal(SIGPIPE, SIG_IGN);
    coil__sys_sigprocmask(SIG_SETMASK, &none, NULL);
}

static int send_answer(const struct answer *a, const int *fds, int n_fds)
{
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {.bytes = {0}};
    struct iovec iov = {(void *)(uintptr_t)a, sizeof *a};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n_fds) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE((size_t)n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, (size_t)n_fds * sizeof(int));
    }
    while (coil__sys_sendmsg(3, &msg, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* The program waits for an answer: when it can't be told, it must see the socket end. */
static void send_or_end(const struct answer *a)
{
    if (send_answer(a, NULL, 0) < 0)
        _exit(1);
}

static void become_worker(pid_t parent, int fd)
{
    coil__sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    keep_one_fd(fd);
    coil__sys_prctl(PR_SET_NAME, (uintptr_t) "coil-worker");
    coil__worker_main(3);
}

static void end_worker(pid_t pid)
{
    coil__sys_kill(pid, SIGKILL);
    while (coil__sys_waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void fork_worker(unsigned number)
{
    struct answer a = {.number = number};
    int pair[2], fds[2] = {-1, -1};
    if (coil__sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        a.result = -errno;
        send_or_end(&a);
        return;
    }
    pid_t self = getpid(), pid = coil__sys_fork();
    if (pid == 0)
        become_worker(self, pair[1]);
    a.result = pid < 0 ? -errno : pid;
    coil__sys_close(pair[1]);
    fds[0] = pair[0];
    if (pid > 0) {
        fds[1] = coil__sys_pidfd_open(pid, 0);
        bool refused = fds[1] < 0 && (errno == ENOSYS || errno == EPERM);
        a.n_fds = refused ? 1 : 2;
        int err = fds[1] < 0 && !refused ? -errno : send_answer(&a, fds, a.n_fds);
        if (err < 0)
            end_worker(pid);
        a.result = err;
    }
    if (a.result < 0)
        send_or_end(&a);
    coil__sys_close(pair[0]);
    if (fds[1] >= 0)
        coil__sys_close(fds[1]);
}

static void serve(int fd)
{
    is_server = true;
    keep_one_fd(fd);
    set_signals();
    coil_after_fork();
    coil__sys_prctl(PR_SET_NAME, (uintptr_t) "coil-forker");
    struct request r;
    for (;;) {
        ssize_t n = coil__sys_recvfrom(3, &r, sizeof r, 0, NULL, NULL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != sizeof r)
            _exit(0);
        if (r.what == FORK) {
            fork_worker(r.number);
        } else {
            struct answer a = {.number = r.number};
            while (coil__sys_waitpid(r.pid, &a.status, 0) < 0 && a.result == 0)
                a.result = errno == EINTR ? 0 : -errno;
            send_or_end(&a);
        }
    }
}

/* ---------------------------------------------------------------- in the program ---- */

/* A fork of the program has the fields of its parent: that server is not ours. */
static void forget_foreign(void)
{
    if (server.fd >= 0 && server.parent != getpid()) {
        coil__sys_close(server.fd);
        server.fd = -1;
    }
}

int coil__forkserver_start(void)
{
    forget_foreign();
    if (is_server || server.fd >= 0)
        return 0;
    int err = coil__arena_map();
    if (err < 0)
        return err;
    int pair[2];
    if (coil__sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    fflush(stdout); /* what is buffered must not be written twice */
    fflush(stderr);
    pid_t pid = coil__sys_fork();
    if (pid == 0)
        serve(pair[1]);
    err = -errno;
    coil__sys_close(pair[1]);
    if (pid < 0) {
        coil__sys_close(pair[0]);
        return err;
    }
    pthread_mutex_init(&server.lock, NULL);
    server.fd = pair[0];
    server.pid = pid;
    server.parent = getpid();
    server.known = remotes;
    server.generation++;
    return 0;
}

void coil__forkserver_stop(void)
{
    forget_foreign();
    if (is_server || server.fd < 0)
        return;
    pthread_mutex_lock(&server.lock);
    coil__sys_shutdown(server.fd, SHUT_RDWR); /* also when a fork of the program holds a copy */
    coil__sys_close(server.fd);
    server.fd = -1;
    while (coil__sys_waitpid(server.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    pthread_mutex_unlock(&server.lock);
}

unsigned coil__forkserver_generation(void)
{
    pthread_mutex_lock(&server.lock);
    unsigned g = server.fd >= 0 ? server.generation : 0;
    pthread_mutex_unlock(&server.lock);
    return g;
}

/* Receives one answer. fds: room for two, -1 where none came. */
static int receive(struct answer *a, int *fds)
{
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {a, sizeof *a};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do
        n = coil__sys_recvmsg(server.fd, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n != sizeof *a)
        return n < 0 ? -errno : -EPIPE;
    fds[0] = fds[1] = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_type == SCM_RIGHTS)
        memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    return 0;
}

static void close_both(const int *fds)
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            coil__sys_close(fds[i]);
}

/* One request and its answer. fds: room for two, -1 where none came. */
static int ask(struct request *r, struct answer *a, int *fds)
{
    static unsigned number; /* guarded by the lock */
    ssize_t n;
    fds[0] = fds[1] = -1;
    pthread_mutex_lock(&server.lock);
    int err = server.fd >= 0 ? 0 : -ESRCH;
    r->number = ++number;
    if (err >= 0) {
        do
            n = coil__sys_sendto(server.fd, r, sizeof *r, MSG_NOSIGNAL, NULL, 0);
        while (n < 0 && errno == EINTR);
        err = n < 0 ? -errno : receive(a, fds);
    }
    while (err >= 0 &&
           a->number != r->number) { /* of an earlier request, whose answer was not received */
        close_both(fds);
        err = receive(a, fds);
    }
    pthread_mutex_unlock(&server.lock);
    return err < 0 ? err : a->result;
}

pid_t coil__forkserver_fork(int *ret_fd, int *ret_pidfd)
{
    struct request r = {.what = FORK};
    struct answer a;
    int fds[2];
    int pid = ask(&r, &a, fds);
    if (pid < 0) {
        close_both(fds);
        return pid;
    }
    if (fds[0] < 0 || fds[a.n_fds - 1] < 0) { /* no room here: the worker sees its socket end */
        close_both(fds);
        coil__forkserver_reap(pid, &fds[1]);
        return -EMFILE;
    }
    *ret_fd = fds[0];
    *ret_pidfd = fds[1];
    return pid;
}

int coil__forkserver_reap(pid_t pid, int *ret_status)
{
    struct request r = {.what = REAP, .pid = pid};
    struct answer a;
    int fds[2];
    int err = ask(&r, &a, fds);
    if (err >= 0)
        *ret_status = a.status;
    return err;
}
