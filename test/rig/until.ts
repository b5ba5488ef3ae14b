import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

const pollMs = 10;

type Fact<T> = (note: (seen: unknown) => void) => T | undefined | false | Promise<T | undefined | false>;

/**
 * Waits for a fact: asks again and again until the answer is neither undefined nor false, and returns it.
 * The one place in which a test waits.
 *
 * Fails   after `limitMs`, saying what was awaited and what was seen last: what the fact passed to `note`, or threw
 */
export async function until<T>(fact: Fact<T>, what: string, limitMs = 30_000): Promise<T> {
  const giveUpAt = performance.now() + limitMs;
  let last: unknown = 'nothing';
  for (;;) {
    try {
      const answer = await fact((seen) => (last = seen));
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > giveUpAt) {
      const seen = typeof last === 'string' ? last : inspect(last, { depth: 4 });
      throw new Error(`cannot see ${what} within ${limitMs} ms: last seen ${seen}`);
    }
    await delay(pollMs);
  }
}
