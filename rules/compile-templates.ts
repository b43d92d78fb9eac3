import type { Facts } from './compiled-rule.ts';
import type { FactCatalogue } from './facts.ts';
import type { Report } from './parse/faults.ts';
import { compileTemplate, type RenderTemplate } from './templates.ts';

/** Labels or annotations of one rule; reports what is wrong in any of them. */
export function compileTemplates(
  key: 'labels' | 'annotations',
  templates: Readonly<Record<string, string>>,
  catalogue: FactCatalogue,
  report: Report,
): (facts: Facts) => Record<string, string> {
  const compiled: [name: string, render: RenderTemplate][] = [];
  for (const [name, text] of Object.entries(templates)) {
    const result = compileTemplate(text, catalogue);
    if (typeof result === 'function') compiled.push([name, result]);
    else
      for (const { offset, message, suggestion } of result)
        report({ path: [key, name], offset }, message, suggestion);
  }
  return (facts) => Object.fromEntries(compiled.map(([name, render]) => [name, render(facts)]));
}
