/* Datagrams: a server that answers whoever sends, as a task around one call; no protocol class, no callbacks. */
#include <coil.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

COIL_ASYNC(shout, (coil_datagram *, server))
{
    char buf[512];
    coil_address from;
    int n;
    while ((n = coil_datagram_recvfrom(server, buf, sizeof buf, &from, NULL)) >= 0) {
        for (int i = 0; i < n; i++)
            buf[i] = (char)toupper((unsigned char)buf[i]);
        n = coil_datagram_sendto(server, buf, (size_t)n, &from);
        if (n < 0)
            break;
    }
    return n;
}

COIL_ASYNC(ask, (const char *, address))
{
    static const char *const words[] = {"hello", "", "datagrams keep their bounds"};
    char answer[512];
    coil_datagram *client;
    int err = coil_datagram_open(NULL, address, NULL, &client);
    if (err < 0)
        return err;
    for (int i = 0; i < 3 && err >= 0; i++) {
        err = coil_datagram_send(client, words[i], strlen(words[i]));
        if (err >= 0)
            err = coil_datagram_recv(client, answer, sizeof answer);
        if (err >= 0)
            printf("%d bytes: %.*s\n", err, err, answer);
    }
    int closed = coil_datagram_close(client);
    return err < 0 ? err : closed;
}

COIL_ASYNC(datagrams)
{
    char text[64];
    coil_address address;
    coil_datagram *server;
    int err = coil_datagram_open("127.0.0.1:0", NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_datagram_sockname(server, &address);
    if (err >= 0)
        err = coil_address_format(&address, text, sizeof text);
    if (err >= 0) {
        coil_task *t = coil_create_task(shout(server));
        err = t ? ask(text) : 0;
        coil_task_cancel(t);
        int ended = coil_await(t); /* -ECANCELED: as we asked */
        if (err >= 0 && ended != -ECANCELED)
            err = ended;
    }
    int closed = coil_datagram_close(server);
    return err < 0 ? err : closed;
}

COIL_MAIN(datagrams())
