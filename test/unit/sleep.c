/* coro/sleep.h alone: what was on a stack comes back, whoever touches it, whatever the kernel refuses; and what can't be helped is told. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/faults.h"
#include "coro/sleep.h"
#include "coro/sleep_store.h"
#include "harness.h"
#include "in_child.h"

enum { STACK = 64 * 1024, LIVE = 600, N = 100 };

static struct {
    struct coil__stack_pool *pool;
    struct coil__sleep *sleep;
    struct coil__stack stacks[N];
} here;

static int who(void *arg, uint32_t index, char *buf, size_t size, const char **file, uint32_t *line)
{
    (void)arg;
    (void)index;
    strncpy(buf, "the sleeper", size - 1);
    *file = "somewhere.c";
    *line = 12;
    return 1;
}

/* What belongs on stack i, a byte each; with zeros between, as on real ones. */
static unsigned char pattern(int i, int at)
{
    return at / 8 % 3 == 0 ? 0 : (unsigned char)(i * 31 + at * 7);
}

static char *live(int i)
{
    return here.stacks[i].top - LIVE;
}

static void fill(int i)
{
    for (int at = 0; at < LIVE; at++)
        live(i)[at] = (char)pattern(i, at);
}

static bool is_filled(int i)
{
    int same = 0;
    for (int at = 0; at < LIVE; at++)
        same += (unsigned char)live(i)[at] == pattern(i, at);
    return same == LIVE;
}

static void open_all(bool checks)
{
    ck_assert_int_eq(coil__stack_pool_new(STACK, COIL__GUARD_AUTO, &here.pool), 0);
    ck_assert_int_eq(coil__overflow_watch(here.pool, who, NULL), 0);
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(coil__stack_get(here.pool, &here.stacks[i]), 0);
        fill(i);
    }
    ck_assert_int_eq(coil__sleep_new(here.pool, checks, &here.sleep), 0);
}

static void close_all(void)
{
    for (int i = 0; i < N; i++) {
        coil__sleep_wake(here.sleep, here.stacks[i].index);
        ck_assert(is_filled(i));
        coil__stack_put(here.pool, here.stacks[i]);
    }
    ck_assert_uint_eq(coil__sleep_count(here.sleep), 0);
    coil__overflow_unwatch(here.pool);
    coil__sleep_free(here.sleep);
    coil__stack_pool_free(here.pool);
}

static bool sleeps(int i)
{
    return coil__sleep_has(here.sleep, here.stacks[i].index);
}

static bool put_to_sleep(int i)
{
    return coil__sleep_add(here.sleep, here.stacks[i], live(i), 1) &&
           coil__sleep_commit(here.sleep) == 1;
}

static long resident(void)
{
    unsigned char in;
    long n = 0;
    for (int i = 0; i < N; i++) {
        char *page = (char *)((uintptr_t)live(i) & ~(uintptr_t)4095);
        n += mincore(page, 1, &in) == 0 && in & 1;
    }
    return n;
}

START_TEST(pages_go_and_come_back_with_what_was_on_them)
{
    open_all(false);
    ck_assert_int_eq(resident(), N);
    for (int i = 0; i < N; i += COIL__SLEEP_BATCH) {
        int n = 0;
        for (; n < COIL__SLEEP_BATCH && i + n < N; n++)
            ck_assert(coil__sleep_add(here.sleep, here.stacks[i + n], live(i + n), 1));
        uint64_t all = n == 64 ? ~0ull : (1ull << n) - 1;
        ck_assert_uint_eq(coil__sleep_commit(here.sleep), all);
    }
    ck_assert_uint_eq(coil__sleep_count(here.sleep), N);
    ck_assert_int_eq(resident(), 0);
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[0], live(0), 1)); /* it sleeps already */
    for (int i = 0; i < N / 2; i++) {
        coil__sleep_wake(here.sleep, here.stacks[i].index);
        ck_assert(is_filled(i));
    }
    ck_assert_uint_eq(coil__sleep_touches(here.sleep), 0);
    ck_assert(is_filled(N - 1)); /* by touching it */
    ck_assert_uint_eq(coil__sleep_touches(here.sleep), 1);
    ck_assert(!sleeps(N - 1) && sleeps(N - 2));
    close_all();
}
END_TEST

static void *touch(void *arg)
{
    volatile char *volatile where = arg;
    volatile char *at = where;
    *at = *at;
    return NULL;
}

/* They touch a byte that is zero: until one of them has mended the stack the others may read nothing else. */
START_TEST(threads_that_touch_all_at_once_wake_each_stack_once)
{
    pthread_t threads[8];
    open_all(false);
    for (int i = 0; i < N; i++) {
        ck_assert(put_to_sleep(i));
        for (int k = 0; k < 8; k++)
            ck_assert_int_eq(pthread_create(&threads[k], NULL, touch, live(i)), 0);
        for (int k = 0; k < 8; k++)
            pthread_join(threads[k], NULL);
        ck_assert(is_filled(i));
    }
    ck_assert_uint_eq(coil__sleep_touches(here.sleep), N);
    close_all();
}
END_TEST

START_TEST(what_was_lent_to_the_kernel_stays_awake_until_the_stack_has_another_tenant)
{
    open_all(false);
    ck_assert(put_to_sleep(3));
    coil__sleep_lend(here.sleep, live(3) + 8, here.stacks[3].index); /* one's own */
    ck_assert(sleeps(3));
    coil__sleep_lend(here.sleep, live(3) + 8, here.stacks[4].index);
    ck_assert(!sleeps(3));
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[3], live(3), 1));
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[3], live(3), 1));
    ck_assert(coil__sleep_add(here.sleep, here.stacks[3], live(3), 2)); /* another one */
    ck_assert_uint_eq(coil__sleep_commit(here.sleep), 1);
    coil__sleep_lend(here.sleep, live(5), UINT32_MAX);
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[5], live(5), 9));
    int local;
    coil__sleep_lend(here.sleep, &local, UINT32_MAX); /* nobody's */
    coil__sleep_lend(here.sleep, NULL, UINT32_MAX);
    coil__sleep_lend(here.sleep, (void *)~(uintptr_t)0, UINT32_MAX);
    close_all();
}
END_TEST

START_TEST(much_on_a_stack_or_a_pointer_elsewhere_keeps_it_awake)
{
    open_all(false);
    char *top = here.stacks[0].top;
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[0], top - 4104, 1)); /* too many words */
    memset(top - 4096, 1, 4096 - LIVE);
    ck_assert(
        !coil__sleep_add(here.sleep, here.stacks[0], top - 4096, 1)); /* too many of them live */
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[0], top, 1));
    ck_assert(!coil__sleep_add(here.sleep, here.stacks[0], here.stacks[1].top - 8, 1));
    ck_assert_uint_eq(coil__sleep_commit(here.sleep), 0);
    memset(top - 4096, 0, 4096 - LIVE);
    ck_assert(coil__sleep_add(here.sleep, here.stacks[0], top - 4096, 1));
    ck_assert_uint_eq(coil__sleep_commit(here.sleep), 1);
    close_all();
}
END_TEST

START_TEST(a_system_call_gets_efault_and_harms_nothing)
{
    int pipes[2];
    char c;
    open_all(false);
    ck_assert(put_to_sleep(0));
    ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
    ck_assert_int_eq(write(pipes[1], live(0) + 8, 8), -1);
    ck_assert_int_eq(errno, EFAULT);
    ck_assert_int_eq(read(pipes[0], &c, 1), -1);
    close(pipes[0]);
    close(pipes[1]);
    ck_assert(sleeps(0));
    close_all();
}
END_TEST

/* ---------------------------------------------------------------- refusals ---- */

START_TEST(a_kernel_that_refuses_leaves_stacks_as_they_were)
{
    open_all(false);
    if (coil__faults_start() == 0) {
        coil__faults_plan("madvise", 1, ENOMEM,
                          false); /* the guard of the first; what puts it back does not fail */
        ck_assert(coil__sleep_add(here.sleep, here.stacks[0], live(0), 1));
        ck_assert_uint_eq(coil__sleep_commit(here.sleep), 0);
        coil__faults_plan("madvise", 2, ENOMEM, false); /* pages that nothing lives on stay */
        ck_assert(put_to_sleep(0));
        ck_assert(is_filled(0));
        coil__sleep_wake(here.sleep, here.stacks[0].index);
        coil__faults_plan("madvise", 3, ENOMEM, false); /* the putting back, once */
        ck_assert(put_to_sleep(0));
        coil__sleep_wake(here.sleep, here.stacks[0].index);
        ck_assert_uint_eq(coil__faults_hits(), 1);
        coil__faults_plan("mmap", 1, ENOMEM, true); /* no memory for the copy */
        ck_assert(!coil__sleep_add(here.sleep, here.stacks[1], live(1), 1));
        coil__faults_plan("sigaction", 1, EPERM, true); /* in doubt nobody sleeps */
        coil__faults_plan(NULL, 0, 0, false);
        coil__faults_stop();
    }
    for (int i = 0; i < N; i++)
        ck_assert(is_filled(i) && !sleeps(i));
    close_all();
}
END_TEST

static void somebodys(int signo)
{
    (void)signo;
}

START_TEST(nobody_sleeps_while_faults_go_to_somebody_else_first)
{
    struct sigaction theirs = {.sa_handler = somebodys}, ours;
    open_all(false);
    ck_assert_int_eq(sigaction(SIGSEGV, &theirs, &ours), 0);
    ck_assert(!put_to_sleep(0));
    ck_assert_int_eq(sigaction(SIGSEGV, &ours, NULL), 0);
    ck_assert(put_to_sleep(0));
    close_all();
}
END_TEST

/* ---------------------------------------------------------------- faults that end a program ---- */

static int touch_from_a_thread(void *arg)
{
    (void)arg;
    pthread_t thread;
    open_all(true);
    put_to_sleep(0);
    if (!is_filled(0)) /* one's own touch is nothing to report */
        return 3;
    coil__sleep_wake(here.sleep, here.stacks[0].index);
    put_to_sleep(0);
    pthread_create(&thread, NULL, touch, live(0));
    pthread_join(thread, NULL);
    return 0;
}

static int touch_what_is_protected(void *arg)
{
    (void)arg;
    open_all(false);
    put_to_sleep(0);
    put_to_sleep(1);
    mprotect((void *)((uintptr_t)live(1) & ~(uintptr_t)4095), 4096, PROT_NONE);
    coil__sleep_wake(here.sleep, here.stacks[0].index);
    coil__sleep_wake(here.sleep, here.stacks[1].index);
    return 0;
}

static int touch_nothing(void *arg)
{
    (void)arg;
    open_all(false);
    put_to_sleep(0);
    touch((void *)16);
    return 0;
}

static int touch_a_guard(void *arg)
{
    (void)arg;
    open_all(false);
    put_to_sleep(0);
    touch(coil__stack_bottom(here.pool, here.stacks[0]) - 1);
    return 0;
}

START_TEST(when_asked_to_check_a_touch_by_another_thread_is_reported_and_ends_the_program)
{
    char text[4096];
    int status = in_child(touch_from_a_thread, NULL, text, sizeof text);
    ck_assert_str_eq(text, "coil: another thread touches the sleeping stack of task the sleeper, "
                           "created at somewhere.c:12 (see sleep_stacks)\n");
    ck_assert_int_eq(status, BY_SIGNAL + SIGSEGV);
}
END_TEST

START_TEST(other_faults_are_what_they_were)
{
    char text[4096];
    int status = in_child(touch_what_is_protected, NULL, text, sizeof text);
    ck_assert_int_eq(status, BY_SIGNAL + SIGSEGV);
    ck_assert_str_eq(text, "");
    status = in_child(touch_nothing, NULL, text, sizeof text);
    ck_assert_int_eq(status, BY_SIGNAL + SIGSEGV);
    ck_assert_str_eq(text, "");
    status = in_child(touch_a_guard, NULL, text, sizeof text);
    ck_assert_int_eq(status, BY_SIGNAL + SIGSEGV);
    ck_assert(strstr(text, "stack overflow in task the sleeper"));
}
END_TEST

/* ---------------------------------------------------------------- the store ---- */

START_TEST(words_of_any_number_and_kind_are_unpacked_as_they_were)
{
    static struct coil__sleep_store store;
    coil__stack_word in[COIL__SLEEP_WORDS], out[COIL__SLEEP_WORDS];
    struct coil__sleep_block *kept[COIL__SLEEP_WORDS + 1] = {0};
    unsigned long long state = 88172645463325252ull;
    int refused = 0;
    for (uint32_t n = 1; n <= COIL__SLEEP_WORDS; n++) {
        for (uint32_t i = 0; i < n; i++) {
            state = state * 6364136223846793005ull + 1442695040888963407ull;
            in[i] = state >> 62 ? 0 : state;
            out[i] = ~in[i];
        }
        struct coil__sleep_block *block = kept[n] = coil__sleep_pack(&store, in, n);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_le(block->size, COIL__SLEEP_MOST);
        coil__sleep_unpack(block, out);
        ck_assert(memcmp(in, out, n * sizeof *in) == 0);
        memset(in, 1, sizeof in);
        refused += coil__sleep_pack(&store, in, COIL__SLEEP_WORDS) == NULL;
    }
    ck_assert_int_eq(refused, COIL__SLEEP_WORDS);
    for (uint32_t n = 1; n <= COIL__SLEEP_WORDS; n++)
        coil__sleep_put(&store, kept[n]);
    for (size_t i = 0; i < sizeof store.classes / sizeof *store.classes; i++)
        ck_assert(store.classes[i].chunks == NULL); /* nothing is kept for later */
}
END_TEST

int main(void)
{
    struct coil__stack_pool *pool;
    struct coil__sleep *sleep;
    if (coil__stack_pool_new(STACK, COIL__GUARD_AUTO, &pool) < 0)
        return 1;
    struct coil__stack stack;
    int err = coil__stack_get(pool, &stack);
    err = err < 0 ? err : coil__sleep_new(pool, false, &sleep);
    if (err >= 0)
        coil__sleep_free(sleep);
    coil__stack_pool_free(pool);
    if (err < 0) {
        printf("here stacks don't sleep: a sanitizer, ucontext, or Linux before 6.13\n");
        return 77;
    }
    TCase *t = tcase_create("sleep");
    tcase_add_test(t, pages_go_and_come_back_with_what_was_on_them);
    tcase_add_test(t, threads_that_touch_all_at_once_wake_each_stack_once);
    tcase_add_test(t, what_was_lent_to_the_kernel_stays_awake_until_the_stack_has_another_tenant);
    tcase_add_test(t, much_on_a_stack_or_a_pointer_elsewhere_keeps_it_awake);
    tcase_add_test(t, a_system_call_gets_efault_and_harms_nothing);
    tcase_add_test(t, a_kernel_that_refuses_leaves_stacks_as_they_were);
    tcase_add_test(t, nobody_sleeps_while_faults_go_to_somebody_else_first);
    tcase_add_test(t,
                   when_asked_to_check_a_touch_by_another_thread_is_reported_and_ends_the_program);
    tcase_add_test(t, other_faults_are_what_they_were);
    tcase_add_test(t, words_of_any_number_and_kind_are_unpacked_as_they_were);
    return test_main("sleep", t);
}
