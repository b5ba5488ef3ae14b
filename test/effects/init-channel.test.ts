import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openInitChannel } from '../../src/effects/init-channel.ts';

const open = (descriptor?: string) =>
  openInitChannel(descriptor === undefined ? {} : { BORGINIT_INIT_FD: descriptor }, () => undefined);

it.each([undefined, '', 'three', '-1', '3.5', '999999', '99999999999'])(
  'has no init with BORGINIT_INIT_FD=%s',
  (descriptor) => {
    expect(open(descriptor)).toBeUndefined();
  },
);

it('does not take an open file for init', () => {
  const descriptor = openSync('/dev/null', 'r');
  expect(open(String(descriptor))).toBeUndefined();
  closeSync(descriptor);
});
