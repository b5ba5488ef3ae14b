/** A hash that spreads names evenly: what a fleet does in turns must need neither chance nor a coordinator. */

/**
 * Where some text lies in [0, 1): always in the same place, and texts that are alike lie nowhere near each other.
 *
 * Shape   ("canary", "web-7") → 0.2823…; the parts count as parts: ("a", "bc") and ("ab", "c") differ
 * Source  FNV-1a over the UTF-16 code units, each a step, then the final mixing of MurmurHash3, without which the last
 *         characters of a name would hardly reach the upper bits
 */
export function shareOf(...parts: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    for (let index = 0; index < part.length; index++) hash = absorb(hash, part.charCodeAt(index));
    // No code unit: the parts cannot run into each other.
    hash = absorb(hash, 0x1_0000);
  }
  return mixed(hash) / 2 ** 32;
}

const absorb = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return (whole ^ (whole >>> 16)) >>> 0;
}
