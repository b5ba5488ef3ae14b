import { describe, expect, it } from 'vitest';
import { generationId, instanceId, parseRevision, revisionMaxLength } from '../../src/model/identity.ts';

it('instances and generations are named by service and number', () => {
  expect(generationId(instanceId('web', 2), 3)).toBe('web.2#3');
});

describe('a revision', () => {
  it.each(['4f2c9e1', 'v1.2.3-rc.1', 'https://host/a?b=c', 'Freigabe für Köln', 'r'.repeat(revisionMaxLength)])(
    'may be %s',
    (text) => {
      expect(parseRevision(` ${text}\r\n`)).toEqual({ ok: true, revision: text });
    },
  );

  it.each([
    { content: '', problem: 'it is empty' },
    { content: ' \n', problem: 'it is empty' },
    { content: 'r'.repeat(revisionMaxLength + 1), problem: 'it is longer than 256 characters' },
    { content: 'a\nb', problem: 'it is not one line of printable text' },
    { content: 'a\0b', problem: 'it is not one line of printable text' },
    { content: 'a\u001b[31mb', problem: 'it is not one line of printable text' },
    { content: 'a\u202eb', problem: 'it is not one line of printable text' },
  ])('is refused: $problem', ({ content, problem }) => {
    expect(parseRevision(content)).toEqual({ ok: false, problem });
  });
});
