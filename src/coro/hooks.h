/* coro/hooks.h: whether sanitizers want to know of each switch. For C and for assembly. */
#ifndef COIL_CORO_HOOKS_H
#define COIL_CORO_HOOKS_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COIL__FIBER_HOOKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COIL__FIBER_HOOKS 1
#endif
#endif

#endif
