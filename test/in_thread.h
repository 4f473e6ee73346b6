/* test/in_thread.h: a test that runs in a thread of its own: its last failure is recorded with the thread, and goes with it. */
#ifndef TEST_IN_THREAD_H
#define TEST_IN_THREAD_H

#include <check.h>
#include <pthread.h>

static inline void in_thread(void *(*body)(void *))
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, body, NULL), 0);
    pthread_join(thread, NULL);
}

/* TEST_IN_THREAD(name) { ...; return arg; } stands where START_TEST(name) { ... } END_TEST would. */
#define TEST_IN_THREAD(name)                  \
    static void *in_thread_##name(void *arg); \
    START_TEST(name)                          \
    {                                         \
        in_thread(in_thread_##name);          \
    }                                         \
    END_TEST                                  \
    static void *in_thread_##name(void *arg)

#endif
