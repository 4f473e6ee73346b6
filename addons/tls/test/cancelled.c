/* tls/test/cancelled.c: cancellations at every point of a visit, and of reads whose bytes must not be lost. */
#include "fixture.h"

static coil_tls_context *sc, *cc;

/* A whole visit: connect, say, hear, close. */
static int visit(coil_server *server)
{
    coil_stream *s;
    char got[5];
    int err = connect_as(server, cc, "localhost", &s);
    if (err < 0)
        return err;
    err = coil_stream_send(s, "hello", 5);
    if (err >= 0)
        err = coil_stream_readexactly(s, got, 5);
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s);
    return err < 0 ? err : closed;
}
COIL_CALLABLE(visit, coil_server *);

/* Cancelled after 0, 1, 2 ... turns of the loop, until it is done before it can be cancelled. What it leaves is seen at the end
 * of all: fds, memory (ASan), and a server whose connections are all over. */
static int a_visit_can_be_cancelled_at_every_point_(void *arg)
{
    int cancelled = 0;
    (void)arg;
    sc = server_context(NULL);
    cc = client_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    for (int turns = 0;; turns++) {
        coil_task *t = coil_create_task(visit(server));
        for (int i = 0; i < turns && !coil_task_done(t); i++)
            ck_assert_int_eq(coil_sleep(turns < 60 ? 0 : 0.0005), 0);
        int early = coil_task_cancel(t);
        int err = coil_await(t);
        if (!early) {
            ck_assert_int_eq(err, 0);
            break;
        }
        cancelled += err == -ECANCELED;
        ck_assert(err == -ECANCELED || err == 0);
        ck_assert_int_lt(turns, 20000);
    }
    ck_assert_int_gt(cancelled, 5);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_visit_can_be_cancelled_at_every_point)

/* A read that is cancelled in the middle of a record loses none of its bytes. */
static int send_slowly(coil_stream *stream, void *arg)
{
    char text[3] = "ab";
    (void)arg;
    for (int i = 0; i < 100; i++) {
        text[0] = (char)('a' + i % 26);
        text[1] = (char)('A' + i % 26);
        int err = coil_stream_send(stream, text, 2);
        if (err >= 0)
            err = coil_sleep(i % 3 ? 0 : 0.001);
        if (err < 0)
            return err;
    }
    return 0;
}

static int cancelled_reads;

static void take_back(void)
{
    while (coil_task_cancelling(coil_current_task()) > 0)
        coil_task_uncancel(coil_current_task());
}

/* Goes on whatever happens to its reads. */
static int read_stubbornly(coil_stream *s)
{
    char byte;
    for (int done = 0; done < 200;) {
        int n = coil_stream_read(s, &byte, 1);
        if (n == -ECANCELED) {
            take_back();
            cancelled_reads++;
            continue;
        }
        if (n != 1 || byte != (done % 2 ? 'A' : 'a') + done / 2 % 26)
            return n < 0 ? n : -EILSEQ;
        done++;
    }
    take_back(); /* one that came with the last byte */
    return 0;
}
COIL_CALLABLE(read_stubbornly, coil_stream *);

static int no_byte_is_lost_by_reads_that_are_cancelled_(void *arg)
{
    (void)arg;
    sc = server_context(NULL);
    cc = client_context(NULL);
    coil_server *server = serve(sc, send_slowly, NULL);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    coil_task *t = coil_create_task(read_stubbornly(s));
    ck_assert_int_eq(coil_sleep(0), 0); /* cancelled before it begins, it would never begin */
    for (int i = 0; !coil_task_done(t); i++) {
        coil_task_cancel(t);
        ck_assert_int_eq(coil_sleep(i % 2 ? 0 : 0.0002), 0);
    }
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_gt(cancelled_reads, 10);
    ck_assert_int_eq(coil_stream_read(s, &(char){0}, 1), 0);
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(no_byte_is_lost_by_reads_that_are_cancelled)

/* A write that is cancelled while the peer does not read: the rest goes out in the background, behind what was sent, and the stream
 * goes on. Until then nothing is copied.
 */
enum { MUCH = 8000000 };

static unsigned char much[MUCH];

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 15);
}

static int read_pattern(coil_stream *stream, void *go)
{
    unsigned char got[20000];
    int err = coil_event_wait(go);
    for (size_t done = 0; done < MUCH && err >= 0; done += (size_t)err) {
        err = coil_stream_read(stream, got, sizeof got);
        for (int i = 0; i < err; i++)
            if (got[i] != pattern(done + (size_t)i))
                return -EILSEQ;
        if (err == 0)
            return -EPIPE;
    }
    return err < 0 ? err : echo(stream, NULL);
}

static int a_write_that_is_cancelled_goes_out_all_the_same_(void *arg)
{
    coil_event go;
    coil_stream *s;
    (void)arg;
    coil_event_init(&go);
    for (size_t i = 0; i < MUCH; i++)
        much[i] = pattern(i);
    sc = server_context(NULL);
    cc = client_context(NULL);
    coil_server *server = serve(sc, read_pattern, &go);
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    coil_task *t = coil_create_task(coil_stream_send(s, much, MUCH));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq((int)coil_stream_get_write_buffer_size(s), 0);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_gt((int)coil_stream_get_write_buffer_size(s), 0);
    coil_event_set(&go);
    say_and_hear(s, "after it");
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_write_that_is_cancelled_goes_out_all_the_same)

int main(void)
{
    TCase *t = tcase_create("tls cancelled");
    tcase_set_timeout(t, 30);
    tcase_add_test(t, a_visit_can_be_cancelled_at_every_point);
    tcase_add_test(t, no_byte_is_lost_by_reads_that_are_cancelled);
    tcase_add_test(t, a_write_that_is_cancelled_goes_out_all_the_same);
    return tls_test_main("tls cancelled", t);
}
