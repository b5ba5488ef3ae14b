#!/usr/bin/env node
/**
 * The same supervisor as a container's entry point: `ENTRYPOINT ["node", "entrypoint.js"]`. After a build, on any machine:
 *
 *   unshare --fork --pid --mount-proc node examples/02-embedded/entrypoint.js
 */
import { becomeInit, createSupervisor } from 'borginit';
import { config } from './config.js';

// This process becomes the C program, which starts the same command line again below it. Then this returns at once.
becomeInit();

const supervisor = createSupervisor(config);
supervisor.on('transition', ({ service, to }) => console.log(`${service}: ${to}`));
const left = new Promise((resolve) => supervisor.on('left', resolve));

// No `await using`: should this program fail, init starts it again, and it finds the services still running. A signal
// to init, such as the TERM of `docker stop`, is what ends them.
await supervisor.start();
const { status } = await left;
await supervisor[Symbol.asyncDispose]();
console.log(`left with status ${status}`);
