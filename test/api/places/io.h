/* places/io.h: the rows of raw fds and files.
 *
 * Part of contract_places.c, which says what a row is. Each works on a pair of sockets or a file of its own, made anew for
 * each call: an fd belongs to no loop until a loop waits on it.
 */

static int pair[2];
static char path[] = "/tmp/coil-places-XXXXXX", other_path[sizeof path + 4],
            folder[sizeof path + 4];

static void make_pair(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
         "socketpair");
}

static enum outcome end_pair(int status)
{
    close(pair[0]);
    close(pair[1]);
    return of_status(status);
}

/* A row on a fresh pair of sockets; pair[0] is tried, pair[1] is the peer. */
#define ON_PAIR(name, ...)                \
    static enum outcome call_##name(void) \
    {                                     \
        make_pair();                      \
        return end_pair(__VA_ARGS__);     \
    }

static int add_and_remove(int (*add)(int, coil_callback, void *), int (*remove)(int))
{
    int err = add(pair[0], nothing, NULL);
    return err < 0 ? err : remove(pair[0]);
}

ON_PAIR(coil_add_reader, add_and_remove(coil_add_reader, coil_remove_reader))
ON_PAIR(coil_add_writer, add_and_remove(coil_add_writer, coil_remove_writer))
ON_PAIR(coil_remove_reader, coil_remove_reader(pair[0]))
ON_PAIR(coil_remove_writer, coil_remove_writer(pair[0]))

static int soon_readable(void *arg)
{
    (void)arg;
    return write(pair[1], "x", 1) == 1 ? 0 : -EIO;
}

/* Waits for something to read, which comes after a moment. */
static int wait_readable(void)
{
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, soon_readable, NULL));
    int err = coil_wait_fd(pair[0], POLLIN);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return err;
}

static int receive(void)
{
    char buf[4];
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, soon_readable, NULL));
    int err = coil_recv(pair[0], buf, sizeof buf);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return err;
}

ON_PAIR(coil_wait_fd, wait_readable())
ON_PAIR(coil_recv, receive())
ON_PAIR(coil_send, coil_send(pair[0], "x", 1))
ON_PAIR(coil_sendall, coil_sendall(pair[0], "x", 1))

static enum outcome call_coil_close(void)
{
    make_pair();
    int err = coil_close(pair[0]);
    close(pair[1]);
    if (is_place_error(err))
        close(pair[0]);
    return of_status(err);
}

/* ---- a listening socket and a connection to it ---- */

static struct sockaddr_in here;
static int listener, client;

static void listen_here(void)
{
    socklen_t size = sizeof here;
    here = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    must(listener >= 0 && client >= 0, "socket");
    must(bind(listener, (struct sockaddr *)&here, size) == 0 && listen(listener, 8) == 0, "listen");
    must(getsockname(listener, (struct sockaddr *)&here, &size) == 0, "getsockname");
}

static int connect_client(void *arg)
{
    (void)arg;
    (void)connect(client, (struct sockaddr *)&here, sizeof here);
    return 0;
}

static enum outcome end_listener(int status)
{
    close(listener);
    close(client);
    return of_status(status);
}

static enum outcome call_coil_accept(void)
{
    listen_here();
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, connect_client, NULL));
    int fd = coil_accept(listener);
    if (fd >= 0)
        close(fd);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return end_listener(fd);
}

static enum outcome call_coil_connect(void)
{
    listen_here();
    return end_listener(coil_connect(client, (struct sockaddr *)&here, sizeof here));
}

/* ---- files ---- */

static coil_file *file;
static char byte;
static long long size_of_file;

/* A row on a fresh file, which only a task can open; elsewhere there is none, and the place must decide first. */
static int with_file(int (*use)(void))
{
    int err = coil_file_open(path, O_RDWR | O_CREAT, 0600, &file);
    if (err < 0)
        return err;
    err = use();
    coil_ignore(coil_file_close(file));
    return err;
}

#define ON_FILE(name, ...)      \
    static int use_##name(void) \
    {                           \
        return __VA_ARGS__;     \
    }                           \
    STATUS(name, with_file(use_##name))

ON_FILE(coil_file_open, 0)
ON_FILE(coil_file_read, coil_file_read(file, &byte, 1))
ON_FILE(coil_file_write, coil_file_write(file, "x", 1))
ON_FILE(coil_file_pread, coil_file_pread(file, &byte, 1, 0))
ON_FILE(coil_file_pwrite, coil_file_pwrite(file, "x", 1, 0))
ON_FILE(coil_file_size, coil_file_size(file, &size_of_file))
ON_FILE(coil_file_fsync, coil_file_fsync(file))
ON_FILE(coil_file_close, 0)

STATUS(coil_file_seek, coil_file_seek(a.file, 0))
STATUS(coil_file_fd, coil_file_fd(a.file))

static int rename_it(void)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    return coil_rename(path, other_path);
}

static int unlink_it(void)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    return coil_unlink(path);
}

static int mkdir_it(void)
{
    rmdir(folder);
    return coil_mkdir(folder, 0700);
}

static int stat_it(void)
{
    struct statx found;
    return coil_stat("/", &found);
}

STATUS(coil_rename, rename_it())
STATUS(coil_unlink, unlink_it())
STATUS(coil_mkdir, mkdir_it())
STATUS(coil_stat, stat_it())

static void name_files(void)
{
    int fd = mkstemp(path);
    must(fd >= 0, "mkstemp");
    close(fd);
    snprintf(other_path, sizeof other_path, "%s.b", path);
    snprintf(folder, sizeof folder, "%s.d", path);
}

static void remove_files(void)
{
    unlink(path);
    unlink(other_path);
    rmdir(folder);
}

/* ---------------------------------------------------------------- the table ---- */

static const struct row io_rows[] = {
    BARE(coil_add_reader),      BARE(coil_add_writer),     BARE(coil_remove_reader),
    BARE(coil_remove_writer),   SUSPENDS(coil_wait_fd),    SUSPENDS(coil_recv),
    SUSPENDS(coil_send),        SUSPENDS(coil_sendall),    SUSPENDS(coil_accept),
    SUSPENDS(coil_connect),     SUSPENDS(coil_close),      SUSPENDS(coil_file_open),
    SUSPENDS(coil_file_read),   SUSPENDS(coil_file_write), SUSPENDS(coil_file_pread),
    SUSPENDS(coil_file_pwrite), SUSPENDS(coil_file_size),  SUSPENDS(coil_file_fsync),
    SUSPENDS(coil_file_close),  OBJECT(coil_file_seek),    OBJECT(coil_file_fd),
    SUSPENDS(coil_rename),      SUSPENDS(coil_unlink),     SUSPENDS(coil_mkdir),
    SUSPENDS(coil_stat),        {NULL, NULL, 0, 0},
};
