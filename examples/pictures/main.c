/* main.c: pictures: downloads pictures and finds their edges, in one way or in all five.
 *
 *     pictures [--strategy NAME] [URL...]
 *
 * Exit status: 0 when every picture was done; 1 when one failed, with a summary; 2 when there was
 * nothing to begin with; 130 after Ctrl-C, with what was finished.
 */
#include "bundled.h"
#include "conclusion.h"
#include "generate.h"
#include "list.h"
#include "options.h"
#include "progress.h"
#include "strategies.h"
#include "table.h"

#include <coil_http.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GENERATED = 12, GENERATED_WIDTH = 1920, GENERATED_HEIGHT = 1200 };

struct program {
    struct options options;
    struct list list;
    struct bundled server;
    int lock;          /* of the output folder: an open fd, negative when there is none */
    const char *under; /* of the server's index: only what begins so */
    struct run runs[STRATEGIES];
    struct report_strategy results[STRATEGIES];
    int n_runs; /* begun; the last one may have been interrupted */
};

/* ---------------------------------------------------------------- in the loop ---- */

/* The list of the bundled server. */
static int fetch_index(struct program *p)
{
    char url[sizeof p->server.base + 16];
    coil_http_client *client = NULL;
    coil_http_response response = {0};
    snprintf(url, sizeof url, "%s/index.txt", p->server.base);
    const coil_http_request request = {.url = url, .timeout = p->options.timeout};
    int err = coil_http_client_new(&client);
    if (err < 0)
        return err;
    err = coil_http_fetch(client, &request, &response);
    if (err == 0)
        err = list_add_index(&p->list, response.body, p->server.base, p->under);
    coil_http_response_done(&response);
    coil_http_client_free(client);
    return err < 0 ? err : 0;
}

static int run_one(struct program *p, const struct strategy *strategy)
{
    struct progress progress;
    struct run *run = &p->runs[p->n_runs];
    int err = run_init(run, &p->options, &p->list);
    if (err < 0)
        return err;
    struct report_strategy *result = &p->results[p->n_runs++];
    result->name = strategy->name;
    run->progress = &progress;
    progress_begin(&progress, stdout, strategy->name, p->list.n);
    err = strategy_run(strategy, run, result);
    progress_end(&progress);
    return err;
}

COIL_ASYNC(run_all, (struct program *, p))
{
    int err = p->server.pid ? fetch_index(p) : 0;
    if (err == 0)
        err = list_finish(&p->list, p->options.limit, p->options.out);
    if (err == 0 && p->list.n == 0)
        err = coil_fail(-ENOENT, "there are no pictures");
    const struct strategy *only = strategy_find(p->options.strategy);
    for (int i = 0; i < STRATEGIES && err == 0; i++)
        if (!only || only == &strategies[i])
            err = run_one(p, &strategies[i]);
    return err;
}

/* ---------------------------------------------------------------- before and after ---- */

static int make_folder(const char *path)
{
    char part[4096];
    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return -ENAMETOOLONG;
    for (char *p = part + 1;; p++) {
        const char c = *p;
        if (c != '/' && c != 0)
            continue;
        *p = 0;
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return -errno;
        *p = c;
        if (c == 0)
            return 0;
    }
}

static int make_folders(const char *out)
{
    static const char *const below[] = {"", "/originals", "/edges"};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        char path[4096];
        if ((size_t)snprintf(path, sizeof path, "%s%s", out, below[i]) >= sizeof path)
            return -ENAMETOOLONG;
        int err = make_folder(path);
        if (err < 0) {
            fprintf(stderr, "pictures: %s: %s\n", path, coil_error_sentence(err));
            return err;
        }
    }
    return 0;
}

/* Two runs in one folder would take each other's files away. The lock goes with the process. */
static int lock_folder(const char *out)
{
    const int fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    const int err = -errno;
    if (fd >= 0)
        close(fd);
    fprintf(stderr, "pictures: %s: %s\n", out,
            err == -EWOULDBLOCK ? "another run is writing there" : coil_error_sentence(err));
    return err;
}

/* Where no photographs were given, there are pictures all the same. */
static int generate(const struct options *o, char *folder, size_t size)
{
    struct why why = {{0}};
    if ((size_t)snprintf(folder, size, "%s/generated", o->out) >= size)
        return -ENAMETOOLONG;
    printf("No photographs here (Debian's mate-backgrounds has some): %d generated pictures "
           "instead.\n",
           GENERATED);
    int err = make_folder(folder);
    if (err == 0)
        err = generate_files(folder, GENERATED, GENERATED_WIDTH, GENERATED_HEIGHT, &why);
    if (err < 0)
        fprintf(stderr, "pictures: %s: %s\n", folder, why.text);
    return err;
}

static int start_server(struct program *p)
{
    char generated[4096];
    const char *images = p->options.images;
    struct stat st;
    p->under = "";
    if (!images && (images = getenv("COIL_PICTURES")) != NULL) {
        char nature[4096];
        snprintf(nature, sizeof nature, "%s/nature", images);
        if (stat(nature, &st) == 0)
            p->under = "/nature/";
    }
    if (!images) {
        int err = generate(&p->options, generated, sizeof generated);
        if (err < 0)
            return err;
        images = generated;
    }
    int err = bundled_start(&p->server, &p->options, images);
    if (err < 0)
        fprintf(stderr, "pictures: the bundled server does not start over %s: %s\n", images,
                coil_error_sentence(err));
    else if (p->options.bandwidth > 0)
        printf("The bundled server, %s, serves %s: %g s to the first byte, %g kB/s each.\n",
               p->server.base, images, p->options.delay, p->options.bandwidth / 1000);
    else
        printf("The bundled server, %s, serves %s: %g s to the first byte.\n", p->server.base,
               images, p->options.delay);
    return err;
}

static int prepare(struct program *p)
{
    const struct options *o = &p->options;
    int err = make_folders(o->out);
    if (err == 0)
        err = p->lock = lock_folder(o->out);
    if (err > 0)
        err = 0;
    for (int i = 0; i < o->n_urls && err == 0; i++)
        err = list_add(&p->list, o->urls[i]);
    if (err == 0 && o->from) {
        err = list_add_file(&p->list, o->from);
        if (err < 0)
            fprintf(stderr, "pictures: %s: %s\n", o->from, coil_error_sentence(err));
    }
    if (err == 0 && !o->from && o->n_urls == 0)
        err = start_server(p);
    return err;
}

int main(int argc, char **argv)
{
    static struct program p = {.lock = -1};
    options_read(&p.options, argc, argv);
    int status = 2;
    if (prepare(&p) < 0)
        goto out;
    int err = coil_run(run_all(&p));
    if (err < 0 && err != -EINTR) {
        fprintf(stderr, "pictures: %s\n", coil_error_message(err));
        goto out;
    }
    const struct conclusion c = {&p.options, &p.list, p.runs, p.results, p.n_runs};
    status = err == -EINTR ? conclusion_interrupted(&c) : conclusion_print(&c);
out:
    bundled_stop(&p.server);
    for (int i = 0; i < p.n_runs; i++)
        run_done(&p.runs[i]);
    list_done(&p.list);
    if (p.lock >= 0)
        close(p.lock);
    return status;
}
