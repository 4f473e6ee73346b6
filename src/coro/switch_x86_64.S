/* coro/switch_x86_64.S: the switch between two stacks, System V ABI.
 *
 * A context that is not running is its stack pointer; on the stack lie, from the top: MXCSR and the x87 control word,
 * r15 r14 r13 r12 rbx rbp, and the address to go on at. Both stacks have this layout at the moment of the exchange, so the
 * unwind rules hold on either side of it. The control words are reloaded every time: comparing them first was measured to cost
 * more than it saves. Of a context that never ran, the place of r12 holds its function and that of r13 the argument.
 */
#if defined(__x86_64__) && !defined(COIL_UCONTEXT)
        .text

/* void coil__coro_jump(struct coil__coro *from, struct coil__coro *to): both begin with sp */
        .globl  coil__coro_jump
        .type   coil__coro_jump, @function
        .p2align 4
coil__coro_jump:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        movq    %rsp, (%rdi)
        movq    (%rsi), %rsp
.Lresume:                       /* a context's saved state is at rsp */
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        leaq    coil__coro_begin(%rip), %rax
        cmpq    %rax, 56(%rsp)
        je      coil__coro_begin
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        ret                     /* a scheduler switches from one place: the predicted return is the right one */
        .cfi_endproc
        .size   coil__coro_jump, .-coil__coro_jump

/* Where a new context begins, with its first frame at rsp; and where it ends: its function returns the context to go on with. Not
 * by a return instruction, and it comes back here by one: so calls and returns stay in pairs from the switch that began it
 * to the one that follows its end, and the processor predicts all of them. Nothing is above: the end of the frame chain. */
        .globl  coil__coro_begin
        .type   coil__coro_begin, @function
        .p2align 4
coil__coro_begin:
        .cfi_startproc
        .cfi_undefined %rip
        endbr64
        movq    32(%rsp), %rax
        movq    24(%rsp), %rdi
        addq    $64, %rsp
        xorl    %ebp, %ebp
        callq   *%rax
        movq    (%rax), %rsp
        jmp     .Lresume
        .cfi_endproc
        .size   coil__coro_begin, .-coil__coro_begin
#endif
        .section .note.GNU-stack, "", %progbits
