import { main } from './main.ts';
import { processWorld } from './world.ts';

/** Runs the command line of this process and leaves with its status, whatever may still be open by then. */
export async function runProcess(): Promise<never> {
  const status = await main(process.argv.slice(2), processWorld());
  await written(process.stdout);
  await written(process.stderr);
  process.exit(status);
}

/** A pipe with a slow reader takes 64 kB at once, and `exit` waits for nothing. */
const written = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.on('error', () => resolve()).write('', () => resolve()));
