/* SPDX-License-Identifier: Apache-2.0 */
/* switch_aarch64.S - the switch for aarch64 (AAPCS64, sections 6.1.1 and 6.1.2).
 *
 * Law: what lies on a stack that is not running is `struct frame` of switch.c, from low to high:
 *
 *   x29 x30 | x19 ... x28 | d8 ... d15 | fpcr, unused        176 bytes
 *
 * Both stacks have that layout at the moment of the switch, so one set of CFI holds before and after it. */
#if defined(__aarch64__) && !defined(COROUTINE_UCONTEXT)

    .text

/* void switch_to(struct switch_point *from (x0), struct switch_point *to (x1)) */
    .globl switch_to
    .hidden switch_to
    .type switch_to, %function
    .balign 16
switch_to:
    .cfi_startproc
    hint #34                     /* bti c */
    stp x29, x30, [sp, #-176]!
    .cfi_def_cfa_offset 176
    .cfi_offset x29, -176
    .cfi_offset x30, -168
    stp x19, x20, [sp, #16]
    .cfi_offset x19, -160
    .cfi_offset x20, -152
    stp x21, x22, [sp, #32]
    .cfi_offset x21, -144
    .cfi_offset x22, -136
    stp x23, x24, [sp, #48]
    .cfi_offset x23, -128
    .cfi_offset x24, -120
    stp x25, x26, [sp, #64]
    .cfi_offset x25, -112
    .cfi_offset x26, -104
    stp x27, x28, [sp, #80]
    .cfi_offset x27, -96
    .cfi_offset x28, -88
    stp d8, d9, [sp, #96]
    .cfi_offset d8, -80
    .cfi_offset d9, -72
    stp d10, d11, [sp, #112]
    .cfi_offset d10, -64
    .cfi_offset d11, -56
    stp d12, d13, [sp, #128]
    .cfi_offset d12, -48
    .cfi_offset d13, -40
    stp d14, d15, [sp, #144]
    .cfi_offset d14, -32
    .cfi_offset d15, -24
    mrs x9, fpcr
    str x9, [sp, #160]

    mov x10, sp
    str x10, [x0]
    ldr x10, [x1]
    mov sp, x10

    ldr x10, [sp, #160]
    cmp x9, x10                  /* writing it is slow and nearly never needed */
    b.eq 1f
    msr fpcr, x10
1:
    ldp d14, d15, [sp, #144]
    ldp d12, d13, [sp, #128]
    ldp d10, d11, [sp, #112]
    ldp d8, d9, [sp, #96]
    ldp x27, x28, [sp, #80]
    ldp x25, x26, [sp, #64]
    ldp x23, x24, [sp, #48]
    ldp x21, x22, [sp, #32]
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #176
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore d8
    .cfi_restore d9
    .cfi_restore d10
    .cfi_restore d11
    .cfi_restore d12
    .cfi_restore d13
    .cfi_restore d14
    .cfi_restore d15
    ret
    .cfi_endproc
    .size switch_to, . - switch_to

/* Where a new stack begins: entry (x19) is called with argument (x20). Nobody called us, which "x30 is undefined"
 * tells debuggers and unwinders: a backtrace ends here. */
    .globl switch_entry
    .hidden switch_entry
    .type switch_entry, %function
    .balign 16
switch_entry:
    .cfi_startproc
    .cfi_undefined x30
    hint #34                     /* bti c */
    mov x0, x20
    blr x19
    brk #0
    .cfi_endproc
    .size switch_entry, . - switch_entry

    .section .note.gnu.property, "a", %note
    .balign 8
    .long 4, 16, 5               /* sizes of name and description, NT_GNU_PROPERTY_TYPE_0 */
    .asciz "GNU"
    .long 0xc0000000, 4, 1, 0    /* GNU_PROPERTY_AARCH64_FEATURE_1_AND: BTI */

#endif

    .section .note.GNU-stack, "", %progbits
