import { expect, it } from 'vitest';
import type { Life } from '../../src/machine/life.ts';
import type { SupervisorState } from '../../src/machine/supervisor.ts';
import { titleOf } from '../../src/supervisor/title.ts';
import {
  lives,
  r1,
  reloadingIn,
  reloads,
  running,
  sampleConfig,
  sampleInstance,
  sampleSpec,
} from '../machine/sample.ts';

const state = (life: Life): SupervisorState => ({
  instances: [sampleInstance(life)],
  revision: r1,
  readAt: 5_000,
  rollout: { kind: 'idle' },
  history: [],
  stage: 'serving',
});

it.each([
  { life: running, title: 'borginit:shop@r1' },
  { life: reloadingIn(reloads.soaking), title: 'borginit:shop@r1' },
  { life: lives.starting, title: 'borginit:shop' },
  { life: lives.down, title: 'borginit:shop' },
])('$life.kind is shown as $title', ({ life, title }) => {
  expect(titleOf(sampleConfig(), state(life))).toBe(title);
});

it('a service that does not follow the revision file does not name it', () => {
  const config = sampleConfig({ reload: { ...sampleSpec().reload, on: 'request' } });
  expect(titleOf(config, state(running))).toBe('borginit:shop');
});
