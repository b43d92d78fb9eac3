import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEyes } from './eyes.ts';
import { agentPolicyScenario } from './scenarios/agent-policy.ts';
import { dnsFailureScenario } from './scenarios/dns-failure.ts';
import { bothEndsScenario, earlierAgentScenario } from './scenarios/earlier-agent.ts';
import { lossScenario } from './scenarios/loss.ts';
import { newDestinationScenario } from './scenarios/new-destination.ts';
import { objectsScenario } from './scenarios/objects.ts';
import { outlivedScenarios } from './scenarios/outlived.ts';
import { packetCaptureScenario } from './scenarios/packet-capture.ts';
import { peopleScenario } from './scenarios/people.ts';
import { plannedChangeScenario } from './scenarios/planned-change.ts';
import { pluginScenario } from './scenarios/plugin.ts';
import { podGoneScenario } from './scenarios/pod-gone.ts';
import { rightsScenario } from './scenarios/rights.ts';
import { slowApiServerScenario } from './scenarios/slow-api-server.ts';
import { testMessageScenario } from './scenarios/test-message.ts';
import { type Stage, startStage } from './stage.ts';

const learnMs = 15_000;
/** An hour, as shipped, is more than a test has. */
const shortMemory = {
  overlays: [{ override: 'new-external-destination', set: { keep_firing_for: '10s' } }],
};

/** One stage for all of them, in this order. */
describe('a shop in a cluster, watched by the chart in its profile small', () => {
  const cleanUp = new AsyncDisposableStack();
  let started: Stage | undefined;
  let startedAtMs = 0;
  const stage = (): Stage => {
    if (started === undefined) throw new Error('the stage did not start');
    return started;
  };

  beforeAll(async () => {
    const labels = { egress: { annotation: 'example.com/egress' } };
    started = cleanUp.use(
      await startStage({
        name: `small-${process.pid}`,
        learn: `${learnMs / 1_000}s`,
        values: {
          rules: { 'shop.yaml': stringify(shortMemory) },
          // Not on a node that is there by its name only.
          agent: {
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            config: { kubernetes: { labels }, apiserver: { interval: '1s' } },
          },
        },
      }),
    );
    startedAtMs = Date.now();
  }, 1_200_000);
  afterAll(() => cleanUp.disposeAsync(), 60_000);

  testMessageScenario(stage);

  it('keeps quiet while it learns', { timeout: 60_000 }, async () => {
    await sleep(Math.max(0, startedAtMs + learnMs + 5_000 - Date.now()));
    const told = openEyes(stage(), /\bshop\b/).ours(startedAtMs);
    expect(told.map(({ text }) => text)).toEqual([]);
  });

  describe.concurrent('troubles that have nothing to do with each other', () => {
    lossScenario(stage);
    newDestinationScenario(stage);
    podGoneScenario(stage);
    earlierAgentScenario(stage);
    bothEndsScenario(stage);
  });
  // Between them, or the two groups would be one.
  objectsScenario(stage);
  describe.concurrent('two parts of the cluster itself in trouble', () => {
    dnsFailureScenario(stage);
    slowApiServerScenario(stage);
  });
  peopleScenario(stage);
  describe.concurrent('people with kubectl, and what they catch', () => {
    packetCaptureScenario(stage);
    pluginScenario(stage);
  });
  plannedChangeScenario(stage);
  outlivedScenarios(stage);
  agentPolicyScenario(stage);
  rightsScenario(stage);
});
