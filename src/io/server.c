/* io/server.c: the life of a server: closing its sockets, its connections, and those who wait for that. */
#include "io/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"

/* ---------------------------------------------------------------- made and freed ---- */

void coil__servers_init(struct coil__streams *room)
{
    coil__slab_init(&room->servers, sizeof(struct coil__server),
                    coil__loop_generation_seed(room->loop));
}

int coil__server_new(coil_loop *loop, const int *fds, int n, struct coil__server **ret_server)
{
    struct coil__streams *room = coil__streams_make(loop);
    struct coil__listener *listeners = coil__calloc((size_t)n, sizeof *listeners);
    coil_context *context = NULL;
    if (!room || !listeners || coil__context_inherit(&context) < 0)
        goto no_memory;
    struct coil__server *server = coil__slab_get(&room->servers);
    if (!server)
        goto no_memory;
    memset((char *)server + sizeof server->head, 0, sizeof *server - sizeof server->head);
    server->room = room;
    server->listeners = listeners;
    server->n_listeners = server->n_open = n;
    server->owned = true;
    server->context = context;
    coil__list_init(&server->closers);
    for (int i = 0; i < n; i++) {
        struct sockaddr_storage name;
        socklen_t size = sizeof name;
        listeners[i].server = server;
        listeners[i].fd = fds[i];
        if (coil__sys_getsockname(fds[i], (struct sockaddr *)&name, &size) == 0)
            listeners[i].family = name.ss_family;
    }
    *ret_server = server;
    return 0;

no_memory:
    coil_context_unref(context);
    coil__free(listeners);
    return -ENOMEM;
}

static void release(struct coil__server *server)
{
    for (int i = 0; i < server->n_listeners; i++)
        coil__timer_disarm(server->room->loop, &server->listeners[i].pause);
    coil_context_unref(server->context);
    coil__free(server->listeners);
    coil__free(server->path);
    coil__slab_put(&server->room->servers, server);
}

void coil__server_free_if_over(struct coil__server *server)
{
    for (int i = 0; i < server->n_listeners; i++)
        if (server->listeners[i].armed || !server->listeners[i].gone)
            return;
    if (!server->owned && server->connections == 0 && server->users == 0)
        release(server);
}

void coil__servers_stop(struct coil__streams *room)
{
    for (uint32_t i = 0; i < coil__slab_slots(&room->servers); i++) {
        struct coil__server *server = coil__slab_at(&room->servers, i);
        if (server)
            coil__server_close(server);
    }
}

void coil__servers_done(struct coil__streams *room)
{
    for (uint32_t i = 0; i < coil__slab_slots(&room->servers); i++) {
        struct coil__server *server = coil__slab_at(&room->servers, i);
        if (server)
            release(server);
    }
}

static int find(coil_server *handle, struct coil__server **ret_server)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    struct coil__streams *room = loop->streams;
    struct coil__server *server = room ? coil__handle_find(&room->servers, handle) : NULL;
    if (!server || !server->owned)
        return -COIL_ESTALE;
    *ret_server = server;
    return 0;
}

static int enter(coil_server *handle, struct coil__server **ret_server)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = find(handle, ret_server);
    if (err >= 0)
        (*ret_server)->users++;
    return err;
}

static int leave(struct coil__server *server, int status)
{
    server->users--;
    coil__server_free_if_over(server);
    return status;
}

/* ---------------------------------------------------------------- the end ---- */

static bool is_over(const struct coil__server *server)
{
    return server->closing && server->n_open == 0 && server->connections == 0;
}

static void wake_if_over(struct coil__server *server)
{
    if (is_over(server))
        coil__stream_wake_all(&server->closers);
}

void coil__server_connection_closed(struct coil__server *server)
{
    server->connections--;
    wake_if_over(server);
    coil__server_free_if_over(server);
}

static void listener_closed(struct coil__op *op)
{
    struct coil__listener *l = COIL__CONTAINER(op, struct coil__listener, close);
    struct coil__server *server = l->server;
    l->gone = true;
    server->n_open--;
    wake_if_over(server);
    coil__server_free_if_over(server);
}

/* Unless somebody else has put something there meanwhile. */
static void remove_path(const struct coil__server *server)
{
    struct stat st;
    if (coil__sys_stat(server->path, &st) == 0 && st.st_dev == server->path_dev &&
        st.st_ino == server->path_ino)
        coil__sys_unlink(server->path);
}

void coil__server_close(struct coil__server *server)
{
    if (server->closing)
        return;
    server->closing = true;
    if (server->path)
        remove_path(server);
    for (int i = 0; i < server->n_listeners; i++) {
        struct coil__listener *l = &server->listeners[i];
        coil__timer_disarm(server->room->loop, &l->pause);
        l->refused = true;
        /* from here on nobody connects, as in asyncio; the close itself waits for the accept that is in flight */
        if (!server->given)
            coil__sys_shutdown(l->fd, SHUT_RDWR);
        l->close = (struct coil__op){.code = COIL__OP_CLOSE, .fd = l->fd, .done = listener_closed};
        l->fd = -1;
        coil__loop_submit(server->room->loop, &l->close);
    }
    if (server->forever)
        coil__unpark(server->forever);
}

int coil_server_close(coil_server *handle)
{
    struct coil__server *server;
    int err = find(handle, &server);
    if (err >= 0)
        coil__server_close(server);
    return err;
}

void coil_server_free(coil_server *handle)
{
    struct coil__server *server;
    if (find(handle, &server) < 0)
        return;
    coil__server_close(server);
    server->owned = false;
    coil__server_free_if_over(server);
}

static int wait_closed(struct coil__server *server)
{
    while (!is_over(server)) {
        int err = coil__park(&server->closers, &coil__stream_wait_kind, NULL);
        if (err < 0)
            return err;
    }
    return 0;
}

int coil_server_wait_closed(coil_server *handle)
{
    struct coil__server *server;
    int err = enter(handle, &server);
    return err < 0 ? err : leave(server, wait_closed(server));
}

static const struct coil__wait_kind forever_kind = {"serve_forever", coil__park_cancel, NULL,
                                                    COIL__RESTS};

int coil_server_serve_forever(coil_server *handle)
{
    struct coil__server *server;
    int err = enter(handle, &server);
    if (err < 0)
        return err;
    if (server->closing)
        return leave(server, coil_fail(-COIL_EINVALIDSTATE, "the server is closed"));
    if (server->forever)
        return leave(server, coil_fail(-COIL_EINVALIDSTATE,
                                       "the server is already being awaited on serve_forever()"));
    err = coil__server_start(server);
    if (err < 0)
        return leave(server, err);
    server->forever = coil__current();
    coil_ignore(coil__park(NULL, &forever_kind, NULL));
    server->forever = NULL;
    struct coil__error *record = coil__error_ref(coil__error_current(-ECANCELED));
    coil__server_close(server);
    coil_ignore(wait_closed(server));
    coil__error_put(record);
    return leave(server, -ECANCELED);
}

/* ---------------------------------------------------------------- its connections ---- */

static int each_client(coil_server *handle, void (*end)(struct coil__stream *s))
{
    struct coil__server *server;
    int err = find(handle, &server);
    if (err < 0)
        return err;
    struct coil__slab *all = &server->room->streams;
    for (uint32_t i = 0; i < coil__slab_slots(all); i++) {
        struct coil__stream *s = coil__slab_at(all, i);
        if (s && s->server == server)
            end(s);
    }
    return 0;
}

int coil_server_close_clients(coil_server *handle)
{
    return each_client(handle, coil__stream_shut);
}

int coil_server_abort_clients(coil_server *handle)
{
    return each_client(handle, coil__stream_abort);
}

int coil_server_is_serving(coil_server *handle)
{
    struct coil__server *server;
    int err = find(handle, &server);
    return err < 0 ? err : server->serving && !server->closing;
}

int coil_server_start_serving(coil_server *handle)
{
    struct coil__server *server;
    int err = find(handle, &server);
    if (err < 0)
        return err;
    return server->closing ? coil_fail(-COIL_EINVALIDSTATE, "the server is closed")
                           : coil__server_start(server);
}

int coil_server_fd(coil_server *handle, int index)
{
    struct coil__server *server;
    int err = find(handle, &server);
    if (err < 0)
        return err;
    if (index < 0 || index >= server->n_listeners || server->closing)
        return -ENOENT;
    return server->listeners[index].fd;
}

int coil_server_sockname(coil_server *handle, int index, coil_address *ret_address)
{
    int fd = ret_address ? coil_server_fd(handle, index) : -EINVAL;
    if (fd < 0)
        return fd;
    coil_address a = {.size = sizeof a.storage};
    if (coil__sys_getsockname(fd, (struct sockaddr *)&a.storage, &a.size) < 0)
        return -errno;
    *ret_address = a;
    return 0;
}

int coil_server_port(coil_server *handle)
{
    coil_address a;
    int err = coil_server_sockname(handle, 0, &a);
    return err == -ENOENT ? 0 : err < 0 ? err : coil_address_port(&a);
}
