import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<string, Style>> = {
  trace: 'dim',
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
};

/**
 * One log record for a person's eyes; a line that is no record is returned as it is.
 *
 * Shape   "12:00:00 info  web.1 starting → running event=became-ready\n"
 */
export function terminalLine(line: string, isColoured: boolean): string {
  const record = parse(line);
  if (record === undefined) return line;
  const { level, time, msg, service, instance, from, to, ...rest } = record;
  const isTransition = typeof from === 'string' && typeof to === 'string';
  const what = isTransition ? `${from} → ${to}` : String(msg);
  const facts = isTransition ? rest : { from, to, ...rest };
  const paint = (style: Style, text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const words = Object.entries(facts)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${paint('dim', `${name}=`)}${printable(value)}`);
  const label = String(level).padEnd(5);
  const clock = paint('dim', new Date(String(time)).toTimeString().slice(0, 8));
  const subject = service === undefined ? [] : [paint('bold', subjectOf(service, instance))];
  return `${[clock, paint(styles[String(level)] ?? 'reset', label), ...subject, what, ...words].join(' ')}\n`;
}

const subjectOf = (service: unknown, instance: unknown): string =>
  printable(typeof instance === 'number' ? `${String(service)}.${instance}` : service);

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Facts may carry what a service wrote, and a service must not get to steer the terminal. */
function printable(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const clean = stripVTControlCharacters(text).replace(/\p{Cc}/gu, ' ');
  return typeof value === 'string' && /[\s"=]/.test(clean) ? JSON.stringify(clean) : clean;
}
