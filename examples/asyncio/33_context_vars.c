/* Context variables: a value that follows a task into everything it calls and starts, without being passed on. */
#include <coil.h>
#include <stdio.h>

static coil_context_var request = COIL_CONTEXT_VAR_DEFAULT("request", (void *)"none");

static void log_line(const char *text)
{
    printf("[%s] %s\n", (const char *)coil_context_var_get(&request), text);
}

COIL_ASYNC(query, (double, seconds))
{
    log_line("asks the database");
    int err = coil_sleep(seconds);
    if (err >= 0)
        log_line("has its answer");
    return err;
}

COIL_ASYNC(handle, (const char *, name), (double, seconds))
{
    int err = coil_context_var_set(&request, (void *)name);
    return err < 0 ? err : query(seconds);
}

COIL_ASYNC(serve)
{
    int err = coil_gather(handle("first", 2), handle("second", 1));
    if (err < 0)
        return err;
    log_line("the tasks had contexts of their own");
    coil_context_token token;
    err = coil_context_var_set_token(&request, (void *)"maintenance", &token);
    if (err < 0)
        return err;
    err = query(1);
    int undone = coil_context_var_reset(&request, &token);
    if (err < 0 || undone < 0)
        return err < 0 ? err : undone;
    log_line("is what it was");
    return 0;
}

COIL_MAIN(serve())
