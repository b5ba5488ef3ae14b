/** The process behind `scriptedChildren`: node scripted-child-process.ts SOCKET. Speaks lines; leaves with the socket. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Order } from './scripted-child.ts';

const [, script = '', path = ''] = process.argv;
const socket = connect(path);

const say = (line: string): void => void socket.write(`${line}\n`);

function carryOut(order: Order): void {
  switch (order.kind) {
    case 'exit':
      process.exit(order.code);
      break;
    case 'die':
      process.removeAllListeners(order.signal);
      process.kill(process.pid, order.signal);
      return;
    case 'print':
      process[order.to ?? 'stdout'].write(order.text, () => say('done'));
      return;
    case 'catch':
      process.on(order.signal, () => say(`caught ${order.signal}`));
      say('done');
      return;
    case 'fork':
      spawn(process.execPath, [script, path], { stdio: 'inherit' }).once('spawn', () => say('done'));
      return;
  }
}

say(`hello ${process.pid} ${process.ppid}`);
createInterface(socket).on('line', (line) => carryOut(JSON.parse(line) as Order));
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(1));
