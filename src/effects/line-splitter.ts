/** A line, or so much of one as is passed on at once. */
export interface Piece {
  /** Without its newline; what is no UTF-8 is replaced. */
  readonly text: string;
  /** The same line goes on in the next piece. */
  readonly goesOn: boolean;
}

export interface LineSplitter {
  /** The pieces that are complete with this chunk, which may be overwritten afterwards. */
  add(chunk: Buffer): readonly Piece[];
  /** Of the line that was begun, what has not been passed on. Empty when nothing. */
  begun(): string;
  /** The same as a last piece, and nothing is begun any more. */
  end(): readonly Piece[];
}

/** Longer lines come in several pieces, so that nobody's memory is at the mercy of a service. */
export const pieceMaxBytes = 16 * 1_024;

const newline = 0x0a;

/** Makes lines of bytes as they come. */
export function createLineSplitter(): LineSplitter {
  let rest: Buffer = Buffer.alloc(0);
  const begun = (): string => rest.toString();
  return {
    add(chunk) {
      const bytes = Buffer.concat([rest, chunk]);
      const pieces: Piece[] = [];
      let from = 0;
      for (;;) {
        const end = bytes.indexOf(newline, from);
        const isTooLong = (end === -1 ? bytes.length : end) - from > pieceMaxBytes;
        if (end === -1 && !isTooLong) break;
        const to = isTooLong ? cutBefore(bytes, from + pieceMaxBytes) : end;
        pieces.push({ text: bytes.toString('utf8', from, to), goesOn: isTooLong });
        from = isTooLong ? to : to + 1;
      }
      rest = bytes.subarray(from);
      return pieces;
    },
    begun,
    end() {
      const text = begun();
      rest = Buffer.alloc(0);
      return text === '' ? [] : [{ text, goesOn: false }];
    },
  };
}

/** No further than there, and not within a character. */
function cutBefore(bytes: Buffer, at: number): number {
  for (let to = at; to > at - 4; to -= 1) if (((bytes[to] ?? 0) & 0xc0) !== 0x80) return to;
  return at;
}
