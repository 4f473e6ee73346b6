/* Chat room: one task per client, messages go to all the others in order of joining. */
#include <stdio.h>
#include <string.h>

#include <coil.h>

enum { SEATS = 8 };

struct member {
    char name[16];
    coil_stream *stream;
};

struct room {
    struct member members[SEATS]; /* in order of joining */
    int n;
};

/* The line without its end, in text. Returns its length, 0 at the end of the stream. */
COIL_ASYNC(read_text, (coil_stream *, s), (char *, text), (size_t, room))
{
    const char *line;
    size_t n;
    int err = coil_stream_readline(s, &line, &n);
    if (err < 0)
        return err;
    while (n > 0 && line[n - 1] == '\n')
        n--;
    if (n >= room)
        return -COIL_ELIMIT;
    memcpy(text, line, n);
    text[n] = '\0';
    return (int)n;
}

static void leave(struct room *room, const char *name)
{
    for (int i = 0; i < room->n; i++) {
        if (strcmp(room->members[i].name, name) != 0)
            continue;
        memmove(&room->members[i], &room->members[i + 1],
                (size_t)(room->n - i - 1) * sizeof room->members[0]);
        room->n--;
        return;
    }
}

static int say(struct room *room, const char *name, const char *text)
{
    char message[128];
    int n = snprintf(message, sizeof message, "%s: %s\n", name, text), err = 0;
    for (int i = 0; i < room->n && err >= 0; i++)
        if (strcmp(room->members[i].name, name) != 0)
            err = coil_stream_write(room->members[i].stream, message, (size_t)n);
    return err;
}

static int handle(coil_stream *s, void *arg)
{
    struct room *room = arg;
    char name[16], text[64];
    int n = read_text(s, name, sizeof name);
    if (n < 0)
        return n;
    if (room->n == SEATS)
        return coil_fail(-EBUSY, "the room is full");
    struct member *self = &room->members[room->n++];
    strcpy(self->name, name);
    self->stream = s;
    printf("server: %s joins, %d\n", name, room->n);
    while ((n = read_text(s, text, sizeof text)) > 0 && n >= 0)
        n = say(room, name, text);
    leave(room, name);
    printf("server: %s leaves, %d\n", name, room->n);
    return n < 0 ? n : coil_stream_close(s);
}

COIL_ASYNC(chat, (coil_stream **, conns), (int, port))
{
    const char *const names[] = {"ann\n", "bob\n", "cyd\n"};
    const int listeners[] = {0, 2}, leavers[] = {2, 0, 1};
    int err = 0;
    for (int i = 0; i < 3 && err >= 0; i++) {
        err = coil_open_connection("127.0.0.1", port, &conns[i]);
        if (err >= 0)
            err = coil_stream_write(conns[i], names[i], 4);
        if (err >= 0)
            err = coil_sleep(0.02);
    }
    if (err >= 0)
        err = coil_stream_write(conns[1], "hello\n", 6);
    for (int i = 0; i < 2 && err >= 0; i++) {
        char text[64];
        err = read_text(conns[listeners[i]], text, sizeof text);
        if (err >= 0)
            printf("%.3s reads %s\n", names[listeners[i]], text);
    }
    for (int i = 0; i < 3 && err >= 0; i++) {
        coil_stream_close(conns[leavers[i]]);
        err = coil_sleep(0.02);
    }
    return err;
}

COIL_ASYNC(hello)
{
    static struct room room;
    coil_server *server;
    coil_stream *conns[3];
    int err = coil_start_server("127.0.0.1", 0, handle, &room, NULL, &server);
    if (err < 0)
        return err;
    err = chat(conns, coil_server_port(server));
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())
