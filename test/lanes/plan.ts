import type { Lane, Step } from './lane.ts';

const check = (name: string, ...command: Step['command']): Step => ({ name, command, kind: 'check' });

/** `only`: words of the paths of the test files that are meant; none: all. */
function tests(name: string, project: string, only: readonly string[]): Step {
  // Words may mean files of one project alone.
  const chosen = only.length > 0 ? ['--passWithNoTests', ...only] : [];
  return { name, command: ['vitest', 'run', '--project', project, ...chosen], kind: 'tests' };
}

/**
 * What `npm test` runs. Tests against the kernel mostly wait, and judge by time: they go first. What only computes takes
 * the processors that they leave, on two lanes. Before the tests of the parts stand steps of two minutes: by then the
 * acceptance tests are over, which a browser of the parts could disturb (docs/decisions/0210).
 */
export function planLanes(only: readonly string[]): readonly Lane[] {
  return [
    { name: 'kernel', priority: 'normal', steps: [tests('tests against the kernel', 'kernel', only)] },
    {
      name: 'parts',
      priority: 'idle',
      steps: [
        check('format', 'prettier', '--check', '--log-level', 'warn', '.'),
        check('types', 'tsc', '--noEmit'),
        tests('tests of the parts', 'parts', only),
      ],
    },
    {
      name: 'checks',
      priority: 'idle',
      steps: [
        check('types in the browser', 'tsc', '--noEmit', '-p', 'console/web'),
        check('generated files are current', 'node', 'docs/generate.ts', '--check'),
        check('layers', 'npm', 'run', '-s', 'layers'),
        check('lint', 'eslint', '.', '--max-warnings', '0'),
      ],
    },
  ];
}
