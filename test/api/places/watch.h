/* places/watch.h: the rows of watches. Part of contract_places.c. */

static struct {
    bool wanted; /* by this row: the kernel takes 20 ms to close one */
    coil_watch *watch;
    int path;
    int other; /* a second one, to be removed */
} w;

static void prepare_watch(void)
{
    w.watch = NULL;
    if (!w.wanted)
        return;
    must(coil_watch_open(&w.watch) == 0, "coil_watch_open");
    w.path = coil_watch_add(w.watch, "/tmp", IN_CREATE);
    w.other = coil_watch_add(w.watch, "/", IN_CREATE);
    must(w.path > 0 && w.other > 0, "coil_watch_add");
}

static void give_back_watch(void)
{
    if (w.watch)
        coil_ignore(coil_watch_close(w.watch)); /* the row may have closed it */
}

static enum outcome call_coil_watch_open(void)
{
    coil_watch *watch = NULL;
    return of_status(coil_watch_open(&watch)); /* the loop closes it */
}

static int touch_soon(void *arg)
{
    (void)arg;
    int fd = mkstemp((char[]){"/tmp/coil-touch-XXXXXX"});
    char name[64], link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, name, sizeof name - 1);
    name[size > 0 ? size : 0] = '\0';
    unlink(name);
    close(fd);
    return 0;
}

static int next_event(void)
{
    coil_watch_event event;
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, touch_soon, NULL));
    int err = coil_watch_next(w.watch, &event);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return err;
}

STATUS(coil_watch_add, coil_watch_add(w.watch, "/tmp", IN_DELETE))
STATUS(coil_watch_remove, coil_watch_remove(w.watch, w.other))
STATUS(coil_watch_next, next_event())
STATUS(coil_watch_close, coil_watch_close(w.watch))

/* ---------------------------------------------------------------- the table ---- */

static const struct row watch_rows[] = {
    BARE(coil_watch_open),
    OBJECT(coil_watch_add),
    OBJECT(coil_watch_remove),
    SUSPENDS_OBJECT(coil_watch_next),
    SUSPENDS_OBJECT(coil_watch_close),
    {NULL, NULL, 0, 0},
};

static bool is_watch_row(const struct row *row)
{
    return row >= watch_rows && row < watch_rows + sizeof watch_rows / sizeof *watch_rows;
}
