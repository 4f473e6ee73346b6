/* test/api/context.h: what the tests of contexts share: three variables, a callback that notes what it sees, calls that set and get. */
#ifndef TEST_CONTEXT_H
#define TEST_CONTEXT_H

#include <check.h>
#include <stdint.h>

#include "coil.h"

static coil_context_var plain = COIL_CONTEXT_VAR("plain");
static coil_context_var other = COIL_CONTEXT_VAR_DEFAULT("other", "default");

static int destroyed;

static void destroy(void *value)
{
    (void)value;
    destroyed++;
}

static coil_context_var owned = COIL_CONTEXT_VAR_OWNED("owned", destroy);

static const char *seen[16];
static int n_seen;

static inline int see(void *arg)
{
    (void)arg;
    const char *value = coil_context_var_get(&plain);
    seen[n_seen++] = value ? value : "none";
    ck_assert_int_eq(coil_context_var_set(&plain, "of the callback"), 0);
    return 0;
}

static inline int see_task(coil_task *t, void *arg)
{
    (void)t;
    return see(arg);
}

static COIL_ASYNC(sets, (const char *, value))
{
    int err = coil_sleep(0);
    return err < 0 ? err : coil_context_var_set(&plain, (void *)(uintptr_t)value);
}

static COIL_ASYNC(gets, (const char *, ret_value, out))
{
    int err = coil_sleep(0);
    *ret_value = coil_context_var_get(&plain);
    return err;
}

static inline int set_from_a_thread(void *value)
{
    return coil_context_var_set(&plain, value);
}

#endif
