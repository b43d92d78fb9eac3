import { CloudEvent as SdkEvent, HTTP } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { createTransition } from '../notifiers/testing/events.ts';
import { factToldType } from './fact-events.ts';
import { createFactSource } from './fact-source.ts';
import { createHttpFunction } from './http-function.ts';
import { startFunctionServer } from './testing/function-server.ts';

const alert = createTransition();
const { signal } = new AbortController();

async function ask(type: string, data: unknown) {
  await using server = await startFunctionServer((response) => {
    const { headers, body } = HTTP.binary(new SdkEvent({ source: '/rollouts', type, data }));
    response.writeHead(200, headers as Record<string, string>).end(body);
  });
  const call = createHttpFunction({ url: server.url, mode: 'structured', token: undefined });
  const source = createFactSource({ name: 'rollout', call, timeoutMs: 2_000 });
  const answer = await source.fact('rollout.age', alert, signal).catch((error: unknown) => error);
  return { answer, question: JSON.parse(server.requests[0]?.body ?? '{}') as SdkEvent<unknown> };
}

describe('a source of facts', () => {
  it('asks one question about one alert and takes one value', async () => {
    const { answer, question } = await ask(factToldType, { value: 120 });
    expect(answer).toBe(120);
    expect(question.type).toBe('io.saccade.fact.asked.v1');
    expect(question.data).toMatchObject({ fact: 'rollout.age', alert: { fingerprint: alert.fingerprint } });
  });

  it('may say that it does not know', async () => {
    expect((await ask(factToldType, { value: null })).answer).toBeUndefined();
  });

  it.each([
    ['another type', 'com.example.weather', { value: 1 }],
    ['another shape', factToldType, { value: { nested: true } }],
  ])('is not believed with %s', async (_, type, data) => {
    expect((await ask(type, data)).answer).toMatchObject({ code: 'answer' });
  });
});
