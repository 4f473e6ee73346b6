/* debug mode is off by default, set by run(debug=True) or set_debug at any time */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    printf("%d\n", coil_loop_get_debug(loop));
    coil_loop_set_debug(loop, 1);
    printf("%d\n", coil_loop_get_debug(loop));
    coil_loop_set_debug(loop, 0);
    printf("%d\n", coil_loop_get_debug(loop));
    return 0;
}

int main(void)
{
    coil_loop_options options = {.debug = 1};
    MUST(coil_run(amain()));
    MUST(coil_run_with(amain(), &options));
    return 0;
}
