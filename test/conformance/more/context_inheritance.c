/* which context: gather's children and a group's get copies at creation; timers, done callbacks, readers and server handlers keep the one of their registration */
#include "said.h"

static coil_context_var var = COIL_CONTEXT_VAR_DEFAULT("var", "none");

static int show(void *label)
{
    printf("%s %s\n", (const char *)label, (const char *)coil_context_var_get(&var));
    return 0;
}

static int set(void *value)
{
    return coil_context_var_set(&var, value);
}

COIL_ASYNC(child, (char *, name))
{
    printf("%s sees %s\n", name, (const char *)coil_context_var_get(&var));
    MUST(set(name));
    MUST(coil_sleep(0));
    printf("%s keeps %s\n", name, (const char *)coil_context_var_get(&var));
    return 0;
}

static int on_read(void *arg)
{
    char byte;
    if (read(*(int *)arg, &byte, 1) != 1)
        return -EIO;
    show("reader");
    return set("set by reader");
}

static int on_done(coil_future *f, void *label)
{
    (void)f;
    return show(label);
}

static int children(void)
{
    int err;
    MUST(set("main"));
    coil_future *g = coil_gather_future(child("g1"), child("g2"));
    MUST(set("main later"));
    MUST(coil_future_await(g, NULL));
    coil_future_unref(g);
    show("after gather");
    coil_context *ctx = NULL;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, child("tg"));
        ctx = coil_context_copy();
        MUST(coil_context_run(ctx, coil_apply(set, "given")));
        coil_group_create_task_in_context(tg, ctx, child("in ctx"));
    }
    void *value = NULL;
    MUST(coil_context_get(ctx, &var, &value));
    printf("ctx now %s | main %s\n", (const char *)value, (const char *)coil_context_var_get(&var));
    coil_context_unref(ctx);
    return err;
}

static int callbacks(void)
{
    int fds[2];
    MUST(pipe(fds));
    MUST(set("at registration"));
    MUST(coil_add_reader(fds[0], on_read, &fds[0]));
    coil_call_later(0.005, show, "timer");
    coil_future *f = coil_future_new();
    MUST(coil_future_add_done_callback(f, on_done, "done callback"));
    MUST(set("afterwards"));
    if (write(fds[1], "x", 1) != 1)
        return -EIO;
    MUST(coil_sleep(0.01));
    if (write(fds[1], "x", 1) != 1)
        return -EIO;
    MUST(coil_future_set_result(f, NULL));
    MUST(coil_sleep(0.01));
    show("main");
    coil_future_unref(f);
    coil_remove_reader(fds[0]);
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static int handle(coil_stream *s, void *arg)
{
    (void)arg;
    show("handler");
    MUST(set("handler's own"));
    return coil_stream_close(s);
}

COIL_ASYNC(amain)
{
    coil_server *server;
    MUST(children());
    MUST(callbacks());
    MUST(set("server"));
    MUST(coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server));
    MUST(set("client"));
    for (int i = 0; i < 2; i++) {
        coil_stream *s;
        char byte;
        MUST(coil_open_connection("127.0.0.1", coil_server_port(server), &s));
        MUST(coil_stream_read(s, &byte, 1));
        coil_stream_close(s);
    }
    coil_server_free(server);
    return 0;
}
COIL_MAIN(amain())
