/** What the audience sees: headings, prose, commands and their output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const { NO_COLOR = '', TERM } = process.env;
const isColoured = process.stdout.isTTY === true && NO_COLOR === '' && TERM !== 'dumb';
const coloured = (code) => (text) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = coloured(1);
export const dim = coloured(2);
export const green = coloured(32);
export const red = coloured(31);

// `npm run demo | head`: nobody listens any more, and the story ends as if the terminal had gone.
process.stdout.on('error', () => process.kill(process.pid, 'SIGHUP'));

let isOver = false;
let afterBlankLine = true;
let chapter = 0;

function write(text) {
  if (isOver) return;
  process.stdout.write(afterBlankLine ? text.replace(/^\n+/, '') : text);
  afterBlankLine = text.endsWith('\n\n');
}

/** From now on nothing is said: what is under way may still come to an end, but not on the stage. */
export const fallSilent = () => void (isOver = true);

/** Begins the next chapter. */
export function heading(text) {
  chapter += 1;
  const title = `${chapter}. ${text}`;
  write(`\n${bold(title)}\n${dim('─'.repeat(title.length))}\n`);
}

export const say = (text) => write(`${text}\n`);

/** Shows text as it would stand in a file or a terminal. */
export const show = (text) => write(`\n${text.replace(/^(?=.)/gm, '  ').trimEnd()}\n\n`);

/** Runs a command with its output on the stage. Resolves with its exit status. */
export async function perform(shown, [file, ...args], env) {
  write(`\n${dim('$')} ${bold(shown)}\n`);
  afterBlankLine = false;
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  write('\n');
  afterBlankLine = true;
  return code;
}

/** What the demo promised and did not see. */
export class Broken extends Error {}

/** Says that something holds, or ends the demo because it does not. */
export function expect(holds, text) {
  if (!holds) throw new Broken(`this does not hold: ${text}`);
  write(`${green('✓')} ${text}\n`);
}

/** Waits for a fact: asks until the answer is neither undefined nor false, and returns it. */
export async function until(fact, what, limitMs = 60_000) {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const answer = await fact();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Broken(`this was not seen within ${limitMs / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
