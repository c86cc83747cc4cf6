/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune-true: ends with status 0 and makes no other system call, so that a spawn is one clone,
 * one execve and one exit, and as cheap as a process can be. Static, without a C library where the
 * machine's exit call is known here.
 */
#if defined(__x86_64__)
void _start(void) __attribute__((noreturn));
void _start(void)
{
	__asm__ volatile("syscall" : : "a"(231), "D"(0) : "rcx", "r11", "memory"); /* exit_group */
	__builtin_unreachable();
}
#elif defined(__aarch64__)
void _start(void) __attribute__((noreturn));
void _start(void)
{
	register long number __asm__("x8") = 94; /* exit_group */
	register long status __asm__("x0") = 0;

	__asm__ volatile("svc 0" : : "r"(number), "r"(status) : "memory");
	__builtin_unreachable();
}
#else
int main(void)
{
	return 0;
}
#endif
