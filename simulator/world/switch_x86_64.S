/* SPDX-License-Identifier: Apache-2.0 */
/* switch_x86_64.S - the switch for x86-64, System V calling convention (psABI 1.0, section 3.2.1).
 *
 * Law: what lies on a stack that is not running is `struct frame` of switch.c, from low to high:
 *
 *   mxcsr x87cw | r15 | r14 | r13 | r12 | rbx | rbp | return address
 *
 * Both stacks have that layout at the moment of the switch, so one set of CFI holds before and after it.
 *
 * The last instruction is a jump, not a return: the processor predicts a return to where the caller was, and here
 * that is always wrong (measured: 20 instead of 27 ns for a resume and a yield). */
#if defined(__x86_64__) && !defined(COROUTINE_UCONTEXT)

    .text

/* void switch_to(struct switch_point *from (rdi), struct switch_point *to (rsi)) */
    .globl switch_to
    .hidden switch_to
    .type switch_to, @function
    .balign 16
switch_to:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)

    movq %rsp, (%rdi)
    movq (%rsi), %rsp

    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbp
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    notrack jmp *%rcx
    .cfi_endproc
    .size switch_to, . - switch_to

/* Where a new stack begins: entry (rbx) is called with argument (r12). Nobody called us, which "rip is undefined"
 * tells debuggers and unwinders: a backtrace ends here. */
    .globl switch_entry
    .hidden switch_entry
    .type switch_entry, @function
    .balign 16
switch_entry:
    .cfi_startproc
    .cfi_undefined rip
    endbr64
    movq %r12, %rdi
    callq *%rbx
    ud2
    .cfi_endproc
    .size switch_entry, . - switch_entry

/* Indirect branches arrive at endbr64 (IBT). No claim is made for the shadow stack, which is not switched: the linker
 * then leaves it off for the whole program. */
    .section .note.gnu.property, "a", @note
    .balign 8
    .long 4, 16, 5               /* sizes of name and description, NT_GNU_PROPERTY_TYPE_0 */
    .asciz "GNU"
    .long 0xc0000002, 4, 1, 0    /* GNU_PROPERTY_X86_FEATURE_1_AND: IBT */

#endif

    .section .note.GNU-stack, "", %progbits
