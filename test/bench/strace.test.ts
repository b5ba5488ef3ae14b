import { expect, it } from 'vitest';

import { returnedCalls } from '../../bench/strace.ts';

it('counts the calls that returned, once each', () => {
  const lines = [
    '12 read(3, "", 1)                  = 0',
    '7  epoll_pwait(11,  <unfinished ...>',
    '7  <... epoll_pwait resumed>[], 8, -1, NULL, 8) = 0',
  ];
  expect(returnedCalls(lines)).toEqual([
    { thread: '12', name: 'read' },
    { thread: '7', name: 'epoll_pwait' },
  ]);
});

it('does not count what a thread slept in from first to last', () => {
  const lines = [
    '7 futex(0x1, FUTEX_WAIT, 0, NULL <unfinished ...>',
    '8 restart_syscall(<... resuming interrupted read ...> <detached ...>',
    '9 --- SIGUSR2 {si_signo=SIGUSR2} ---',
  ];
  expect(returnedCalls(lines)).toEqual([]);
});
