/* A soak: an echo server and its clients in one process, on real sockets, for COIL_STRESS_SECONDS (30). Clients connect, talk, close half,
 * reset, read slowly, vanish, lose patience and are cancelled, while a timer sends signals. After each round all is quiet, and
 * then there must be no more fds, memory blocks and pages than after the first rounds. Prints its counts.
 *
 * A client's first byte tells the server how to behave, so each client knows what it must get back to the last byte.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "stress.h"

enum { CLIENTS = 40, CHUNK = 8000, LONG = 300000, WARM_ROUNDS = 3 };
enum manner { ECHO = 'e', SLOW = 's', RESET = 'r', CUT = 'c' }; /* what a server may be asked for */

static struct {
    unsigned long long connections, bytes, echoes, half_closes, resets, cuts, slow, vanished,
        impatient, cancelled, signals, refused;
} counts;
static int serving, port;
static double round_ends;
static char path[64];

static char byte_at(unsigned k)
{
    return (char)(k * 7 + (k >> 8) * 3);
}

/* ---------------------------------------------------------------- the server ---- */

static int serve(coil_stream *s, void *arg)
{
    char buf[CHUNK], manner;
    (void)arg;
    serving++;
    int err = coil_stream_readexactly(s, &manner, 1);
    unsigned passed = 0, most = 1 + stress_below(20000);
    while (err > 0) {
        int n = coil_stream_read(s, buf, 1 + stress_below(CHUNK));
        err = n;
        if (n <= 0)
            break;
        passed += (unsigned)n;
        if (passed > most && (manner == RESET || manner == CUT)) {
            err = manner == RESET ? coil_stream_abort(s) : 0;
            break;
        }
        if (manner == SLOW && stress_chance(8))
            err = coil_sleep(stress_pause(3000));
        if (err >= 0)
            err = coil_stream_send(s, buf, (size_t)n);
        err = err < 0 ? err : 1;
    }
    serving--;
    /* a client may go as it likes; and a loop that ends cancels who still serves */
    return err == -ECANCELED ? err : 0;
}

/* ---------------------------------------------------------------- the clients ---- */

static bool gone(int err) /* the other side has gone: no fault of anybody */
{
    return err == -EPIPE || err == -ECONNRESET || err == -ECONNABORTED;
}

static int knock(coil_stream **s)
{
    char host[16]; /* many addresses, so that the ports of closed connections last */
    snprintf(host, sizeof host, "127.0.%u.%u", stress_below(8), 1 + stress_below(250));
    int err =
        stress_chance(4) ? coil_open_unix_connection(path, s) : coil_open_connection(host, port, s);
    if (err >= 0)
        counts.connections++;
    return err;
}

/* Who was cancelled in the midst of talking does not wait for his buffer to go out: the server may wait for him to listen. */
static int leave(coil_stream *s, int err)
{
    if (err == -ECANCELED)
        coil_ignore(coil_stream_abort(s));
    int closed = coil_stream_close(s);
    if (stress_chance(2) && err != -ECANCELED) {
        int waited = coil_stream_wait_closed(s);
        if (waited == -ECANCELED)
            return waited;
    }
    return err < 0 ? err : closed;
}

COIL_ASYNC(speak, (coil_stream *, s), (unsigned, total))
{
    char buf[CHUNK];
    for (unsigned sent = 0; sent < total;) {
        unsigned n = 1 + stress_below(CHUNK);
        n = n < total - sent ? n : total - sent;
        for (unsigned i = 0; i < n; i++)
            buf[i] = byte_at(sent + i);
        int err = coil_stream_send(s, buf, n);
        if (err < 0)
            return err;
        sent += n;
    }
    return coil_stream_write_eof(s);
}

/* Hears what it said, and no more than `total`. *heard is how much, also after an error. */
static int hear(coil_stream *s, unsigned total, unsigned pause_us, unsigned *heard)
{
    char buf[CHUNK];
    for (;;) {
        int n = coil_stream_read(s, buf, 1 + stress_below(CHUNK));
        if (n <= 0)
            return n;
        for (int i = 0; i < n; i++, ++*heard) {
            if (*heard >= total || buf[i] != byte_at(*heard))
                ck_abort_msg("byte %u of %u is not what was sent", *heard, total);
        }
        counts.bytes += (unsigned)n;
        int err = pause_us && stress_chance(4) ? coil_sleep(stress_pause(pause_us)) : 0;
        if (err < 0)
            return err;
    }
}

/* Speaks and hears at the same time, and closes its half when all is said. */
static int talk(coil_stream *s, enum manner manner, unsigned total, unsigned pause_us)
{
    char c = (char)manner;
    unsigned heard = 0;
    int err = coil_stream_send(s, &c, 1);
    if (err < 0)
        return err;
    coil_task *speaker = coil_create_task(speak(s, total));
    err = hear(s, total, pause_us, &heard);
    if (err < 0)
        coil_task_cancel(speaker);
    int spoke = coil_await(speaker);
    if (manner == RESET || manner == CUT) {
        if (!gone(err) && err < 0)
            return err;
        return gone(spoke) || spoke >= 0 || spoke == -ECANCELED ? 0 : spoke;
    }
    if (err >= 0 && heard != total)
        ck_abort_msg("%u bytes came back of %u", heard, total);
    return err < 0 ? err : spoke;
}

static int behave(coil_stream *s)
{
    static const char bytes[LONG];
    char c;
    int err = 0;
    switch (stress_below(10)) {
    case 0:
        counts.vanished++;
        return 0;
    case 1: /* resets in the midst of it */
        counts.resets++;
        err = coil_stream_send(s, "e and more", 10);
        return err < 0 ? err : coil_stream_abort(s);
    case 2:
        counts.resets++;
        return talk(s, RESET, LONG, 0);
    case 3:
        counts.cuts++;
        return talk(s, CUT, LONG, 0);
    case 4: /* sends and does not listen, until it is tired of waiting */
        counts.slow++;
        err = coil_stream_write(s, "e", 1);
        for (int i = 0; i < 3 && err >= 0; i++) {
            err = coil_wait_for(coil_stream_send(s, bytes, sizeof bytes), 0.002);
            err = err == -ETIMEDOUT ? 0 : err;
        }
        return err < 0 ? err : coil_stream_abort(s);
    case 5:
        counts.slow++;
        return talk(s, SLOW, stress_below(LONG), 2000);
    case 6:
        counts.impatient++;
        err = coil_stream_write(s, "e", 1);
        for (int i = 0; i < 5 && err >= 0; i++) {
            err = coil_wait_for(coil_stream_read(s, &c, 1), stress_pause(1000));
            err = err == -ETIMEDOUT ? 0 : err;
        }
        return err;
    case 7:
        counts.half_closes++;
        return talk(s, ECHO, 0, 0);
    default:
        counts.echoes++;
        return talk(s, ECHO, stress_below(1 + stress_below(LONG)), 0);
    }
}

COIL_ASYNC(visit)
{
    coil_stream *s;
    int err = knock(&s);
    if (err == -EADDRNOTAVAIL || err == -ECONNREFUSED || err == -EAGAIN)
        counts.refused++; /* no port, or a full backlog */
    if (err < 0)
        return gone(err) || err != -ECANCELED ? 0 : err;
    return leave(s, behave(s));
}

/* One visit after the other. Now and then a visit is somebody else's, and is cancelled somewhere. */
COIL_ASYNC(keep_coming)
{
    while (coil_time() < round_ends) {
        int err;
        if (stress_chance(6)) {
            counts.cancelled++;
            coil_task *t = coil_create_task(visit());
            err = coil_sleep(stress_pause(3000));
            coil_task_cancel(t);
            int end = coil_await(t);
            err = err < 0 ? err : end == -ECANCELED ? 0 : end;
        } else {
            err = coil_wait_for(visit(), 60);
            ck_assert_msg(err != -ETIMEDOUT, "a visit hangs");
        }
        if (err < 0 && !gone(err))
            return err;
    }
    return 0;
}

/* ---------------------------------------------------------------- the books ---- */

struct books {
    int fds;
    unsigned long long blocks;
    long pages;
};

static struct books look_around(void)
{
    struct books b = {.fds = test_open_fds(), .pages = -1};
    long all;
    coil_memory_counts(NULL, &b.blocks);
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &all, &b.pages) != 2)
        b.pages = -1;
    if (f)
        fclose(f);
    return b;
}

static void print_line(double seconds, const struct books *b)
{
    printf("%4.0f s: %llu connections, %llu MB, %llu echoes, %llu half-closes, %llu resets, %llu "
           "cut off, %llu slow, %llu "
           "vanished, %llu impatient, %llu cancelled, %llu refused, %llu signals; %d fds, %llu "
           "blocks, %ld pages\n",
           seconds, counts.connections, counts.bytes >> 20, counts.echoes, counts.half_closes,
           counts.resets, counts.cuts, counts.slow, counts.vanished, counts.impatient,
           counts.cancelled, counts.refused, counts.signals, b->fds, b->blocks, b->pages);
    fflush(stdout);
}

/* Blocks may be kept for the next connections, and pages in an allocator; neither may grow with time. */
static void compare(const struct books *first, const struct books *now)
{
    ck_assert_msg(now->fds <= first->fds, "%d fds, and %d at first", now->fds, first->fds);
    ck_assert_msg(now->blocks <= first->blocks + 64 + first->blocks / 4,
                  "%llu blocks of memory, and %llu at first", now->blocks, first->blocks);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
    ck_assert_msg(now->pages <= first->pages + first->pages / 4 + 1024,
                  "%ld pages, and %ld at first", now->pages, first->pages);
#endif
}

/* ---------------------------------------------------------------- rounds ---- */

static int count_signal(void *arg)
{
    (void)arg;
    counts.signals++;
    return 0;
}

COIL_ASYNC(one_round, (double, seconds))
{
    int err = 0;
    round_ends = coil_time() + seconds;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < CLIENTS; i++)
            coil_group_create_task(g, keep_coming());
    }
    for (int i = 0; serving > 0 && i < 10000 && err >= 0; i++)
        err = coil_sleep(0.001);
    ck_assert_msg(serving == 0, "%d connections are still served", serving);
    return err < 0 ? err : coil_sleep(0.02); /* the last streams close */
}

COIL_ASYNC(storm, (double, seconds))
{
    coil_server *tcp, *local;
    struct books first = {0}, now = {0};
    struct itimerval every = {{0, 3000}, {0, 3000}}, never = {0};
    const coil_server_options options = {.backlog = 1000};
    ck_assert_int_eq(coil_start_server("0.0.0.0", 0, serve, NULL, &options, &tcp), 0);
    ck_assert_int_eq(coil_start_unix_server(path, serve, NULL, &options, &local), 0);
    port = coil_server_port(tcp);
    ck_assert_int_eq(coil_add_signal_handler(SIGALRM, count_signal, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
    double begin = coil_time(), length = seconds / 20 < 2 ? seconds / 20 : 2;
    int err = 0;
    for (int i = 0; err >= 0 && coil_time() - begin < seconds; i++) {
        err = one_round(length);
        now = look_around();
        if (i % 10 == 0)
            print_line(coil_time() - begin, &now);
        if (i < WARM_ROUNDS) {
            first.fds = now.fds > first.fds ? now.fds : first.fds;
            first.blocks = now.blocks > first.blocks ? now.blocks : first.blocks;
            first.pages = now.pages > first.pages ? now.pages : first.pages;
        } else {
            compare(&first, &now);
        }
    }
    setitimer(ITIMER_REAL, &never, NULL);
    print_line(coil_time() - begin, &now);
    ck_assert_int_eq(coil_remove_signal_handler(SIGALRM), 1);
    coil_server_free(tcp);
    coil_server_free(local);
    return err;
}

START_TEST(a_storm_of_connections_leaves_nothing_behind)
{
    const char *seconds = getenv("COIL_STRESS_SECONDS");
    snprintf(path, sizeof path, "/tmp/coil-soak-%d", (int)getpid());
    ck_assert_int_eq(coil_run(storm(seconds && *seconds ? atof(seconds) : 30)), 0);
    ck_assert_uint_gt(counts.echoes, 0);
    ck_assert_uint_gt(counts.resets, 0);
    ck_assert_uint_gt(counts.signals, 0);
}
END_TEST

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("soak");
    tcase_add_test(t, a_storm_of_connections_leaves_nothing_behind);
    return test_main("soak", t);
}
