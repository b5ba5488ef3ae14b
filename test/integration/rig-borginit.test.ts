import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startBorginit } from '../rig/borginit.ts';
import { isAlive, readTitle } from '../rig/processes.ts';
import { scriptedChildren } from '../rig/scripted-child.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

describe.each([{ pid1: true }, { pid1: false }])('borginit under test, pid1: $pid1', ({ pid1 }) => {
  it('runs a command and leaves with its exit code', async () => {
    await using dir = await tempDir();
    await using children = await scriptedChildren(dir.path);
    await using borginit = await startBorginit({ command: children.command, pid1 });
    const child = await children.next();
    await child.tell({ kind: 'print', text: 'from below\n' });
    await until(() => borginit.stdout().includes('from below'), 'the output');
    await child.tell({ kind: 'exit', code: 9 });
    expect(await borginit.exit).toEqual({ code: 9, signal: null });
  });

  it('leaves nothing behind', async () => {
    await using dir = await tempDir();
    await using children = await scriptedChildren(dir.path);
    const borginit = await startBorginit({ config: { services: { web: { command: children.command } } }, pid1 });
    const child = await children.next();
    await child.tell({ kind: 'fork' });
    const grandchild = await children.next();
    const processes = borginit.processes();
    expect(processes.filter(({ innerPid }) => innerPid === child.pid)).toHaveLength(1);
    await borginit[Symbol.asyncDispose]();
    await Promise.all([child.gone, grandchild.gone]);
    expect(processes.filter(isAlive)).toEqual([]);
    expect(existsSync(borginit.runDir)).toBe(false);
  });

  it('leaves nothing behind when init was killed first', async () => {
    await using dir = await tempDir();
    await using children = await scriptedChildren(dir.path);
    const borginit = await startBorginit({ config: { services: { web: { command: children.command } } }, pid1 });
    const child = await children.next();
    const processes = borginit.processes();
    borginit.kill('SIGKILL');
    await borginit.exit;
    await borginit[Symbol.asyncDispose]();
    await child.gone;
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('is asked by its own command line', async () => {
    await using dir = await tempDir();
    await using children = await scriptedChildren(dir.path);
    await using borginit = await startBorginit({ config: { services: { web: { command: children.command } } }, pid1 });
    const child = await children.next();
    const status = await borginit.cli('status', '--json');
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toContain(`"mainPid":${child.pid}`);
    expect(readTitle(borginit.pid)).toMatch(/^borginit:/);
  });
});
