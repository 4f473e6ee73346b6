/* test/fault/walk.h: every system call and every allocation of a program fails once; and it is cancelled at every suspension.
 *
 * The program is run once to see which calls it makes. Then, for each call, each n and each error that such a call may have, it is
 * run in a child of its own whose nth call fails so. The child must end by itself, succeed or report an error that says why,
 * and leave no memory block, no fd and no process behind. Errors that only mean `once more` (EINTR, EAGAIN, short I/O) must not be
 * seen at all. A walk says how many failures it made, and fails when there were fewer than `points`, so that it can't
 * grow blind unnoticed.
 *
 * To look at one: COIL_WALK='recv 3 ECONNRESET' test/run.sh epoll build/release/test/test_fault_streams runs only that point,
 * with its output.
 */
#ifndef TEST_FAULT_WALK_H
#define TEST_FAULT_WALK_H

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/faults.h"
#include "base/sys.h"
#include "coil.h"
#include "harness.h"
#include "io/server.h"

#include "cancel.h"

struct walk {
    const char *name;
    int (*run)(void); /* the whole program: negative is an error, also when a result was wrong */
    int points_uring, points_epoll; /* at least so many failures must have been made: a tenth fewer
                                       than were seen, because the number of wake-ups varies      */
    int may[8];  /* what it may report beside the planned error, positive                  */
    int cancels; /* at least so many cancellations must have been taken                   */
};

enum { WALK_SECONDS = 20, WALK_FDS = 256, WALK_REST_NS = 10000000, WALK_SHORT = COIL__SYS_SHORT };

/* ThreadSanitizer sleeps for a second at each exit, and a walk has hundreds of them. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}

/* ---------------------------------------------------------------- what may go wrong ---- */

/* once: the call is made again, and nobody hears of it. */
struct walk_errors {
    const char *call;
    int once[4];
    int error[4];
};

static const struct walk_errors walk_errors[] = {
    {"malloc", {0}, {ENOMEM}},
    {"tls:malloc", {0}, {ENOMEM}},
    {"mmap", {0}, {ENOMEM}},
    {"munmap", {0}, {ENOMEM}},
    {"mprotect", {0}, {ENOMEM}},
    {"madvise", {EINVAL}, {ENOMEM}},
    {"process_madvise", {EPERM, EINVAL}, {ENOMEM}},
    {"socket", {0}, {EMFILE, ENOBUFS}},
    {"socketpair", {0}, {EMFILE, ENOMEM}},
    {"accept4", {EINTR}, {EMFILE, ENFILE, ENOBUFS, ECONNABORTED}},
    {"bind", {0}, {EADDRINUSE}},
    {"listen", {0}, {EADDRINUSE}},
    {"connect", {EINTR}, {ECONNREFUSED, ENETUNREACH}},
    {"recv", {EINTR, WALK_SHORT}, {ECONNRESET, ENOMEM}},
    {"send", {EINTR, WALK_SHORT}, {EPIPE, ENOBUFS}},
    {"recvfrom", {EINTR}, {ECONNRESET, ENOMEM}},
    {"sendto", {EINTR}, {EPIPE, ENOBUFS}},
    {"recvmsg", {EINTR}, {ECONNRESET, ENOMEM}},
    {"sendmsg", {EINTR}, {EPIPE, ENOBUFS}},
    {"read", {EINTR, WALK_SHORT}, {EIO}},
    {"write", {EINTR, WALK_SHORT}, {ENOSPC}},
    {"pread", {EINTR, WALK_SHORT}, {EIO}},
    {"pwrite", {EINTR, WALK_SHORT}, {ENOSPC}},
    {"readv", {EINTR, WALK_SHORT}, {EIO}},
    {"writev", {EINTR, WALK_SHORT}, {EPIPE}},
    {"close", {EINTR}, {EIO}},
    {"poll", {EINTR}, {ENOMEM}},
    {"fork", {0}, {EAGAIN}},
    {"waitpid", {EINTR}, {0}},
    {"waitid", {EINTR}, {0}},
    {"clone", {0}, {EAGAIN, ENOMEM}},
    {"execve", {0}, {ENOMEM}},
    {"pthread_create", {0}, {EAGAIN}},
    {"getaddrinfo", {0}, {EAI_AGAIN, EAI_MEMORY}},
    {"getnameinfo", {0}, {EAI_AGAIN, EAI_MEMORY}},
    {"epoll_pwait2", {EINTR, ENOSYS}, {ENOMEM}},
    {"epoll_ctl", {0}, {ENOMEM, ENOSPC}},
    {"epoll_create1", {0}, {EMFILE}},
    {"eventfd", {0}, {EMFILE}},
    {"eventfd_write", {EINTR}, {0}},
    {"pidfd_open", {ENOSYS}, {EMFILE}},
    {"openat", {EINTR}, {EMFILE, EACCES}},
    {"fsync", {EINTR}, {EIO}},
    {"futex_wait", {EINTR, EAGAIN}, {0}},
    {"futex_wake", {0}, {0}}, /* it never fails, and nobody asks */
    {"io_uring_queue_init_params", {0}, {ENOMEM, EPERM}},
    {"io_uring_register_probe", {0}, {ENOMEM, EPERM}},
    {"io_uring_submit", {EINTR, EAGAIN, EBUSY}, {ENOMEM}},
    {"io_uring_submit_and_wait", {0}, {EPERM}},
    {"io_uring_submit_and_wait_timeout", {EINTR, EAGAIN, EBUSY}, {ENOMEM}},
    {"io_uring_submit_and_get_events", {EINTR, EAGAIN, EBUSY}, {ENOMEM}},
    {"io_uring_get_events", {EINTR}, {ENOMEM}},
    {"ring:recv", {EINTR, EAGAIN, WALK_SHORT}, {ECONNRESET, ENOMEM}},
    {"ring:send", {EINTR, EAGAIN, WALK_SHORT}, {EPIPE, ENOBUFS}},
    {"ring:accept", {EINTR, EAGAIN}, {EMFILE, ENFILE, ENOBUFS, ECONNABORTED}},
    {"ring:connect", {EINTR}, {ECONNREFUSED, ENETUNREACH}},
    {"ring:read", {EINTR, EAGAIN, WALK_SHORT}, {EIO}},
    {"ring:write", {EINTR, EAGAIN, WALK_SHORT}, {ENOSPC}},
    {"ring:poll", {EINTR}, {ENOMEM}},
    {"ring:openat", {EINTR}, {EMFILE, EACCES}},
    {"ring:msg_ring", {EINVAL}, {0}},
    {"sched_getaffinity", {EPERM}, {0}},
    {"ring:fsync", {EINTR}, {EIO}},
};

static const struct walk_errors *walk_errors_of(const char *call)
{
    static const struct walk_errors others = {NULL, {0}, {EIO}};
    for (size_t i = 0; i < sizeof walk_errors / sizeof *walk_errors; i++)
        if (strcmp(walk_errors[i].call, call) == 0)
            return &walk_errors[i];
    return &others;
}

/* ---------------------------------------------------------------- one point ---- */

struct walk_outcome {
    int status, fds, child; /* fds: how many more than before; child: 1 when one is left */
    unsigned long long live;
};

static void walk_child(const struct walk *w, struct walk_outcome *o)
{
    int before = test_open_fds();
    o->status = w->run();
    coil__error_put(NULL); /* this thread's record of the last error is no leak */
    o->child = waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
    for (int i = 0; i < 400; i++) { /* a helper thread that was let go ends by itself */
        o->fds = test_open_fds() - before;
        coil_memory_counts(NULL, &o->live);
        if (o->fds == 0 && o->live == 0)
            break;
        usleep(5000);
    }
    if (getenv("COIL_WALK"))
        exit(0); /* the sanitizers tell whose block is left */
    _exit(0);
}

static const char *walk_error_name(int error)
{
    return error == WALK_SHORT ? "short" : error < 0 ? gai_strerror(error) : strerrorname_np(error);
}

/* Tells what was wrong, or NULL. */
static const char *walk_judge(const struct walk *w, const struct walk_outcome *o, int wait_status,
                              int error, bool once)
{
    static char text[160];
    if (WIFSIGNALED(wait_status)) {
        int signo = WTERMSIG(wait_status);
        snprintf(text, sizeof text, "%s (%s)", signo == SIGALRM ? "it hung" : "it crashed",
                 strsignal(signo));
        return text;
    }
    if (WEXITSTATUS(wait_status) != 0) {
        snprintf(text, sizeof text, "exit status %d", WEXITSTATUS(wait_status));
        return text;
    }
    if (o->live || o->fds || o->child) {
        snprintf(text, sizeof text, "%llu memory blocks, %d fds, %s left behind", o->live, o->fds,
                 o->child ? "a child" : "no child");
        return text;
    }
    bool good = o->status >= 0 || (!once && o->status == -error);
    /* where guards are pages, want of memory is want of stacks, too */
    good = good || (!once && error == ENOMEM && o->status == -COIL_ESTACKS);
    for (int i = 0; i < 8 && !once; i++)
        good = good || (w->may[i] && o->status == -w->may[i]);
    if (good)
        return NULL;
    snprintf(text, sizeof text, "it reported %s", coil_error_name(o->status));
    return text;
}

static void walk_show(int log)
{
    char buf[4096];
    ssize_t n;
    lseek(log, 0, SEEK_SET);
    while ((n = read(log, buf, sizeof buf)) > 0)
        fwrite(buf, 1, (size_t)n, stderr);
}

/* Runs the program in a child, as planned. Returns what was wrong, or NULL. */
static const char *walk_run(const struct walk *w, struct walk_outcome *o, int log, int error,
                            bool once)
{
    int wait_status;
    memset(o, 0, sizeof *o);
    if (log >= 0 && ftruncate(log, 0) < 0)
        return "no log";
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (log >= 0 && (dup3(log, 2, 0) < 0 || dup3(log, 1, 0) < 0))
            _exit(2);
        alarm(WALK_SECONDS);
        walk_child(w, o);
    }
    if (pid < 0 || waitpid(pid, &wait_status, 0) != pid)
        return "no child";
    return walk_judge(w, o, wait_status, error, once);
}

static int walk_tell(const struct walk *w, int log, const char *what, unsigned n, const char *how,
                     const char *wrong)
{
    if (!wrong)
        return 0;
    printf("%s: %s %u %s: %s\n", w->name, what, n, how, wrong);
    fflush(stdout);
    walk_show(log);
    return 1;
}

/* Runs one point. Returns 0, or 1 when something was wrong; *ret_hit: the call was made to fail. */
static int walk_point(const struct walk *w, struct walk_outcome *o, int log, const char *call,
                      unsigned n, int error, bool once, bool *ret_hit)
{
    coil__faults_plan(call, n, error, false);
    const char *wrong = walk_run(w, o, log, error, once);
    *ret_hit = coil__faults_hits() > 0;
    return walk_tell(w, log, call ? call : "nothing", n, walk_error_name(error), wrong);
}

/* One cancellation; with k = 0 none, to count. declined: the outcome must be success all the same. */
static int walk_cancel(const struct walk *w, struct walk_outcome *o, int log, bool declined,
                       enum cancel_way way, unsigned k)
{
    coil__faults_plan(NULL, 0, 0, false);
    cancel_set(way, k);
    const char *wrong = walk_run(w, o, log, ECANCELED, declined || k == 0);
    return walk_tell(w, log, "cancel", k, cancel_names[way], wrong);
}

/* ---------------------------------------------------------------- the walk ---- */

static int walk_call(const struct walk *w, struct walk_outcome *o, int log,
                     const struct coil__fault_count *c, int *points)
{
    const struct walk_errors *e = walk_errors_of(c->call);
    int wrong = 0;
    for (unsigned n = 1; n <= c->n; n++) {
        for (int i = 0; i < 8; i++) {
            bool once = i < 4, hit = false;
            int error = once ? e->once[i] : e->error[i - 4];
            if (error == 0)
                continue;
            wrong += walk_point(w, o, log, c->call, n, error, once, &hit);
            *points += hit;
        }
    }
    return wrong;
}

/* Cancels at every suspension, in each way. Returns how many points were wrong. */
static int walk_cancels(const struct walk *w, struct walk_outcome *o, int log, bool declined,
                        int *ret_points)
{
    int wrong = walk_cancel(w, o, log, declined, CANCEL_SUSPENDED, 0);
    unsigned suspended = atomic_load(&cancel_plan->suspended);
    unsigned woken = atomic_load(&cancel_plan->woken);
    *ret_points = 0;
    for (int way = 0; way < CANCEL_WAYS; way++) {
        unsigned n = way == CANCEL_WOKEN ? woken : suspended;
        for (unsigned k = 1; k <= n && wrong < 5; k++) {
            wrong += walk_cancel(w, o, log, declined, (enum cancel_way)way, k);
            *ret_points += (int)atomic_load(&cancel_plan->hits);
        }
    }
    return wrong;
}

/* COIL_WALK="call n error": only that, with its output. */
static int walk_one(const struct walk *w, struct walk_outcome *o, const char *point)
{
    char call[64], name[64];
    unsigned n;
    bool hit = false;
    if (sscanf(point, "%63s %u %63s", call, &n, name) != 3)
        return 1;
    for (int way = 0; way < CANCEL_WAYS && strcmp(call, "cancel") == 0; way++)
        if (strcmp(name, cancel_names[way]) == 0)
            return walk_cancel(w, o, -1, false, (enum cancel_way)way, n);
    int error = atoi(name);
    if (strcmp(name, "short") == 0)
        error = WALK_SHORT;
    for (int i = 1; i < 134 && error == 0; i++)
        if (strerrorname_np(i) && strcmp(strerrorname_np(i), name) == 0)
            error = i;
    bool once = false;
    for (int i = 0; i < 4; i++)
        once = once || walk_errors_of(call)->once[i] == error;
    int wrong = walk_point(w, o, -1, call, n, error, once, &hit);
    printf("%s: %s, status %d (%s)\n", w->name, hit ? "made to fail" : "the call was not made",
           o->status, coil_error_name(o->status));
    return wrong;
}

/* Walks. Returns 0, or 1 when a point was wrong or there were too few. */
static int walk_all(const struct walk *w, struct walk_outcome *o, int log)
{
    struct coil__fault_count counts[COIL__FAULTS_CALLS];
    const char *backend = getenv("COIL_BACKEND");
    bool hit;
    int points = 0;
    int wrong = walk_point(w, o, log, NULL, 0, 0, true, &hit);
    unsigned calls = coil__faults_counts(counts, COIL__FAULTS_CALLS);
    for (unsigned i = 0; i < calls && wrong < 5; i++)
        wrong += walk_call(w, o, log, &counts[i], &points);
    int least = backend && strcmp(backend, "uring") == 0 ? w->points_uring : w->points_epoll;
    printf("%s: %d points of %u calls failed, of at least %d; %d wrong\n", w->name, points, calls,
           least, wrong);
    int cancels = 0, cancels_wrong = walk_cancels(w, o, log, false, &cancels);
    printf("%s: cancelled at %d points, of at least %d; %d wrong\n", w->name, cancels, w->cancels,
           cancels_wrong);
    return wrong > 0 || points < least || cancels_wrong > 0 || cancels < w->cancels;
}

/* Only the cancellations, for programs that decline them: the outcome must be success. */
static int walk_declined(const struct walk *w, struct walk_outcome *o, int log)
{
    int points, wrong = walk_cancels(w, o, log, true, &points);
    printf("%s: cancelled at %d points, of at least %d; %d wrong\n", w->name, points, w->cancels,
           wrong);
    return wrong > 0 || points < w->cancels;
}

static int walk(const struct walk *w, int (*all)(const struct walk *, struct walk_outcome *, int))
{
    char log_name[] = "/tmp/coil-walk-XXXXXX";
    struct walk_outcome *o =
        mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int log = mkostemp(log_name, O_APPEND | O_CLOEXEC);
    if (o == MAP_FAILED || log < 0 || !cancel_begin())
        return 1;
    unlink(log_name);
    int wrong = getenv("COIL_WALK") ? walk_one(w, o, getenv("COIL_WALK")) : all(w, o, log);
    close(log);
    cancel_end();
    munmap(o, sizeof *o);
    return wrong;
}

/* Where close_range is refused a child closes each fd that there may be, and the walk lets each of those calls fail. */
static void walk_limit_fds(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > WALK_FDS) {
        limit.rlim_cur = WALK_FDS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Walks each program of a list. The exit status of a test. */
static int walk_list(const struct walk *list, size_t n,
                     int (*all)(const struct walk *, struct walk_outcome *, int))
{
    int wrong = 0;
    walk_limit_fds();
    coil__accept_rest_ns = WALK_REST_NS;
    if (coil__faults_start() < 0) {
        puts("built without COIL_FAULTS");
        return 77;
    }
    for (size_t i = 0; i < n; i++)
        wrong += walk(&list[i], all);
    coil__faults_stop();
    return wrong ? 1 : 0;
}

static int __attribute__((unused)) walk_main(const struct walk *list, size_t n)
{
    return walk_list(list, n, walk_all);
}

static int __attribute__((unused)) walk_cancel_main(const struct walk *list, size_t n)
{
    return walk_list(list, n, walk_declined);
}

#endif
