/** Letters, digits and `_`, also behind a sign that joins them, as in "1.2.3", "v1-rc" or "1.2+5". */
const goesOn = /^[.+-]?[\p{L}\p{N}_]/u;
const cameFrom = /[\p{L}\p{N}_][.+-]?$/u;

/** Whether a text has this in it as a word of its own. Takes as long as the text is, whatever is in it. */
export function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    // A character may be two units long.
    const [before, after] = [text.slice(Math.max(0, at - 3), at), text.slice(end, end + 3)];
    if (!cameFrom.test(before) && !goesOn.test(after)) return true;
  }
  return false;
}
