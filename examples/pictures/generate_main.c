/* generate_main.c: `pictures-generate DIR [COUNT]` fills a folder with pictures, for machines where the
 * photographs can't be had. */
#include "generate.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char *end = "";
    const long count = argc == 3 ? strtol(argv[2], &end, 10) : 12;
    if (argc < 2 || argc > 3 || *end || count < 1 || count > 99) {
        fputs("usage: pictures-generate DIR [COUNT], COUNT from 1 to 99\n", stderr);
        return 2;
    }
    struct why why;
    if (generate_files(argv[1], (uint32_t)count, 1920, 1200, &why) < 0) {
        fprintf(stderr, "pictures-generate: %s\n", why.text);
        return 1;
    }
    return 0;
}
