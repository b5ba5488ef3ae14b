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
  // What it does before it supervises, if it ever does, is its own business.
  const { file, args } = initCommand(process, ['--start-timeout', '0']);
  process.execve?.(file, args, process.env);
}
