import { until } from '../pause.ts';
import { ours, type Stage } from '../stage.ts';
import type { Trouble } from '../trouble.ts';
import type { Act, PlayedAct } from './act.ts';

/** The fault goes on until somebody was told, so that there are packets from after it; the rest are bounds. */
const shortestFaultS = 3;
const longestFaultS = 20;

/** Begins the fault, tells what comes of it, and ends it. A placebo is the same without anything going wrong. */
export async function playAct(stage: Stage, act: Act, placebo: boolean): Promise<PlayedAct> {
  const { reporter, signal } = stage;
  reporter.step(placebo ? `placebo of "${act.headline}"` : act.headline);
  const fault = await act.begin(placebo);
  const { begunAtMs } = fault;
  const tellNews = createNews(stage, act, begunAtMs);
  const longestS = placebo ? shortestFaultS : longestFaultS;
  const enough = (): boolean => {
    tellNews();
    const elapsedS = (Date.now() - begunAtMs) / 1000;
    reporter.progress(`${act.name} for ${elapsedS.toFixed(0)} s`);
    return (
      elapsedS > shortestFaultS && troublesOfAct(ours(stage), act).some((trouble) => isTold(trouble, act))
    );
  };
  await until(enough, longestS * 1000, signal);
  const healedAtMs = Date.now();
  const report = await fault.heal();
  reporter.step(`healed after ${((healedAtMs - begunAtMs) / 1000).toFixed(1)} s; ${report.text}`);
  return { act, begunAtMs, healedAtMs, report };
}

/** Messages about this kind of trouble. */
export function troublesOfAct(troubles: readonly Trouble[], { alerts }: Act): readonly Trouble[] {
  return troubles.filter(({ says }) => alerts.some((alert) => says.includes(alert)));
}

/** What the act expects has come. */
export function isTold({ pagedAtMs }: Trouble, { expects }: Act): boolean {
  return expects === 'notice' || pagedAtMs !== undefined;
}

/** Tells each message once as it comes, and each escalation. */
function createNews(stage: Stage, act: Act, begunAtMs: number): () => void {
  const { reporter } = stage;
  const told = new Set<string>();
  const tellOnce = (key: string, atMs: number | undefined, what: string): void => {
    if (atMs === undefined || told.has(key)) return;
    told.add(key);
    reporter.step(
      reporter.colors.bold(`${((atMs - begunAtMs) / 1000).toFixed(2)} s after the fault: ${what}`),
    );
  };
  return () => {
    for (const trouble of troublesOfAct(ours(stage), act)) {
      tellOnce(`${trouble.root}/notice`, trouble.noticedAtMs, trouble.firstTitle);
      if (trouble.pagedAtMs !== trouble.noticedAtMs)
        tellOnce(`${trouble.root}/page`, trouble.pagedAtMs, 'escalated to a page');
    }
  };
}
