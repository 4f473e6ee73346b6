/* Receives that want no more than to be told that there is something (COIL__OPF_READY without a buffer): they take nothing, miss nothing,
 * and leave nothing behind at an fd that is closed.
 */
#include "engine.h"

static struct probe waiting_for(int fd, uint8_t more_flags)
{
    return (struct probe){.op = {.code = COIL__OP_RECV,
                                 .fd = fd,
                                 .flags = (uint8_t)(COIL__OPF_OWNED | COIL__OPF_STREAM |
                                                    COIL__OPF_READY | more_flags)}};
}

/* A backend, and two ends. */
static struct coil__backend *begin(int variant, int *pair)
{
    engine_pair(pair);
    return engine_open(variant);
}

static void end(struct coil__backend *b, const int *pair)
{
    engine_close_fd(b, pair[0]);
    close(pair[1]);
    engine_close(b);
}

/* What is in the socket, all of it. */
static void must_hold(int fd, const char *text)
{
    char buf[64] = "";
    ck_assert_int_eq(recv(fd, buf, sizeof buf - 1, MSG_DONTWAIT), (int)strlen(text));
    ck_assert_str_eq(buf, text);
}

static void say(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text));
}

/* Waits for something, which is not taken. */
static void await_something(struct coil__backend *b, int fd, uint8_t more_flags)
{
    struct probe p = waiting_for(fd, more_flags);
    engine_submit(b, &p);
    ck_assert_int_eq(engine_finish(b, &p), -EAGAIN);
}

/* The next one can't have been told of anything yet. */
static void must_wait(struct coil__backend *b, struct probe *p)
{
    engine_submit(b, p);
    engine_look(b);
    ck_assert_int_eq(p->told, 0);
}

START_TEST(it_is_told_and_takes_nothing)
{
    int pair[2];
    struct coil__backend *b = begin(_i, pair);
    for (int i = 0; i < 5; i++) {
        struct probe p = waiting_for(pair[0], i > 0 ? COIL__OPF_TRIED : 0);
        must_wait(b, &p);
        say(pair[1], "here");
        ck_assert_int_eq(engine_finish(b, &p), -EAGAIN);
        must_hold(pair[0], "here");
    }
    end(b, pair);
}
END_TEST

START_TEST(what_was_there_before_and_what_comes_while_nobody_waits_is_told_to_the_next)
{
    int pair[2];
    struct coil__backend *b = begin(_i, pair);
    say(pair[1], "early");
    await_something(b, pair[0], 0);
    must_hold(pair[0], "early");
    for (int i = 0; i < 5; i++) {
        say(pair[1], "missed");
        engine_look(b); /* nobody is there to be told */
        await_something(b, pair[0], 0);
        must_hold(pair[0], "missed");
        struct probe p = waiting_for(pair[0], COIL__OPF_TRIED);
        must_wait(b, &p);
        say(pair[1], "awaited");
        ck_assert_int_eq(engine_finish(b, &p), -EAGAIN);
        must_hold(pair[0], "awaited");
    }
    end(b, pair);
}
END_TEST

START_TEST(the_end_is_told_to_all_who_ask)
{
    int pair[2];
    struct coil__backend *b = begin(_i, pair);
    struct probe p = waiting_for(pair[0], 0);
    must_wait(b, &p);
    close(pair[1]);
    ck_assert_int_eq(engine_finish(b, &p), -EAGAIN);
    for (int i = 0; i < 3; i++)
        await_something(b, pair[0], 0);
    engine_close_fd(b, pair[0]);
    engine_close(b);
}
END_TEST

START_TEST(a_cancelled_one_leaves_what_comes_to_the_next)
{
    int pair[2];
    struct coil__backend *b = begin(_i, pair);
    for (int i = 0; i < 5; i++) {
        struct probe p = waiting_for(pair[0], i > 0 ? COIL__OPF_TRIED : 0);
        must_wait(b, &p);
        engine_cancel(b, &p);
        engine_cancel(b, &p);
        ck_assert_int_eq(engine_finish(b, &p), -ECANCELED);
        say(pair[1], "later");
        await_something(b, pair[0], 0);
        must_hold(pair[0], "later");
    }
    end(b, pair);
}
END_TEST

START_TEST(a_receive_with_room_and_one_without_go_side_by_side)
{
    int pair[2];
    struct coil__backend *b = begin(_i, pair);
    char buf[16] = "";
    for (int i = 0; i < 5; i++) {
        say(pair[1], "one");
        await_something(b, pair[0], 0);
        struct coil__op take = {.code = COIL__OP_RECV,
                                .fd = pair[0],
                                .flags = COIL__OPF_OWNED,
                                .buf = buf,
                                .len = sizeof buf};
        ck_assert_int_eq(engine_rest(b, take, engine_run(b, take), 3), 3);
        ck_assert_mem_eq(buf, "one", 3);
    }
    end(b, pair);
}
END_TEST

/* Whatever tells of it holds the file: a peer would wait for the end for ever. */
START_TEST(a_close_ends_it_and_the_peer_reads_the_end)
{
    struct coil__backend *b = engine_open(_i);
    int wanted = -1;
    for (int i = 0; i < 20; i++) {
        int pair[2];
        char byte;
        engine_pair(pair);
        ck_assert(wanted < 0 || pair[0] == wanted);
        wanted = pair[0];
        struct probe p = waiting_for(pair[0], 0),
                     c = {.op = {.code = COIL__OP_CLOSE, .fd = pair[0]}};
        if (i % 4 > 0)
            must_wait(b, &p);
        if (i % 4 == 2) { /* told before the close, which finds nobody */
            say(pair[1], "x");
            ck_assert_int_eq(engine_finish(b, &p), -EAGAIN);
        }
        engine_submit(b, &c);
        if (i % 4 % 2 == 1)
            ck_assert_int_eq(engine_finish(b, &p), -EBADF);
        ck_assert_int_eq(engine_finish(b, &c), 0);
        ck_assert_int_eq(fcntl(wanted, F_GETFD), -1);
        int got = (int)recv(pair[1], &byte, 1, MSG_DONTWAIT);
        ck_assert_msg(got == 0 || (got < 0 && errno == ECONNRESET), "%d: %d", i, errno);
        close(pair[1]);
    }
    engine_close(b);
}
END_TEST

START_TEST(many_are_told_once_for_each_time_that_they_wait)
{
    enum { MANY = 600, ROUNDS = 3 };
    struct coil__backend *b = engine_open(_i);
    struct probe *p = calloc(MANY, sizeof *p);
    int(*pairs)[2] = calloc(MANY, sizeof *pairs), many = 0;
    while (many < MANY &&
           socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pairs[many]) == 0)
        many++;
    ck_assert_int_gt(many, 50); /* fds may be few */
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < many; i++) {
            p[i] = waiting_for(pairs[i][0], round > 0 ? COIL__OPF_TRIED : 0);
            engine_submit(b, &p[i]);
        }
        for (int i = 0; i < many; i++)
            say(pairs[i][1], "x");
        for (int i = 0; i < many; i++) {
            ck_assert_int_eq(engine_finish(b, &p[i]), -EAGAIN);
            must_hold(pairs[i][0], "x");
        }
        engine_look(b);
        for (int i = 0; i < many; i++)
            ck_assert_int_eq(p[i].told, 0);
    }
    for (int i = 0; i < many; i++) {
        engine_close_fd(b, pairs[i][0]);
        close(pairs[i][1]);
    }
    free(p);
    free(pairs);
    engine_close(b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine_told");
    engine_add(t, it_is_told_and_takes_nothing);
    engine_add(t, what_was_there_before_and_what_comes_while_nobody_waits_is_told_to_the_next);
    engine_add(t, the_end_is_told_to_all_who_ask);
    engine_add(t, a_cancelled_one_leaves_what_comes_to_the_next);
    engine_add(t, a_receive_with_room_and_one_without_go_side_by_side);
    engine_add(t, a_close_ends_it_and_the_peer_reads_the_end);
    engine_add(t, many_are_told_once_for_each_time_that_they_wait);
    return test_main("engine_told", t);
}
