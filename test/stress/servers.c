/* Servers that are closed, or close or abort their clients, while these come, talk, lose patience and are cancelled: whoever was let in
 * is served to his end, a polite server echoes every byte, nobody is let in after the close, and wait_closed ends when the last one has gone. */
#include <unistd.h>

#include "stress.h"

enum { CLIENTS = 12, VISITS = 3, CHUNK = 3000, MOST = 12000 };

static struct {
    coil_server *tcp, *local;
    int port, entered, left, echoed;
    bool rude; /* some client may be thrown out from now on */
} s;
static char path[64];

static char byte_at(unsigned k)
{
    return (char)(k * 11 + (k >> 8));
}

/* The other side has gone, or this one was thrown out. */
static bool over(int err)
{
    return err == -EPIPE || err == -ECONNRESET || err == -ECONNABORTED || err == -ECANCELED;
}

static int echo(coil_stream *stream, void *arg)
{
    char buf[CHUNK];
    int err = 1;
    (void)arg;
    s.entered++;
    while (err > 0) {
        err = coil_stream_read(stream, buf, 1 + stress_below(CHUNK));
        if (err > 0) {
            int sent = coil_stream_send(stream, buf, (size_t)err);
            err = sent < 0 ? sent : 1;
        }
        if (err > 0 && stress_chance(5))
            err = coil_sleep(stress_pause(800)) < 0 ? -ECANCELED : 1;
    }
    ck_assert_msg(err == 0 || over(err), "%s", coil_error_name(err));
    s.left++;
    return err == -ECANCELED ? err : 0;
}

COIL_ASYNC(speak, (coil_stream *, to), (unsigned, total))
{
    char buf[CHUNK];
    for (unsigned sent = 0, n; sent < total; sent += n) {
        n = 1 + stress_below(CHUNK);
        n = n < total - sent ? n : total - sent;
        for (unsigned i = 0; i < n; i++)
            buf[i] = byte_at(sent + i);
        int err = coil_stream_send(to, buf, n);
        if (err < 0)
            return err;
    }
    return coil_stream_write_eof(to);
}

/* Says `total` bytes and hears them again. Fewer come back only when somebody was rude. */
static int converse(coil_stream *with, unsigned total)
{
    char buf[CHUNK];
    unsigned heard = 0;
    int n;
    coil_task *speaker = coil_create_task(speak(with, total));
    while ((n = coil_stream_read(with, buf, 1 + stress_below(CHUNK))) > 0)
        for (int i = 0; i < n; i++, heard++)
            if (heard >= total || buf[i] != byte_at(heard))
                ck_abort_msg("byte %u of %u", heard, total);
    if (n < 0)
        coil_task_cancel(speaker);
    int spoke = coil_await(speaker);
    ck_assert_msg(n == 0 || over(n), "%s", coil_error_name(n));
    ck_assert_msg(spoke == 0 || over(spoke), "%s", coil_error_name(spoke));
    if (n == 0 && spoke == 0 && heard == total)
        s.echoed++;
    else
        ck_assert(s.rude || n == -ECANCELED || spoke == -ECANCELED);
    return n == -ECANCELED ? n : 0;
}

static int knock(coil_stream **ret_stream)
{
    bool local = stress_chance(2);
    double patience = stress_chance(3) ? stress_pause(400) : 10;
    return local ? coil_wait_for(coil_open_unix_connection(path, ret_stream), patience)
                 : coil_wait_for(coil_open_connection("127.0.0.1", s.port, ret_stream), patience);
}

COIL_ASYNC(visit)
{
    coil_stream *with;
    for (int i = 0; i < VISITS; i++) {
        int err = knock(&with);
        if (err == -ETIMEDOUT)
            continue;
        if (err < 0) { /* nobody is at home any more */
            ck_assert_msg(s.rude || err == -ECANCELED, "%s", coil_error_name(err));
            return err == -ECANCELED ? err : 0;
        }
        err = stress_chance(5) ? 0 : converse(with, stress_below(MOST));
        if (err < 0 || stress_chance(4))
            coil_ignore(coil_stream_abort(with));
        ck_assert_int_eq(coil_stream_close(with), 0);
        if (err >= 0 && stress_chance(2) && coil_stream_wait_closed(with) == -ECANCELED)
            err = -ECANCELED;
        if (err < 0)
            return err;
    }
    return 0;
}

/* Ends a server in the midst of it, in one of several ways. */
static int end_server(coil_server *server)
{
    s.rude = true;
    ck_assert_int_eq(coil_server_close(server), 0);
    ck_assert_int_eq(coil_server_is_serving(server), 0);
    if (stress_chance(3))
        ck_assert_int_eq(coil_server_close_clients(server), 0);
    if (stress_chance(3))
        ck_assert_int_eq(coil_server_abort_clients(server), 0);
    return 0;
}

COIL_ASYNC(days_work)
{
    coil_task *clients[CLIENTS];
    const coil_server_options options = {.backlog = CLIENTS * VISITS};
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, echo, NULL, &options, &s.tcp), 0);
    ck_assert_int_eq(coil_start_unix_server(path, echo, NULL, &options, &s.local), 0);
    s.port = coil_server_port(s.tcp);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = coil_create_task(visit());
    int err = 0;
    bool ends = stress_chance(2);
    for (int i = (int)stress_below(10); i > 0 && err >= 0; i--) {
        err = coil_sleep(stress_pause(4000));
        coil_task_cancel(clients[stress_below(CLIENTS)]);
    }
    if (ends)
        err = end_server(stress_chance(2) ? s.tcp : s.local);
    for (int i = 0; i < CLIENTS; i++) {
        stress_join(clients[i]);
        coil_task_unref(clients[i]);
    }
    coil_server *both[] = {s.tcp, s.local};
    for (int i = 0; i < 2 && err >= 0; i++) {
        ck_assert_int_eq(coil_server_close(both[i]), 0);
        err = coil_server_wait_closed(both[i]);
        coil_server_free(both[i]);
    }
    for (int i = 0; i < 100 && s.entered != s.left && err >= 0; i++)
        err = coil_sleep(0.001); /* whose connection was aborted may not have noticed yet */
    ck_assert_int_eq(s.entered, s.left);
    return err;
}

START_TEST(servers_end_in_order_whenever_they_end)
{
    s.entered = s.left = s.echoed = 0;
    s.rude = false;
    ck_assert_int_eq(coil_run(days_work()), 0);
    ck_assert_int_eq(s.entered, s.left);
}
END_TEST

int main(void)
{
    stress_begin();
    snprintf(path, sizeof path, "/tmp/coil-servers-%d", (int)getpid());
    TCase *t = tcase_create("servers");
    tcase_add_loop_test(t, servers_end_in_order_whenever_they_end, 0, 3);
    return test_main("servers", t);
}
