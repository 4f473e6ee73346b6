/* readany: what there is, where it lies. The bytes stay until the next read from the same stream, whatever others receive meanwhile, and
 * connections that wait have no memory for them.
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { BLOCK = 65536 }; /* about what one receive takes at most */

struct ends {
    coil_stream *far, *near;
};

static void make(struct ends *e)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[0], &e->far), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], &e->near), 0);
}

static void end(struct ends *e)
{
    ck_assert_int_eq(coil_stream_close(e->far), 0);
    ck_assert_int_eq(coil_stream_close(e->near), 0);
    ck_assert_int_eq(coil_stream_wait_closed(e->far), 0);
    ck_assert_int_eq(coil_stream_wait_closed(e->near), 0);
}

/* Reads `text` by readany, in as many pieces as it comes in. */
static void must_read(coil_stream *s, const char *text)
{
    size_t size = strlen(text), have = 0, n = 0;
    const char *p;
    while (have < size) {
        int got = coil_stream_readany(s, &p, &n);
        ck_assert_int_gt(got, 0);
        ck_assert_uint_eq(n, (size_t)got);
        ck_assert_uint_le(have + n, size);
        ck_assert_mem_eq(p, text + have, n);
        have += n;
    }
}

COIL_ASYNC(gives_what_there_is)
{
    struct ends e;
    const char *p = "untouched";
    size_t n = 77;
    make(&e);
    ck_assert_int_eq(coil_stream_write(e.far, "first", 5), 0);
    must_read(e.near, "first");
    ck_assert_int_eq(coil_stream_write(e.far, "line\nrest", 9), 0);
    ck_assert_int_eq(coil_stream_readline(e.near, &p, &n), 5);
    must_read(e.near, "rest"); /* some of it may have come with the line */
    ck_assert_int_eq(coil_stream_write(e.far, "last", 4), 0);
    ck_assert_int_eq(coil_stream_write_eof(e.far), 0);
    must_read(e.near, "last");
    ck_assert_int_eq(coil_stream_readany(e.near, &p, &n), 0);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(coil_stream_readany(e.near, &p, &n), 0);
    ck_assert_int_eq(coil_stream_at_eof(e.near), 1);
    end(&e);
    return 0;
}

START_TEST(it_gives_what_there_is_also_behind_other_reads_and_then_the_end)
{
    ck_assert_int_eq(coil_run(gives_what_there_is()), 0);
}
END_TEST

/* ---------------------------------------------------------------- how long the bytes stay ---- */

enum { READERS = 6, ROUNDS = 12 };

static char letter(int reader, int round)
{
    return (char)('A' + (reader * 7 + round) % 26);
}

/* Keeps each message for a while, in which others receive theirs. */
COIL_ASYNC(keeps, (struct ends *, e), (int, reader))
{
    for (int round = 0; round < ROUNDS; round++) {
        const char *p;
        size_t n;
        int got = coil_stream_readany(e->near, &p, &n);
        ck_assert_int_gt(got, 0);
        if (round % 3 != reader % 3)
            ck_assert_int_eq(coil_sleep(0.001 * reader), 0);
        for (size_t i = 0; i < n; i++)
            ck_assert_int_eq(p[i], letter(reader, round));
        while (n < 100) { /* the simulation may have given it in parts */
            size_t more;
            ck_assert_int_gt(coil_stream_readany(e->near, &p, &more), 0);
            n += more;
        }
        ck_assert_uint_eq(n, 100);
        ck_assert_int_eq(coil_stream_write(e->near, "k", 1), 0);
    }
    return 0;
}

COIL_ASYNC(talks, (struct ends *, e), (int, reader))
{
    for (int round = 0; round < ROUNDS; round++) {
        char message[100], ok;
        memset(message, letter(reader, round), sizeof message);
        ck_assert_int_eq(coil_stream_write(e->far, message, sizeof message), 0);
        ck_assert_int_eq(coil_stream_readexactly(e->far, &ok, 1), 1);
    }
    return 0;
}

COIL_ASYNC(many_keep)
{
    struct ends e[READERS];
    int err = 0;
    for (int i = 0; i < READERS; i++)
        make(&e[i]);
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < READERS; i++) {
            coil_group_create_task(g, keeps(&e[i], i));
            coil_group_create_task(g, talks(&e[i], i));
        }
    }
    for (int i = 0; i < READERS; i++)
        end(&e[i]);
    return err;
}

START_TEST(bytes_stay_while_others_receive_theirs)
{
    ck_assert_int_eq(coil_run(many_keep()), 0);
}
END_TEST

enum { TOTAL = 3000000 };

static char byte_at(size_t at)
{
    return (char)(at * 31 + (at >> 11));
}

COIL_ASYNC(pours, (coil_stream *, s))
{
    static char bytes[TOTAL];
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = byte_at(i);
    int err = coil_stream_send(s, bytes, sizeof bytes);
    return err < 0 ? err : coil_stream_write_eof(s);
}

/* The other side is slow, so most sends wait with bytes that were lent. */
COIL_ASYNC(relays, (coil_stream *, from), (coil_stream *, to))
{
    const char *p;
    size_t n;
    int got;
    while ((got = coil_stream_readany(from, &p, &n)) > 0) {
        got = coil_stream_send(to, p, n);
        if (got < 0)
            return got;
    }
    return got < 0 ? got : coil_stream_write_eof(to);
}

COIL_ASYNC(collects, (coil_stream *, s))
{
    size_t have = 0;
    int got;
    char some[5000];
    bool same = true;
    while ((got = coil_stream_read(s, some, sizeof some)) > 0)
        for (int i = 0; i < got; i++)
            same &= some[i] == byte_at(have++);
    ck_assert(same);
    ck_assert_uint_eq(have, TOTAL);
    return got;
}

COIL_ASYNC(relay_chains)
{
    struct ends in[3], out[3];
    int err = 0;
    for (int i = 0; i < 3; i++) {
        make(&in[i]);
        make(&out[i]);
        ck_assert_int_eq(coil_stream_set_write_buffer_limits(out[i].far, 1000 * (i + 1), -1), 0);
    }
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < 3; i++) {
            coil_group_create_task(g, pours(in[i].far));
            coil_group_create_task(g, relays(in[i].near, out[i].far));
            coil_group_create_task(g, collects(out[i].near));
        }
    }
    for (int i = 0; i < 3; i++) {
        end(&in[i]);
        end(&out[i]);
    }
    return err;
}

START_TEST(bytes_that_were_lent_can_be_sent_on_also_to_who_is_slow)
{
    ck_assert_int_eq(coil_run(relay_chains()), 0);
}
END_TEST

/* ---------------------------------------------------------------- memory ---- */

COIL_ASYNC(echoes, (coil_stream *, s))
{
    const char *p;
    size_t n;
    int got;
    while ((got = coil_stream_readany(s, &p, &n)) > 0 && got >= 0)
        got = coil_stream_send(s, p, n);
    return got;
}

COIL_ASYNC(many_wait)
{
    enum { MANY = 40 };
    struct ends e[MANY];
    coil_task *t[MANY];
    char big[20000], back[20000];
    memset(big, 'x', sizeof big);
    for (int i = 0; i < MANY; i++) {
        make(&e[i]);
        t[i] = coil_create_task(echoes(e[i].near));
    }
    unsigned long long blocks = 0, made = 0, blocks_then, made_then;
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < MANY; i++) {
            ck_assert_int_eq(coil_stream_send(e[i].far, big, sizeof big), 0);
            ck_assert_int_eq(coil_stream_readexactly(e[i].far, back, sizeof back), sizeof back);
        }
        if (round == 2) /* all is warm now */
            coil_memory_counts(&made, &blocks);
    }
    coil_memory_counts(&made_then, &blocks_then);
    if (!getenv("COIL_BACKEND") || strcmp(getenv("COIL_BACKEND"), "sim") != 0) {
        ck_assert_uint_le(blocks_then, blocks);
        ck_assert_uint_eq(made_then, made);
    }
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(coil_stream_write_eof(e[i].far), 0);
        ck_assert_int_eq(coil_await(t[i]), 0);
        end(&e[i]);
    }
    return 0;
}

START_TEST(connections_that_wait_have_no_buffer_and_messages_allocate_nothing)
{
    ck_assert_int_eq(coil_run(many_wait()), 0);
}
END_TEST

static bool no_blocks;

static void *maybe(void *ctx, void *block, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return no_blocks && size >= BLOCK ? NULL : realloc(block, size);
}

COIL_ASYNC(without_memory)
{
    struct ends e;
    const char *p;
    size_t n;
    make(&e);
    ck_assert_int_eq(coil_stream_write(e.far, "kept", 4), 0);
    no_blocks = true;
    int got = coil_stream_readany(e.near, &p, &n);
    no_blocks = false;
    if (got == -ENOMEM) /* the simulation may have taken another way */
        must_read(e.near, "kept");
    else
        ck_assert_int_gt(got, 0);
    end(&e);
    return 0;
}

START_TEST(without_memory_the_bytes_wait_for_the_next_read)
{
    const coil_allocator allocator = {maybe, NULL};
    ck_assert_int_eq(coil_set_allocator(&allocator), 0);
    ck_assert_int_eq(coil_run(without_memory()), 0);
    ck_assert_int_eq(coil_set_allocator(NULL), 0);
}
END_TEST

/* ---------------------------------------------------------------- interruptions and misuse ---- */

COIL_ASYNC(is_cancelled)
{
    struct ends e;
    const char *p;
    size_t n;
    make(&e);
    for (int i = 0; i < 20; i++) {
        coil_task *t = coil_create_task(coil_stream_readany(e.near, &p, &n));
        for (int turns = 0; turns < i % 4; turns++)
            ck_assert_int_eq(coil_yield_now(), 0);
        if (i % 2)
            ck_assert_int_eq(coil_stream_write(e.far, "abc", 3), 0);
        if (i % 5 == 0)
            ck_assert_int_eq(coil_yield_now(), 0);
        int in_time = coil_task_cancel(t), got = coil_await(t);
        ck_assert_msg(in_time ? got == -ECANCELED : got > 0, "%d: %d", in_time, got);
        if (i % 2)
            must_read(e.near, "abc" + (got > 0 ? got : 0));
    }
    ck_assert_int_eq(coil_wait_for(coil_stream_readany(e.near, &p, &n), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_stream_write(e.far, "after", 5), 0);
    must_read(e.near, "after");
    end(&e);
    return 0;
}

START_TEST(a_cancelled_readany_loses_no_byte)
{
    ck_assert_int_eq(coil_run(is_cancelled()), 0);
}
END_TEST

COIL_ASYNC(is_misused)
{
    struct ends e;
    const char *p;
    size_t n;
    char byte;
    make(&e);
    coil_task *first = coil_create_task(coil_stream_readany(e.near, &p, &n));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_stream_readany(e.near, &p, &n), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_read(e.near, &byte, 1), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_close(e.near), 0); /* under a task that reads: the end */
    ck_assert_int_eq(coil_await(first), 0);
    ck_assert_int_eq(coil_stream_readany(e.near, &p, &n), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_readany(NULL, &p, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_readany(e.far, NULL, NULL), 0); /* its peer has gone */
    ck_assert_int_eq(coil_stream_close(e.far), 0);
    return coil_stream_wait_closed(e.far);
}

START_TEST(a_second_reader_is_refused_and_a_close_is_the_end)
{
    ck_assert_int_eq(coil_run(is_misused()), 0);
}
END_TEST

/* A stream closes, and its loop ends, while bytes are lent. */
COIL_ASYNC(goes_early)
{
    struct ends e, other;
    const char *p, *q;
    size_t n;
    make(&e);
    make(&other);
    ck_assert_int_eq(coil_stream_write(e.far, "x", 1), 0);
    ck_assert_int_eq(coil_stream_write(other.far, "y", 1), 0);
    ck_assert_int_eq(coil_stream_readany(e.near, &p, &n), 1);
    end(&e);
    ck_assert_int_eq(coil_stream_readany(other.near, &p, &n), 1);
    make(&e);
    ck_assert_int_eq(coil_stream_write(e.far, "z", 1), 0);
    ck_assert_int_eq(coil_stream_readany(e.near, &q, &n), 1);
    ck_assert_int_eq(*p, 'y');
    ck_assert_int_eq(*q, 'z');
    ck_assert_int_eq(coil_stream_write(other.far, "line\nrest", 9),
                     0); /* to who has a block of its own now */
    ck_assert_int_eq(coil_stream_readline(other.near, &p, &n), 5);
    must_read(other.near, "rest");
    return 0;
}

START_TEST(a_borrower_may_go_before_it_reads_again)
{
    ck_assert_int_eq(coil_run(goes_early()), 0);
}
END_TEST

COIL_ASYNC(by_hand)
{
    coil_stream_reader *r;
    const char *p;
    size_t n;
    ck_assert_int_eq(coil_stream_reader_new(0, &r), 0);
    coil_task *t = coil_create_task(coil_stream_reader_readany(r, &p, &n));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_stream_reader_feed_data(r, "fed", 3), 0);
    ck_assert_int_eq(coil_await(t), 3);
    ck_assert_mem_eq(p, "fed", 3);
    ck_assert_int_eq(coil_stream_reader_feed_eof(r), 0);
    ck_assert_int_eq(coil_stream_reader_readany(r, &p, &n), 0);
    coil_stream_reader_free(r);
    return 0;
}

START_TEST(a_reader_that_is_fed_by_hand_gives_what_it_was_fed)
{
    ck_assert_int_eq(coil_run(by_hand()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("streams_readany");
    tcase_add_test(t, it_gives_what_there_is_also_behind_other_reads_and_then_the_end);
    tcase_add_test(t, bytes_stay_while_others_receive_theirs);
    tcase_add_test(t, bytes_that_were_lent_can_be_sent_on_also_to_who_is_slow);
    tcase_add_test(t, connections_that_wait_have_no_buffer_and_messages_allocate_nothing);
    tcase_add_test(t, without_memory_the_bytes_wait_for_the_next_read);
    tcase_add_test(t, a_cancelled_readany_loses_no_byte);
    tcase_add_test(t, a_second_reader_is_refused_and_a_close_is_the_end);
    tcase_add_test(t, a_borrower_may_go_before_it_reads_again);
    tcase_add_test(t, a_reader_that_is_fed_by_hand_gives_what_it_was_fed);
    return test_main("streams_readany", t);
}
