/** What may happen at any moment, each drawn by chance and named so that a log of it can be read. */
import type { Action } from './action.ts';
import { clients } from './clients.ts';
import { deaths } from './deaths.ts';
import { deploys } from './deploys.ts';
import { machine } from './machine.ts';
import type { ChaosOptions } from './options.ts';
import { runDirectory } from './run-directory.ts';

const actions: readonly Action[] = [...deploys, ...deaths, ...runDirectory, ...clients, ...machine];

/**
 * Those that are drawn from with these options. Whoever asks for some by name gets them, whatever they weigh.
 *
 * Fails   throws an `Error` where there is none
 */
export function actionsFor(options: ChaosOptions): readonly [Action, ...Action[]] {
  const allowed = actions.filter(({ needs }) => needs === undefined || needs(options));
  const meant =
    options.only === ''
      ? allowed.filter(({ weight }) => weight > 0)
      : allowed.filter(({ name }) => name.includes(options.only)).map((action) => ({ ...action, weight: 1 }));
  const [first, ...rest] = meant;
  if (first === undefined) throw new Error(`--only: expected a part of an action's name, found ${options.only}`);
  return [first, ...rest];
}
