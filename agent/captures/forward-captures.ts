import { type Capture, captureType } from '../../stream/events/capture.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { RecordSender } from '../../stream/uploader.ts';

/** A finished file on this node. */
export interface CaptureFile {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is told of the file after it was brought away, or could not be for good. */
export interface Uploaded {
  /** Where it is now; null: nowhere but on this node. */
  readonly file: string | null;
  /** Why it is not there; null: it is. */
  readonly reason: string | null;
}

/** Where capture files go. Tries for as long as it may help; rejects only when `signal` ends that. Repeats are harmless. */
export interface CaptureUpload {
  put(file: CaptureFile, signal: AbortSignal): Promise<Uploaded>;
}

/**
 * A complete capture is told of only when its file is where it can be read: stored and verified there first. After a
 * crash in between it is brought again, to the same place.
 */
export function forwardCaptures(sender: RecordSender, upload: CaptureUpload): RecordSender {
  async function brought(record: StreamRecord, signal: AbortSignal): Promise<StreamRecord> {
    if (record.event.type !== captureType) return record;
    const capture = record.event.data as Capture;
    const { id, file: path, sha256, bytes } = capture;
    if (path === null || sha256 === null) return record;
    const { file, reason } = await upload.put({ id, path, bytes, sha256 }, signal);
    const data: Capture = { ...capture, file, reason: reason ?? capture.reason };
    return { ...record, event: { ...record.event, data } };
  }

  return {
    async send(records, signal) {
      // One by one, so that what is told before a file is not held up by it.
      for (const record of records) await sender.send([await brought(record, signal)], signal);
    },
  };
}
