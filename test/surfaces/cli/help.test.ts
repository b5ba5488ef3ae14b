import { describe, expect, it } from 'vitest';

import { commands, type CommandName } from '../../../src/surfaces/cli/commands.ts';
import { renderCommandHelp, renderHelp } from '../../../src/surfaces/cli/help.ts';

const names = Object.keys(commands) as CommandName[];

describe('help', () => {
  it('lists every command with what it does', () => {
    for (const name of names)
      expect(renderHelp()).toMatch(new RegExp(`^  ${name} +${commands[name].help.slice(0, 20)}`, 'm'));
  });

  it.each(names)('of %s lists every option', (name) => {
    const text = renderCommandHelp(name);
    for (const option of Object.keys(commands[name].options)) expect(text).toContain(`--${option}`);
    expect(text).toContain(`borginit ${name}`);
  });

  it.each(['', ...names] as const)('"%s" fits into 120 columns and has no trailing space', (name) => {
    const lines = (name === '' ? renderHelp() : renderCommandHelp(name)).split('\n');
    expect(lines.filter((line) => line.length > 120 || line.endsWith(' '))).toEqual([]);
  });
});
