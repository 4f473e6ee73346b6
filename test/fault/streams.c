/* Streams when memory runs out: each allocation of a whole conversation fails once; nothing crashes, hangs or leaks. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "coil.h"
#include "harness.h"

static int answer(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    int err = coil_stream_readline(s, &line, &n);
    return err <= 0 ? err : coil_stream_send(s, line, n);
}

COIL_ASYNC(ask, (int, port))
{
    coil_stream *s;
    const char *line;
    size_t n;
    int err = coil_open_connection("127.0.0.1", port, &s);
    if (err < 0)
        return err;
    struct iovec pieces[] = {{(void *)"que", 3}, {(void *)"stion\n", 6}};
    err = coil_stream_writelines(s, pieces, 2);
    if (err >= 0)
        err = coil_stream_readline(s, &line, &n);
    if (err > 0 && (n != 9 || memcmp(line, "question\n", 9) != 0))
        err = -EBADMSG;
    coil_stream_close(s);
    return err;
}

COIL_ASYNC(converse)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, answer, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_wait_for(ask(coil_server_port(server)), 0.2);
    coil_server_free(server);
    return err;
}

static void ignore(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)context;
    (void)arg;
}

/* Runs the conversation in a loop of its own whose complaints go nowhere. */
static int run_once(void)
{
    coil_loop *loop;
    int err = coil_loop_new(NULL, &loop);
    if (err < 0)
        return err;
    coil_loop_set_exception_handler(loop, ignore, NULL);
    err = coil_loop_run_until_complete(loop, converse());
    coil_loop_shutdown(loop);
    coil_loop_close(loop);
    return err;
}

START_TEST(every_allocation_of_a_conversation_may_fail)
{
    ck_assert_int_gt(run_once(), 0);
    coil__memory_fail_at(0, 0);
    run_once();
    int n = (int)coil__memory_fail_at(0, 0);
    ck_assert_int_gt(n, 5);
    for (int i = 1; i <= n; i++) {
        unsigned long long live;
        coil__memory_fail_at((unsigned long long)i, 0);
        int err = run_once();
        coil__memory_fail_at(0, 0);
        /* the failure came where nobody needed the memory; at the client; or at the server, which hung up or rested */
        ck_assert_msg(err >= 0 || err == -ENOMEM || err == -ETIMEDOUT || err == -ECONNRESET,
                      "allocation %d: %s", i, coil_error_name(err));
        coil__error_put(NULL); /* this thread's record of the last error is no leak */
        coil_memory_counts(NULL, &live);
        ck_assert_msg(live == 0, "allocation %d: %llu blocks are left", i, live);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("streams");
    tcase_add_test(t, every_allocation_of_a_conversation_may_fail);
    return test_main("streams", t);
}
