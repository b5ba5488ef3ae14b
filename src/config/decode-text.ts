/** Text, or what keeps bytes from being text. */
export type TextResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/** Reads bytes as UTF-8 without NUL characters; names the offset, from 0, of the first byte that is neither. */
export function decodeText(bytes: Uint8Array): TextResult {
  const nul = bytes.indexOf(0);
  if (nul >= 0) return { ok: false, problem: `not text: the byte at offset ${nul} is NUL` };
  if (isUtf8(bytes, false)) return { ok: true, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) };
  const offset = firstBadOffset(bytes);
  const what = bytes[offset]?.toString(16).padStart(2, '0');
  const problem =
    what === undefined ? 'it ends in the middle of a character' : `the byte at offset ${offset} is 0x${what}`;
  return { ok: false, problem: `not UTF-8: ${problem}` };
}

/** The longest beginning that a character may still be completed after, found by halving. */
function firstBadOffset(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isUtf8(bytes.subarray(0, middle), true)) good = middle;
    else bad = middle;
  }
  return good;
}

function isUtf8(bytes: Uint8Array, mayEndEarly: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: mayEndEarly });
    return true;
  } catch {
    return false;
  }
}
