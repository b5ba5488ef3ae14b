#!/usr/bin/env node
/**
 * A supervisor inside one's own program: starts two services, reloads one, stops both. After a build:
 *
 *   node examples/02-embedded/supervise.js
 */
import { createSupervisor } from 'borginit';
import { config } from './config.js';

/** A reload's phases are states too; here only what comes before the stroke is of interest. */
const main = (state) => state.split('/')[0];

// The end of the scope, by an error too, stops what runs.
await using supervisor = createSupervisor(config);

supervisor.on('transition', ({ service, from, to }) => {
  if (main(from) !== main(to)) console.log(`${service}: ${main(from)} → ${main(to)}`);
});
supervisor.on('reload', ({ service, outcome, from, to, why }) => {
  console.log(`${service}: ${outcome}, generation ${from.generation} → ${to.generation}: ${why}`);
});
supervisor.on('notice', ({ level, message }) => console.log(`${level}: ${message}`));

await supervisor.start();
await healthy('web');

const { services } = await supervisor.snapshot();
for (const [name, { instances }] of Object.entries(services)) {
  for (const { state, health, generation, workers } of instances) {
    console.log(`${name} is ${state}, health ${health}, generation ${generation}, ${workers.length} workers`);
  }
}

for (const { service, ok, what } of await supervisor.reload()) {
  console.log(`reload of ${service}: ${ok ? 'as asked' : 'not as asked'}: ${what}`);
}

console.log(`stopped with status ${await supervisor.stop()}`);

/** A snapshot is a picture: to wait for a fact that is no transition, take another. */
async function healthy(service) {
  for (;;) {
    const { services } = await supervisor.snapshot();
    if (services[service].instances.every(({ health }) => health === 'healthy')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
