import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/model/operation.ts';
import { Emitter } from '../../src/supervisor/emitter.ts';

describe('the emitter', () => {
  it('tells whoever listens, until they unsubscribe', () => {
    const emitter = new Emitter();
    const heard: number[] = [];
    const unsubscribe = emitter.on('left', ({ status }) => heard.push(status));
    emitter.emit('left', { status: 1 });
    unsubscribe();
    emitter.emit('left', { status: 2 });
    expect(heard).toEqual([1]);
  });

  it('drops a listener that throws, says so, and tells the others', () => {
    const emitter = new Emitter();
    const notices: Notice[] = [];
    const heard: number[] = [];
    emitter.on('notice', (notice) => notices.push(notice));
    emitter.on('left', () => {
      throw new Error('no');
    });
    emitter.on('left', ({ status }) => heard.push(status));
    emitter.emit('left', { status: 1 });
    emitter.emit('left', { status: 2 });
    expect(heard).toEqual([1, 2]);
    expect(notices).toMatchObject([{ level: 'error', facts: { event: 'left', problem: 'no' } }]);
  });

  it('survives a listener of notices that throws', () => {
    const emitter = new Emitter();
    emitter.on('notice', () => {
      throw new Error('no');
    });
    expect(() => emitter.emit('notice', { level: 'info', message: '', facts: {} })).not.toThrow();
  });
});
