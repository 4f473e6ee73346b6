/* work/forkserver.c: a small process that forks workers, because forking is only sound where no threads and no rings are.
 *
 * It is asked over a socket pair, one request at a time, and answers with a pid, a socket, a bell and a pidfd. It ends when the socket does, and
 * its workers with it. A forked child of the program that makes loops of its own gets a server of its own.
 */
#include "work/forkserver.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
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
#include "work/fds.h"
#include "work/slot.h"

enum { FORK, REAP };
enum fds { SOCKET, BELL, PIDFD, FDS }; /* what an answer brings */
_Static_assert(FDS <= (int)COIL__FDS_MOST, "a message has room for them");

struct request {
    int what;
    pid_t pid; /* REAP */
    int slot;  /* FORK: the worker's, or -1 */
    unsigned number;
};
struct answer {
    unsigned
        number; /* the request's: an answer that could not be received must not be taken for the next one's */
    int result; /* FORK: the pid; else 0; or -errno */
    int status; /* REAP: the wait status */
    int n_fds; /* FORK: how many come with it: a socket, a bell, and a pidfd where there are such */
};

static struct {
    pthread_mutex_t lock;
    int fd; /* ours of the pair */
    pid_t pid, parent;
    unsigned started;       /* how many there were */
    atomic_uint generation; /* which of them runs, or 0 */
    coil_remote *known;     /* the newest function that was there at the fork */
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

/* What must be at a place and can't be is somebody else's there: such a process ends. */
static void move_fd(int fd, int to)
{
    while (fd != to && coil__sys_dup3(fd, to, O_CLOEXEC) < 0)
        if (errno != EINTR && errno != EBUSY)
            _exit(1);
}

static void close_from(int first)
{
    if (coil__sys_close_range((unsigned)first, ~0U, 0) == 0)
        return;
    int n = (int)sysconf(_SC_OPEN_MAX); /* a kernel before 5.9 */
    for (int fd = first; fd < n; fd++)
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

/* The program waits for an answer: when it can't be told, it must see the socket end. */
static void send_or_end(const struct answer *a)
{
    if (coil__fds_send(3, a, sizeof *a, NULL, 0) < 0)
        _exit(1);
}

/* The server holds 3, so the worker's own are above it. */
static void become_worker(pid_t parent, int fd, int bell, int slot)
{
    struct coil__worker_self self = {3, 4, coil__slot_at(slot), false};
    self.looks = coil__sys_prctl(PR_SET_PDEATHSIG, SIGKILL) < 0;
    if (getppid() != parent)
        _exit(0);
    move_fd(fd, self.fd);
    move_fd(bell, self.bell);
    close_from(self.bell + 1);
    coil__slots_keep(self.slot);
    coil__sys_prctl(PR_SET_NAME, (uintptr_t) "coil-worker");
    coil__worker_main(&self);
}

static void end_worker(pid_t pid)
{
    coil__sys_kill(pid, SIGKILL);
    while (coil__sys_waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* Its pid, or -errno; what it shares with the program is in fds. */
static pid_t fork_with(const int *fds, int peer, int slot)
{
    pid_t self = getpid(), pid = coil__sys_fork();
    if (pid == 0)
        become_worker(self, peer, fds[BELL], slot);
    return pid < 0 ? -errno : pid;
}

static void fork_worker(const struct request *r)
{
    struct answer a = {.number = r->number};
    int pair[2] = {-1, -1}, fds[FDS] = {-1, -1, -1};
    fds[BELL] = coil__sys_eventfd(0, EFD_CLOEXEC);
    if (fds[BELL] < 0 || coil__sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        a.result = -errno;
    } else {
        fds[SOCKET] = pair[0];
        a.result = fork_with(fds, pair[1], r->slot);
        coil__sys_close(pair[1]);
    }
    if (a.result > 0) {
        pid_t pid = a.result;
        fds[PIDFD] = coil__sys_pidfd_open(pid, 0);
        bool refused = fds[PIDFD] < 0 && (errno == ENOSYS || errno == EPERM);
        a.n_fds = refused ? FDS - 1 : FDS;
        int err =
            fds[PIDFD] < 0 && !refused ? -errno : coil__fds_send(3, &a, sizeof a, fds, a.n_fds);
        if (err < 0)
            end_worker(pid);
        a.result = err;
    }
    if (a.result < 0)
        send_or_end(&a);
    coil__fds_close(fds, FDS);
}

static void serve(int fd)
{
    is_server = true;
    move_fd(fd, 3);
    close_from(4);
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
            fork_worker(&r);
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
        atomic_store(&server.generation, 0);
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
    coil__slots_map();
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
    atomic_store(&server.generation, ++server.started);
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
    atomic_store(&server.generation, 0);
    while (coil__sys_waitpid(server.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    pthread_mutex_unlock(&server.lock);
}

unsigned coil__forkserver_generation(void)
{
    return atomic_load(&server.generation);
}

/* One request and its answer. fds: room for FDS, -1 where none came. */
static int ask(struct request *r, struct answer *a, int *fds)
{
    static unsigned number; /* guarded by the lock */
    ssize_t n;
    fds[SOCKET] = fds[BELL] = fds[PIDFD] = -1;
    pthread_mutex_lock(&server.lock);
    int err = server.fd >= 0 ? 0 : -ESRCH;
    r->number = ++number;
    if (err >= 0) {
        do
            n = coil__sys_sendto(server.fd, r, sizeof *r, MSG_NOSIGNAL, NULL, 0);
        while (n < 0 && errno == EINTR);
        err = n < 0 ? -errno : coil__fds_receive(server.fd, a, sizeof *a, fds);
    }
    while (err >= 0 &&
           a->number != r->number) { /* of an earlier request, whose answer was not received */
        coil__fds_close(fds, FDS);
        err = coil__fds_receive(server.fd, a, sizeof *a, fds);
    }
    pthread_mutex_unlock(&server.lock);
    return err < 0 ? err : a->result;
}

int coil__forkserver_fork(struct coil__worker_link *w)
{
    struct request r = {.what = FORK, .slot = coil__slot_number(w->slot)};
    struct answer a = {0};
    int fds[FDS], status;
    int pid = ask(&r, &a, fds);
    if (pid < 0) {
        coil__fds_close(fds, FDS);
        if (a.number != r.number) { /* there may be a worker that we have not heard of */
            coil__slot_call(w->slot, COIL__SLOT_END);
            w->slot = NULL;
        }
        return pid;
    }
    if (fds[SOCKET] < 0 ||
        fds[a.n_fds - 1] < 0) { /* no room here: the worker sees its socket end */
        coil__fds_close(fds, FDS);
        coil__slot_call(w->slot, COIL__SLOT_END);
        coil__forkserver_reap(pid, &status);
        return -EMFILE;
    }
    w->pid = pid;
    w->fd = fds[SOCKET];
    w->bell = fds[BELL];
    w->pidfd = fds[PIDFD];
    return 0;
}

int coil__forkserver_reap(pid_t pid, int *ret_status)
{
    struct request r = {.what = REAP, .pid = pid};
    struct answer a;
    int fds[FDS];
    int err = ask(&r, &a, fds);
    if (err >= 0)
        *ret_status = a.status;
    return err;
}
