/* engine/helpers.c: jobs around operations. A job block is kept for the next one, so steady work allocates nothing. */
#include "engine/helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "engine/fdtable.h"

enum { MAX_THREADS = 4 };

struct coil__helper_job {
    struct coil__job job;
    struct coil__mpsc_node node;
    struct coil__list owner_link;
    struct coil__helpers *helpers;
    struct coil__op *op;
    struct coil__helper_job *next_spare;
    int result;
};

int coil__op_perform(const struct coil__op *op)
{
    ssize_t n = -1;
    switch (op->code) {
    case COIL__OP_CALL:
        return op->fn(op->arg);
    case COIL__OP_READ:
        n = op->offset < 0 ? coil__sys_read(op->fd, op->buf, op->len)
                           : coil__sys_pread(op->fd, op->buf, op->len, op->offset);
        break;
    case COIL__OP_WRITE:
        n = op->offset < 0 ? coil__sys_write(op->fd, op->buf, op->len)
                           : coil__sys_pwrite(op->fd, op->buf, op->len, op->offset);
        break;
    case COIL__OP_READV:
        n = op->offset < 0 ? coil__sys_readv(op->fd, op->iov, (int)op->len)
                           : coil__sys_preadv(op->fd, op->iov, (int)op->len, op->offset);
        break;
    case COIL__OP_WRITEV:
        n = op->offset < 0 ? coil__sys_writev(op->fd, op->iov, (int)op->len)
                           : coil__sys_pwritev(op->fd, op->iov, (int)op->len, op->offset);
        break;
    case COIL__OP_FSYNC:
        n = op->msg_flags ? coil__sys_fdatasync(op->fd) : coil__sys_fsync(op->fd);
        break;
    case COIL__OP_FALLOCATE:
        n = coil__sys_fallocate(op->fd, (int)op->open_flags, op->offset, op->length);
        break;
    case COIL__OP_FTRUNCATE:
        n = coil__sys_ftruncate(op->fd, op->length);
        break;
    case COIL__OP_GETDENTS:
        n = coil__sys_getdents64(op->fd, op->buf, op->len);
        break;
    case COIL__OP_LINKAT:
        n = coil__sys_linkat(op->fd, op->path, op->fd2, op->path2, (int)op->open_flags);
        break;
    case COIL__OP_SYMLINKAT:
        n = coil__sys_symlinkat(op->path, op->fd2, op->path2);
        break;
    case COIL__OP_OPENAT:
        n = coil__sys_openat(op->fd, op->path, (int)op->open_flags | O_CLOEXEC, op->mode);
        break;
    case COIL__OP_STATX:
        n = coil__sys_statx(op->fd, op->path, (int)op->open_flags, op->mode, op->statx_buf);
        break;
    case COIL__OP_RENAMEAT:
        n = coil__sys_renameat2(op->fd, op->path, op->fd2, op->path2, op->open_flags);
        break;
    case COIL__OP_UNLINKAT:
        n = coil__sys_unlinkat(op->fd, op->path, (int)op->open_flags);
        break;
    case COIL__OP_MKDIRAT:
        n = coil__sys_mkdirat(op->fd, op->path, op->mode);
        break;
    case COIL__OP_CLOSE:
        return coil__fd_close(op->fd);
    default:
        return -EINVAL;
    }
    return n < 0 ? -errno : (int)n;
}

static void run(struct coil__job *job)
{
    struct coil__helper_job *j = COIL__CONTAINER(job, struct coil__helper_job, job);
    do {
        j->result = coil__op_perform(j->op);
    } while (j->result == -EINTR && j->op->code != COIL__OP_CALL);
    struct coil__backend *b = j->helpers->backend;
    coil__crew_leaving();
    if (coil__mpsc_push(&j->helpers->finished, &j->node))
        b->ops->wake(b);
}

void coil__helpers_init(struct coil__helpers *h, struct coil__backend *backend)
{
    h->backend = backend;
    h->crew = NULL;
    h->spare = NULL;
    coil__mpsc_init(&h->finished);
    coil__list_init(&h->running);
}

void coil__helpers_done(struct coil__helpers *h)
{
    coil__crew_free(h->crew);
    while (h->spare) {
        struct coil__helper_job *j = h->spare;
        h->spare = j->next_spare;
        coil__free(j);
    }
}

static void give_back(struct coil__helpers *h, struct coil__helper_job *j)
{
    coil__list_remove(&j->owner_link);
    j->next_spare = h->spare;
    h->spare = j;
}

int coil__helpers_submit(struct coil__helpers *h, struct coil__op *op)
{
    int err = h->crew ? 0 : coil__crew_new("coil-io", MAX_THREADS, &h->crew);
    if (err < 0)
        return err;
    struct coil__helper_job *j = h->spare;
    if (j)
        h->spare = j->next_spare;
    else
        j = coil__calloc(1, sizeof *j);
    if (!j)
        return -ENOMEM;
    j->job.run = run;
    j->helpers = h;
    j->op = op;
    coil__list_append(&h->running, &j->owner_link);
    err = coil__crew_submit(h->crew, &j->job);
    if (err < 0)
        give_back(h, j);
    return err;
}

bool coil__helpers_cancel(struct coil__helpers *h, struct coil__op *op)
{
    COIL__LIST_FOREACH (node, &h->running) {
        struct coil__helper_job *j = COIL__CONTAINER(node, struct coil__helper_job, owner_link);
        if (j->op != op)
            continue;
        if (!coil__crew_cancel(h->crew, &j->job))
            return false;
        give_back(h, j);
        return true;
    }
    return false;
}

void coil__helpers_collect(struct coil__helpers *h, void (*collect)(void *ctx, struct coil__op *op),
                           void *ctx)
{
    if (!coil__helpers_pending(h))
        return;
    struct coil__mpsc_node *node = coil__mpsc_take(&h->finished);
    while (node) {
        struct coil__helper_job *j = COIL__CONTAINER(node, struct coil__helper_job, node);
        node = node->next;
        struct coil__op *op = j->op;
        op->result = j->result;
        give_back(h, j);
        collect(ctx, op);
    }
}
