import { createPseudonyms } from './pseudonyms.ts';
import { storedRecords } from '../../cli/stored-records.ts';
import { type ObservationBatch, observationsType } from '../../stream/events/observation.ts';
import { tickType } from '../../stream/events/control.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { createRecordingWriter } from '../../stream/write-recording.ts';

/**
 * How the recordings beside it were made: `node test/quiet/make-recording.ts DATA_FOLDER FILE [SIGNAL…]` copies the
 * observations and ticks of a stopped Saccade that watched ordinary work; with signals, only theirs. Rows of namespaces
 * whose name ends in digits are those of tests that break networks on purpose: they are left out, and so are name servers
 * on loopback, which were those of tests, too. Names and addresses are replaced.
 */
const [folder, file, ...signals] = process.argv.slice(2);
if (folder === undefined || file === undefined)
  throw new Error('make-recording.ts DATA_FOLDER FILE [SIGNAL…]');

const brokenOnPurpose = /-\d+(-\d+)?$/;
const isPeerBroken = (name: string): boolean => name.startsWith('netns/') && brokenOnPurpose.test(name);
const pseudonyms = createPseudonyms();
const writer = await createRecordingWriter(file, {
  saccade_recording: 1,
  recorded_at: new Date().toISOString(),
  learn_ms: null,
  rules_revision: null,
  topics: ['signals'],
});
let written = 0;
for await (const record of storedRecords(folder)) {
  const wanted = record.topic === 'signals' ? toRecorded(record) : undefined;
  if (wanted === undefined) continue;
  await writer.write(wanted);
  written++;
}
await writer.close();
process.stdout.write(`${written} records\n`);

function toRecorded(record: StreamRecord): StreamRecord | undefined {
  const { event } = record;
  if (event.type === tickType) return record;
  if (event.type !== observationsType) return undefined;
  const batch = event.data as ObservationBatch;
  if (isPeerBroken(batch.subject.workload)) return undefined;
  const rows = batch.rows.filter(
    ({ signal, peer }) =>
      (signals.length === 0 || signals.includes(signal)) &&
      !isPeerBroken(peer.workload ?? peer.name) &&
      !(signal === 'dns' && peer.kind === 'loopback'),
  );
  if (rows.length === 0) return undefined;
  const data = pseudonyms.batch({ ...batch, rows });
  const { namespace, workload } = data.subject;
  const [, boot = '', seq = ''] = event.id.split('/').slice(-3);
  return {
    ...record,
    event: {
      ...event,
      id: `node/${boot}/${seq}`,
      source: '/clusters/recorded/nodes/node',
      partitionkey: `recorded/${namespace}/${workload}`,
      data,
    },
  };
}
