import { expect, it } from 'vitest';
import { BorginitError } from '../../src/model/errors.ts';

it('an error is told by its code, and keeps its cause', () => {
  const cause = new Error('no');
  const error = new BorginitError('SHIM_MISSING', 'cannot find ppidshim: no', { cause });
  expect(error).toMatchObject({
    name: 'BorginitError',
    code: 'SHIM_MISSING',
    message: 'cannot find ppidshim: no',
    cause,
  });
});
