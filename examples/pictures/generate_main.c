/* generate_main.c: `pictures-generate DIR [COUNT]` fills a folder with pictures, for machines where the
 * photographs can't be had. */
#include "generate.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long number[3] = {12, 1920, 1200};
    int fits = argc == 2 || argc == 3 || argc == 5;
    for (int i = 2; i < argc && fits; i++) {
        char *end;
        number[i - 2] = strtol(argv[i], &end, 10);
        fits = !*end && number[i - 2] >= 1 && number[i - 2] <= (i == 2 ? 99 : 10000);
    }
    if (!fits) {
        fputs("usage: pictures-generate DIR [COUNT [WIDTH HEIGHT]], COUNT from 1 to 99\n", stderr);
        return 2;
    }
    struct why why;
    if (generate_files(argv[1], (uint32_t)number[0], (uint32_t)number[1], (uint32_t)number[2],
                       &why) < 0) {
        fprintf(stderr, "pictures-generate: %s\n", why.text);
        return 1;
    }
    return 0;
}
