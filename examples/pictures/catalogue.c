/* catalogue.c: the tree is walked once, at the start, before any client is there to wait for it. */
#include "catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { DEPTH_MAX = 32, PATH_ROOM = 4096 };

uint32_t catalogue_checksum(uint32_t so_far, const void *data, size_t size)
{
    return (uint32_t)crc32_z(so_far, data, size);
}

void catalogue_checksum_text(uint32_t checksum, char ret[CATALOGUE_CHECKSUM_SIZE])
{
    snprintf(ret, CATALOGUE_CHECKSUM_SIZE, "crc32:%08x", checksum);
}

static int sum_file(const char *file, struct catalogue_entry *entry)
{
    static const size_t room = 256 * 1024;
    uint8_t *buffer = malloc(room);
    if (!buffer)
        return -ENOMEM;
    int err = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        err = -errno;
        goto free_buffer;
    }
    for (;;) {
        ssize_t n = read(fd, buffer, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err = -errno;
        if (n <= 0)
            break;
        entry->checksum = catalogue_checksum(entry->checksum, buffer, (size_t)n);
        entry->size += (uint64_t)n;
    }
    close(fd);
free_buffer:
    free(buffer);
    return err;
}

static int add_file(struct catalogue *c, const char *file, const char *path)
{
    if (c->n == c->room) {
        const size_t room = c->room ? c->room * 2 : 16;
        struct catalogue_entry *entries = realloc(c->entries, room * sizeof *entries);
        if (!entries)
            return -ENOMEM;
        c->entries = entries;
        c->room = room;
    }
    struct catalogue_entry entry = {.path = strdup(path), .file = strdup(file)};
    int err = entry.path && entry.file ? sum_file(file, &entry) : -ENOMEM;
    if (err < 0) {
        free(entry.path);
        free(entry.file);
        return err;
    }
    c->entries[c->n++] = entry;
    return 0;
}

/* Walks the folder in `file`, whose length is `length`; its URL path begins at `root`. The buffer is shared by
 * all depths: each appends its names behind its own. */
static int walk(struct catalogue *c, char *file, size_t length, size_t root, int depth)
{
    if (depth > DEPTH_MAX)
        return -ELOOP;
    DIR *dir = opendir(file);
    if (!dir)
        return -errno;
    int err = 0;
    while (err == 0) {
        errno = 0;
        const struct dirent *found = readdir(dir);
        if (!found) {
            err = -errno;
            break;
        }
        if (found->d_name[0] == '.')
            continue;
        const size_t more = strlen(found->d_name) + 1;
        if (length + more >= PATH_ROOM) {
            err = -ENAMETOOLONG;
            break;
        }
        file[length] = '/';
        memcpy(file + length + 1, found->d_name, more);
        struct stat status;
        if (lstat(file, &status) < 0)
            err = -errno;
        else if (S_ISDIR(status.st_mode))
            err = walk(c, file, length + more, root, depth + 1);
        else if (S_ISREG(status.st_mode))
            err = add_file(c, file, file + root);
        file[length] = '\0';
    }
    closedir(dir);
    return err;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_entry *)a)->path,
                  ((const struct catalogue_entry *)b)->path);
}

int catalogue_read(struct catalogue *c, const char *folder)
{
    char file[PATH_ROOM];
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length == 0)
        return -ENOENT;
    if (length >= sizeof file)
        return -ENAMETOOLONG;
    memcpy(file, folder, length);
    file[length] = '\0';
    int err = walk(c, file, length, length, 0);
    if (c->n > 0)
        qsort(c->entries, c->n, sizeof *c->entries, by_path);
    return err;
}

struct catalogue_entry *catalogue_find(const struct catalogue *c, const char *path)
{
    if (c->n == 0)
        return NULL;
    struct catalogue_entry key = {.path = (char *)path};
    return bsearch(&key, c->entries, c->n, sizeof key, by_path);
}

static int append_encoded(struct bytes *b, const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    int err = 0;
    for (; *path && err == 0; path++) {
        char code[4];
        if (strchr(plain, *path)) {
            err = bytes_append(b, path, 1);
        } else {
            snprintf(code, sizeof code, "%%%02X", (unsigned char)*path);
            err = bytes_append(b, code, 3);
        }
    }
    return err;
}

int catalogue_index(const struct catalogue *c, struct bytes *ret)
{
    int err = 0;
    for (size_t i = 0; i < c->n && err == 0; i++) {
        char line[CATALOGUE_CHECKSUM_SIZE + 2];
        line[0] = ' ';
        catalogue_checksum_text(c->entries[i].checksum, line + 1);
        strcat(line, "\n");
        err = append_encoded(ret, c->entries[i].path);
        if (err == 0)
            err = bytes_append(ret, line, strlen(line));
    }
    return err;
}

void catalogue_done(struct catalogue *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->entries[i].path);
        free(c->entries[i].file);
    }
    free(c->entries);
    memset(c, 0, sizeof *c);
}
