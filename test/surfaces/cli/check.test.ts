import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { main } from '../../../src/surfaces/cli/main.ts';
import { fakeWorld } from '../fake-world.ts';
import { tempDir } from '../temp-dir.ts';

async function check(content: string, ...options: string[]) {
  const cwd = tempDir();
  const file = join(cwd, 'borginit.yaml');
  writeFileSync(file, content);
  const { world, printed } = fakeWorld(cwd);
  const exit = await main(['check', ...options], world);
  return { exit, file, ...printed };
}

it('says what a good configuration starts', async () => {
  const { exit, stdout, file } = await check(
    'name: shop\nservices:\n  web:\n    command: [sleep, "1"]\n    instances: 2\n',
  );
  expect(exit).toBe(0);
  expect(stdout).toContain(`${file} is fine: shop\n  web ×2: sleep 1; no reload\n`);
});

it('says what is wrong with a bad one, with its place', async () => {
  const { exit, stdout, file } = await check('services:\n  web:\n    comand: sleep\n');
  expect(exit).toBe(2);
  expect(stdout).toMatch(new RegExp(`^${file}:\\d+:\\d+: `, 'm'));
});

it('says which place in a rollout this host has', async () => {
  const { stdout } = await check(
    'revision: { file: /r, splay: 30s, canary: { percent: 20, on: web-7 } }\n' +
      'rollout: { lock: /l, atMost: 2 }\n' +
      'services: { web: { command: unicorn } }\n',
  );
  expect(stdout).toContain(
    '  rollout: web-7 (28.2) is not among the first 20%, follows 10m later; spread over 30s; at most 2 at once\n',
  );
});

it.each([
  { content: 'services: { web: { command: [sleep, "1"] } }', ok: true, exit: 0 },
  { content: 'services: { web: {} }', ok: false, exit: 2 },
])('says it in JSON: ok is $ok', async ({ content, ok, exit }) => {
  const given = await check(content, '--json');
  expect(given.exit).toBe(exit);
  expect(JSON.parse(given.stdout)).toMatchObject({ file: given.file, ok });
});

it('gives a server in JSON by its name', async () => {
  const { stdout } = await check('services: { web: { command: [nginx] } }', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    config: { services: [{ server: 'nginx', reload: { strategy: 'signal', check: ['nginx', '-t'] } }] },
  });
});

it('says how a service is reloaded', async () => {
  const { stdout } = await check('services: { web: { command: [nginx] } }');
  expect(stdout).toContain('  web: nginx; reload by signal, on request\n');
});

it('says that there is no such file', async () => {
  expect(await check('', '/nonexistent.yaml')).toMatchObject({ exit: 66, stdout: '' });
});
