/* io/spawn.c: the moment between two programs.
 *
 * The child is cloned with CLONE_VM and CLONE_VFORK: it borrows our memory until it has another program, while this thread, a helper
 * of the engine, waits; so nothing is copied, and a process of many gigabytes starts a child as fast as a small one. posix_spawn does the
 * same, but can't set the umask, gives no pidfd (glibc before 2.39) and does not say whether it was the directory or the
 * program that is missing.
 *
 * Rules of the child, which shares memory with threads that run: it makes system calls and nothing else; it touches no memory
 * but its own stack; no signal handler may run in it, so all signals are blocked until the handlers are gone.
 * What went wrong comes back through a pipe that a successful exec closes: an emulator (Valgrind, qemu) may make
 * a plain fork of all this, and memory would not be shared then.
 */
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sys.h"

enum { FIRST_FREE_FD = 3, CHILD_STACK = 64 * 1024, MANY_FDS = 65536, REPORT_TRIES = 100 };

/* What the child says before it gives up. */
struct report {
    int step, error;
};

struct birth {
    struct coil__spawn *spawn;
    int report_fd;
};

/* ---------------------------------------------------------------- in the child ---- */

/* Handlers become the default, which exec would do too late; what is ignored stays so, but for two that programs don't expect. */
static int default_signals(const struct coil__spawn *s)
{
    const uintptr_t by_default[8] = {0}; /* the kernel's struct: action, flags, restorer, mask */
    for (int signo = 1; signo < NSIG; signo++) {
        uintptr_t now[8] = {0};
        if (coil__sys_rt_sigaction(signo, NULL, now) < 0)
            return -1;
        bool handled = now[0] != (uintptr_t)SIG_DFL && now[0] != (uintptr_t)SIG_IGN;
        bool restored = !s->keep_signals && (signo == SIGPIPE || signo == SIGXFSZ);
        if ((handled || restored) && coil__sys_rt_sigaction(signo, by_default, NULL) < 0)
            return -1;
    }
    const uint64_t none = 0;
    return coil__sys_rt_sigprocmask(SIG_SETMASK, s->keep_signals ? &s->mask : &none);
}

/* Makes all fds above 2 close at exec. */
static void close_others(void)
{
    if (coil__sys_close_range(FIRST_FREE_FD, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    struct rlimit limit; /* a kernel before 5.11 */
    int n = coil__sys_getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MANY_FDS
                ? (int)limit.rlim_cur
                : MANY_FDS;
    for (int fd = FIRST_FREE_FD; fd < n; fd++)
        coil__sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int place_fds(const struct coil__spawn *s)
{
    int from[3];
    for (int i = 0; i < 3; i++) { /* out of the way of those that are placed first */
        from[i] = s->fds[i];
        if (from[i] >= 0 && from[i] < FIRST_FREE_FD && from[i] != i)
            from[i] = coil__sys_fcntl(from[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
        if (from[i] == -1 && s->fds[i] != COIL__SPAWN_INHERIT)
            return -1;
    }
    for (int i = 0; i < 3; i++) {
        int done = 0;
        if (from[i] == COIL__SPAWN_AS_OUT)
            done = coil__sys_dup3(STDOUT_FILENO, i, 0);
        else if (from[i] == i)
            done = coil__sys_fcntl(i, F_SETFD, 0);
        else if (from[i] != COIL__SPAWN_INHERIT)
            done = coil__sys_dup3(from[i], i, 0);
        if (done < 0)
            return -1;
    }
    if (!s->keep_fds)
        close_others();
    for (int i = 0; i < s->n_pass_fds; i++)
        if (s->pass_fds[i] >= FIRST_FREE_FD && coil__sys_fcntl(s->pass_fds[i], F_SETFD, 0) < 0)
            return -1;
    return 0;
}

static int choose_group(const struct coil__spawn *s)
{
    if (s->new_session && coil__sys_setsid() < 0)
        return -1;
    return s->group ? coil__sys_setpgid(0, s->group < 0 ? 0 : s->group) : 0;
}

/* Tries the directories in order. Of several reasons the first is told that is not just `not here`. */
static void execute(const struct coil__spawn *s)
{
    if (!s->path) {
        coil__sys_execve(s->program, s->argv, s->env);
        return;
    }
    char full[PATH_MAX];
    size_t name_size = strlen(s->program) + 1;
    int reason = ENOENT;
    const char *dir = s->path, *end;
    do {
        end = strchrnul(dir, ':');
        size_t size = (size_t)(end - dir);
        errno = ENAMETOOLONG;
        if (size + 1 + name_size <= sizeof full) {
            memcpy(full, dir, size);
            full[size] = '/';
            /* an empty one is the directory where the child is */
            memcpy(full + size + (size > 0), s->program, name_size);
            coil__sys_execve(full, s->argv, s->env);
        }
        if (reason == ENOENT && errno != ENOTDIR)
            reason = errno;
        dir = end + 1;
    } while (*end);
    errno = reason;
}

static int run_child(void *arg)
{
    const struct birth *b = arg;
    const struct coil__spawn *s = b->spawn;
    struct report r = {COIL__SPAWN_FDS, 0};
    if (place_fds(s) < 0)
        goto fail;
    r.step = COIL__SPAWN_CWD;
    if (s->cwd && coil__sys_chdir(s->cwd) < 0)
        goto fail;
    r.step = COIL__SPAWN_GROUP;
    if (choose_group(s) < 0)
        goto fail;
    if (s->sets_umask)
        umask((mode_t)s->umask);
    r.step = COIL__SPAWN_PROCESS;
    if (default_signals(s) < 0)
        goto fail;
    r.step = COIL__SPAWN_EXEC;
    execute(s);
fail:
    r.error = errno;
    size_t said = 0;
    for (int tries = 0; tries < REPORT_TRIES && said < sizeof r; tries++) {
        ssize_t n = coil__sys_write(b->report_fd, (char *)&r + said, sizeof r - said);
        said += n > 0 ? (size_t)n : 0;
    }
    coil__sys_exit_group(127);
}

/* ---------------------------------------------------------------- in the parent ---- */

/* Clones with all signals blocked. An emulator may know no CLONE_PIDFD: the pidfd then comes after, which is safe as long as nobody
 * else reaps our children at once. */
static int clone_child(struct coil__spawn *s, struct birth *b)
{
    _Alignas(16) char stack[CHILD_STACK];
    const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    sigset_t all, before;
    sigfillset(&all);
    coil__sys_pthread_sigmask(SIG_SETMASK, &all, &before);
    s->pidfd = -1;
    s->pid = coil__sys_clone(run_child, stack + sizeof stack, flags | CLONE_PIDFD, b, &s->pidfd);
    if (s->pid < 0 && errno == EINVAL)
        s->pid = coil__sys_clone(run_child, stack + sizeof stack, flags, b, NULL);
    int err = s->pid < 0 ? -errno : 0;
    coil__sys_pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

/* A filter, or Valgrind, may grant the pidfd and refuse the signal. The number is as good as long as nobody else reaps our children. */
int coil__spawn_signal(const struct coil__spawn *s, int signo)
{
    int sent = s->pidfd >= 0 ? coil__sys_pidfd_send_signal(s->pidfd, signo) : -1;
    if (sent < 0 && (s->pidfd < 0 || errno == ENOSYS || errno == EPERM))
        sent = coil__sys_kill(s->pid, signo);
    return sent < 0 ? -errno : 0;
}

/* Ends it, if it still runs. */
static void destroy(const struct coil__spawn *s)
{
    coil__spawn_signal(s, SIGKILL);
    while (coil__sys_waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* Reads what the child had to say: nothing when its program runs. */
static int hear(struct coil__spawn *s, int report_fd)
{
    struct report r = {COIL__SPAWN_PROCESS, EIO};
    size_t heard = 0;
    ssize_t n = 1;
    while (n != 0 && heard < sizeof r) {
        n = coil__sys_read(report_fd, (char *)&r + heard, sizeof r - heard);
        if (n < 0 && errno != EINTR)
            break;
        heard += n > 0 ? (size_t)n : 0;
    }
    if (n == 0 && heard == 0)
        return 0;
    int err = n < 0 ? -errno : -r.error;
    destroy(s);
    if (heard == sizeof r)
        s->step = (enum coil__spawn_step)r.step;
    return err;
}

static int open_pidfd(struct coil__spawn *s)
{
    if (s->pidfd >= 0)
        return 0;
    s->pidfd = coil__sys_pidfd_open(s->pid, 0);
    if (s->pidfd >= 0)
        return 0;
    int err = -errno;
    destroy(s);
    return err;
}

int coil__spawn_run(void *arg)
{
    struct coil__spawn *s = arg;
    int report[2];
    s->step = COIL__SPAWN_PROCESS;
    if (coil__sys_pipe2(report, O_CLOEXEC) < 0)
        return -errno;
    /* where the child's own fds come to lie the report must not be */
    int high = coil__sys_fcntl(report[1], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    int err = high < 0 ? -errno : 0;
    coil__sys_close(report[1]);
    if (err < 0)
        goto close_report;
    err = clone_child(s, &(struct birth){s, high});
    coil__sys_close(high);
    if (err >= 0)
        err = hear(s, report[0]);
    if (err >= 0)
        err = open_pidfd(s);
    if (err < 0 && s->pidfd >= 0) {
        coil__sys_close(s->pidfd);
        s->pidfd = -1;
    }
close_report:
    coil__sys_close(report[0]);
    return err;
}
