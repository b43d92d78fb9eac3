import { describe, expect, it } from 'vitest';
import { guideBlocks, outputPattern } from './guide-blocks.ts';

const guide = `# Guide

\`\`\`yaml file=rules.d/a.yaml
groups: []
\`\`\`

\`\`\`sh test exit=1
saccade rules check
\`\`\`

\`\`\`text
1 fault
\`\`\`

\`\`\`sh
npm start
\`\`\`

\`\`\`sh test running
saccade silences list
\`\`\`
`;

describe('guideBlocks', () => {
  it('takes files and marked commands in their order, with what is expected of them', () => {
    expect(guideBlocks(guide)).toEqual([
      { kind: 'file', path: 'rules.d/a.yaml', content: 'groups: []\n' },
      {
        kind: 'commands',
        script: 'saccade rules check\n',
        exitCode: 1,
        running: false,
        patient: false,
        output: '1 fault\n',
      },
      {
        kind: 'commands',
        script: 'saccade silences list\n',
        exitCode: 0,
        running: true,
        patient: false,
        output: undefined,
      },
    ]);
  });
});

describe('outputPattern', () => {
  it('lets … stand for anything and takes everything else as it is', () => {
    const pattern = outputPattern('ok  a.b … (100 %)\n');
    expect('ok  a.b took 3 s (100 %)').toMatch(pattern);
    expect('ok  a-b took 3 s (100 %)').not.toMatch(pattern);
    expect('ok  a.b took 3 s (100 %) and more').not.toMatch(pattern);
  });
});
