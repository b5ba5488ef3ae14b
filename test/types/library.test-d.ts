/** The public API's types, checked by the compiler with everything else: nothing here is ever run. */
import { describe, expectTypeOf, it } from 'vitest';
import {
  becomeInit,
  BorginitError,
  createSupervisor,
  loadConfig,
  parseConfig,
  type Config,
  type ConfigInput,
  type ConfigResult,
  type ErrorCode,
  type Notice,
  type OperationResult,
  type ReloadRecord,
  type ServiceSpec,
  type Snapshot,
  type Supervisor,
  type Transition,
} from '../../src/index.ts';

declare const supervisor: Supervisor;

describe('createSupervisor', () => {
  it('takes what a file says, or what was made of one', () => {
    expectTypeOf(createSupervisor).returns.toEqualTypeOf<Supervisor>();
    expectTypeOf(createSupervisor).parameter(0).toEqualTypeOf<Config | ConfigInput>();
    expectTypeOf(loadConfig).returns.toEqualTypeOf<Config>();
    expectTypeOf(parseConfig).returns.toEqualTypeOf<ConfigResult>();
    // @ts-expect-error: there are no services in it
    createSupervisor({ name: 'shop' });
    // @ts-expect-error: undefined is not the same as nothing
    createSupervisor({ services: {} }, { runDir: undefined });
  });

  it('accepts what cannot be changed', () => {
    const config = {
      services: { web: { command: ['true'], server: 'own' } },
      servers: { own: { like: 'unicorn', signals: { forwarded: [] } } },
    } as const;
    expectTypeOf(config).toExtend<ConfigInput>();
  });
});

describe('a supervisor', () => {
  it('types each event by its name', () => {
    supervisor.on('transition', (value) => expectTypeOf(value).toEqualTypeOf<Transition>());
    supervisor.on('reload', (value) => expectTypeOf(value).toEqualTypeOf<ReloadRecord>());
    supervisor.on('notice', (value) => expectTypeOf(value).toEqualTypeOf<Notice>());
    supervisor.on('left', (value) => expectTypeOf(value).toEqualTypeOf<{ readonly status: number }>());
    expectTypeOf(supervisor.on('left', () => undefined)).toEqualTypeOf<() => void>();
    // @ts-expect-error: there is no such event
    supervisor.on('changed', () => undefined);
  });

  it('answers with data that nobody can change', () => {
    expectTypeOf(supervisor.snapshot()).resolves.toEqualTypeOf<Snapshot>();
    expectTypeOf(supervisor.history()).toEqualTypeOf<readonly ReloadRecord[]>();
    expectTypeOf(supervisor.reload('web', 'worker')).resolves.toEqualTypeOf<readonly OperationResult[]>();
    expectTypeOf(supervisor.plan('web')).resolves.items.toHaveProperty('steps');
    expectTypeOf(supervisor.stop('quick')).resolves.toEqualTypeOf<number>();
    expectTypeOf<Snapshot>().toEqualTypeOf<Readonly<Snapshot>>();
    expectTypeOf<ServiceSpec>().toEqualTypeOf<Readonly<ServiceSpec>>();
  });

  it('can be left to the end of a scope', () => {
    expectTypeOf<Supervisor>().toExtend<AsyncDisposable>();
  });

  it('takes only operations and signals that there are', () => {
    // @ts-expect-error: no such operation
    void supervisor.request({ kind: 'murder', services: [] });
    // @ts-expect-error: no such signal
    supervisor.signal('SIGNONE');
  });
});

describe('the rest', () => {
  it('has codes for errors, and an init that returns nothing', () => {
    expectTypeOf<BorginitError['code']>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<'CONTROL_IN_USE'>().toExtend<ErrorCode>();
    expectTypeOf(becomeInit).returns.toBeVoid();
  });
});
