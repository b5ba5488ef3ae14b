/** A question to a service, for which others of its processes may have to stand still. */
import { monotonicNow } from '../effects/clock.ts';
import { runProbe } from '../effects/probe.ts';
import { wrongRelease } from '../effects/release.ts';
import { standStill } from '../effects/standstill.ts';
import type { InstanceEffect } from '../model/effect.ts';
import { whileHeld, type Verdict } from '../model/probe.ts';
import type { ShimLink } from './shim-link.ts';
import type { TrialHand } from './trial-hand.ts';

type Effect = Extract<InstanceEffect, { kind: 'probe' }>;

/** Whom it is about. */
export interface Subject {
  /** The service's working directory. */
  readonly cwd: string;
  readonly link: Pick<ShimLink, 'request'>;
  readonly trial: Pick<TrialHand, 'probe'>;
}

/** The shim continues frozen processes this much after the probe should have ended, if nobody else does. */
const thawSlackMs = 100;

const restless: Verdict = { kind: 'silent', problem: 'the old workers did not stop at once' };
const inLine: Verdict = { kind: 'silent', problem: 'requests wait in line' };

/** Asks, with the processes in `frozen` standing still. Rejects where they could not be told to. */
export async function ask(effect: Effect, subject: Subject): Promise<Verdict> {
  const { timeoutMs, frozen } = effect;
  if (frozen.length === 0 || effect.probe === undefined) return judge(effect, subject);
  if (!(await isCalm(effect))) return inLine;
  const forMs = timeoutMs + thawSlackMs;
  const askedAt = monotonicNow();
  if (!(await subject.link.request({ kind: 'freeze', forMs, processes: frozen }))) {
    throw new Error('the old workers could not be stopped for the probe');
  }
  const verdict = (await standStill(frozen, thawSlackMs))
    ? whileHeld(await judge(effect, subject), monotonicNow() - askedAt, forMs)
    : restless;
  await subject.link.request({ kind: 'thaw' });
  return verdict;
}

async function isCalm({ probe, timeoutMs, calmMs = Infinity }: Effect): Promise<boolean> {
  if (calmMs === Infinity || probe === undefined) return true;
  const askedAt = monotonicNow();
  const { kind } = await runProbe(probe, timeoutMs, 1);
  return kind !== 'silent' && monotonicNow() - askedAt <= calmMs;
}

/** The release first: it is cheap to look at, and the answers of another are worth nothing. */
async function judge(effect: Effect, { cwd, trial }: Subject): Promise<Verdict> {
  const { purpose, probe, timeoutMs, times, revision, master } = effect;
  if (purpose === 'trial') return trial.probe(effect);
  const astray = master === undefined ? '' : wrongRelease(master, cwd);
  if (astray !== '') return { kind: 'refused', problem: astray };
  return probe === undefined ? { kind: 'passed' } : runProbe(probe, timeoutMs, times, revision);
}
