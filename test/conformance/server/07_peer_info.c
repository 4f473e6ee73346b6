/* Connections know their socket's addresses; both ends agree. */
#include <stdio.h>
#include <string.h>

#include <coil.h>

struct ends {
    coil_address peer, sock;
};

static int handle(coil_stream *s, void *arg)
{
    coil_queue *box = arg;
    struct ends ends;
    int err = coil_stream_peername(s, &ends.peer);
    if (err >= 0)
        err = coil_stream_sockname(s, &ends.sock);
    if (err >= 0)
        err = coil_queue_put(box, &ends);
    return err < 0 ? err : coil_stream_close(s);
}

static int equal(const coil_address *a, const coil_address *b)
{
    return a->size == b->size && memcmp(&a->storage, &b->storage, a->size) == 0;
}

COIL_ASYNC(compare, (coil_stream *, s), (coil_queue *, box))
{
    struct ends theirs, ours;
    char host[64];
    int err = coil_queue_get(box, &theirs);
    if (err >= 0)
        err = coil_stream_peername(s, &ours.peer);
    if (err >= 0)
        err = coil_stream_sockname(s, &ours.sock);
    if (err < 0)
        return err;
    coil_address_host(&theirs.peer, host, sizeof host);
    printf("host %s ends agree: %d\n", host,
           equal(&theirs.peer, &ours.sock) && equal(&theirs.sock, &ours.peer));
    return 0;
}

/* There are calls instead of keys: what is not there leaves the caller's default alone. */
static void ask_for_the_unknown(coil_server *server)
{
    char text[64] = "default";
    coil_address address;
    if (coil_server_sockname(server, 1, &address) >= 0)
        coil_address_format(&address, text, sizeof text);
    printf("unknown key: %s\n", text);
}

COIL_ASYNC(hello)
{
    coil_queue box;
    coil_server *server;
    coil_stream *s;
    int err = coil_queue_init(&box, sizeof(struct ends), 0);
    if (err < 0)
        return err;
    err = coil_start_server("127.0.0.1", 0, handle, &box, NULL, &server);
    if (err >= 0) {
        err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
        if (err >= 0) {
            err = compare(s, &box);
            ask_for_the_unknown(server);
            coil_stream_close(s);
        }
        coil_server_free(server);
    }
    coil_queue_done(&box);
    return err;
}

COIL_MAIN(hello())
