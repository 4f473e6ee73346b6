/* io/subprocess_create.c: from the options to a running child.
 *
 * All that can fail here is made before the child: its pipes, the streams on our ends, the place of the process. The clone itself is
 * made by a helper thread, because the thread that makes it stands still until the new program is read from the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "io/pipe.h"
#include "io/subprocess.h"

enum { PIPE_SIZE = 256 * 1024, MAX_LIMIT = 1 << 30 };

static const char default_path[] = "/bin:/usr/bin";

/* ---------------------------------------------------------------- the options ---- */

static int check(const char *const *argv, const coil_process_options *o)
{
    if (!argv || !argv[0])
        return coil_fail(-EINVAL, "a subprocess needs at least argv[0]");
    if (o->in < COIL_DEVNULL || o->in == COIL_STDOUT || o->out < COIL_DEVNULL ||
        o->out == COIL_STDOUT || o->err < COIL_DEVNULL)
        return coil_fail(-EINVAL,
                         "in, out and err are COIL_INHERIT, COIL_PIPE, COIL_DEVNULL or an fd; only "
                         "err may be COIL_STDOUT");
    if (o->n_pass_fds < 0 || (o->n_pass_fds > 0 && !o->pass_fds))
        return coil_fail(-EINVAL, "pass_fds: %d of them", o->n_pass_fds);
    if (o->process_group < COIL_NEW_GROUP)
        return coil_fail(-EINVAL, "process_group %d: 0, COIL_NEW_GROUP or a group",
                         o->process_group);
    if (o->start_new_session && o->process_group > 0)
        return coil_fail(-EINVAL, "a new session can't begin in group %d", o->process_group);
    if (o->limit > MAX_LIMIT)
        return coil_fail(-EINVAL, "limit: %zu bytes, at most 1 GiB", o->limit);
    return 0;
}

static const char *search_path(const char *const *env)
{
    for (; *env; env++)
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    return default_path;
}

/* Our environment as it is now: while the helper reads it, other tasks may change it. NULL when out of memory. */
static const char **copy_environ(void)
{
    size_t n = 0;
    while (environ && environ[n])
        n++;
    const char **copy = coil__malloc((n + 1) * sizeof *copy);
    if (copy)
        memcpy(copy, environ ? environ : (char *[]){NULL}, (n + 1) * sizeof *copy);
    return copy;
}

static int plan(struct coil__process *p, const char *const *argv, const coil_process_options *o)
{
    struct coil__spawn *s = &p->spawn;
    if (!o->env && !(p->environment = copy_environ()))
        return -ENOMEM;
    p->max_output = o->max_output;
    s->argv = argv;
    s->env = o->env ? o->env : p->environment;
    s->program = o->program ? o->program : argv[0];
    s->path = strchr(s->program, '/') || !*s->program ? NULL : search_path(s->env);
    s->cwd = o->cwd;
    s->pass_fds = o->pass_fds;
    s->n_pass_fds = o->n_pass_fds;
    s->keep_fds = o->keep_fds;
    s->keep_signals = o->keep_signals;
    s->new_session = o->start_new_session;
    s->group = o->process_group;
    s->sets_umask = o->umask != NULL;
    s->umask = o->umask ? *o->umask : 0;
    sigset_t mask;
    sigemptyset(&mask);
    coil__sys_pthread_sigmask(SIG_SETMASK, NULL, &mask);
    memcpy(&s->mask, &mask, sizeof s->mask);
    return 0;
}

/* ---------------------------------------------------------------- pipes ---- */

/* A pipe for the child's fd i: its end in child_ends, ours in a stream. */
static int open_pipe(struct coil__process *p, int i, size_t limit)
{
    enum coil__pipe_way way = i == STDIN_FILENO ? COIL__PIPE_WRITES : COIL__PIPE_READS;
    int ends[2];
    struct coil__stream *s = coil__pipe_new(p->room->loop, way);
    if (!s)
        return -ENOMEM;
    p->streams[i] = coil__stream_handle(s);
    if (limit > 0)
        s->reader.limit = (uint32_t)limit;
    if (coil__sys_pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int ours = way == COIL__PIPE_WRITES;
    s->fd = ends[ours];
    p->child_ends[i] = p->spawn.fds[i] = ends[!ours];
    if (coil__sys_fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0)
        return -errno;
    if (way == COIL__PIPE_READS) /* a user who has used up his pages gets a small one */
        coil__sys_fcntl(s->fd, F_SETPIPE_SZ, PIPE_SIZE);
    return 0;
}

static int open_fd(struct coil__process *p, int i, int wish, size_t limit)
{
    switch (wish) {
    case COIL_PIPE:
        return open_pipe(p, i, limit);
    case COIL_DEVNULL:
        do {
            p->child_ends[i] = coil__sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
        } while (p->child_ends[i] < 0 && errno == EINTR);
        p->spawn.fds[i] = p->child_ends[i];
        return p->child_ends[i] < 0 ? -errno : 0;
    case COIL_STDOUT:
        p->spawn.fds[i] = COIL__SPAWN_AS_OUT;
        return 0;
    default:
        p->spawn.fds[i] = wish == COIL_INHERIT ? COIL__SPAWN_INHERIT : wish;
        return 0;
    }
}

static int open_fds(struct coil__process *p, const coil_process_options *o)
{
    int err = open_fd(p, STDIN_FILENO, o->in, o->limit);
    if (err >= 0)
        err = open_fd(p, STDOUT_FILENO, o->out, o->limit);
    if (err >= 0)
        err = open_fd(p, STDERR_FILENO, o->err, o->limit);
    return err;
}

/* ---------------------------------------------------------------- the start ---- */

static int explain(const struct coil__spawn *s, int err)
{
    const char *why = coil_error_sentence(err);
    switch (s->step) {
    case COIL__SPAWN_FDS:
        return coil_fail(err, "the fds of %s: %s", s->program, why);
    case COIL__SPAWN_CWD:
        return coil_fail(err, "the directory %s for %s: %s", s->cwd, s->program, why);
    case COIL__SPAWN_GROUP:
        return coil_fail(err, "the session or process group of %s: %s", s->program, why);
    case COIL__SPAWN_EXEC:
        return coil_fail(err, "run %s: %s", s->program, why);
    default:
        return coil_fail(err, "start a process for %s: %s", s->program, why);
    }
}

static int start(const char *const *argv, const coil_process_options *o, coil_process **ret_process)
{
    struct coil__process *p = coil__process_new(coil__here.loop);
    if (!p)
        return -ENOMEM;
    int err = plan(p, argv, o);
    if (err >= 0)
        err = open_fds(p, o);
    if (err >= 0) {
        struct coil__op op = {.code = COIL__OP_CALL, .fn = coil__spawn_run, .arg = &p->spawn};
        err = coil__op_await(&op);
        if (err < 0 && err != -ECANCELED)
            err = explain(&p->spawn, err);
    }
    if (err < 0) {
        coil__process_discard(p);
        return err;
    }
    coil__process_started(p);
    *ret_process = coil__process_handle(p);
    return 0;
}

int coil_create_subprocess_exec(const char *const *argv, const coil_process_options *options,
                                coil_process **ret_process)
{
    const coil_process_options defaults = {0};
    const coil_process_options *o = options ? options : &defaults;
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = ret_process ? check(argv, o) : -EINVAL;
    if (err < 0)
        return err;
    return start(argv, o, ret_process);
}

int coil_create_subprocess_shell(const char *command, const coil_process_options *options,
                                 coil_process **ret_process)
{
    if (!command)
        return coil_fail(-EINVAL, "a shell needs a command");
    coil_process_options o = options ? *options : (coil_process_options){0};
    const char *const argv[] = {o.program ? o.program : "/bin/sh", "-c", command, NULL};
    return coil_create_subprocess_exec(argv, &o, ret_process);
}
