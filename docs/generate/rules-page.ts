import { operators } from '../../rules/conditions/operators.ts';
import { ruleFileJsonSchema } from '../../rules/json-schema.ts';
import { ruleTestFileSchema } from '../../rules/rule-tests/test-file.ts';
import { baselineSchema, methodsNotBuiltYet, notBuiltYet } from '../../rules/schema.ts';
import { factSections } from './fact-sections.ts';
import { type GeneratedFile, referencePage } from './generated-file.ts';
import { toJsonSchema } from './json-schema.ts';
import { code, codeList, table } from './markdown.ts';
import { type SchemaRow, schemaRows, schemaTable } from './schema-rows.ts';

const introduction = `A rule file holds \`groups\` of rules, \`overlays\` over rules of other files, or both. The same shape as
JSON Schema, for editors: [rule.schema.json](../../rules/rule.schema.json). How to write one: [the guide](../guide.md);
what the baselines do: [baselines.md](../baselines.md).

A **duration** is \`200ms\`, \`10s\`, \`1h30m\`, \`7d\`; a **size** \`500kB\`, \`20MB\`, \`1GiB\`; a **figure** a number or a
percentage (\`3\`, \`1e-4\`, \`0.5%\`).`;

const conditionsText = `A **condition** is a text such as \`measure >= 5%\`, a mapping \`{fact, operator, value}\`, a mapping \`all\`, \`any\` or
\`not\` over further conditions, or a list, which means all. A fact that is unknown makes its comparison unknown: it
neither fires nor clears. The condition language is that of json-rules-engine with four operators of our own;
\`saccade rules format\` prints that form.`;

const templatesText = `Values of \`labels\` and \`annotations\` may hold facts: \`{{ workload }}\`, \`{{ value | percent }}\`,
\`{{ window_ms | duration }}\`; a figure in microseconds is \`{{ value | duration_us }}\`. What is unknown reads \`?\`.`;

const testsText = `Files named \`*.test.yaml\`, run by \`saccade rules test\`. \`series\` gives each field a value an interval, as in promtool:
\`200x9\` is 200 ten times, \`0+5x3\` is 0 5 10 15, \`_\` is nothing. Fields that are not named are zero.

A sketch gets the values of each interval: \`latency_us: '30ms*20x59'\` is sixty times twenty values of 30 ms,
\`30ms*18,2s*2\` once eighteen and two. A bare number is in the sketch's own unit.

\`X.test.yaml\` is about \`X.yaml\` beside it, unless \`rules\` says otherwise.`;

const ruleKey = 'groups[].rules[].';

export function rulesPage(): GeneratedFile {
  const keys = schemaRows(ruleFileJsonSchema());
  return referencePage('rules', 'The rule language', [
    introduction,
    '## Keys of a file',
    schemaTable(keys.filter(({ path }) => !path.startsWith(ruleKey))),
    '## Keys of a rule',
    schemaTable(keys.flatMap((row) => (row.path.startsWith(ruleKey) ? ofRule(row) : []))),
    ...baselines(),
    '## Conditions',
    conditionsText,
    operatorTable(),
    ...factSections(),
    '## Templates',
    templatesText,
    '## Tests of rules',
    testsText,
    schemaTable(schemaRows(toJsonSchema(ruleTestFileSchema, 'input'))),
    '## Not built yet',
    `Refused as such, never ignored: ${codeList([...notBuiltYet])}; baseline methods ${codeList([...methodsNotBuiltYet])}.`,
  ]);
}

function ofRule(row: SchemaRow): SchemaRow {
  return { ...row, path: row.path.slice(ruleKey.length) };
}

function baselines(): readonly string[] {
  const methods = toJsonSchema(baselineSchema, 'input').oneOf ?? [];
  return methods.flatMap((method) => [
    `### Baseline ${code(String(method.properties?.['method']?.const))}`,
    schemaTable(schemaRows(method).filter(({ path }) => path !== 'method')),
  ]);
}

function operatorTable(): string {
  return table(
    ['operator', 'in a text', 'facts of type', 'value', 'true if the fact'],
    Object.entries(operators).map(([name, { symbol, types, operand, description }]) => [
      code(name),
      code(symbol),
      types.join(', '),
      operand,
      description,
    ]),
  );
}
