import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';

/** Our own output, for whole lines of services. */
export interface OutputSink {
  /**
   * Writes at once what there is room for, and never holds us up. `taken` is told, in this call or later, when all of it
   * is written, or why it never will be: nobody reads any more, the disk is full. Empty when it is written.
   */
  write(text: string, taken: (problem: string) => void): void;
}

/** A descriptor of ours, which is not touched before there is something to write. */
export function createOutputSink(descriptor: number): OutputSink {
  let sink: OutputSink | undefined;
  return { write: (text, taken) => (sink ??= openSink(descriptor)).write(text, taken) };
}

/** What a descriptor is says how it is written to. */
function openSink(descriptor: number): OutputSink {
  const stats = fstatSync(descriptor);
  if (stats.isFIFO()) return pipeSink(descriptor);
  // Node writes to these without waiting, or as people read.
  if (stats.isSocket() || isatty(descriptor)) return streamSink(process.stdout);
  return fileSink(descriptor);
}

/**
 * A pipe is opened anew: whether writing to it blocks is then ours to say, and not that of who else holds it. One whose
 * reader has gone may get another.
 */
function pipeSink(descriptor: number): OutputSink {
  let socket: Socket | undefined;
  const open = (): Socket => {
    const { O_WRONLY, O_NONBLOCK } = constants;
    const fd = openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK);
    return new Socket({ fd, readable: false, writable: true }).on('error', () => (socket = undefined));
  };
  return {
    write(text, taken) {
      try {
        socket ??= open();
      } catch (error) {
        taken(codeOf(error));
        return;
      }
      socket.write(text, (error) => taken(codeOf(error)));
    },
  };
}

function streamSink(stream: NodeJS.WriteStream): OutputSink {
  // Whoever wrote is told, and that is enough.
  stream.on('error', () => undefined);
  return { write: (text, taken) => void stream.write(text, (error) => taken(codeOf(error))) };
}

const fileSink = (descriptor: number): OutputSink => ({
  write(text, taken) {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    } catch (error) {
      taken(codeOf(error));
      return;
    }
    taken('');
  },
});

const codeOf = (error: unknown): string =>
  error === null || error === undefined ? '' : ((error as NodeJS.ErrnoException).code ?? 'unknown error');
