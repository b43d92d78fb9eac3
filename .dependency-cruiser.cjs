/** Which folder may know which: the arrows of the design, and no cycles. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contracts-know-nobody',
      comment: 'The events and the signal catalogue are what the parts agree on.',
      severity: 'error',
      from: { path: '^(stream/events|signals|source-text)/' },
      to: { path: '^(agent|rules|engine|notifiers|history|kubernetes|console|cli|app|demo)/' },
    },
    {
      name: 'rules-do-not-know-the-engine',
      severity: 'error',
      from: { path: '^rules/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(agent|engine|notifiers|history|cli|app)/' },
    },
    {
      name: 'the-agent-knows-only-events',
      severity: 'error',
      from: { path: '^agent/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(rules|engine|notifiers|history|cli|app)/' },
    },
    {
      name: 'stages-do-not-know-each-other',
      severity: 'error',
      from: { path: '^(notifiers|history|functions)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(agent|engine|rules|cli|app)/' },
    },
    {
      name: 'kubernetes-knows-only-contracts',
      comment: 'What it knows of a cluster reaches the other parts through their own ports, wired by app.',
      severity: 'error',
      from: { path: '^kubernetes/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^(agent|engine|notifiers|history|functions|console|cli|app)/' },
    },
    {
      name: 'the-console-looks-and-asks',
      comment: 'It reads the history; what it needs of the parts that run comes through its ports.',
      severity: 'error',
      from: { path: '^console/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^(agent|rules|engine|notifiers|functions|cli|app)/' },
    },
    {
      name: 'no-tests-in-the-program',
      severity: 'error',
      from: { pathNot: '^test/|/testing/|\\.test\\.ts$|^demo/|^bench/' },
      to: { path: '^test/|\\.test\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|dist)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
