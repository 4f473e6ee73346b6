/* Children and pipes: a child that talks, one that is killed, one that can't start; pipes and stdio as streams. */
#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

/* ---------------------------------------------------------------- children ---- */

COIL_ASYNC(talk)
{
    const char *const argv[] = {"cat", NULL};
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_DEVNULL};
    coil_process *p;
    coil_process_output got;
    int code = -1;
    int err = coil_create_subprocess_exec(argv, &pipes, &p);
    if (err < 0)
        return err;
    err = coil_process_communicate(p, "hello", 5, &got);
    if (err >= 0)
        err = coil_process_wait(p, &code);
    if (err >= 0 && (code != 0 || strcmp(got.out, "hello") != 0))
        err = -EBADMSG;
    coil_process_close(p);
    return err;
}

COIL_ASYNC(end_one)
{
    coil_process *p;
    int code = 0;
    int err = coil_create_subprocess_shell("exec sleep 60", NULL, &p);
    if (err < 0)
        return err;
    err = coil_process_terminate(p);
    if (err >= 0)
        err = coil_process_wait(p, &code);
    if (err >= 0 && code != -SIGTERM)
        err = -EBADMSG;
    coil_process_close(p);
    return err;
}

COIL_ASYNC(fail_to_start)
{
    const char *const argv[] = {"/no/such/program", NULL};
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_STDOUT};
    coil_process *p;
    int err = coil_create_subprocess_exec(argv, &pipes, &p);
    return err == -ENOENT ? 0 : err < 0 ? err : -EBADMSG;
}

COIL_ASYNC(use_children)
{
    int err = coil_wait_for(talk(), LIMIT);
    if (err >= 0)
        err = coil_wait_for(end_one(), LIMIT);
    if (err >= 0)
        err = coil_wait_for(fail_to_start(), LIMIT);
    coil_process *p; /* killed with the loop */
    return err >= 0 ? coil_create_subprocess_shell("exec sleep 60", NULL, &p) : err;
}

/* ---------------------------------------------------------------- pipes ---- */

COIL_ASYNC(send_much, (coil_stream *, out), (const char *, bytes), (size_t, n))
{
    int err = coil_stream_send(out, bytes, n);
    if (err >= 0)
        err = coil_stream_write(out, "end", 3);
    int ended = coil_stream_write_eof(out);
    return err < 0 ? err : ended;
}

static const char much[200000];

COIL_ASYNC(read_to_end, (coil_stream *, in), (const char *, ret_data, out), (size_t, ret_size, out))
{
    int err = coil_stream_read_all(in, ret_data, ret_size);
    if (err < 0) /* whoever sends shall not wait for ever */
        coil_stream_abort(in);
    return err;
}

COIL_ASYNC(move_bytes, (coil_stream *, in), (coil_stream *, out))
{
    const char *data;
    size_t size = 0;
    int err = coil_gather(send_much(out, much, sizeof much), read_to_end(in, &data, &size));
    if (err >= 0 && (size != sizeof much + 3 || memcmp(data + sizeof much, "end", 3) != 0))
        err = -EBADMSG;
    return err;
}

COIL_ASYNC(use_pipe)
{
    int ends[2];
    coil_stream *in, *out;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int err = coil_connect_read_pipe(ends[0], &in);
    if (err < 0) {
        close(ends[0]);
        close(ends[1]);
        return err;
    }
    err = coil_connect_write_pipe(ends[1], &out);
    if (err < 0) {
        close(ends[1]);
        coil_stream_close(in);
        return err;
    }
    err = coil_wait_for(move_bytes(in, out), LIMIT);
    coil_stream_close(out);
    coil_stream_close(in);
    return err;
}

/* ---------------------------------------------------------------- the walks ---- */

static int run_children(void)
{
    return coil_run(use_children());
}

static int run_pipe(void)
{
    return coil_run(use_pipe());
}

int main(void)
{
    const struct walk list[] = {
        {"children", run_children, 480, 530, {0}, 18},
        {"pipe", run_pipe, 135, 155, {EPIPE}, 16},
    };
    return walk_main(list, sizeof list / sizeof *list);
}
