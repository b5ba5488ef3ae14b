import { quoted, type Problem } from './issue.ts';
import { nearest } from './nearest.ts';

/** What each service says it depends on, often nothing; the names may be no service's. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/**
 * What is wrong with the services' dependencies: unknown names and cycles, and that they are not supported yet where
 * nothing else is wrong with them.
 */
export function checkDependencies(dependencies: Dependencies): Problem[] {
  const cycle = findCycle(dependencies);
  return [...dependencies].flatMap(([service, needed]): Problem[] => {
    if (needed.length === 0) return [];
    const path = ['services', service, 'dependsOn'];
    const unknown = needed
      .filter((name) => !dependencies.has(name))
      .map((name) => ({ path: [...path, name], problem: unknownService(name, [...dependencies.keys()]) }));
    if (unknown.length > 0) return unknown;
    if (cycle?.[0] === service) return [{ path, problem: `services wait for each other: ${cycle.join(' → ')}` }];
    return [{ path, problem: 'not supported yet' }];
  });
}

function unknownService(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `no service has the name ${quoted(name)}${meant === undefined ? '' : `: did you mean ${meant}?`}`;
}

/** The first cycle, spelled from a service back to itself: ["a", "b", "a"]. */
function findCycle(dependencies: Dependencies): readonly string[] | undefined {
  const entered = new Set<string>();
  const enter = (service: string) => {
    entered.add(service);
    return { service, needed: (dependencies.get(service) ?? []).values() };
  };
  for (const start of dependencies.keys()) {
    if (entered.has(start)) continue;
    // The way from the start, and not a recursion: a long chain of services must not cost a stack.
    const way = [enter(start)];
    const onWay = new Set([start]);
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      const { done, value: next } = here.needed.next();
      if (done === true) {
        onWay.delete(here.service);
        way.pop();
      } else if (onWay.has(next)) {
        const names = way.map(({ service }) => service);
        return [...names.slice(names.indexOf(next)), next];
      } else if (!entered.has(next)) {
        onWay.add(next);
        way.push(enter(next));
      }
    }
  }
  return undefined;
}
