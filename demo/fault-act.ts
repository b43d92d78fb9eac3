import { startInjector } from '../test/lab/traffic.ts';
import type { Fault } from './outcome.ts';
import { until } from './pause.ts';
import { ours, type Stage } from './stage.ts';

/** The fault goes on until somebody was paged, so that there are packets from after it; the rest are bounds. */
const shortestFaultS = 3;
const longestFaultS = 20;

/** The injector is a process of its own; a placebo is the same process with a loss of 0 %. */
export async function faultyPeriod(stage: Stage, percent: number): Promise<Fault> {
  const { reporter, scene, signal } = stage;
  const [receiver, from] = [scene.lab.host('payments'), scene.lab.host('checkout')];
  const injector = await startInjector({ receiver, from, percent, seconds: longestFaultS + 10 });
  const { begunAtMs } = injector;
  reporter.step(`another process loses ${percent} % of the packets that payments gets from checkout`);
  const tellNews = createNews(stage, begunAtMs);
  const enough = (): boolean => {
    tellNews();
    const elapsedS = (Date.now() - begunAtMs) / 1000;
    reporter.progress(`${percent} % loss for ${elapsedS.toFixed(0)} s`);
    return elapsedS > shortestFaultS && ours(stage).some(({ pagedAtMs }) => pagedAtMs !== undefined);
  };
  await until(enough, longestFaultS * 1000, signal);
  const healedAtMs = Date.now();
  const counters = await injector.heal();
  const lastedS = ((healedAtMs - begunAtMs) / 1000).toFixed(1);
  reporter.step(
    `healed after ${lastedS} s; the kernel dropped ${counters.dropped} of ${counters.matched} packets`,
  );
  return { percent, begunAtMs, healedAtMs, ...counters };
}

/** Tells each message once as it comes, and each escalation. */
function createNews(stage: Stage, begunAtMs: number): () => void {
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
    for (const trouble of ours(stage)) {
      tellOnce(`${trouble.root}/notice`, trouble.noticedAtMs, trouble.firstTitle);
      if (trouble.pagedAtMs !== trouble.noticedAtMs)
        tellOnce(`${trouble.root}/page`, trouble.pagedAtMs, 'escalated to a page');
    }
  };
}
