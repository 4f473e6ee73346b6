/* gather of nothing gives an empty list */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_future *g = coil_gather_future_n(NULL, 0);
    int n = coil_future_await(g, NULL);
    printf("count %d\n", n);
    coil_future_unref(g);
    printf("count %d\n", coil_gather_n(NULL, 0, NULL));
    return 0;
}
COIL_MAIN(amain())
