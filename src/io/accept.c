/* io/accept.c: connections as they come: one operation per listening socket, and a task per connection.
 *
 * When the operation brings a connection there may be more: the queue is emptied by direct calls, up to the backlog. When fds or
 * memory run out, accepting rests for a second, and that is reported once: trying again at once would only spin.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"
#include "io/connect.h"
#include "io/server.h"

int64_t coil__accept_rest_ns = 1000000000;

static void arm(struct coil__listener *l);

/* ---------------------------------------------------------------- one connection's task ---- */

static void keep_no_longer(coil_stream *stream)
{
    struct coil__stream *s;
    if (coil__stream_find(stream, false, &s) >= 0)
        s->detached = false;
}

static int serve(void *args)
{
    struct coil__client *c = args;
    int err = c->prepare ? c->prepare(c->stream, c->prepare_arg) : 0;
    if (err < 0) {
        keep_no_longer(c->stream);
        return err == -ECANCELED ? err : 0;
    }
    err = c->handler(c->stream, c->arg);
    if (err < 0 && err != -ECANCELED) {
        coil__loop_report(coil__here.loop, "Unhandled exception in client_connected_cb", err,
                          coil_error_message(err), coil__task_handle(coil__current()), NULL, NULL);
        keep_no_longer(c->stream);
        return 0;
    }
    return err < 0 ? err : 0;
}

/* However the task ended, also before its first step: its stream is closed. */
static void hang_up(void *args)
{
    struct coil__client *c = args;
    struct coil__stream *s;
    if (coil__stream_find(c->stream, false, &s) >= 0 && !s->detached)
        coil__stream_give_up(s);
}

static const coil_fn client_fn = {"client_connected_cb", serve, NULL, NULL, hang_up, NULL};

int coil__server_serve(struct coil__stream *s, const struct coil__client *client)
{
    coil_loop *loop = s->room->loop;
    coil_call call = {.fn = &client_fn, .size = sizeof *client};
    struct coil__client c = *client;
    struct coil__task *t;
    c.stream = coil__stream_handle(s);
    memcpy(call.args, &c, sizeof c);
    int err = coil__task_new(loop, &call, NULL, false, __FILE__, __LINE__, &t);
    if (err < 0) {
        coil__stream_give_up(s);
        return err;
    }
    t->base.owned = false;
    coil__awaitable_unref(loop, &t->base);
    return 0;
}

/* Hands a connection to a task. Returns 0, or an error: the connection is closed then. */
static int take_connection(struct coil__listener *l, int fd)
{
    struct coil__server *server = l->server;
    coil_loop *loop = server->room->loop;
    struct coil__stream *s = coil__stream_new(loop, fd, NULL);
    if (!s) {
        coil__sys_close(fd);
        return -ENOMEM;
    }
    coil__connect_set_nodelay(fd, l->family);
    s->bytes = true;
    s->reader.limit = server->limit;
    const struct coil__client c = {NULL, server->prepare, server->prepare_arg, server->handler,
                                   server->arg};
    /* its values are those of whoever started the server, as asyncio's reader callback has them */
    coil_context *before = coil__context_enter(coil_context_ref(server->context));
    int err = coil__server_serve(s, &c);
    coil__context_leave(before);
    if (err < 0)
        return err;
    s->server = server;
    server->connections++;
    return 0;
}

/* ---------------------------------------------------------------- accepting ---- */

static void rest_is_over(struct coil__timer *timer)
{
    arm(COIL__CONTAINER(timer, struct coil__listener, pause));
}

static bool lacks_resources(int err)
{
    return err == -EMFILE || err == -ENFILE || err == -ENOBUFS || err == -ENOMEM ||
           err == -COIL_ESTACKS;
}

/* Of one connection that was lost before it was taken, the network's word on it included (accept(2)): the next one may be fine. */
static bool concerns_one(int err)
{
    switch (-err) {
    case ECONNABORTED:
    case EPERM: /* a firewall's */
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
        return true;
    default:
        return err == -EAGAIN || err == -EINTR;
    }
}

static void rest(struct coil__listener *l, int err)
{
    coil_loop *loop = l->server->room->loop;
    if (!l->told)
        coil__loop_report(loop, "accept() out of system resource", err, coil_error_sentence(err),
                          NULL, NULL, NULL);
    l->told = true;
    l->pause.fire = rest_is_over;
    if (coil__timer_arm(loop, &l->pause, coil__loop_now(loop) + coil__accept_rest_ns) < 0)
        coil__server_close(l->server); /* without memory for a timer it could only spin */
}

/* Takes what else is in the queue. Returns 0, or the error that ended it. */
static int empty_queue(struct coil__listener *l)
{
    for (int i = 0; i < l->server->backlog; i++) {
        int fd = coil__sys_accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return concerns_one(-errno) ? 0 : -errno;
        int err = take_connection(l, fd);
        if (err < 0)
            return err;
    }
    return 0;
}

static void accepted(struct coil__op *op)
{
    struct coil__listener *l = COIL__CONTAINER(op, struct coil__listener, op);
    struct coil__server *server = l->server;
    int err = op->result;
    l->armed = false;
    if (l->refused) {
        if (err >= 0)
            coil__sys_close(err);
        coil__server_free_if_over(server);
        return;
    }
    if (err >= 0) {
        err = take_connection(l, err);
        if (err >= 0)
            err = empty_queue(l);
        if (err >= 0)
            l->told = false;
    }
    if (err < 0 && lacks_resources(err)) {
        rest(l, err);
    } else if (err < 0 && !concerns_one(err)) {
        coil__loop_report(server->room->loop, "accept() failed", err, coil_error_sentence(err),
                          NULL, NULL, NULL);
        coil__server_close(server);
    } else {
        arm(l);
    }
}

static void arm(struct coil__listener *l)
{
    if (l->refused)
        return;
    l->op = (struct coil__op){
        .code = COIL__OP_ACCEPT, .flags = COIL__OPF_OWNED, .fd = l->fd, .done = accepted};
    l->armed = true;
    coil__loop_submit(l->server->room->loop, &l->op);
}

void coil__server_accept(struct coil__server *server)
{
    server->serving = true;
    for (int i = 0; i < server->n_listeners; i++)
        arm(&server->listeners[i]);
}

int coil__server_start(struct coil__server *server)
{
    if (server->serving)
        return 0;
    for (int i = 0; i < server->n_listeners; i++)
        if (coil__sys_listen(server->listeners[i].fd, server->backlog) < 0)
            return -errno;
    coil__server_accept(server);
    return 0;
}
