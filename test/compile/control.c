// The runner's own control: a file that compiles, and in it a case that is refused.
#include <stddef.h>

int control(const char *text);

int control(const char *text)
{
#ifdef CASE_1
    // expect: (incompatible|makes) .*(pointer|integer)
    return text;
#endif
    return text == NULL;
}
