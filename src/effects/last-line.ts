import { stripVTControlCharacters } from 'node:util';

/** Keeps the end of what several streams say. */
export interface LastLine {
  add(source: object, chunk: Buffer): void;
  /** The last line that is not blank, printable and of at most 500 characters; empty when there was none. */
  read(): string;
}

const keptBytes = 4_096;
const lineMaxLength = 500;

/** Starts with nothing. Memory is bounded, whatever is added. */
export function createLastLine(): LastLine {
  let tail: Buffer = Buffer.alloc(0);
  let speaker: object | undefined;
  return {
    add(source, chunk) {
      // Another stream does not continue the line that this one has begun.
      const isNewSpeaker = speaker !== undefined && speaker !== source;
      speaker = source;
      tail = Buffer.concat([tail, Buffer.from(isNewSpeaker ? '\n' : ''), chunk.subarray(-keptBytes)]).subarray(
        -keptBytes,
      );
    },
    read() {
      const lines = stripVTControlCharacters(tail.toString()).split(/[\r\n]/);
      const printable = lines.map((line) => line.replace(/\p{C}+/gu, ' ').trim());
      return printable.findLast((line) => line !== '')?.slice(0, lineMaxLength) ?? '';
    },
  };
}
