/* `async for`: in C a struct with a next function that suspends, and says -COIL_ESTOPITERATION at the end. */
#include <coil.h>
#include <stdio.h>

struct countdown {
    int left;
};

COIL_ASYNC(countdown_next, (struct countdown *, it), (int, value, out))
{
    if (it->left == 0)
        return -COIL_ESTOPITERATION;
    int err = coil_sleep(1); /* a page from a server, a row from a database */
    if (err < 0)
        return err;
    *value = it->left--;
    return 0;
}

COIL_ASYNC(iterate)
{
    struct countdown it = {.left = 3};
    int value, err;
    while ((err = countdown_next(&it, &value)) >= 0)
        printf("%d\n", value);
    if (err != -COIL_ESTOPITERATION)
        return err;
    printf("Lift-off\n");
    return 0;
}

COIL_MAIN(iterate())
