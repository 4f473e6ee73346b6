/* places/subprocess.h: the rows of child processes. Part of contract_places.c, which says what a row is. */

static struct {
    bool wanted;        /* by this row: to start one takes a while  */
    coil_process *runs; /* ends after a moment; its stdin is a pipe */
} child;

static void prepare_child(void)
{
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE};
    child.runs = NULL;
    if (!child.wanted)
        return;
    must(coil_create_subprocess_shell("sleep 0.01", &pipes, &child.runs) == 0, "a child");
}

static void give_back_child(void)
{
    coil_process_close(child.runs);
}

static int start_child(void)
{
    const char *const argv[] = {"true", NULL};
    coil_process *p;
    int err = coil_create_subprocess_exec(argv, NULL, &p);
    if (err >= 0)
        coil_process_close(p);
    return err;
}

static int start_shell(void)
{
    coil_process *p;
    int err = coil_create_subprocess_shell("exit 0", NULL, &p);
    if (err >= 0)
        coil_process_close(p);
    return err;
}

STATUS(coil_create_subprocess_exec, start_child())
STATUS(coil_create_subprocess_shell, start_shell())
STATUS(coil_process_wait, coil_process_wait(child.runs, NULL))
STATUS(coil_process_communicate, coil_process_communicate(child.runs, "x", 1, NULL))
POINTER(coil_process_stdin, coil_process_stdin(child.runs))
POINTER(coil_process_stdout, coil_process_stdout(child.runs))
/* it has no pipe there: nothing could tell */
NOTHING(coil_process_stderr, coil_process_stderr(child.runs))
STATUS(coil_process_pid, coil_process_pid(child.runs))
STATUS(coil_process_returncode, coil_process_returncode(child.runs, NULL))
STATUS(coil_process_send_signal, coil_process_send_signal(child.runs, 0))
STATUS(coil_process_terminate, coil_process_terminate(child.runs))
STATUS(coil_process_kill, coil_process_kill(child.runs))
STATUS(coil_process_close, coil_process_close(child.runs))
STATUS(coil_process_detach, coil_process_detach(child.runs))

static const struct row child_rows[] = {
    SUSPENDS(coil_create_subprocess_exec),
    SUSPENDS(coil_create_subprocess_shell),
    SUSPENDS_OBJECT(coil_process_wait),
    SUSPENDS_OBJECT(coil_process_communicate),
    OBJECT(coil_process_stdin),
    OBJECT(coil_process_stdout),
    OBJECT(coil_process_stderr),
    OBJECT(coil_process_pid),
    OBJECT(coil_process_returncode),
    OBJECT(coil_process_send_signal),
    OBJECT(coil_process_terminate),
    OBJECT(coil_process_kill),
    OBJECT(coil_process_close),
    OBJECT(coil_process_detach),
    {NULL, NULL, 0, 0},
};

static bool is_child_row(const struct row *row)
{
    return row >= child_rows && row < child_rows + sizeof child_rows / sizeof *child_rows;
}
