/** A reload under the same master that did not prove itself: nothing can be rolled back, only said what is left. */
import type { In } from '../life.ts';
import type { Step, Turn } from '../step.ts';
import { keepOld, promote, serveAnyhow } from './end.ts';
import { needed } from './generation.ts';
import type { InPhase } from './state.ts';

/** With the old workers at their posts and no new ones nothing is lost; complete, the new ones are what serves from now on. */
export function giveIn(
  turn: Turn,
  instance: In<'reloading'>,
  reload: InPhase<'proving'> | InPhase<'handing-over'> | InPhase<'soaking'>,
  why: string,
  mayPass: boolean,
): Step {
  const { expected, fresh, old } = reload;
  const hasNew = fresh.workers.length + fresh.deaths > 0;
  const isUntouched = !hasNew && old.length >= Math.max(1, expected);
  if (isUntouched) return keepOld(turn, instance, { why, mayPass });
  const isRenewed = old.length === 0 || fresh.workers.length >= needed(turn, reload, expected);
  if (isRenewed && hasNew) return serveAnyhow(turn, instance, promote(reload, fresh), why);
  const left = `${old.length} of ${expected} old workers and ${fresh.workers.length} new ones serve`;
  return serveAnyhow(turn, instance, instance.life.serving, `${why}; ${left}`);
}
