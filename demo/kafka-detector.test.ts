import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { detectorConfig } from './detector-config.ts';
import { DetectorError } from './detector.ts';
import { KafkaDetector } from './kafka-detector.ts';

const directory = mkdtempSync(join(tmpdir(), 'saccade-plan-'));
afterAll(() => rmSync(directory, { recursive: true }));

const plan = {
  directory,
  configPath: join(directory, 'saccade.yaml'),
  dataDirectory: join(directory, 'data'),
  learn: '5s',
};

describe('the demo over Kafka', () => {
  it('runs engine, notify and agent on one configuration, each in a folder of its own', () => {
    const { commandLines } = new KafkaDetector(plan);
    const told = commandLines.map((line) => line.replaceAll(directory, ''));
    expect(told).toEqual([
      'saccade engine --config /saccade.yaml --data /engine --learn 5s',
      'saccade notify --config /saccade.yaml --data /data',
      'saccade agent --config /saccade.yaml --data /agent',
    ]);
  });

  it('says what a process said that ended at its start, and has nothing to stop then', async () => {
    writeFileSync(plan.configPath, 'kafak: {}\n');
    await using detector = new KafkaDetector(plan);
    await expect(detector.start()).rejects.toThrow(DetectorError);
    expect(detector.lines.join('\n')).toContain('kafak');
    expect(detector.consoleUrl).toBeUndefined();
  });

  it('is told of its broker beside what the demo on one machine is told', () => {
    const channel = { apiUrl: 'http://127.0.0.1:1/api/', channelId: 'C1' };
    const kafka = { brokers: ['127.0.0.1:2'], prefix: 'demo', partitions: 4 };
    const alone = parse(detectorConfig(channel)) as object;
    expect(parse(detectorConfig(channel, { more: { kafka } }))).toEqual({ ...alone, kafka });
  });
});
