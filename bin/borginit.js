#!/usr/bin/env node
// What Node lacks shows where it is first needed; this is said before.
if (process.execve === undefined) {
  console.error(`borginit: cannot run on Node ${process.version}: it needs 22.15 or newer`);
  process.exit(69);
}
const { runProcess } = await import('../dist/cli.js');
await runProcess();
