/* gather: several calls at once, results in the order of the calls. gather_n does it for as many as an array holds. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(fetch_data, (int, param), (int, ret, out))
{
    printf("Do something with %d...\n", param);
    int err = coil_sleep(4 - param); /* the last one is the first to be done */
    if (err < 0)
        return err;
    printf("Done with %d\n", param);
    *ret = param * 10;
    return 0;
}

COIL_ASYNC(gathered)
{
    int a, b, c, results[3];
    coil_call calls[3];
    int err = coil_gather(fetch_data(1, &a), fetch_data(2, &b), fetch_data(3, &c));
    if (err < 0)
        return err;
    printf("Gathered: %d %d %d\n", a, b, c);

    for (int i = 0; i < 3; i++)
        calls[i] = COIL_CALL(fetch_data(i + 1, &results[i]));
    err = coil_gather_n(calls, 3, NULL);
    if (err < 0)
        return err;
    printf("Gathered from an array: %d %d %d\n", results[0], results[1], results[2]);
    return 0;
}

COIL_MAIN(gathered())
