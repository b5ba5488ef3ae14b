/** The known word that `word` most likely stands for, shortened or misspelt; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const lower = word.toLowerCase();
  // A short word has many neighbours by chance: one slip in three characters is near, more is not.
  const limit = Math.min(3, Math.floor(Math.max(word.length, 3) / 3));
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(lower, candidate.toLowerCase()) }))
    .filter((entry) => entry.distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return known.find((candidate) => isShortFor(lower, candidate.toLowerCase())) ?? ranked[0]?.candidate;
}

/** Shape: "cmd" for "command": the same beginning, the rest left out here and there, and a lot of it. */
function isShortFor(short: string, long: string): boolean {
  if (short.length < 3 || short.length * 2 > long.length || short[0] !== long[0]) return false;
  let from = 0;
  for (const letter of short) {
    from = long.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}

/** How many characters must be inserted, deleted, replaced or swapped with their neighbour to get from one to the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line.push(
        Math.min(
          at(above, column) + 1,
          at(line, column - 1) + 1,
          at(above, column - 1) + (same ? 0 : 1),
          swapped ? at(before, column - 2) + 1 : Infinity,
        ),
      );
    }
    before = above;
    above = line;
  }
  return at(above, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
