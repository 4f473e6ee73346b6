/* Datagrams: endpoints over UDP and over Unix sockets, connected and not, and raw sockets with addresses and open files. */
#include <arpa/inet.h>

#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

/* Sends until it arrives: a datagram may be lost with the call that failed. */
static int there_and_back(coil_datagram *client, coil_datagram *server)
{
    char buf[16];
    coil_address from;
    size_t lost;
    int err = coil_datagram_send(client, "ping", 4);
    if (err >= 0)
        err = coil_datagram_recvfrom(server, buf, sizeof buf, &from, &lost);
    if (err >= 0 && (err != 4 || memcmp(buf, "ping", 4) != 0 || lost != 0))
        return -EBADMSG;
    if (err >= 0)
        err = coil_datagram_sendto(server, "pong!", 5, &from);
    if (err >= 0)
        err = coil_datagram_recv(client, buf, sizeof buf);
    return err >= 0 && (err != 5 || memcmp(buf, "pong!", 5) != 0) ? -EBADMSG : err;
}

static int close_both(coil_datagram *a, coil_datagram *b, int err)
{
    int first = a ? coil_datagram_close(a) : 0, second = b ? coil_datagram_close(b) : 0;
    return err < 0 ? err : first < 0 ? first : second;
}

COIL_ASYNC(over_udp)
{
    coil_datagram *client = NULL, *server = NULL;
    coil_address at;
    char name[64];
    int err = coil_datagram_open("127.0.0.1:0", NULL, NULL, &server);
    if (err >= 0)
        err = coil_datagram_sockname(server, &at);
    if (err >= 0) {
        coil_address_format(&at, name, sizeof name);
        err = coil_datagram_open(NULL, name, NULL, &client);
    }
    if (err >= 0)
        err = coil_datagram_peername(client, &at);
    for (int i = 0; i < 3 && err >= 0; i++)
        err = there_and_back(client, server);
    return close_both(client, server, err);
}

COIL_ASYNC(over_unix, (const char *, here), (const char *, there))
{
    char from[80], to[80];
    coil_datagram *client = NULL, *server = NULL;
    snprintf(from, sizeof from, "unix:%s", here);
    snprintf(to, sizeof to, "unix:%s", there);
    int err = coil_datagram_open(to, NULL, NULL, &server);
    if (err >= 0)
        err = coil_datagram_open(from, to, NULL, &client);
    if (err >= 0)
        err = there_and_back(client, server);
    return close_both(client, server, err);
}

/* ---------------------------------------------------------------- raw sockets ---- */

COIL_ASYNC(raw, (int, a), (int, b))
{
    char buf[8];
    int files[2] = {-1, -1}, n_files = 0;
    coil_address from;
    int err = coil_sendto(a, "one", 3, NULL);
    if (err >= 0)
        err = coil_recvfrom(b, buf, sizeof buf, &from);
    if (err >= 0 && err != 3)
        return -EBADMSG;
    if (err >= 0)
        err = coil_send_fds(a, "f", 1, (const int[]){a, b}, 2);
    if (err >= 0)
        err = coil_recv_fds(b, buf, sizeof buf, files, 2, &n_files);
    for (int i = 0; i < n_files; i++)
        close(files[i]);
    return err >= 0 && n_files != 2 ? -EBADMSG : err < 0 ? err : 0;
}

COIL_ASYNC(use_raw)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    int err = coil_wait_for(raw(pair[0], pair[1]), LIMIT);
    int first = coil_close(pair[0]), second = coil_close(pair[1]);
    return err < 0 ? err : first < 0 ? first : second;
}

/* ---------------------------------------------------------------- the walks ---- */

static int run_udp(void)
{
    return coil_run(coil_wait_for(over_udp(), LIMIT));
}

static int run_unix(void)
{
    char here[64], there[64];
    snprintf(here, sizeof here, "/tmp/coil-walk-here-%d", (int)getpid());
    snprintf(there, sizeof there, "/tmp/coil-walk-there-%d", (int)getpid());
    unlink(here); /* of an earlier program with this pid */
    unlink(there);
    int err = coil_run(coil_wait_for(over_unix(here, there), LIMIT));
    unlink(here);
    unlink(there);
    return err;
}

static int run_raw(void)
{
    return coil_run(use_raw());
}

int main(void)
{
    const struct walk list[] = {
        {"udp", run_udp, 78, 84, {COIL_EDNS_AGAIN, ENOMEM}, 20},
        {"unix", run_unix, 68, 68, {0}, 11},
        {"raw", run_raw, 47, 47, {0}, 11},
    };
    return walk_main(list, sizeof list / sizeof *list);
}
