import { createWriteStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '../../app/config/load-config.ts';
import { databasePath } from '../../app/open-log.ts';
import { trafficMap } from '../../console/reader/traffic-map.ts';
import { openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import { openCaptureFiles } from '../../app/open-capture-files.ts';
import { createRuleList } from '../../app/console/rule-list.ts';
import { StartError } from '../../app/start-error.ts';
import { loadRules } from '../../rules/load.ts';
import { formatFault } from '../../rules/parse/faults.ts';
import { NotFoundError } from './not-found-error.ts';
import type { CommonStatus, ListedSilence, Source } from './source.ts';
import type { Silence } from '../../stream/events/control.ts';
import { askRunning } from '../control-client.ts';
import { type AnyHistory, findAlert, openAnyHistory } from '../history.ts';
import type { DataFlags } from '../options.ts';
import { sourcesOf } from '../rule-sources.ts';

/** The history in the data folder, read directly, and the control socket of the Saccade that runs on it. */
export function createLocalSource(flags: DataFlags): Source {
  let opened: Promise<AnyHistory> | undefined;
  const history = (): Promise<AnyHistory> => (opened ??= openAnyHistory(flags));
  const ask = <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> =>
    askRunning(loadConfig(flags).dataDirectory, method, path, body) as Promise<T>;

  return {
    listAlerts: async (filter) => (await history()).listAlerts(filter),
    getAlert: async (reference) => findAlert(await history(), reference),
    listCaptures: async () => (await history()).listCaptures(),
    async getCapture(id) {
      const entry = await (await history()).getCapture(id);
      if (entry !== undefined) return entry;
      throw new NotFoundError(`there is no capture ${id}`, 'See: saccade captures list');
    },
    saveCapture: ({ capture }, file) => copyPackets(flags, capture?.file ?? '', file),
    listDestinations: async (filter) => (await history()).listDestinations(Date.now(), filter),
    listRules: () => configuredRules(flags),
    async trafficMap(window) {
      const database = openDatabaseReadOnly(databasePath(loadConfig(flags).dataDirectory));
      try {
        return trafficMap(database, window);
      } finally {
        database.close();
      }
    },
    async acknowledge({ fingerprint, episode }, by) {
      await ask('POST', '/v1/acknowledgements', { fingerprint, episode, by });
    },
    startCapture: (order) =>
      ask('POST', '/v1/captures', { ...order, max_bytes: loadConfig(flags).config.captures.max_bytes }),
    listSilences: () => ask<ListedSilence[]>('GET', '/v1/silences'),
    addSilence: (silence) => ask<Silence>('POST', '/v1/silences', silence),
    async expireSilence(id, by) {
      await ask('POST', `/v1/silences/${encodeURIComponent(id)}/expire`, { by });
    },
    status: () => ask<CommonStatus>('GET', '/v1/status'),
    async [Symbol.asyncDispose]() {
      // Whoever asked was told that it could not be opened.
      await opened?.then(
        (one) => one[Symbol.asyncDispose](),
        () => undefined,
      );
    },
  };
}

async function copyPackets(flags: DataFlags, stored: string, file: string): Promise<void> {
  try {
    const { stream } = await openCaptureFiles(loadConfig(flags)).open(stored);
    await pipeline(stream, createWriteStream(resolve(file)));
  } catch (error) {
    throw new StartError(`cannot copy ${basename(stored)}: ${(error as Error).message}`, '', {
      cause: error,
    });
  }
}

/** As the configuration has them: what the judge holds for each only the running Saccade knows. */
async function configuredRules(flags: DataFlags) {
  const result = await loadRules(await sourcesOf([], flags));
  if (!result.ok) throw new StartError(result.faults.map(formatFault).join('\n'), 'See: saccade rules check');
  return createRuleList(
    () => result.ruleSet,
    { rules: () => new Map() },
    () => Date.now(),
  )();
}
