/* coro/switch_x86_64.S: the switch between two stacks, System V ABI.
 *
 * A context that is not running is its stack pointer; on the stack lie, from the top: MXCSR and the x87 control word,
 * r15 r14 r13 r12 rbx rbp, and the address to go on at. Both stacks have this layout at the moment of the exchange, so the
 * unwind rules hold on either side of it. The control words are nearly always the same on both, and to compare costs less than to load:
 * each by itself, as it was stored, because a load of both would have to wait until the stores are done. Of a context that never ran, the place of r12 holds its function and that of r13 the argument.
 */
#include "coro/hooks.h"

#if defined(__x86_64__) && !defined(COIL_UCONTEXT)
        .text

        .macro  save_in to
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
        movq    %rsp, (\to)
        .endm

        .macro  take_over to, differ    /* rsp is theirs, ours lies above the old one; their control words differ: go there */
        movq    (\to), %r10
        movl    (%rsp), %r8d
        movzwl  4(%rsp), %r9d
        movq    %r10, %rsp
        cmpl    (%rsp), %r8d
        jne     \differ
        cmpw    4(%rsp), %r9w
        jne     \differ
        .endm

        .macro  load_control_words
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        .endm

        .macro  restore         /* what lies at rsp, but the address */
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
        .endm

/* void coil__coro_jump(struct coil__coro *from, struct coil__coro *to): both begin with sp */
        .globl  coil__coro_jump
        .type   coil__coro_jump, @function
        .p2align 4
coil__coro_jump:
        .cfi_startproc
        endbr64
        save_in %rdi
        take_over %rsi, .Lresume
.Lgo_on:
        leaq    coil__coro_begin(%rip), %rax
        cmpq    %rax, 56(%rsp)
        je      coil__coro_begin
        .cfi_remember_state
        restore
        ret                     /* a scheduler switches from one place: the predicted return is the right one */
        .cfi_restore_state
.Lresume:                       /* a context's saved state is at rsp, and nothing is known of our control words */
        load_control_words
        jmp     .Lgo_on
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

#ifndef COIL__FIBER_HOOKS /* who would have to be told on the other side, too */
/* int coil__coro_pass(struct coil__coro *from, struct coil__coro *to, int value): called last, by a jump, so what lies above its frame is
 * the address of whoever called its caller. The two sides take turns to return to two places: the predictor of jumps learns
 * that, and that of returns never could. */
        .globl  coil__coro_pass
        .type   coil__coro_pass, @function
        .p2align 4
coil__coro_pass:
        .cfi_startproc
        endbr64
        save_in %rdi
        movl    %edx, %eax
        take_over %rsi, 2f
1:      leaq    coil__coro_begin(%rip), %rcx
        cmpq    %rcx, 56(%rsp)
        je      coil__coro_begin
        .cfi_remember_state
        restore
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .cfi_restore_state
2:      load_control_words
        jmp     1b
        .cfi_endproc
        .size   coil__coro_pass, .-coil__coro_pass

/* int coil__coro_pass_then(struct coil__coro *from, struct coil__coro *to, int (*then)(void *), void *arg): instead of returning, `to`
 * finds itself at the beginning of then(arg). */
        .globl  coil__coro_pass_then
        .type   coil__coro_pass_then, @function
        .p2align 4
coil__coro_pass_then:
        .cfi_startproc
        endbr64
        save_in %rdi
        movq    %rdx, %rax
        movq    %rcx, %rdi
        movq    (%rsi), %rsp
.Lresume_in_call:               /* of rax with rdi */
        load_control_words
        restore
        jmp     *%rax
        .cfi_endproc
        .size   coil__coro_pass_then, .-coil__coro_pass_then

/* struct coil__coro *coil__coro_end_then(struct coil__coro *to, int (*then)(void *), void *arg): the same, and what runs is left for ever */
        .globl  coil__coro_end_then
        .type   coil__coro_end_then, @function
        .p2align 4
coil__coro_end_then:
        .cfi_startproc
        .cfi_undefined %rip
        endbr64
        movq    %rsi, %rax
        movq    (%rdi), %rsp
        movq    %rdx, %rdi
        jmp     .Lresume_in_call
        .cfi_endproc
        .size   coil__coro_end_then, .-coil__coro_end_then
#endif
#endif
        .section .note.GNU-stack, "", %progbits
