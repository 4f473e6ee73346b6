/* list.c: URLs become pictures with names.
 *
 * A name is the last part of the URL's path, decoded, with every character that a file name should
 * not have replaced; so no URL can name a file outside the output folder. Where two would be
 * equal, the later one gets its number in front.
 */
#include "list.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LIMIT = 120, FILE_LIMIT = 16 << 20 };

static int add_n(struct list *list, const char *base, const char *path, size_t length)
{
    if (list->n == list->room) {
        const int room = list->room ? 2 * list->room : 16;
        struct picture *more = realloc(list->pictures, (size_t)room * sizeof *more);
        if (!more)
            return -ENOMEM;
        list->pictures = more;
        list->room = room;
    }
    struct picture *p = &list->pictures[list->n];
    memset(p, 0, sizeof *p);
    if (asprintf(&p->url, "%s%.*s", base, (int)length, path) < 0) {
        p->url = NULL;
        return -ENOMEM;
    }
    list->n++;
    return 0;
}

int list_add(struct list *list, const char *url)
{
    return add_n(list, "", url, strlen(url));
}

/* Calls for each line that says something, without the blanks around it. */
static int add_lines(struct list *list, const char *text, const char *base, const char *under)
{
    int n = 0;
    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        while (text < end && isspace((unsigned char)*text))
            text++;
        /* what follows a blank is the checksum, in an index; a URL has none */
        const size_t length = strcspn(text, " \t\r\n");
        if (length == 0 || *text == '#' || strncmp(text, under, strlen(under)) != 0)
            continue;
        int err = add_n(list, base, text, length);
        if (err < 0)
            return err;
        n++;
    }
    return n;
}

int list_add_index(struct list *list, const char *index, const char *base, const char *under)
{
    return add_lines(list, index, base, under);
}

int list_add_file(struct list *list, const char *path)
{
    struct bytes text = {0};
    int err = bytes_read_file(&text, path, FILE_LIMIT);
    if (err == 0)
        err = bytes_append(&text, "", 1);
    if (err == 0)
        err = add_lines(list, (const char *)text.data, "", "");
    bytes_done(&text);
    return err < 0 ? err : 0;
}

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void name_of(const char *url, char ret[NAME_LIMIT + 1])
{
    const char *path = strstr(url, "://");
    path = path ? path + 3 : url;
    size_t length = strcspn(path, "?#");
    const char *begin = path;
    for (const char *p = path; p < path + length; p++)
        if (*p == '/')
            begin = p + 1;
    length -= (size_t)(begin - path);
    size_t n = 0;
    for (size_t i = 0; i < length && n < NAME_LIMIT; i++) {
        unsigned char c = (unsigned char)begin[i];
        if (c == '%' && i + 2 < length && isxdigit((unsigned char)begin[i + 1]) &&
            isxdigit((unsigned char)begin[i + 2])) {
            c = (unsigned char)(hex(begin[i + 1]) * 16 + hex(begin[i + 2]));
            i += 2;
        }
        const int unfit = c < ' ' || c == 127 || strchr("/\\:*?\"<>|", c) || (n == 0 && c == '.');
        ret[n++] = unfit ? '_' : (char)c;
    }
    ret[n] = 0;
    if (n == 0)
        strcpy(ret, "picture");
}

static int taken(const struct list *list, int before, const char *name)
{
    for (int i = 0; i < before; i++)
        if (strcmp(list->pictures[i].name, name) == 0)
            return 1;
    return 0;
}

static void picture_done(struct picture *p)
{
    free(p->url);
    free(p->name);
    free(p->file);
    free(p->edges);
}

int list_finish(struct list *list, int limit, const char *out)
{
    for (; limit > 0 && list->n > limit; list->n--)
        picture_done(&list->pictures[list->n - 1]);
    for (int i = 0; i < list->n; i++) {
        struct picture *p = &list->pictures[i];
        char name[NAME_LIMIT + 1];
        name_of(p->url, name);
        p->name = strdup(name);
        for (int number = i + 1; p->name && taken(list, i, p->name); number += list->n) {
            free(p->name);
            if (asprintf(&p->name, "%d-%s", number, name) < 0)
                p->name = NULL;
        }
        if (!p->name)
            return -ENOMEM;
        if (asprintf(&p->file, "%s/originals/%s", out, p->name) < 0) {
            p->file = NULL;
            return -ENOMEM;
        }
        if (asprintf(&p->edges, "%s/edges/%s.png", out, p->name) < 0) {
            p->edges = NULL;
            return -ENOMEM;
        }
    }
    return 0;
}

void list_done(struct list *list)
{
    for (int i = 0; i < list->n; i++)
        picture_done(&list->pictures[i]);
    free(list->pictures);
    memset(list, 0, sizeof *list);
}
