/* coro/switch_aarch64.S: the switch between two stacks, AAPCS64.
 *
 * On the stack of a context that is not running, from sp upwards: x19..x28, x29 (frame), x30 (where to go on), d8..d15, FPCR.
 * 176 bytes, so sp stays 16-aligned.
 */
#if defined(__aarch64__) && !defined(COIL_UCONTEXT)
        .text

/* void coil__coro_jump(struct coil__coro *from, struct coil__coro *to): both begin with sp */
        .globl  coil__coro_jump
        .type   coil__coro_jump, %function
        .p2align 4
coil__coro_jump:
        .cfi_startproc
        hint    #34             /* bti c */
        sub     sp, sp, #176
        .cfi_def_cfa_offset 176
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        .cfi_offset x29, -96
        .cfi_offset x30, -88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x9, fpcr
        str     x9, [sp, #160]
        mov     x10, sp
        str     x10, [x0]
        ldr     x10, [x1]
        mov     sp, x10
.Lresume:                       /* a context's saved state is at sp; x9 is FPCR */
        ldr     x11, [sp, #160]
        cmp     x9, x11
        b.eq    1f
        msr     fpcr, x11
1:      ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #176
        .cfi_def_cfa_offset 0
        .cfi_restore x29
        .cfi_restore x30
        adrp    x11, coil__coro_begin
        add     x11, x11, :lo12:coil__coro_begin
        cmp     x30, x11
        b.eq    coil__coro_begin
        ret
        .cfi_endproc
        .size   coil__coro_jump, .-coil__coro_jump

/* Where a new context begins: x19 is its function, x20 the argument; and where it ends: the function returns the context to go on
 * with. Not by a return instruction, so that calls and returns stay in pairs and are predicted. The end of the frame chain. */
        .globl  coil__coro_begin
        .type   coil__coro_begin, %function
        .p2align 4
coil__coro_begin:
        .cfi_startproc
        .cfi_undefined x30
        hint    #34
        mov     x29, #0
        mov     x30, #0
        mov     x0, x20
        blr     x19
        mrs     x9, fpcr
        ldr     x10, [x0]
        mov     sp, x10
        b       .Lresume
        .cfi_endproc
        .size   coil__coro_begin, .-coil__coro_begin
#endif
        .section .note.GNU-stack, "", %progbits
