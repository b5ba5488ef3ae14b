/** The lines of services as borginit writes them down. */
import type { Piece } from '../effects/line-splitter.ts';
import type { OutputMode } from '../model/output.ts';

/** Whose output it is. */
export interface OutputSource {
  readonly service: string;
  /** Counted from 1. */
  readonly instance: number;
  /** As its shim is called: "web", "web.2" where there are more. */
  readonly name: string;
  readonly isTrial: boolean;
}

/** A line of its own for each piece. `inherit` leaves them as they are. */
export function renderPieces(
  mode: OutputMode,
  { service, instance, name, isTrial }: OutputSource,
  pieces: readonly Piece[],
  time: string,
): string {
  switch (mode) {
    case 'inherit':
      return pieces.map(({ text, goesOn }) => (goesOn ? text : `${text}\n`)).join('');
    case 'prefix': {
      const prefix = `${name}${isTrial ? '.trial' : ''} | `;
      return pieces.map(({ text, goesOn }) => `${prefix}${text}${goesOn ? ' …' : ''}\n`).join('');
    }
    case 'json':
      return pieces
        .map(({ text: line, goesOn }) => {
          const more = { ...(isTrial ? { trial: true } : {}), ...(goesOn ? { goesOn } : {}) };
          return `${JSON.stringify({ time, service, instance, ...more, line })}\n`;
        })
        .join('');
  }
}
