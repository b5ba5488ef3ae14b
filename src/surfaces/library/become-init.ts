/** The way from a Node process that is PID 1 to a real init with this very process below it. */
import { initCommand } from '../cli/init-command.ts';

/**
 * Replaces this process by init, which then starts the same command line again as its supervisor. Returns at once in
 * a process that already has init above it. Call it first: nothing that was done before survives.
 *
 * Fails   throws SHIM_MISSING when the C program cannot be found
 */
export function becomeInit(): void {
  if (process.env['BORGINIT_INIT_FD'] !== undefined) return;
  const { file, args } = initCommand(process);
  process.execve?.(file, args, process.env);
}
